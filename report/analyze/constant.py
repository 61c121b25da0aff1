"""What a constant answer gets in a regression: the mean or the median of training."""

import numpy as np

from tunecard.report import formats
from tunecard.report.analyze.types import MostFrequent
from tunecard.report.load import Predictions
from tunecard.runner.metrics import Outputs, find
from tunecard.runner.schema import DatasetInfo, MetricSpec


def constant_answer(
    dataset: DatasetInfo, predictions: Predictions | None, spec: MetricSpec
) -> MostFrequent | None:
    """Return what always predicting one value of the training rows would get.

    Parameters
    ----------
    dataset : DatasetInfo
        With the training values in figures.
    predictions : Predictions or None
        Of the test rows, for their true values.
    spec : MetricSpec
        The study's metric.

    Returns
    -------
    MostFrequent or None
        Of the mean or the median, whichever the metric prefers. None without training
        rows, predictions, or a metric of predicted values.
    """
    metric = find(spec.name)
    train = dataset.values.train if dataset.values is not None else None
    if train is None or predictions is None or metric is None or spec.needs != "values":
        return None
    made: list[MostFrequent] = []
    for name, constant in (("mean", train.mean), ("median", train.median)):
        answers = Outputs(values=np.full(len(predictions.y_true), constant))
        try:
            value = metric.for_task("regression").value(predictions.y_true, answers)
        except Exception:  # noqa: BLE001 # a user's function may raise anything
            value = None
        if value is None:
            continue
        shown = f"{formats.parameter(constant)} {dataset.values.unit}".rstrip()  # type: ignore[union-attr] # it has training values
        made.append(
            MostFrequent(
                f"the {name} of the training rows, {shown},",
                None,
                len(predictions.y_true),
                value,
            )
        )
    if len(made) == 2 and spec.gain(made[1].value or 0.0, made[0].value or 0.0) > 0:
        return made[1]
    return made[0] if made else None
