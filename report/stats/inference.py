"""One value a question: estimate, p-value, interval and equivalence of one test.

The one-sided p-values of a test at every shift are a confidence distribution ``C``
(T. Schweder and N. L. Hjort 2002, Scandinavian Journal of Statistics 29, 309-332).
A word, an interval and a gate that are read from the same ``C`` cannot contradict.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy import optimize, special

from tunecard.report.stats.interval import Interval
from tunecard.report.stats.proportions import TINY

Shifted = Callable[[float], float]

#: Quantiles within this distance are the same number.
_PRECISION = 1e-13


@dataclass(frozen=True)
class PairedInference:
    """A test of a difference, at every shift and every level.

    Attributes
    ----------
    estimate : float
        Second minus first, in the unit of the metric.
    below : callable
        ``below(shift)`` is C: the one-sided p-value of "the difference is at most
        ``shift``". It never falls as the shift grows.
    above : callable
        ``1 - below(shift)``, without cancellation: the one-sided p-value of "the
        difference is at least ``shift``".
    quantile : callable
        The inverse of ``below``.
    method : str
        Name of the test.
    n_units : int
        Exchangeable units of the test: rows, or groups.
    n_informative : int
        Units that the difference rests on, such as the discordant rows.
    sd : float
        Standard deviation of what one unit contributes; the standard error is
        ``sd / sqrt(n_units)``.
    """

    estimate: float
    below: Shifted
    above: Shifted
    quantile: Shifted
    method: str
    n_units: int
    n_informative: int
    sd: float

    def p(self, shift: float = 0.0) -> float:
        """Return the two-sided p-value of "the difference is ``shift``", never 0."""
        smaller = min(self.below(shift), self.above(shift))
        return min(max(2 * smaller, TINY), 1.0)

    def p_equivalent(self, margin: float) -> float:
        """Return the p-value of two one-sided tests against a margin.

        Parameters
        ----------
        margin : float
            Above 0, in the unit of the estimate.

        Returns
        -------
        float
            Below alpha exactly where the interval at level ``1 - 2 alpha`` lies
            strictly between ``-margin`` and ``margin``.

        References
        ----------
        D. J. Schuirmann (1987), "A comparison of the two one-sided tests procedure
        and the power approach", Journal of Pharmacokinetics and Biopharmaceutics 15.
        """
        return min(max(self.below(-margin), self.above(margin), TINY), 1.0)

    def interval(self, level: float = 0.95) -> Interval:
        """Return the shifts that the test does not reject at ``1 - level``."""
        alpha = 1 - level
        low, high = self.quantile(alpha / 2), self.quantile(1 - alpha / 2)
        return Interval(low, high, level, self.method)


def student(
    estimate: float,
    error: float,
    freedom: float,
    *,
    method: str,
    n_units: int,
    n_informative: int | None = None,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> PairedInference:
    """Return the inference of an estimate with Student's t as reference.

    Parameters
    ----------
    estimate, error : float
        The difference and its standard error.
    freedom : float
        Degrees of freedom; infinite for the normal distribution.
    method : str
        Name of the test.
    n_units : int
        Exchangeable units.
    n_informative : int, optional
        Units that the difference rests on; all of them by default.
    bounds : tuple of float
        Smallest and largest difference that is possible; intervals are clipped.

    Returns
    -------
    PairedInference
        Where the error is 0 nothing was learned about the spread: p is 1, and the
        interval is everything that is possible.

    References
    ----------
    Student (1908), "The probable error of a mean", Biometrika 6, 1-25.

    Examples
    --------
    >>> gain = student(0.02, 0.01, 30, method="t", n_units=31)
    >>> round(gain.p(), 4), round(gain.interval(0.95).low, 4)
    (0.0546, -0.0004)
    """

    def root(shift: float) -> float:
        return (estimate - shift) / error if error > 0 else 0.0

    def quantile(probability: float) -> float:
        if error > 0:
            end = estimate + error * t_root(probability, freedom)
        else:
            end = bounds[0] if probability < 0.5 else bounds[1]
        return min(max(end, bounds[0]), bounds[1])

    return PairedInference(
        estimate=estimate,
        below=_within(lambda shift: t_tail(-root(shift), freedom), bounds, (0.0, 1.0)),
        above=_within(lambda shift: t_tail(root(shift), freedom), bounds, (1.0, 0.0)),
        quantile=quantile,
        method=method,
        n_units=n_units,
        n_informative=n_units if n_informative is None else n_informative,
        sd=error * math.sqrt(n_units),
    )


def inverted(
    estimate: float,
    root: Shifted,
    *,
    bounds: tuple[float, float],
    method: str,
    n_units: int,
    n_informative: int,
    sd: float,
    freedom: float = math.inf,
) -> PairedInference:
    """Return the inference of a test statistic that is a function of the shift.

    Parameters
    ----------
    estimate : float
        The difference.
    root : callable
        ``root(shift)``: a statistic with Student's (or the normal) distribution
        where the true difference is ``shift``; it falls as the shift grows.
    bounds : tuple of float
        Smallest and largest difference that is possible.
    method, n_units, n_informative, sd
        As in :class:`PairedInference`.
    freedom : float
        Degrees of freedom of the reference.

    Returns
    -------
    PairedInference
        Its ends are solved to 1e-13 of the width of ``bounds``.
    """
    low, high = bounds
    span = high - low

    def quantile(probability: float) -> float:
        target = -t_root(probability, freedom)
        inner = (low + 1e-12 * span, high - 1e-12 * span)
        if root(inner[0]) <= target:
            return low
        if root(inner[1]) >= target:
            return high
        xtol = _PRECISION * span
        return float(optimize.brentq(lambda at: root(at) - target, *inner, xtol=xtol))

    return PairedInference(
        estimate=estimate,
        below=_within(lambda shift: t_tail(-root(shift), freedom), bounds, (0.0, 1.0)),
        above=_within(lambda shift: t_tail(root(shift), freedom), bounds, (1.0, 0.0)),
        quantile=quantile,
        method=method,
        n_units=n_units,
        n_informative=n_informative,
        sd=sd,
    )


def _within(
    tail: Shifted, bounds: tuple[float, float], outside: tuple[float, float]
) -> Shifted:
    """Return the tail with what is impossible beyond the bounds filled in."""

    def bounded(shift: float) -> float:
        if shift < bounds[0]:
            return outside[0]
        if shift > bounds[1]:
            return outside[1]
        return tail(shift)

    return bounded


def t_tail(value: float, freedom: float) -> float:
    """Return P(T <= value), of the normal distribution where freedom is infinite."""
    if math.isinf(freedom):
        return float(special.ndtr(value))
    return float(special.stdtr(freedom, value))


def t_root(probability: float, freedom: float) -> float:
    """Return the quantile of Student's t, normal where freedom is infinite."""
    if math.isinf(freedom):
        return float(special.ndtri(probability))
    return float(special.stdtrit(freedom, probability))
