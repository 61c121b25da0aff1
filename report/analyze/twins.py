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
    if predictions.of_values:
        return _of_values(predictions, models, metric, rows)
    value = own if own is not None and own.of_confusion is not None else get(DEFAULT)
    with_twin = np.zeros(len(predictions.y_true), bool)
    with_twin[list(rows)] = True
    names = [entry.name for entry in dataset.classes]
    positive = names.index(dataset.positive) if dataset.positive in names else None

    def values(model: ModelAnalysis, part: NDArray[np.bool_]) -> tuple[float, float] | None:
        before, after = (
            value.value_of_confusion(
                Confusion.of_rows(
                    predictions.y_true[part],
                    predictions.predicted[f"{model.name}/{variant}"][part],
                    len(names),
                    positive,
                )
            )
            for variant in ("baseline", "tuned")
        )
        return None if before is None or after is None else (before, after)

    return tuple(
        TwinQuality(model.name, value.name, of_twins, of_others)
        for model in models
        if model.quality is not None
        and (of_twins := values(model, with_twin)) is not None
        and (of_others := values(model, ~with_twin)) is not None
    )


def _of_values(
    predictions: Predictions,
    models: Sequence[ModelAnalysis],
    metric: str,
    rows: Sequence[int],
) -> tuple[TwinQuality, ...]:
    """Compute the metric of a regression; empty where it is not of predicted values."""
    own = find(metric)
    if own is None or not own.suits("regression") or own.needs == "estimator":
        return ()
    value = own.for_task("regression")
    with_twin = np.zeros(len(predictions.y_true), bool)
    with_twin[list(rows)] = True
    made = []
    for model in models:
        if model.quality is None:
            continue
        numbers = [
            value.value(
                predictions.y_true[part],
                predictions.outputs(f"{model.name}/{variant}").take(part),
            )
            for part in (with_twin, ~with_twin)
            for variant in ("baseline", "tuned")
        ]
        defined = [number for number in numbers if number is not None]
        if len(defined) == len(numbers):
            made.append(
                TwinQuality(
                    model.name,
                    value.name,
                    (defined[0], defined[1]),
                    (defined[2], defined[3]),
                )
            )
    return tuple(made)
