"""The whole analysis of a run; the only file with the order."""

from dataclasses import replace
from itertools import combinations

import numpy as np

from tunecard.report import formats
from tunecard.report.analyze import pairs as paired
from tunecard.report.analyze import quality
from tunecard.report.analyze.case import one_case
from tunecard.report.analyze.columns import columns_beyond
from tunecard.report.analyze.engines import compare_engines
from tunecard.report.analyze.errors import error_analysis, out_of_range
from tunecard.report.analyze.family import compare_together
from tunecard.report.analyze.inference import why_untested
from tunecard.report.analyze.lookup import case_of, metric_named, metric_of
from tunecard.report.analyze.machine import kernel
from tunecard.report.analyze.memory import compare_memory
from tunecard.report.analyze.order import order_effects
from tunecard.report.analyze.rounds import more_rounds
from tunecard.report.analyze.search import analyze_search
from tunecard.report.analyze.seeds import over_seeds
from tunecard.report.analyze.times import compare_times
from tunecard.report.analyze.twins import twin_quality
from tunecard.report.analyze.types import (
    Analysis,
    CaseAnalysis,
    ModelAnalysis,
    MostFrequent,
    QualityComparison,
    SearchAnalysis,
    TunedComparison,
)
from tunecard.report.analyze.verdicts import comparable, pairs_of, tests_of
from tunecard.report.analyze.worth import tuning_gain
from tunecard.report.load import Loaded, Predictions
from tunecard.report.seeds import by_seed
from tunecard.runner.metrics import Confusion, find
from tunecard.runner.schema import (
    DatasetInfo,
    MetricSpec,
    ModelSpec,
    Results,
    SearchRecord,
)

#: Keeps the random streams of pairs of tuned models apart from those of the models.
_BETWEEN = 10_000


def analyze(run: Loaded) -> Analysis:
    """Turn a run into numbers and verdict words.

    Parameters
    ----------
    run : Loaded
        Results with or without predictions.

    Returns
    -------
    Analysis
        What could not be computed is None, with the reason next to it. Of several
        seeds it holds means over them, and the analysis of each.
    """
    runs = by_seed(run)
    if len(runs) == 1:
        return _one_seed(run)
    # More rounds go to all seeds alike, so each has what the whole run needs.
    whole = more_rounds(run.results)
    # Several outer splits have no page each, which the order of the rows would stand on.
    ordered = run.results.study.split.n_outer == 1
    analyses = [replace(_one_seed(run, ordered=ordered), more_rounds=whole) for run in runs]
    return over_seeds(analyses, run.results)


def _one_seed(run: Loaded, *, ordered: bool = True) -> Analysis:
    results, predictions = run.results, run.predictions
    pairs = pairs_of(results, predictions)
    compared = {
        name: quality.compare(pairs[name], test, results.metrics)
        for name, test in tests_of(results, pairs).items()
    }
    models = tuple(
        _model(spec, run, pairs.get(spec.name), compared.get(spec.name))
        for spec in results.study.models
    )
    errors = {model.name: model.errors for model in models}
    return Analysis(
        metric=metric_of(results),
        margin=results.study.margin,
        seed=results.study.seed,
        n_train=results.dataset.n_train,
        n_test=results.dataset.n_test,
        metrics=results.metrics,
        headline=_headline(results),
        class_names=tuple(entry.name for entry in results.dataset.classes),
        most_frequent=_most_frequent(results.dataset, results.study.metric),
        predictions_reason=run.predictions_reason,
        models=models,
        between=_between(results, predictions),
        kernel=kernel(results.calibrations),
        ignored=results.study.findings.ignore,
        dataset=results.dataset,
        environment=results.environment,
        more_rounds=more_rounds(results),
        engines=compare_engines(results, predictions, models),
        twins=twin_quality(results.dataset, predictions, models, results.study.metric),
        order=order_effects(predictions, models, results.study.seed) if ordered else (),
        out_of_range=out_of_range(results.dataset, predictions, errors),
        beyond=columns_beyond(results.dataset, predictions, errors),
    )


def _headline(results: Results) -> tuple[MetricSpec, ...]:
    """Return the metrics at the top: the study's own is always among them."""
    headline = tuple(
        spec for spec in results.metrics if spec.headline or _is_of_positive(spec)
    )
    own = metric_of(results)
    return headline if own in headline or not headline else (own, *headline)


