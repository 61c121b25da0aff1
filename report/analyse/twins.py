"""Quality on test rows that training holds too, and on the others."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tunecard.report.analyse.types import ModelAnalysis, TwinQuality
from tunecard.report.load import Predictions
from tunecard.report.stats.labels import LABEL_METRICS, both_metrics, cells
from tunecard.runner.schema import DatasetInfo


def twin_quality(
    dataset: DatasetInfo,
    predictions: Predictions | None,
    models: Sequence[ModelAnalysis],
    metric: str,
) -> tuple[TwinQuality, ...]:
    """Compute the metric of each model's two cases with and without twin rows.

    Parameters
    ----------
    dataset : DatasetInfo
        With the test rows that have a twin.
    predictions : Predictions or None
        Of the test rows.
    models : sequence of ModelAnalysis
        In the study's order.
    metric : str
        The study's; accuracy stands in for one that labels do not decide.

    Returns
    -------
    tuple of TwinQuality
        Empty where no test row has a twin, every one has, or they are not recorded.
    """
    rows = dataset.twins.rows if dataset.twins else ()
    if predictions is None or not 0 < len(rows) < len(predictions.y_true):
        return ()
    name = metric if metric in LABEL_METRICS else "accuracy"
    with_twin = np.zeros(len(predictions.y_true), bool)
    with_twin[list(rows)] = True
    n_classes = len(dataset.classes)

    def values(model: ModelAnalysis, part: NDArray[np.bool_]) -> tuple[float, float]:
        first, second = (
            predictions.predicted[f"{model.name}/{variant}"][part]
            for variant in ("baseline", "tuned")
        )
        both = both_metrics(cells(predictions.y_true[part], first, second, n_classes))
        return float(both[0][name]), float(both[1][name])

    return tuple(
        TwinQuality(model.name, name, values(model, with_twin), values(model, ~with_twin))
        for model in models
        if model.quality is not None
    )
