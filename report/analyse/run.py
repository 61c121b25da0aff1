"""The whole analysis of a run; the only file that knows the order."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np

from tunecard.report import formats
from tunecard.report.analyse import pairs as paired
from tunecard.report.analyse import quality
from tunecard.report.analyse.case import one_case
from tunecard.report.analyse.engines import compare_engines
from tunecard.report.analyse.lookup import case_of, metric_of
from tunecard.report.analyse.machine import kernel
from tunecard.report.analyse.rounds import more_rounds
from tunecard.report.analyse.search import analyse_search
from tunecard.report.analyse.seeds import over_seeds
from tunecard.report.analyse.times import compare_memory, compare_times
from tunecard.report.analyse.types import (
    Analysis,
    CaseAnalysis,
    ModelAnalysis,
    MostFrequent,
    QualityComparison,
    TunedComparison,
)
from tunecard.report.load import Loaded, Predictions
from tunecard.report.seeds import by_seed
from tunecard.report.stats.proportions import holm
from tunecard.runner.schema import Case, DatasetInfo, ModelSpec, Results

#: Keeps the random streams of pairs of tuned models apart from those of the models.
_BETWEEN = 10_000


def analyse(run: Loaded) -> Analysis:
    """Turn a run into numbers and verdict words.

    Parameters
    ----------
    run : Loaded
        Results with or without predictions.

    Returns
    -------
    Analysis
        What could not be computed is None, with the reason beside it. Of several
        seeds it holds means over them, and the analysis of each.
    """
    runs = by_seed(run)
    if len(runs) == 1:
        return _one_seed(run)
    # More rounds are given to all seeds alike, so each tells what the whole run needs.
    whole = more_rounds(run.results)
    analyses = [replace(_one_seed(one), more_rounds=whole) for one in runs]
    return over_seeds(analyses, run.results)


def _one_seed(run: Loaded) -> Analysis:
    results, predictions = run.results, run.predictions
    pairs = _pairs(results, predictions)
    compared = _compare(results, predictions, pairs)
    models = tuple(
        _model(spec, run, pairs.get(spec.name), compared.get(spec.name))
        for spec in results.study.models
    )
    return Analysis(
        metric=metric_of(results),
        margin=results.study.margin,
        seed=results.study.seed,
        n_train=results.dataset.n_train,
        n_test=results.dataset.n_test,
        headline=tuple(spec for spec in results.metrics if spec.headline),
        class_names=tuple(entry.name for entry in results.dataset.classes),
        most_frequent=_most_frequent(results.dataset),
        predictions_reason=run.predictions_reason,
        models=models,
        between=_between(results, predictions),
        kernel=kernel(results.calibrations),
        ignored=results.study.findings.ignore,
        dataset=results.dataset,
        environment=results.environment,
        more_rounds=more_rounds(results),
        engines=compare_engines(results, predictions, models),
    )


def _comparable(case: Case | None, predictions: Predictions) -> bool:
    return (
        case is not None and case.quality is not None and case.key in predictions.predicted
    )


def _pairs(results: Results, predictions: Predictions | None) -> dict[str, paired.Pair]:
    """Count baseline against tuned of every model that has both."""
    found: dict[str, paired.Pair] = {}
    if predictions is None or len(predictions.y_true) == 0:
        return found
    for position, model in enumerate(results.study.models):
        baseline = case_of(results, model.name, "baseline")
        tuned = case_of(results, model.name, "tuned")
        if _comparable(baseline, predictions) and _comparable(tuned, predictions):
            assert baseline is not None
            assert tuned is not None
            rng = np.random.default_rng([results.study.seed, position])
            n_classes = len(results.dataset.classes)
            found[model.name] = paired.pair_up(baseline, tuned, predictions, n_classes, rng)
    return found


def _compare(
    results: Results, predictions: Predictions | None, pairs: Mapping[str, paired.Pair]
) -> dict[str, QualityComparison]:
    """Test every model on the study's metric, with Holm over the models."""
    if predictions is None:
        return {}
    spec, margin = metric_of(results), results.study.margin
    found = {name: paired.untested(pair, spec.name) for name, pair in pairs.items()}
    adjusted = holm([difference.p for difference in found.values()])
    compared = {}
    for (name, pair), p_holm in zip(pairs.items(), adjusted, strict=True):
        test = paired.tested(
            pair, found[name], spec=spec, p_holm=p_holm, n_tests=len(found), margin=margin
        )
        compared[name] = quality.compare(pair, test, predictions, results.metrics)
    return compared


