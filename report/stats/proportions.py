"""Two proportions on the same rows."""

import math
import sys

from scipy import optimize, special

from tunecard.report.stats.interval import Interval

#: The smallest p-value that is returned: a test never proves that p is 0.
TINY = sys.float_info.min


def mcnemar_mid_p(only_first: int, only_second: int) -> float:
    """Return the two-sided mid-p-value of McNemar's test.

    The exact two-sided p-value less the probability of the observed table,
    with N = only_first + only_second rows falling either way with probability
    1/2. It keeps 5 % closely where the exact test is conservative and the
    asymptotic one is not valid.

    Parameters
    ----------
    only_first, only_second : int
        Rows that one of the two alone gets right.

    Returns
    -------
    float
        Above 0; 1 where no row differs.

    References
    ----------
    M. W. Fagerland, S. Lydersen, P. Laake (2013), "The McNemar test for binary
    matched-pairs data: mid-p and asymptotic are better than exact conditional",
    BMC Medical Research Methodology 13:91, equations 4 and 5.

    Examples
    --------
    >>> round(mcnemar_mid_p(1, 7), 4)
    0.0391
    """
    n = only_first + only_second
    if n == 0:
        return 1.0
    smaller = min(only_first, only_second)
    # Of the binomial distribution; scipy.stats has it too, and takes 0.5 s to import.
    observed = math.exp(-special.betaln(smaller + 1, n - smaller + 1) - n * math.log(2)) / (
        n + 1
    )
    if only_first == only_second:
        return 1.0 - observed / 2
    exact = 2 * float(special.bdtr(smaller, n, 0.5))
    return max(exact - observed, TINY)


def tango(only_first: int, only_second: int, n: int, level: float = 0.95) -> Interval:
    """Return Tango's score interval of the difference of two paired proportions.

    The difference is second less first: ``(only_second - only_first) / n``.

    Parameters
    ----------
    only_first, only_second : int
        Rows that one of the two alone gets right.
    n : int
        All rows.
    level : float
        Nominal coverage.

    Returns
    -------
    Interval

    References
    ----------
    T. Tango (1998), "Equivalence test and confidence interval for the
    difference in proportions for the paired-sample design", Statistics in
    Medicine 17, 891-908, equations 8 and 19.

    Examples
    --------
    >>> interval = tango(7, 1, 21)  # Fagerland, Lydersen and Laake 2014, Table 2
    >>> round(interval.low, 3), round(interval.high, 3)
    (-0.517, -0.026)
    """
    z = _z(level)
    high = _tango_upper(only_second, only_first, n, z)
    low = -_tango_upper(only_first, only_second, n, z)
    return Interval(low, high, level, "Tango score interval")


def _tango_upper(more: int, fewer: int, n: int, z: float) -> float:
    """Solve the score equation for the upper end of (more - fewer) / n."""
    estimate = (more - fewer) / n
    if more == n:
        return 1.0

    def excess(delta: float) -> float:
        # Equation 8's denominator, with the restricted estimate of equation 6.
        b = -more - fewer + (2 * n - more + fewer) * delta
        c = -fewer * delta * (1 - delta)
        # Rounding can push the discriminant of a double root below 0.
        restricted = (math.sqrt(max(b**2 - 8 * n * c, 0.0)) - b) / (4 * n)
        variance = n * (2 * restricted + delta * (1 - delta))
        return n * delta - (more - fewer) - z * math.sqrt(max(variance, 0.0))

    # Where no row differs, or every row does, the estimate itself is a root of no
    # width; the end that is wanted lies above it.
    return float(optimize.brentq(excess, estimate + 1e-10, 1.0, xtol=1e-12))


def detectable_difference(
    discordant: float, n: int, *, power: float = 0.8, alpha: float = 0.05
) -> float | None:
    """Return the smallest difference of paired proportions that a test would find.

    Connor's number of pairs, ``n = (z_alpha sqrt(psi) + z_beta sqrt(psi -
    delta**2))**2 / delta**2``, solved for delta.

    Parameters
    ----------
    discordant : float
        psi, the share of rows that exactly one of the two gets right.
    n : int
        Number of rows.
    power : float
        Probability of finding it.
    alpha : float
        Two-sided level of the test.

    Returns
    -------
    float or None
        None where no difference can be found: too few rows differ at all.

    References
    ----------
    R. J. Connor (1987), "Sample size for testing differences in proportions for
    the paired-sample design", Biometrics 43, 207-211, equation 3.
    """
    z_alpha, z_beta = float(special.ndtri(1 - alpha / 2)), float(special.ndtri(power))
    a = z_alpha * math.sqrt(discordant)
    # (sqrt(n) delta - a)**2 = z_beta**2 (psi - delta**2), the larger root.
    square = n + z_beta**2
    root = a**2 * n - square * (a**2 - z_beta**2 * discordant)
    if root < 0:  # a handful of rows
        return None
    delta = (a * math.sqrt(n) + math.sqrt(root)) / square
    return delta if 0 < delta <= discordant else None


def holm(p_values: list[float]) -> list[float]:
    """Return p-values adjusted by Holm's step-down procedure.

    Parameters
    ----------
    p_values : list of float
        Of one family of tests.

    Returns
    -------
    list of float
        In the same order; at most 1.

    References
    ----------
    S. Holm (1979), "A simple sequentially rejective multiple test procedure",
    Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted = [1.0] * len(p_values)
    highest = 0.0
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = highest
    return adjusted


def _z(level: float) -> float:
    return float(special.ndtri((1 + level) / 2))