def _is_of_positive(spec: MetricSpec) -> bool:
    """Return whether a metric is of the positive class alone."""
    metric = find(spec.name, spec.task)
    return metric is not None and metric.of_positive


def _between(
    results: Results, predictions: Predictions | None
) -> tuple[TunedComparison, ...]:
    """Test every pair of tuned models: a family of its own."""
    if predictions is None or len(predictions.y_true) == 0:
        return ()
    spec = metric_of(results)
    labels = {model.name: model.label for model in results.study.models}
    cases = [case_of(results, name, "tuned") for name in labels]
    tuned = [case for case in cases if case and comparable(case, predictions)]
    pairs = {}
    for number, (first, second) in enumerate(combinations(tuned, 2)):
        rng = np.random.default_rng([results.study.seed, _BETWEEN + number])
        needed = rng if paired.needs_exchanges(spec) else None
        pairs[number] = paired.pair_up(first, second, predictions, results, needed)
    return tuple(
        TunedComparison(
            first=pairs[number].first.model,
            second=pairs[number].second.model,
            first_label=labels[pairs[number].first.model],
            second_label=labels[pairs[number].second.model],
            table=pairs[number].table,
            test=test,
        )
        for number, test in compare_together(pairs, spec, results.study.margin).items()
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
    cases = {
        variant: one_case(case, spec, run) if case else None
        for variant, case in stored.items()
    }
    baseline, tuned = cases["baseline"], cases["tuned"]
    record = next(
        (search for search in results.searches if search.model == spec.name), None
    )
    model = ModelAnalysis(
        name=spec.name,
        label=spec.label,
        estimator=spec.estimator,
        baseline=baseline,
        tuned=tuned,
        quality=compared,
        quality_reason=None if compared else _why_not_compared(run, pair, baseline, tuned),
        times=compare_times(baseline, tuned) if baseline and tuned else (),
        memory=compare_memory(baseline, tuned) if baseline and tuned else (),
        search=_search(record, spec, results, (baseline, tuned), compared)
        if record
        else None,
        search_reason=None if record else _why_no_search(spec),
        is_tuned=spec.has_tuned,
        cut=record.cut if record else None,
        errors=error_analysis(run, [case for case in (baseline, tuned) if case]),
    )
    if record is None or model.search is None:
        return model
    gain = tuning_gain(run, record, model.search, model)
    return replace(model, search=replace(model.search, gain=gain))


def _search(
    record: SearchRecord,
    spec: ModelSpec,
    results: Results,
    cases: tuple[CaseAnalysis | None, CaseAnalysis | None],
    compared: QualityComparison | None,
) -> SearchAnalysis:
    metric = record.scored or metric_named(results, record.metric)
    return analyze_search(record, spec, *cases, compared, metric)


def _why_not_compared(
    run: Loaded,
    pair: paired.Pair | None,
    baseline: CaseAnalysis | None,
    tuned: CaseAnalysis | None,
) -> str:
    for variant, case in (("baseline", baseline), ("tuned", tuned)):
        if case is None:
            return f"there is no {variant} case"
        if not case.ok:
            return f"the {variant} case {formats.STATUSES[case.status]}"
        if not case.metrics:
            return f"the {variant} case has no quality"
    if pair is not None:
        spec = metric_of(run.results)
        return f"{spec.label} is not tested: {why_untested(pair, spec)}"
    return run.predictions_reason or "there are no predictions of both cases"


def _why_no_search(spec: ModelSpec) -> str:
    if spec.origin == "imported":
        return "no record of a search was handed over"
    if spec.search is None:
        return "the study declares no search for this model"
    return "the search is not in the results"


def _most_frequent(dataset: DatasetInfo, metric: str) -> MostFrequent | None:
    """Return what always predicting the commonest training class would get."""
    n_test = sum(entry.n_test for entry in dataset.classes)
    if n_test == 0 or not any(entry.n_train for entry in dataset.classes):
        return None
    commonest = max(dataset.classes, key=lambda entry: entry.n_train)
    support = np.array([entry.n_test for entry in dataset.classes], dtype=float)
    chosen = np.array([entry is commonest for entry in dataset.classes])
    names = [entry.name for entry in dataset.classes]
    positive = names.index(dataset.positive) if dataset.positive in names else None
    answers = Confusion(support * chosen, n_test * chosen.astype(float), support, positive)
    own = find(metric)
    return MostFrequent(
        commonest.name,
        commonest.n_test / n_test,
        n_test,
        own.value_of_confusion(answers) if own is not None else None,
    )
