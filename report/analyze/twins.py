"""Quality on test rows that training holds too, and on the others."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tunecard.report.analyze.types import ModelAnalysis, TwinQuality
from tunecard.report.load import Predictions
from tunecard.runner.metrics import DEFAULT, Confusion, find, get
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
    own = find(metric)
    value = own if own is not None and own.of_confusion is not None else get(DEFAULT)
    function = value.of_confusion
    assert function is not None  # the default is a function of the labels
    with_twin = np.zeros(len(predictions.y_true), bool)
    with_twin[list(rows)] = True
    names = [entry.name for entry in dataset.classes]
    positive = names.index(dataset.positive) if dataset.positive in names else None

    def values(model: ModelAnalysis, part: NDArray[np.bool_]) -> tuple[float, float]:
        before, after = (
            Confusion.of_rows(
                predictions.y_true[part],
                predictions.predicted[f"{model.name}/{variant}"][part],
                len(names),
                positive,
            )
            for variant in ("baseline", "tuned")
        )
        return float(function(before)), float(function(after))

    return tuple(
        TwinQuality(
            model.name, value.name, values(model, with_twin), values(model, ~with_twin)
        )
        for model in models
        if model.quality is not None
    )
