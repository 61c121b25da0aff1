"""ROC AUC of cases of a run: their rankings, DeLong's test and an interval."""

import numpy as np
from numpy.typing import NDArray

from tunecard.report.load import Predictions
from tunecard.report.stats.auc import auc_difference, auc_interval
from tunecard.report.stats.grouped import grouped_auc_difference
from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.interval import Interval
from tunecard.runner.schema import MetricSpec

MORE_CLASSES = "DeLong's test compares AUCs of two classes, and there are more"


def compare_aucs(
    rows: Predictions, keys: tuple[str, str], spec: MetricSpec
) -> PairedInference | None:
    """Test the difference of two AUCs of two classes.

    Parameters
    ----------
    rows : Predictions
        Of the test rows.
    keys : tuple of str
        Both cases, as ``rows`` names them.
    spec : MetricSpec
        With the inference ``auc``; its ``needs`` states what ranks the rows.

    Returns
    -------
    PairedInference or None
        None without a test: :func:`why_no_auc` has the reason.
    """
    if why_no_auc(rows, keys, spec) is not None:
        return None
    first, second = (_ranking(rows, key, spec) for key in keys)
    assert first is not None
    assert second is not None
    if rows.unit is not None:
        return grouped_auc_difference(
            rows.y_true == 1, first, second, rows.unit, in_time=rows.in_time
        )
    return auc_difference(rows.y_true == 1, first, second)


def auc_of_case(rows: Predictions, key: str, spec: MetricSpec) -> Interval | None:
    """Return the 95 % interval of one case's AUC; None as :func:`compare_aucs`."""
    if why_no_auc(rows, (key,), spec) is not None:
        return None
    ranking = _ranking(rows, key, spec)
    assert ranking is not None
    return auc_interval(rows.y_true == 1, ranking)


def auc_of_groups(rows: Predictions, key: str, spec: MetricSpec) -> Interval | None:
    """Return the 95 % interval of one case's AUC where rows come in groups.

    That of its difference from a case that ranks all rows alike, whose AUC is a half.
    """
    if rows.unit is None or why_no_auc(rows, (key,), spec) is not None:
        return None
    own = _ranking(rows, key, spec)
    assert own is not None
    gain = grouped_auc_difference(
        rows.y_true == 1, np.zeros(len(own)), own, rows.unit, in_time=rows.in_time
    )
    if gain is None:
        return None
    interval = gain.interval()
    low, high = (min(max(end + 0.5, 0.0), 1.0) for end in (interval.low, interval.high))
    return Interval(low, high, interval.level, interval.method)


def why_no_auc(rows: Predictions, keys: tuple[str, ...], spec: MetricSpec) -> str | None:
    """Return why the AUCs of cases have no test and no interval; None where they have."""
    answers = [answers_of(rows, key, spec) for key in keys]
    if any(values is None for values in answers):
        whose = "for both" if len(keys) > 1 else "for this case"
        return f"there are no {spec.needs} {whose}"
    if any(_ranking(rows, key, spec) is None for key in keys):
        return MORE_CLASSES
    if not all(np.isfinite(values).all() for values in answers if values is not None):
        return f"the {spec.needs} are not finite on some test rows"
    if len(np.unique(rows.y_true)) < 2:
        return "the test rows are of one class"
    return None


def _ranking(rows: Predictions, key: str, spec: MetricSpec) -> NDArray[np.float32] | None:
    """Return what ranks the rows, higher for the second class; None of more classes."""
    values = answers_of(rows, key, spec)
    if values is None or values.ndim == 1:
        return values
    return values[:, 1] if values.shape[1] == 2 else None


def answers_of(rows: Predictions, key: str, spec: MetricSpec) -> NDArray[np.float32] | None:
    """Return the probabilities or scores that a metric needs; None without them."""
    scores = rows.score.get(key) if spec.needs == "scores" else None
    return rows.probability.get(key) if scores is None else scores
