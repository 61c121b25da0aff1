"""A difference over several seeds, each with a split of its own."""

import math

import numpy as np
from numpy.typing import ArrayLike

from tunecard.report.stats.inference import PairedInference, student

METHOD = "corrected resampled t"


def over_seeds(values: ArrayLike, n_train: float, n_test: float) -> PairedInference | None:
    """Return the corrected resampled t-test and intervals of a mean over seeds.

    The seeds' training parts share rows, and so do their test parts: the values
    are not independent, and ``s**2 / J`` is too small for the variance of their
    mean. It is taken as ``(1 / J + n_test / n_train) * s**2``, with J - 1 degrees
    of freedom.

    Parameters
    ----------
    values : array_like, shape (n_seeds,)
        One a seed: a metric, or its difference on the seed's own test rows.
    n_train, n_test : float
        Rows of the two parts; of parts of several sizes their means.

    Returns
    -------
    PairedInference or None
        None under 2 seeds, or where a value is not finite. Its ``sd`` is 0 where the
        values do not differ: then chance cannot be estimated.

    References
    ----------
    C. Nadeau and Y. Bengio (2003), "Inference for the generalization error",
    Machine Learning 52, 239-281, section 5.

    Examples
    --------
    >>> found = over_seeds([0.01, 0.03, 0.02], n_train=300, n_test=100)
    >>> round(found.estimate, 4), round(found.p(), 3)
    (0.02, 0.134)
    """
    numbers = np.asarray(values, dtype=float)
    if len(numbers) < 2 or not np.isfinite(numbers).all():
        return None
    # Rounding gives equal values a spread.
    variance = float(numbers.var(ddof=1)) if float(np.ptp(numbers)) > 0 else 0.0
    return student(
        float(numbers.mean()),
        math.sqrt((1 / len(numbers) + n_test / n_train) * variance),
        len(numbers) - 1,
        method=METHOD,
        n_units=len(numbers),
    )
