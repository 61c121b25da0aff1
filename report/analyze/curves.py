"""The curves of a case with two classes: ROC and precision-recall, with their areas."""

from collections.abc import Mapping

import numpy as np

from tunecard.report.analyze.auc import auc_of_case
from tunecard.report.analyze.resampled import resampled_interval
from tunecard.report.analyze.types import CaseCurves
from tunecard.report.load import Predictions
from tunecard.report.stats.curves import curve_of
from tunecard.report.stats.interval import Interval
from tunecard.runner.metrics import get
from tunecard.runner.schema import DatasetInfo, spec_of

AUC, PRECISION = "roc_auc", "average_precision"


def case_curves(
    rows: Predictions, key: str, dataset: DatasetInfo, intervals: Mapping[str, Interval]
) -> CaseCurves | None:
    """Return the curves of a case.

    Parameters
    ----------
    rows : Predictions
        Of the test rows.
    key : str
        The case.
    dataset : DatasetInfo
        Its positive class, or else the second of its two classes, is what is ranked.
    intervals : dict of Interval
        Those of the case that are there already, by metric.

    Returns
    -------
    CaseCurves or None
        None where there are more classes, no finite ranking, or one class in the test
        part.
    """
    outputs = rows.outputs(key)
    ranking = outputs.ranking
    names = [entry.name for entry in dataset.classes]
    if len(names) != 2 or ranking is None or not np.isfinite(ranking).all():
        return None
    code = 1 if dataset.positive_code is None else dataset.positive_code
    positive = rows.y_true == code
    if positive.all() or not positive.any():
        return None
    assert outputs.labels is not None  # of a classifier
    chosen = outputs.labels == code
    hits = int(np.count_nonzero(chosen & positive))
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    values = {name: get(name).value(rows.y_true, outputs) for name in (AUC, PRECISION)}
    area = intervals.get(AUC) or auc_of_case(rows, key, spec_of(get(AUC)))
    average = intervals.get(PRECISION)
    return CaseCurves(
        positive=names[code],
        n_positive=n_positive,
        n_negative=n_negative,
        curve=curve_of(positive, ranking if code == 1 else -ranking),
        auc=values[AUC] or 0.0,
        auc_interval=area,
        precision=values[PRECISION] or 0.0,
        precision_interval=average
        or resampled_interval(rows, key, spec_of(get(PRECISION))),
        recall_chosen=hits / n_positive,
        false_positives_chosen=(int(chosen.sum()) - hits) / n_negative,
        precision_chosen=hits / int(chosen.sum()) if chosen.any() else None,
    )
