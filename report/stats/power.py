"""What a test on these rows would detect, and how many rows would detect a difference."""

import math

from scipy import special


def detectable_by_error(error: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the smallest difference that a test with a standard error would find.

    Parameters
    ----------
    error : float
        Standard error of the difference, in its unit.
    alpha : float
        Two-sided level of the test.
    power : float
        Probability of finding it.

    References
    ----------
    J. M. Lachin (1981), "Introduction to sample size determination and power analysis
    for clinical trials", Controlled Clinical Trials 2, 93-113, equation 4, for equal
    variances under both hypotheses.

    Examples
    --------
    >>> round(detectable_by_error(0.01), 4)
    0.028
    """
    return float(special.ndtri(1 - alpha / 2) + special.ndtri(power)) * error


def rows_to_detect(detectable: float, n: int, difference: float) -> int:
    """Return the rows on which a difference would be found as another is on ``n``.

    Rounded up to two digits: the error that it follows from is an estimate.

    Parameters
    ----------
    detectable : float
        Smallest difference found on ``n`` rows (:func:`detectable_by_error`).
    n : int
        Test rows; the others are of the same mix of classes.
    difference : float
        The difference to find, above 0.

    Examples
    --------
    >>> rows_to_detect(0.02, 503, 0.01)
    2100
    """
    rows = n * (detectable / difference) ** 2
    unit = int(10 ** max(math.floor(math.log10(rows)) - 1, 0))
    return math.ceil(rows / unit - 1e-9) * unit
