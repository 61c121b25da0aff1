"""A test at every shift: word, interval and gate are read from the same function.

The one-sided p-values of a test at every shift are a confidence distribution
(T. Schweder and N. L. Hjort 2002, Scandinavian Journal of Statistics 29, 309-332).
A p-value and an interval that are read from it cannot contradict each other.
"""

from collections.abc import Callable
from dataclasses import dataclass

from scipy import optimize, special

from tunecard.report.stats.interval import Interval
from tunecard.report.stats.proportions import TINY

#: Ends of intervals are solved to this share of the width of what is possible.
_PRECISION = 1e-13


@dataclass(frozen=True)
class ShiftTest:
    """A test of "the value is ``shift``", at every shift that is possible.

    Attributes
    ----------
    estimate : float
        The value: a metric, or a difference of second minus first, in its unit.
    error : callable
        ``error(shift)``: the standard error where the true value is ``shift``, above
        0. The distance of the estimate from the shift over it falls as the shift grows.
    freedom : float
        Degrees of freedom of Student's distribution.
    bounds : tuple of float
        Smallest and largest value that is possible.
    method : str
        Name of the test.
    """

    estimate: float
    error: Callable[[float], float]
    freedom: float
    bounds: tuple[float, float]
    method: str

    def p(self, shift: float = 0.0) -> float:
        """Return the two-sided p-value of "the value is ``shift``", never 0."""
        tail = float(special.stdtr(self.freedom, -abs(self._root(shift))))
        return max(2 * tail, TINY)

    def interval(self, level: float = 0.95) -> Interval:
        """Return the shifts whose p-value is at least ``1 - level``.

        Its ends are clipped to what is possible.
        """
        reach = float(special.stdtrit(self.freedom, (1 + level) / 2))
        return Interval(self._shift_of(reach), self._shift_of(-reach), level, self.method)

    def _root(self, shift: float) -> float:
        return (self.estimate - shift) / self.error(shift)

    def _shift_of(self, target: float) -> float:
        """Return the shift at which the statistic has a value."""
        low, high = self.bounds
        span = high - low
        inner = (low + 1e-12 * span, high - 1e-12 * span)
        if self._root(inner[0]) <= target:
            return low
        if self._root(inner[1]) >= target:
            return high
        end = optimize.brentq(
            lambda at: self._root(at) - target, *inner, xtol=_PRECISION * span
        )
        return float(end)
