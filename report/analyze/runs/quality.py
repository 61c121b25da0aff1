"""Quality of two runs: paired on the same test rows, else two independent samples."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from tunecard.report.analyze import pairs as paired
from tunecard.report.analyze import quality
from tunecard.report.analyze.types import MetricComparison, PairedTable, QualityTest
from tunecard.report.load import Loaded, Predictions
from tunecard.report.stats.independent import (
    detectable_of_independent,
    independent_bootstrap,
    score_p,
    two_proportions,
)
from tunecard.report.stats.labels import Cells, cells, of_confusion
from tunecard.report.stats.proportions import holm
from tunecard.report.stats.resamples import Bootstrap
from tunecard.report.stats.verdicts import ALPHA
from tunecard.runner.schema import Case, MetricSpec

Pairing: TypeAlias = Literal["paired", "unpaired", "refused"]
#: Keeps the random streams of pairs of runs apart from those within a run.
_BETWEEN_RUNS = 20_000
_NO_ROWS = "without the predictions of both runs only accuracy has an interval"
_OTHER_ROWS = "no interval is computed on other test rows"


@dataclass(frozen=True)
class SharedCase:
    """A case of both runs: its difference, before its family is adjusted.

    ``pair`` is None where the two are independent samples;
    ``untested`` is None where the metric has no test without predictions.
    """

    cases: tuple[Case, Case]
    pair: paired.Pair | None
    boot: Bootstrap | None
    untested: paired.Difference | None
    n_rows: tuple[int, int]


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
    )
    rng = np.random.default_rng([second.results.study.seed, _BETWEEN_RUNS + number])
    pair = paired.pair_up(first_case, second_case, rows, second.results, rng)
    n = len(rows.y_true)
    return SharedCase(cases, pair, None, paired.untested(pair, metric), (n, n))


def unpaired_case(
    first: Loaded,
    second: Loaded,
    cases: tuple[Case, Case],
    metric: MetricSpec,
    number: int,
) -> SharedCase:
    """Compare a case of two runs on other test rows: two independent samples.

    Parameters and result as of :func:`paired_case`; predictions may be missing.
    """
    n_rows = (first.results.dataset.n_test, second.results.dataset.n_test)
    tables = [_table(run, case) for run, case in zip((first, second), cases, strict=True)]
    boot = None
    if tables[0] is not None and tables[1] is not None:
        rng = np.random.default_rng([second.results.study.seed, _BETWEEN_RUNS + number])
        metrics_of_both = of_confusion(second.results.metrics)
        boot = independent_bootstrap(tables[0], tables[1], rng, metrics_of_both)
    case = SharedCase(cases, None, boot, None, n_rows)
    return replace(case, untested=_independent(case, metric))


def _table(run: Loaded, case: Case) -> Cells | None:
    if run.predictions is None or case.key not in run.predictions.predicted:
        return None
    guess = run.predictions.predicted[case.key]
    if len(guess) == 0:
        return None
    data = run.results.dataset
    truth = run.predictions.y_true
    return cells(truth, guess, guess, len(data.classes), data.positive_code)


def _right(shared: SharedCase, spec: MetricSpec) -> tuple[int, int, int, int] | None:
    """Return right rows and rows of both, from the stored shares."""
    shares = [
        case.quality.test.get(spec.name) if case.quality else None for case in shared.cases
    ]
    if shares[0] is None or shares[1] is None or min(shared.n_rows) == 0:
        return None
    n_first, n_second = shared.n_rows
    return round(shares[0] * n_first), n_first, round(shares[1] * n_second), n_second


def _independent(shared: SharedCase, metric: MetricSpec) -> paired.Difference | None:
    if metric.is_share_of_rows:
        counts = _right(shared, metric)
        if counts is None or sum(counts[1::2]) < 2:
            return None
        right_one, n_one, right_two, n_two = counts
        return paired.Difference(
            delta=right_two / n_two - right_one / n_one,
            p=score_p(*counts),
            interval=two_proportions(*counts),
            interval_90=two_proportions(*counts, 0.90),
            method="score test of two independent proportions",
        )
    method = "bootstrap of two independent samples"
    difference = paired.of_resamples(shared.boot, metric, method)
    if difference is None:
        return None
    return replace(
        difference,
        interval=replace(difference.interval, method=method),
        interval_90=replace(difference.interval_90, method=method),
    )


def tests(
    cases: Mapping[str, SharedCase], spec: MetricSpec, margin: float | None
) -> dict[str, QualityTest]:
    """Test every shared case on the study's metric, with Holm over all of them.

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
    family = {
        key: shared.untested for key, shared in cases.items() if shared.untested is not None
    }
    adjusted = holm([untested.p for untested in family.values()])
    return {
        key: _tested(cases[key], untested, spec, p_holm, len(family), margin)
        for (key, untested), p_holm in zip(family.items(), adjusted, strict=True)
    }


def _tested(
    shared: SharedCase,
    untested: paired.Difference,
    spec: MetricSpec,
    p_holm: float,
    n_tests: int,
    margin: float | None,
) -> QualityTest:
    if shared.pair is not None:
        return paired.tested(
            shared.pair, untested, spec=spec, p_holm=p_holm, n_tests=n_tests, margin=margin
        )
    detectable = None
    if spec.is_share_of_rows and (counts := _right(shared, spec)) is not None:
        share = (counts[0] + counts[2]) / (counts[1] + counts[3])
        detectable = detectable_of_independent(share, *shared.n_rows, alpha=ALPHA / n_tests)
    return paired.to_verdict(
        untested,
        spec=spec,
        p_holm=p_holm,
        n_tests=n_tests,
        margin=margin,
        detectable=detectable,
    )


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
    untested = _independent(shared, spec) if both else None
    reason = None
    if not both:
        reason = "the metric is not defined for both"
    elif untested is None:
        reason = _why_no_interval(shared, spec)
    return MetricComparison(
        spec=spec,
        primary=test is not None and spec == test.metric,
        first=first,
        second=second,
        delta=second - first if first is not None and second is not None else None,
        interval=untested.interval if untested else None,
        interval_reason=reason,
    )


def why_untested(shared: SharedCase, spec: MetricSpec) -> str:
    """Return why a case of two runs is not tested on a metric."""
    if shared.pair is not None:
        return f"{spec.label} is not tested: {paired.why_untested(shared.pair, spec)}"
    if shared.boot is None:
        return "without the predictions of both runs only accuracy is tested"
    return f"{spec.label} is not tested: {_why_no_interval(shared, spec)}"


def _why_no_interval(shared: SharedCase, spec: MetricSpec) -> str:
    """Return why two samples of test rows have no interval."""
    if spec.inference != "confusion":
        return _OTHER_ROWS
    return _NO_ROWS if shared.boot is None else paired.confusion_reason(spec, shared.boot)


def table_of(shared: SharedCase) -> PairedTable | None:
    """Return the 2x2 table of a paired case."""
    return shared.pair.table if shared.pair is not None else None
