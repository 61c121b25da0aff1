"""What a gate looks at: a metric or a time of a case, alone or against another."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from tunecard.report import formats
from tunecard.report.analyze.types import (
    Analysis,
    CaseAnalysis,
    CpuWitness,
    MetricComparison,
    ModelAnalysis,
    TimeComparison,
)
from tunecard.report.analyze.types.runs import CaseChange, RunComparison, RunTime
from tunecard.report.gates.types import Kind, Observed
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.ratios import time_ratio
from tunecard.report.stats.verdicts import MIN_ROUNDS, too_disturbed
from tunecard.runner.schema import Gate, Operation

NO_REFERENCE = "no reference run was given; name one by --against"


def kind_of(gate: Gate) -> Kind:
    """Return what a gate's limit is a limit of."""
    if gate.time is not None:
        return "seconds" if gate.against == "value" else "ratio"
    return "value" if gate.against == "value" else "difference"


def observe(gate: Gate, analysis: Analysis, compared: RunComparison | None) -> Observed:
    """Look up what a gate is about.

    Parameters
    ----------
    gate : Gate
        The rule.
    analysis : Analysis
        The run.
    compared : RunComparison or None
        The run against the reference, where there is one.

    Returns
    -------
    Observed
        Without a value where the case was not measured.
    """
    model = analysis.model(gate.model)
    case = model.tuned if gate.variant == "tuned" else model.baseline
    if case is None:
        return _report_missing(f"the {gate.variant} case is missing")
    if not case.ok:
        return _report_missing(
            f"the {gate.variant} case {formats.ended(case.status, case.reason)}"
        )
    if gate.against == "value":
        return _observe_metric(case, gate) if gate.metric else _observe_seconds(case, gate)
    if gate.against == "baseline":
        return _compare_baseline(model, gate)
    return _compare_reference(compared, gate)


def _report_missing(reason: str) -> Observed:
    return Observed(None, None, reason)


def _observe_metric(case: CaseAnalysis, gate: Gate) -> Observed:
    assert gate.metric is not None
    value = case.metric(gate.metric)
    if value is None or value.test is None:
        return _report_missing("the metric is not defined for this case")
    reason = None if value.interval else "the metric has no interval here"
    return Observed(value.test, value.interval, reason)


def _observe_seconds(case: CaseAnalysis, gate: Gate) -> Observed:
    """Return the time of a call with the interval of its rounds."""
    names: tuple[Operation, ...] = ("fit", "predict")
    wanted = [name for name in names if gate.time in (name, "fit+predict")]
    timed = [case.times[name] for name in wanted if name in case.times]
    if len(timed) < len(wanted):
        return _report_missing("it was not timed")
    walls = [{value.round: value.wall for value in times.rounds} for times in timed]
    both = set.intersection(*(set(by_round) for by_round in walls))
    disturbed = {
        value.round for times in timed for value in times.rounds if value.contaminated
    }
    reason = too_disturbed(len(both - disturbed), len(both & disturbed))
    rounds = sorted(both if reason else both - disturbed)
    seconds = np.array([sum(by_round[number] for by_round in walls) for number in rounds])
    calls = [value.n_calls for times in timed for value in times.rounds]
    # The ratio to one second: the same interval as a ratio of two cases has.
    ratio = time_ratio(np.ones_like(seconds), seconds, round(median(calls or [1])))
    if ratio is None:
        return _report_missing("no round has a value")
    if reason is not None:
        return Observed(ratio.value, None, reason)
    if ratio.interval is None or ratio.n_rounds < MIN_ROUNDS:
        return Observed(ratio.value, None, _explain_rounds(ratio.n_rounds))
    return Observed(ratio.value, _widen(ratio.value, ratio.interval, ratio.floor))


def _compare_baseline(model: ModelAnalysis, gate: Gate) -> Observed:
    baseline = model.baseline
    if baseline is None:
        return _report_missing("the baseline case is missing")
    if not baseline.ok:
        return _report_missing(
            f"the baseline case {formats.ended(baseline.status, baseline.reason)}"
        )
    if gate.metric is not None:
        if model.quality is None:
            return _report_missing(model.quality_reason or "there is nothing to compare")
        return _observe_difference(model.quality.metric(gate.metric))
    time = next(
        (comparison for comparison in model.times if comparison.operation == gate.time),
        None,
    )
    if time is None:
        return _report_missing("it was not timed in both cases")
    observed = _observe_ratio(time, "it was not timed in both cases")
    if observed.interval is None or observed.value is None:
        return observed
    interval = _widen(observed.value, observed.interval, time.floor)
    return replace(observed, interval=interval)


def _compare_reference(compared: RunComparison | None, gate: Gate) -> Observed:
    if compared is None:
        return _report_missing(NO_REFERENCE)
    case = compared.case(gate.model, gate.variant)
    if case is None or case.state != "shared":
        return _report_missing("the reference run has no such case")
    observed = _compare_case(case, gate)
    if observed.value is None or not compared.seed_note:
        return observed
    note = compared.seed_note.removesuffix(".")
    return replace(observed, scope=note[:1].lower() + note[1:])


def _compare_case(case: CaseChange, gate: Gate) -> Observed:
    if gate.metric is not None:
        metric = case.metric(gate.metric)
        if metric is None:
            return _report_missing(case.quality_reason or "the metric is not in both runs")
        return _observe_difference(metric)
    time = next(
        (comparison for comparison in case.times if comparison.operation == gate.time), None
    )
    if time is None:
        return _report_missing(case.times_reason or "it was not timed in both runs")
    # Its interval holds the noise between runs already.
    return _observe_ratio(time, "it was not timed in both runs")


def _observe_ratio(time: TimeComparison | RunTime, untimed: str) -> Observed:
    """Return the ratio of two times, and what CPU time shows where they are disturbed."""
    if time.ratio is None:
        return Observed(None, None, time.reason or untimed, cpu=time.cpu)
    if time.interval is None or time.n_rounds < MIN_ROUNDS:
        return Observed(time.ratio, None, _explain_rounds(time.n_rounds), cpu=time.cpu)
    return Observed(time.ratio, time.interval, cpu=time.cpu)


def decided_by_cpu(observed: Observed, witness: CpuWitness) -> Observed:
    """Return what a gate looks at where CPU time fails it and wall time is disturbed.

    CPU time never passes a gate: a call that waits takes longer without it.
    """
    reason = "by CPU time (97.5 % interval); wall time is disturbed"
    if observed.reason:
        reason += f": {observed.reason}"
    return replace(observed, value=witness.ratio, interval=witness.interval, reason=reason)


def _observe_difference(metric: MetricComparison | None) -> Observed:
    if metric is None or metric.delta is None:
        return _report_missing("the metric is not defined for both")
    return Observed(metric.delta, metric.interval, metric.interval_reason)


def _explain_rounds(n_rounds: int) -> str:
    rounds = "round" if n_rounds == 1 else "rounds"
    return f"{n_rounds} {rounds}, and at least {MIN_ROUNDS} are needed"


def _widen(value: float, interval: Interval, floor: float) -> Interval:
    """Widen an interval of a time to its noise floor."""
    return Interval(
        min(interval.low, value / (1 + floor)),
        max(interval.high, value * (1 + floor)),
        interval.level,
        interval.method,
    )


def needs_reference(gates: Sequence[Gate]) -> bool:
    """Return whether a gate is decided against a reference run."""
    return any(gate.against == "reference" for gate in gates)
