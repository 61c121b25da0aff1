"""Quality of two runs: paired on the same test rows, else two independent samples."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from tunecard.report.analyze import pairs as paired
from tunecard.report.analyze import quality
from tunecard.report.analyze.family import to_test
from tunecard.report.analyze.inference import confusion_reason, infer
from tunecard.report.analyze.inference import why_untested as why_pair_untested
from tunecard.report.analyze.runs.values import independent_values
from tunecard.report.analyze.types import MetricComparison, PairedTable, QualityTest
from tunecard.report.load import Loaded, Predictions
from tunecard.report.stats.families import decide
from tunecard.report.stats.independent import independent_differences, two_proportions
from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.labels import Cells, cells, of_confusion
from tunecard.report.stats.means import difference
from tunecard.runner.schema import Case, MetricSpec

Pairing: TypeAlias = Literal["paired", "unpaired", "refused"]
#: Keeps the random streams of pairs of runs apart from those within a run.
_BETWEEN_RUNS = 20_000
_NO_ROWS = "without the predictions of both runs only accuracy has an interval"
_NO_VALUES = "without the predictions of both runs no metric has an interval"
_OTHER_ROWS = "no interval is computed on other test rows"
_GROUPED = "rows that come in groups are compared on the same test rows alone"


@dataclass(frozen=True)
class SharedCase:
    """A case of both runs: its difference, before its family is adjusted.

    ``pair`` is None where the two are independent samples; ``independent`` then has
    the functions of the confusion matrix or of predicted values, None without
    predictions of both. ``inference`` is None where the metric has no test. ``grouped``
    states that rows of two samples come in groups, which are not compared.
    """

    cases: tuple[Case, Case]
    pair: paired.Pair | None
    independent: Mapping[str, PairedInference] | None
    inference: PairedInference | None
    n_rows: tuple[int, int]
    grouped: bool = False


def paired_case(
    first: Loaded,
    second: Loaded,
    cases: tuple[Case, Case],
    metric: MetricSpec,
    number: int,
) -> SharedCase:
    """Count a case of two runs against itself, on the same test rows.

    Parameters
    ----------
    first, second : Loaded
        With predictions.
    cases : tuple of Case
        The same model and variant, of each run.
    metric : MetricSpec
        The metric that is tested.
    number : int
        Its place among the cases, for a random stream of its own.
    """
    assert first.predictions is not None
    assert second.predictions is not None
    # One name for both in each run's own predictions, so each gets another here.
    first_case, second_case = (
        case.model_copy(update={"model": f"{case.model} of the {which} run"})
        for case, which in zip(cases, ("first", "second"), strict=True)
    )
    sides = (
        (first_case, cases[0], first.predictions),
        (second_case, cases[1], second.predictions),
    )
    rows = Predictions(
        index=second.predictions.index,
        y_true=second.predictions.y_true,
        predicted={new.key: run.predicted[old.key] for new, old, run in sides},
        probability={
            new.key: run.probability[old.key]
            for new, old, run in sides
            if old.key in run.probability
        },
        score={
            new.key: run.score[old.key] for new, old, run in sides if old.key in run.score
        },
        classes=second.predictions.classes,
        positive=second.predictions.positive,
        unit=second.predictions.unit,
        in_time=second.predictions.in_time,
        of_values=second.predictions.of_values,
    )
    rng = np.random.default_rng([second.results.study.seed, _BETWEEN_RUNS + number])
    pair = paired.pair_up(first_case, second_case, rows, second.results, rng)
    n = len(rows.y_true)
    return SharedCase(cases, pair, None, infer(pair, metric), (n, n))


def unpaired_case(
    first: Loaded,
    second: Loaded,
    cases: tuple[Case, Case],
    metric: MetricSpec,
    _number: int,
) -> SharedCase:
    """Compare a case of two runs on other test rows: two independent samples.

    Parameters and result as of :func:`paired_case`; predictions may be missing.
    """
    n_rows = (first.results.dataset.n_test, second.results.dataset.n_test)
    if any(run.results.dataset.split_unit != "row" for run in (first, second)):
        return SharedCase(cases, None, None, None, (0, 0), grouped=True)
    if second.results.dataset.values is not None:
        by_metric = independent_values(first, second, cases)
        inference = (by_metric or {}).get(metric.name)
        return SharedCase(cases, None, by_metric, inference, n_rows)
    tables = [_table(run, case) for run, case in zip((first, second), cases, strict=True)]
    differences = None
    if tables[0] is not None and tables[1] is not None:
        metrics_of_both = of_confusion(second.results.metrics)
        differences = independent_differences(tables[0], tables[1], metrics_of_both)
    inference = _independent(cases, differences, n_rows, metric)
    return SharedCase(cases, None, differences, inference, n_rows)


def _table(run: Loaded, case: Case) -> Cells | None:
    if run.predictions is None or case.key not in run.predictions.predicted:
        return None
    if run.predictions.of_values:
        return None
    guess = run.predictions.predicted[case.key]
    if len(guess) == 0:
        return None
    data = run.results.dataset
    truth = run.predictions.y_true
    return cells(truth, guess, guess, len(data.classes), data.positive_code)


def _right(
    cases: tuple[Case, Case], n_rows: tuple[int, int], spec: MetricSpec
) -> tuple[int, int, int, int] | None:
    """Return right rows and rows of both, from the stored shares."""
    shares = [case.quality.test.get(spec.name) if case.quality else None for case in cases]
    if shares[0] is None or shares[1] is None or min(n_rows) == 0 or sum(n_rows) < 2:
        return None
    n_first, n_second = n_rows
    return round(shares[0] * n_first), n_first, round(shares[1] * n_second), n_second


def _independent(
    cases: tuple[Case, Case],
    differences: Mapping[str, PairedInference] | None,
    n_rows: tuple[int, int],
    spec: MetricSpec,
) -> PairedInference | None:
    """Return the inference of a metric of two samples; None without one."""
    if spec.is_share_of_rows:
        counts = _right(cases, n_rows, spec)
        return two_proportions(*counts) if counts is not None else None
    return differences.get(spec.name) if differences is not None else None


def tests(
    cases: Mapping[str, SharedCase], spec: MetricSpec, margin: float | None
) -> dict[str, QualityTest]:
    """Test every shared case on the study's metric, all of them as one family.

    Parameters
    ----------
    cases : dict of SharedCase
        By case key.
    spec : MetricSpec
        The metric.
    margin : float or None
        Smallest difference that matters.

    Returns
    -------
    dict of QualityTest
        Of the cases that can be tested.
    """
    inferences = {
        key: shared.inference
        for key, shared in cases.items()
        if shared.inference is not None
    }
    decisions = decide(inferences, margin)
    return {
        key: to_test(inference, decisions[key], spec, margin, cases[key].pair)
        for key, inference in inferences.items()
    }


def metrics(
    shared: SharedCase, test: QualityTest | None, specs: tuple[MetricSpec, ...]
) -> tuple[MetricComparison, ...]:
    """Compare every metric of a case; only the one of ``test`` is tested."""
    if shared.pair is not None and test is not None:
        return quality.compare(shared.pair, test, specs).metrics
    return tuple(_metric(shared, spec, test) for spec in specs)


def _metric(
    shared: SharedCase, spec: MetricSpec, test: QualityTest | None
) -> MetricComparison:
    first, second = (
        case.quality.test.get(spec.name) if case.quality else None for case in shared.cases
    )
    both = first is not None and second is not None
    primary = test is not None and spec.name == test.metric.name
    interval = reason = None
    if test is not None and primary:
        interval = test.interval
    elif not both:
        reason = "the metric is not defined for both"
    else:
        inference = _independent(shared.cases, shared.independent, shared.n_rows, spec)
        interval = inference.interval() if inference is not None else None
        reason = _why_no_interval(shared, spec) if inference is None else None
    return MetricComparison(
        spec=spec,
        primary=primary,
        first=first,
        second=second,
        delta=difference(first, second),
        interval=interval,
        interval_reason=reason,
    )


def why_untested(shared: SharedCase, spec: MetricSpec) -> str:
    """Return why a case of two runs is not tested on a metric."""
    if shared.pair is not None:
        return f"{spec.label} is not tested: {why_pair_untested(shared.pair, spec)}"
    if shared.independent is None and not shared.grouped:
        tested = "no metric" if spec.task == "regression" else "only accuracy"
        return f"without the predictions of both runs {tested} is tested"
    return f"{spec.label} is not tested: {_why_no_interval(shared, spec)}"


def _why_no_interval(shared: SharedCase, spec: MetricSpec) -> str:
    """Return why two samples of test rows have no interval."""
    if shared.grouped:
        return _GROUPED
    if spec.task == "regression" and shared.independent is None:
        return _NO_VALUES
    if spec.inference != "confusion":
        return _OTHER_ROWS
    return _NO_ROWS if shared.independent is None else confusion_reason(spec)


def table_of(shared: SharedCase) -> PairedTable | None:
    """Return the 2x2 table of a paired case."""
    return shared.pair.table if shared.pair is not None else None
