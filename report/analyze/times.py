"""Times and memory: every sample, a value a worker, and ratios over rounds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from tunecard.report.analyze.types import (
    CaseAnalysis,
    MemoryComparison,
    MemoryWord,
    OperationTimes,
    RoundValue,
    TimeComparison,
    TimedOperation,
    TimedSample,
    TimeWord,
)
from tunecard.report.stats.ratios import LEAST_FLOOR, Ratio, noise_floor, paired_ratio
from tunecard.report.stats.verdicts import (
    WIDEST_NO_DIFFERENCE,
    RatioWord,
    ratio_word,
    too_disturbed,
)
from tunecard.runner.schema import Case, Operation, TimedRound

OPERATIONS: tuple[Operation, ...] = ("fit", "predict")
#: Peaks below this many bytes are the interpreter's own noise.
LEAST_PEAK = 2**20
_TIME_WORDS: Mapping[RatioWord, TimeWord] = {
    "more": "slower",
    "less": "faster",
    "no difference": "no difference",
    "inconclusive": "inconclusive",
}
_MEMORY_WORDS: Mapping[RatioWord, MemoryWord] = {
    "more": "more",
    "less": "less",
    "no difference": "no difference",
    "inconclusive": "inconclusive",
}


def operation_times(case: Case) -> dict[Operation, OperationTimes]:
    """Return the times of each operation that was timed.

    Parameters
    ----------
    case : Case
        A case with or without timings.

    Returns
    -------
    dict of OperationTimes
        ``fit`` and ``predict``, those that were timed.
    """
    by_operation: dict[Operation, OperationTimes] = {}
    for operation in OPERATIONS:
        timed = [timing for timing in case.timings if timing.operation == operation]
        if timed:
            by_operation[operation] = _one_operation(operation, timed)
    return by_operation


def _one_operation(operation: Operation, timed: list[TimedRound]) -> OperationTimes:
    timed = sorted(timed, key=lambda timing: timing.round)
    samples = _counted(tuple(sample for timing in timed for sample in _samples(timing)))
    rounds = tuple(
        value
        for number in sorted({timing.round for timing in timed})
        if (value := _round_value(number, samples)) is not None
    )
    cold = next((sample.wall for sample in samples if sample.cold), None)
    peaks = [value.peak_memory for value in rounds if value.peak_memory is not None]
    return OperationTimes(
        operation=operation,
        n_rows=timed[0].n_rows,
        samples=samples,
        rounds=rounds,
        seconds=median(value.wall for value in rounds) if rounds else None,
        cpu_seconds=median(value.cpu for value in rounds) if rounds else None,
        cold_seconds=cold,
        peak_memory=round(median(peaks)) if peaks else None,
        n_contaminated=sum(sample.contaminated and not sample.cold for sample in samples),
    )


def _samples(timing: TimedRound) -> list[TimedSample]:
    return [
        TimedSample(
            round=timing.round,
            wall=sample.wall_ns / sample.loops / 1e9,
            cpu=sample.cpu_ns / sample.loops / 1e9,
            loops=sample.loops,
            cold=sample.cold,
            contaminated=sample.contaminated,
            counted=not sample.cold,
            peak_memory=sample.peak_memory,
        )
        for sample in timing.samples
    ]


def _counted(samples: tuple[TimedSample, ...]) -> tuple[TimedSample, ...]:
    """Mark what counts: a worker's clean calls, or the others where it has none.

    The runner repeats a contaminated block once, so a worker may have both.
    The rule is the same for both cases and looks at no time.
    """
    clean = {s.round for s in samples if not s.cold and not s.contaminated}
    return tuple(
        replace(
            sample,
            counted=not sample.cold and not (sample.contaminated and sample.round in clean),
        )
        for sample in samples
    )


def _round_value(number: int, samples: tuple[TimedSample, ...]) -> RoundValue | None:
    """Return a worker's value: the median of its counted calls; None without one."""
    taken = [sample for sample in samples if sample.round == number and not sample.cold]
    counted = [sample for sample in taken if sample.counted]
    if not counted:
        return None
    peaks = [sample.peak_memory for sample in taken if sample.peak_memory is not None]
    return RoundValue(
        round=number,
        wall=median(sample.wall for sample in counted),
        cpu=median(sample.cpu for sample in counted),
        peak_memory=max(peaks, default=None),
        n_calls=len(counted),
        contaminated=counted[0].contaminated,
    )


def compare_times(
    baseline: CaseAnalysis, tuned: CaseAnalysis
) -> tuple[TimeComparison, ...]:
    """Compare fit, predict and both together, round by round.

    Parameters
    ----------
    baseline, tuned : CaseAnalysis
        Of one model.

    Returns
    -------
    tuple of TimeComparison
        Operations that were timed in both; fit+predict where both were.
    """
    series: dict[TimedOperation, _RoundSeries] = {}
    for operation in OPERATIONS:
        if operation in baseline.times and operation in tuned.times:
            series[operation] = _series(baseline.times[operation], tuned.times[operation])
    if len(series) == len(OPERATIONS):
        fit, predict = series["fit"], series["predict"]
        longer = max(fit, predict, key=lambda times: sum(times.baseline.values()))
        series["fit+predict"] = _RoundSeries(
            _sums(fit.baseline, predict.baseline),
            _sums(fit.tuned, predict.tuned),
            fit.disturbed | predict.disturbed,
            longer.n_calls,
        )
    return tuple(_compare(operation, times) for operation, times in series.items())


