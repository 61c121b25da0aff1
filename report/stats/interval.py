"""An interval and the name of the method that made it."""

from dataclasses import dataclass

#: Nominal coverage of an interval that stands alone.
INTERVAL_LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A two-sided interval, in the unit of the value it belongs to.

    Attributes
    ----------
    low, high : float
        The two ends.
    level : float
        Nominal coverage: 0.95, and more where several intervals hold together.
    method : str
        Name and source of the method, for the page's explanation.
    """

    low: float
    high: float
    level: float = 0.95
    method: str = ""

    @property
    def adjusted(self) -> bool:
        """Whether several intervals hold together at 95 %."""
        return self.level > INTERVAL_LEVEL + 1e-9

    def contains(self, value: float) -> bool:
        """Return whether a value lies in the interval, its ends included."""
        return self.low <= value <= self.high

    def inside(self, low: float, high: float) -> bool:
        """Return whether the whole interval lies strictly between two bounds."""
        return low < self.low and self.high < high
