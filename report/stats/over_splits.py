"""Differences over outer splits: the corrected t, and the probabilities of three words."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tunecard.report.stats.inference import PairedInference, student


@dataclass(frozen=True)
class ThreeWords:
    """Posterior probabilities that sum to 1.

    Attributes
    ----------
    worse, equivalent, better : float
        That the mean difference is below ``-margin``, within the margin, above it.
    """

    worse: float
    equivalent: float
    better: float


def split_difference(differences: ArrayLike, test_share: float) -> PairedInference | None:
    """Return Nadeau and Bengio's corrected t-test of a mean over outer splits.

    Parameters
    ----------
    differences : array_like, shape (n_splits,)
        Second minus first, a value for each split.
    test_share : float
        Rows of the test part divided by rows of the training part.

    Returns
    -------
    PairedInference or None
        None under 2 splits, or where a difference is not finite.

    References
    ----------
    C. Nadeau and Y. Bengio (2003), "Inference for the generalization error", Machine
    Learning 52, 239-281, section 5. Over repeated k-fold CV: R. R. Bouckaert and E.
    Frank (2004), "Evaluating the replicability of significance tests for comparing
    learning algorithms", PAKDD, equation 7.

    Examples
    --------
    >>> gain = split_difference([0.01, 0.03, 0.02], 1 / 3)
    >>> round(gain.estimate, 4), round(gain.p(), 3)
    (0.02, 0.134)
    """
    values = np.asarray(differences, dtype=float)
    n = len(values)
    if n < 2 or not np.isfinite(values).all():
        return None
    spread = float(values.std(ddof=1)) if float(np.ptp(values)) > 0 else 0.0
    return student(
        float(values.mean()),
        spread * math.sqrt(1 / n + test_share),
        n - 1,
        method="corrected resampled t-test",
        n_units=n,
    )


def three_words(
    differences: ArrayLike,
    test_share: float,
    margin: float,
    *,
    greater_is_better: bool = True,
) -> ThreeWords | None:
    """Return the correlated Bayesian t-test with the margin as its region.

    The posterior of the mean difference is Student's t about the observed mean, with
    the corrected variance of :func:`split_difference`: the correlation of two splits
    is taken as the share of the rows that is tested.

    Parameters
    ----------
    differences, test_share
        As in :func:`split_difference`.
    margin : float
        Largest difference that is negligible, at least 0 (region of practical
        equivalence).
    greater_is_better : bool
        Direction of the metric.

    Returns
    -------
    ThreeWords or None
        None where :func:`split_difference` is; without any spread all of it is on the
        word of the common value.

    References
    ----------
    G. Corani and A. Benavoli (2015), "A Bayesian approach for comparing
    cross-validated algorithms on multiple data sets", Machine Learning 100, 285-304,
    equation 8 (``rho / (1 - rho)`` is ``test_share``).

    Examples
    --------
    >>> words = three_words([0.02, 0.05, 0.03, 0.04], 1 / 3, 0.01)
    >>> round(words.worse, 3), round(words.equivalent, 3), round(words.better, 3)
    (0.01, 0.033, 0.957)
    """
    inference = split_difference(differences, test_share)
    if inference is None:
        return None
    if inference.sd == 0:
        low = float(inference.estimate < -margin)
        high = float(inference.estimate > margin)
    else:
        low, high = inference.below(-margin), inference.above(margin)
    middle = max(1 - low - high, 0.0)
    return (
        ThreeWords(low, middle, high)
        if greater_is_better
        else ThreeWords(high, middle, low)
    )