@dataclass(frozen=True)
class _RoundSeries:
    """Seconds by round of both cases, the disturbed rounds, the calls of a value."""

    baseline: dict[int, float]
    tuned: dict[int, float]
    disturbed: frozenset[int]
    n_calls: int


def _series(baseline: OperationTimes, tuned: OperationTimes) -> _RoundSeries:
    rounds = [*baseline.rounds, *tuned.rounds]
    n_calls = round(median(value.n_calls for value in rounds)) if rounds else 1
    disturbed = frozenset(value.round for value in rounds if value.contaminated)
    return _RoundSeries(_walls(baseline), _walls(tuned), disturbed, n_calls)


def _walls(times: OperationTimes) -> dict[int, float]:
    return {value.round: value.wall for value in times.rounds if value.wall > 0}


def _sums(fit: Mapping[int, float], predict: Mapping[int, float]) -> dict[int, float]:
    return {number: fit[number] + predict[number] for number in fit if number in predict}


def _compare(operation: TimedOperation, series: _RoundSeries) -> TimeComparison:
    """Compare the undisturbed rounds; too few of them give no ratio, and say why."""
    both = series.baseline.keys() & series.tuned.keys()
    counted = both - series.disturbed
    n_disturbed = len(both) - len(counted)
    reason = too_disturbed(len(counted), n_disturbed)
    left_out = frozenset[int]() if reason else series.disturbed
    baseline, tuned = _without(series.baseline, left_out), _without(series.tuned, left_out)
    floor = noise_floor(_in_order(baseline), _in_order(tuned))
    ratio: Ratio | None = None
    word: RatioWord = "inconclusive"
    beyond: float | None = None
    if reason is None:
        ratio = _ratio(baseline, tuned, series.n_calls)
        word, beyond, reason = ratio_word(ratio, floor)
    return TimeComparison(
        operation=operation,
        baseline=median(baseline.values()) if baseline else None,
        tuned=median(tuned.values()) if tuned else None,
        ratio=ratio.value if ratio else None,
        interval=ratio.interval if ratio else None,
        floor=floor,
        detectable=ratio.half_width if ratio else None,
        n_rounds=len(counted),
        word=_TIME_WORDS[word],
        beyond=beyond,
        reason=reason,
        n_disturbed=n_disturbed,
    )


def _without(values: Mapping[int, float], left_out: frozenset[int]) -> dict[int, float]:
    return {number: value for number, value in values.items() if number not in left_out}


def _ratio(
    first: Mapping[int, float], second: Mapping[int, float], n_calls: int | None = None
) -> Ratio | None:
    rounds = sorted(first.keys() & second.keys())
    return paired_ratio(
        np.array([first[number] for number in rounds]),
        np.array([second[number] for number in rounds]),
        n_calls,
    )


def _in_order(values: Mapping[int, float]) -> NDArray[np.float64]:
    return np.array([values[number] for number in sorted(values)])


def compare_memory(
    baseline: CaseAnalysis, tuned: CaseAnalysis
) -> tuple[MemoryComparison, ...]:
    """Compare the peak memory of fit and of predict, round by round.

    Parameters
    ----------
    baseline, tuned : CaseAnalysis
        Of one model.

    Returns
    -------
    tuple of MemoryComparison
        Operations that were timed in both.
    """
    return tuple(
        _memory(operation, baseline.times[operation], tuned.times[operation])
        for operation in OPERATIONS
        if operation in baseline.times and operation in tuned.times
    )


def _memory(
    operation: Operation, baseline: OperationTimes, tuned: OperationTimes
) -> MemoryComparison:
    ratio: Ratio | None = None
    word: RatioWord = "inconclusive"
    beyond: float | None = None
    reason: str | None
    if baseline.peak_memory is None or tuned.peak_memory is None:
        reason = "the peak memory could not be read"
    elif max(baseline.peak_memory, tuned.peak_memory) < LEAST_PEAK:
        reason = "both peaks are below 1 MiB, too little to compare"
    else:
        ratio = _ratio(_peaks(baseline), _peaks(tuned))
        # A page or two of memory makes no difference, however exactly it repeats.
        least = max(min(baseline.peak_memory, tuned.peak_memory), LEAST_PEAK)
        floor = max(LEAST_FLOOR, LEAST_PEAK / least)
        widest = max(floor, WIDEST_NO_DIFFERENCE)
        word, beyond, reason = ratio_word(ratio, floor, widest=widest)
    return MemoryComparison(
        operation=operation,
        baseline=baseline.peak_memory,
        tuned=tuned.peak_memory,
        ratio=ratio.value if ratio else None,
        word=_MEMORY_WORDS[word],
        beyond=beyond,
        reason=reason,
    )


def _peaks(times: OperationTimes) -> dict[int, float]:
    # A peak of 0 has no logarithm; values below the noise are not distinguished.
    return {
        value.round: float(max(value.peak_memory, LEAST_PEAK))
        for value in times.rounds
        if value.peak_memory is not None
    }
