"""The curves of a case whose target has two classes."""

from dataclasses import dataclass

from tunecard.report.stats.curves import Curve
from tunecard.report.stats.interval import Interval


@dataclass(frozen=True)
class CaseCurves:
    """How a case ranks the test rows.

    Attributes
    ----------
    positive : str
        Name of the class that higher ranks mean.
    n_positive, n_negative : int
        Test rows of it, and of the other.
    curve : Curve
        Every threshold.
    auc, precision : float
        Area under the ROC curve; average precision.
    auc_interval, precision_interval : Interval or None
        95 %.
    recall_chosen, false_positives_chosen, precision_chosen : float, float, float or None
        What the predicted classes themselves give; precision is None where no row is
        predicted positive.
    """

    positive: str
    n_positive: int
    n_negative: int
    curve: Curve
    auc: float
    auc_interval: Interval | None
    precision: float
    precision_interval: Interval | None
    recall_chosen: float
    false_positives_chosen: float
    precision_chosen: float | None

    @property
    def prevalence(self) -> float:
        """Share of the test rows that are positive: a random ranking's precision."""
        return self.n_positive / (self.n_positive + self.n_negative)
