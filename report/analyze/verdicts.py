"""Baseline against tuned of every model of a run, as one family of tests."""

from collections.abc import Mapping

import numpy as np

from tunecard.report.analyze import pairs as paired
from tunecard.report.analyze.family import compare_together
from tunecard.report.analyze.lookup import case_of, metric_of
from tunecard.report.analyze.types import QualityTest
from tunecard.report.load import Predictions
from tunecard.runner.schema import Case, Results


def comparable(case: Case | None, predictions: Predictions) -> bool:
    """Whether a case has quality and predictions."""
    return (
        case is not None and case.quality is not None and case.key in predictions.predicted
    )


def pairs_of(
    results: Results, predictions: Predictions | None, *, resampled: bool = True
) -> dict[str, paired.Pair]:
    """Count baseline against tuned of every model that has both.

    Parameters
    ----------
    results : Results
        Of one seed.
    predictions : Predictions or None
        Of its test rows.
    resampled : bool
        Whether every metric is compared, not the study's alone, and each case
        resampled.
    """
    by_model: dict[str, paired.Pair] = {}
    if predictions is None or len(predictions.y_true) == 0:
        return by_model
    wanted = resampled or paired.needs_exchanges(metric_of(results))
    for position, model in enumerate(results.study.models):
        baseline = case_of(results, model.name, "baseline")
        tuned = case_of(results, model.name, "tuned")
        if comparable(baseline, predictions) and comparable(tuned, predictions):
            assert baseline is not None
            assert tuned is not None
            seed = [results.study.seed, position]
            rng = np.random.default_rng(seed) if wanted else None
            by_model[model.name] = paired.pair_up(
                baseline, tuned, predictions, results, rng, resampled=resampled
            )
    return by_model


def tests_of(results: Results, pairs: Mapping[str, paired.Pair]) -> dict[str, QualityTest]:
    """Test every model on the study's metric, as one family.

    Parameters
    ----------
    results : Results
        Of one seed.
    pairs : dict of Pair
        By model.

    Returns
    -------
    dict of QualityTest
        Of the models that can be tested.
    """
    spec = metric_of(results)
    return compare_together(pairs, spec, results.study.margin)
