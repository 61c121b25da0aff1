"""The same model on two engines: times round by round, and whether they agree."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from tunecard.report.analyze.times import compare_times
from tunecard.report.analyze.types import (
    Analysis,
    CaseAnalysis,
    EngineComparison,
    ModelAnalysis,
)
from tunecard.report.load import Predictions
from tunecard.runner.schema import SCIKIT_LEARN, ModelSpec, Results

_SINGLE = 1e-6  # about the precision of float32


def compare_engines(
    results: Results, predictions: Predictions | None, models: Sequence[ModelAnalysis]
) -> tuple[EngineComparison, ...]:
    """Compare the models of a study that differ in their engine alone.

    Parameters
    ----------
    results : Results
        Of one seed.
    predictions : Predictions or None
        Of the test rows.
    models : sequence of ModelAnalysis
        In the study's order.

    Returns
    -------
    tuple of EngineComparison
        A pair of engines, then each variant that both have; empty where every model
        runs on one engine.
    """
    by_name = {model.name: model for model in models}
    return tuple(
        _compare((first, second), pair, predictions)
        for first, second in pairs(results)
        for pair in _variants(by_name[first.name], by_name[second.name])
    )


def engines_over(
    analyses: Sequence[Analysis], models: Sequence[ModelAnalysis]
) -> tuple[EngineComparison, ...]:
    """Compare engines over several seeds, by the means of their times.

    Parameters
    ----------
    analyses : sequence of Analysis
        Of each seed.
    models : sequence of ModelAnalysis
        Over all of them.

    Returns
    -------
    tuple of EngineComparison
        Those that every seed has.
    """
    by_key = {case.key.partition("@")[0]: case for model in models for case in model.cases}
    of_seeds = [
        {(engine.models, engine.variant): engine for engine in a.engines} for a in analyses
    ]
    comparisons = []
    for key, engine in of_seeds[0].items():
        same = [seed[key] for seed in of_seeds if key in seed]
        cases = [by_key.get(f"{name}/{engine.variant}") for name in engine.models]
        first, second = cases
        if len(same) < len(of_seeds) or first is None or second is None:
            continue
        comparisons.append(
            replace(
                engine,
                alike=all(each.alike for each in same),
                times=compare_times(first, second),
                n_same=None,
                n_rows=None,
                accuracy=(_accuracy(first), _accuracy(second)),
            )
        )
    return tuple(comparisons)


def pairs(results: Results) -> list[tuple[ModelSpec, ModelSpec]]:
    """List the pairs of a study's models that differ in their engine alone."""
    return [
        (first, second)
        for first, second in combinations(results.study.models, 2)
        if first.engine != second.engine and _work(first) == _work(second)
    ]


def _work(spec: ModelSpec) -> ModelSpec:
    """Return what a model does, whatever its name and its engine."""
    return spec.model_copy(update={"name": "", "label": "", "engine": SCIKIT_LEARN})


def _variants(
    first: ModelAnalysis, second: ModelAnalysis
) -> Iterator[tuple[CaseAnalysis, CaseAnalysis]]:
    if first.baseline is not None and second.baseline is not None:
        yield first.baseline, second.baseline
    if first.tuned is not None and second.tuned is not None:
        yield first.tuned, second.tuned


def _compare(
    specs: tuple[ModelSpec, ModelSpec],
    cases: tuple[CaseAnalysis, CaseAnalysis],
    predictions: Predictions | None,
) -> EngineComparison:
    first, second = cases
    n_same = n_rows = None
    if predictions is not None and all(c.key in predictions.predicted for c in cases):
        answers, others = (predictions.predicted[case.key] for case in cases)
        same = answers == others
        if predictions.of_values:
            near = _SINGLE * float(np.ptp(predictions.y_true))
            same = np.isclose(answers, others, rtol=_SINGLE, atol=near)
        n_same, n_rows = int(np.count_nonzero(same)), len(answers)
    return EngineComparison(
        models=(specs[0].name, specs[1].name),
        label=specs[0].label,
        variant=first.variant,
        engines=(specs[0].engine, specs[1].engine),
        alike=first.params == second.params,
        times=compare_times(first, second),
        n_same=n_same,
        n_rows=n_rows,
        accuracy=(_accuracy(first), _accuracy(second)),
        of_values=predictions is not None and predictions.of_values,
    )


def _accuracy(case: CaseAnalysis) -> float | None:
    share = case.share_right
    return None if share is None else share.test
