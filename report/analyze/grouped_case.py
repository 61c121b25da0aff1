"""The intervals of one case on rows that come in groups, or in the order of time."""

import numpy as np

from tunecard.report.analyze.auc import auc_of_groups
from tunecard.report.analyze.resampled import resampled_interval
from tunecard.report.load import Predictions
from tunecard.report.stats.grouped import (
    grouped_confusion_difference,
    grouped_mean_difference,
)
from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.interval import Interval
from tunecard.runner.metrics import find
from tunecard.runner.schema import MetricSpec, Results


def intervals_by_group(
    rows: Predictions, key: str, results: Results
) -> dict[str, Interval]:
    """Return the 95 % interval of each metric of a case.

    Parameters
    ----------
    rows : Predictions
        With the group of each row.
    key : str
        The case, as ``rows`` names it.
    results : Results
        Its metrics and classes.

    Returns
    -------
    dict of Interval
        By metric, clipped to its range. Empty where there are too few groups.
    """
    if rows.n_units < rows.least_units:
        return {}
    ends = {}
    for spec in results.metrics:
        if spec.inference == "auc":
            interval = auc_of_groups(rows, key, spec)
        elif rows.of_values and spec.inference == "resample":
            interval = resampled_interval(rows, key, spec)
        else:
            inference = _infer(rows, key, spec, results)
            interval = inference.interval() if inference is not None else None
        if interval is not None:
            ends[spec.name] = interval
    return ends


def _infer(
    rows: Predictions, key: str, spec: MetricSpec, results: Results
) -> PairedInference | None:
    metric, groups = find(spec.name, spec.task), rows.unit
    assert groups is not None
    if metric is None:
        return None
    if spec.is_share_of_rows:
        right = (rows.predicted[key] == rows.y_true).astype(float)
        return grouped_mean_difference(
            np.zeros(len(right)),
            right,
            groups,
            bounds=metric.range,
            in_time=rows.in_time,
        )
    if spec.inference == "rows" and metric.row_losses is not None:
        outputs = rows.outputs(key)
        if not outputs.have(spec.needs):
            return None
        losses = metric.row_losses(rows.y_true, outputs)
        return grouped_mean_difference(
            np.zeros(len(losses)),
            losses,
            groups,
            bounds=metric.range,
            in_time=rows.in_time,
        )
    if metric.of_confusion is None:
        return None
    return grouped_confusion_difference(
        rows.y_true,
        [rows.predicted[key]],
        groups,
        metric,
        n_classes=len(results.dataset.classes),
        positive=results.dataset.positive_code,
        in_time=rows.in_time,
    )