def _between(
    results: Results, predictions: Predictions | None
) -> tuple[TunedComparison, ...]:
    """Test every pair of tuned models: a family of its own."""
    if predictions is None or len(predictions.y_true) == 0:
        return ()
    spec = metric_of(results)
    labels = {model.name: model.label for model in results.study.models}
    cases = [case_of(results, name, "tuned") for name in labels]
    tuned = [case for case in cases if case and _comparable(case, predictions)]
    pairs = []
    for number, (first, second) in enumerate(combinations(tuned, 2)):
        rng = np.random.default_rng([results.study.seed, _BETWEEN + number])
        needed = None if spec.name == "accuracy" else rng
        n_classes = len(results.dataset.classes)
        pairs.append(paired.pair_up(first, second, predictions, n_classes, needed))
    found = [paired.untested(pair, spec.name) for pair in pairs]
    adjusted = holm([difference.p for difference in found])
    return tuple(
        TunedComparison(
            first=pair.first.model,
            second=pair.second.model,
            first_label=labels[pair.first.model],
            second_label=labels[pair.second.model],
            table=pair.table,
            test=paired.tested(
                pair,
                difference,
                spec=spec,
                p_holm=p_holm,
                n_tests=len(found),
                margin=results.study.margin,
            ),
        )
        for pair, difference, p_holm in zip(pairs, found, adjusted, strict=True)
    )


def _model(
    spec: ModelSpec,
    run: Loaded,
    pair: paired.Pair | None,
    compared: QualityComparison | None,
) -> ModelAnalysis:
    results = run.results
    stored = {
        variant: case_of(results, spec.name, variant) for variant in ("baseline", "tuned")
    }
    seen = {
        variant: one_case(case, spec, run, pair) if case else None
        for variant, case in stored.items()
    }
    baseline, tuned = seen["baseline"], seen["tuned"]
    record = next((found for found in results.searches if found.model == spec.name), None)
    return ModelAnalysis(
        name=spec.name,
        label=spec.label,
        estimator=spec.estimator,
        baseline=baseline,
        tuned=tuned,
        quality=compared,
        quality_reason=None if compared else _why_not_compared(run, baseline, tuned),
        times=compare_times(baseline, tuned) if baseline and tuned else (),
        memory=compare_memory(baseline, tuned) if baseline and tuned else (),
        search=analyse_search(record, spec, baseline, tuned, compared) if record else None,
        search_reason=None if record else _why_no_search(spec),
    )


def _why_not_compared(
    run: Loaded, baseline: CaseAnalysis | None, tuned: CaseAnalysis | None
) -> str:
    for variant, case in (("baseline", baseline), ("tuned", tuned)):
        if case is None:
            return f"there is no {variant} case"
        if not case.ok:
            return f"the {variant} case {formats.STATUSES[case.status]}"
        if not case.metrics:
            return f"the {variant} case has no quality"
    return run.predictions_reason or "there are no predictions of both cases"


def _why_no_search(spec: ModelSpec) -> str:
    if spec.origin == "imported":
        return "no record of a search was handed over"
    if spec.search is None:
        return "the study declares no search for this model"
    return "the search is not in the results"


def _most_frequent(dataset: DatasetInfo) -> MostFrequent | None:
    """Return what always predicting the commonest training class would get right."""
    n_test = sum(entry.n_test for entry in dataset.classes)
    if n_test == 0 or not any(entry.n_train for entry in dataset.classes):
        return None
    commonest = max(dataset.classes, key=lambda entry: entry.n_train)
    return MostFrequent(commonest.name, commonest.n_test / n_test, n_test)
