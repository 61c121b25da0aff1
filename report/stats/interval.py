"""An interval and the name of the method that made it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A two-sided interval, in the unit of the value it belongs to.

    Attributes
    ----------
    low, high : float
        The two ends.
    level : float
        Nominal coverage, 0.95 or 0.90.
    method : str
        Name and source of the method, for the page's explanation.
    """

    low: float
    high: float
    level: float = 0.95
    method: str = ""

    def inside(self, low: float, high: float) -> bool:
        """Return whether the whole interval lies strictly between two bounds."""
        return low < self.low and self.high < high
