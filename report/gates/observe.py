"""What a gate looks at: a metric or a time of a case, alone or against another."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from tunecard.report import formats
from tunecard.report.analyze.types import (
    Analysis,
    CaseAnalysis,
    MetricComparison,
    ModelAnalysis,
)
from tunecard.report.analyze.types.runs import CaseChange, RunComparison
from tunecard.report.gates.types import Kind, Observed
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.ratios import noise_floor, paired_ratio
from tunecard.report.stats.verdicts import MIN_ROUNDS, too_disturbed
from tunecard.runner.schema import Gate, Operation

NO_REFERENCE = "no reference run was given; name one by --against"


def kind_of(gate: Gate) -> Kind:
    """Tell what a gate's limit is a limit of."""
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
        return _nothing(f"there is no {gate.variant} case")
    if not case.ok:
        return _nothing(
            f"the {gate.variant} case {formats.ended(case.status, case.reason)}"
        )
    if gate.against == "value":
        return _metric(case, gate) if gate.metric else _seconds(case, gate)
    if gate.against == "baseline":
        return _against_baseline(model, gate)
    return _against_reference(compared, gate)


def _nothing(reason: str) -> Observed:
    return Observed(None, None, reason)


def _metric(case: CaseAnalysis, gate: Gate) -> Observed:
    assert gate.metric is not None
    found = case.metric(gate.metric)
    if found is None or found.test is None:
        return _nothing("the metric is not defined for this case")
    reason = None if found.interval else "the metric has no interval here"
    return Observed(found.test, found.interval, reason)


def _seconds(case: CaseAnalysis, gate: Gate) -> Observed:
    """Return the time of a call with the interval of its rounds."""
    names: tuple[Operation, ...] = ("fit", "predict")
    wanted = [name for name in names if gate.time in (name, "fit+predict")]
    timed = [case.times[name] for name in wanted if name in case.times]
    if len(timed) < len(wanted):
        return _nothing("it was not timed")
    walls = [{value.round: value.wall for value in one.rounds} for one in timed]
    both = set.intersection(*(set(by_round) for by_round in walls))
    disturbed = {value.round for one in timed for value in one.rounds if value.contaminated}
    reason = too_disturbed(len(both - disturbed), len(both & disturbed))
    rounds = sorted(both if reason else both - disturbed)
    seconds = np.array([sum(by_round[number] for by_round in walls) for number in rounds])
    calls = [value.n_calls for one in timed for value in one.rounds]
    # The ratio to one second: the same interval as a ratio of two cases has.
    ratio = paired_ratio(np.ones_like(seconds), seconds, round(median(calls or [1])))
    if ratio is None:
        return _nothing("no round has a value")
    if reason is not None:
        return Observed(ratio.value, None, reason)
    if ratio.interval is None or ratio.n_rounds < MIN_ROUNDS:
        return Observed(ratio.value, None, _few_rounds(ratio.n_rounds))
    floor = noise_floor(seconds)
    return Observed(ratio.value, _with_floor(ratio.value, ratio.interval, floor))


def _against_baseline(model: ModelAnalysis, gate: Gate) -> Observed:
    baseline = model.baseline
    if baseline is None:
        return _nothing("there is no baseline case")
    if not baseline.ok:
        return _nothing(
            f"the baseline case {formats.ended(baseline.status, baseline.reason)}"
        )
    if gate.metric is not None:
        if model.quality is None:
            return _nothing(model.quality_reason or "there is nothing to compare")
        return _difference(model.quality.metric(gate.metric))
    time = next((one for one in model.times if one.operation == gate.time), None)
    if time is None:
        return _nothing("it was not timed in both cases")
    if time.ratio is None:
        return _nothing(time.reason or "it was not timed in both cases")
    if time.interval is None or time.n_rounds < MIN_ROUNDS:
        return Observed(time.ratio, None, _few_rounds(time.n_rounds))
    return Observed(time.ratio, _with_floor(time.ratio, time.interval, time.floor))


def _against_reference(compared: RunComparison | None, gate: Gate) -> Observed:
    if compared is None:
        return _nothing(NO_REFERENCE)
    case = compared.case(gate.model, gate.variant)
    if case is None or case.state != "shared":
        return _nothing("the reference run has no such case")
    observed = _against_case(case, gate)
    if observed.value is None or not compared.seed_note:
        return observed
    note = compared.seed_note.removesuffix(".")
    return replace(observed, scope=note[:1].lower() + note[1:])


def _against_case(case: CaseChange, gate: Gate) -> Observed:
    if gate.metric is not None:
        found = case.metric(gate.metric)
        if found is None:
            return _nothing(case.quality_reason or "the metric is not in both runs")
        return _difference(found)
    time = next((one for one in case.times if one.operation == gate.time), None)
    if time is None:
        return _nothing(case.times_reason or "it was not timed in both runs")
    if time.ratio is None:
        return _nothing(time.reason or "it was not timed in both runs")
    if time.interval is None or time.n_rounds < MIN_ROUNDS:
        return Observed(time.ratio, None, _few_rounds(time.n_rounds))
    return Observed(time.ratio, time.interval)  # holds the noise between runs already


def _difference(found: MetricComparison | None) -> Observed:
    if found is None or found.delta is None:
        return _nothing("the metric is not defined for both")
    return Observed(found.delta, found.interval, found.interval_reason)


def _few_rounds(n_rounds: int) -> str:
    rounds = "round" if n_rounds == 1 else "rounds"
    return f"{n_rounds} {rounds}, and at least {MIN_ROUNDS} are needed"


def _with_floor(value: float, interval: Interval, floor: float) -> Interval:
    """Widen an interval of a time to its noise floor."""
    return Interval(
        min(interval.low, value / (1 + floor)),
        max(interval.high, value * (1 + floor)),
        interval.level,
        interval.method,
    )


def needs_reference(gates: Sequence[Gate]) -> bool:
    """Tell whether a gate is decided against a reference run."""
    return any(gate.against == "reference" for gate in gates)
