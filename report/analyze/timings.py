"""Times of a case: every sample, a value a worker, and the medians over rounds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median

from tunecard.report.analyze.types import (
    CaseAnalysis,
    OperationTimes,
    RoundValue,
    TimedSample,
)
from tunecard.runner.schema import Case, Operation, TimedRound

OPERATIONS: tuple[Operation, ...] = ("fit", "predict")


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


def timed_in_both(
    first: CaseAnalysis, second: CaseAnalysis
) -> Iterator[tuple[Operation, OperationTimes, OperationTimes]]:
    """Yield each operation that was timed in both cases, with the times of each."""
    for operation in OPERATIONS:
        if operation in first.times and operation in second.times:
            yield operation, first.times[operation], second.times[operation]


def sum_rounds(
    fit: Sequence[RoundValue], predict: Sequence[RoundValue]
) -> list[RoundValue]:
    """Add up the rounds of both operations; a sum has the calls of the longer one."""
    after = {value.round: value for value in predict}
    pairs = [(value, after[value.round]) for value in fit if value.round in after]
    walls = [sum(value.wall for value in values) for values in (fit, predict)]
    longer = 0 if walls[0] >= walls[1] else 1
    return [
        replace(
            pair[longer],
            wall=pair[0].wall + pair[1].wall,
            cpu=pair[0].cpu + pair[1].cpu,
            contaminated=pair[0].contaminated or pair[1].contaminated,
        )
        for pair in pairs
    ]
