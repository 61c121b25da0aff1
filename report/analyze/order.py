"""Whether the order of the test rows matters: errors and differences in runs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tunecard.report.analyze.types import ModelAnalysis, OrderEffect
from tunecard.report.load import Predictions
from tunecard.report.stats.dependence import dependence

#: Keeps the random stream apart from those of the models.
_ORDER = 20_000


def order_effects(
    predictions: Predictions | None, models: Sequence[ModelAnalysis], seed: int
) -> tuple[OrderEffect, ...]:
    """Test the errors of each model, and the differences of its two cases.

    Parameters
    ----------
    predictions : Predictions or None
        Of the test rows.
    models : sequence of ModelAnalysis
        In the study's order.
    seed : int
        The study's.

    Returns
    -------
    tuple of OrderEffect
        A model each; empty where rows come in groups that the tests know, or are few.
    """
    if predictions is None or predictions.unit is not None:
        return ()
    order = np.argsort(predictions.index, kind="stable")
    effects = []
    for position, model in enumerate(models):
        keys = [case.key for case in model.cases if case.key in predictions.predicted]
        if not keys:
            continue
        wrong = [_errors(predictions, key)[order] for key in keys]
        rng = np.random.default_rng([seed, _ORDER + position])
        errors = dependence(wrong[-1], rng)
        change = dependence(wrong[0] - wrong[-1], rng) if len(wrong) > 1 else None
        if errors is not None:
            effects.append(OrderEffect(model.name, errors, change))
    return tuple(effects)


def _errors(predictions: Predictions, key: str) -> NDArray[np.float64]:
    """Return whether each row is wrong; of a regression by how much."""
    predicted = predictions.predicted[key]
    wrong: NDArray[np.float64] = (predicted != predictions.y_true).astype(np.float64)
    if predictions.of_values:
        wrong = np.abs(predicted - predictions.y_true)
    return wrong
