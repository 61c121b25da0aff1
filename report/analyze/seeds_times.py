"""Times over several seeds: round by round their mean, and what all seeds say of it."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, median

from tunecard.report.analyze.types import (
    CaseAnalysis,
    LatencyAnalysis,
    OperationTimes,
    RoundValue,
    SeedsAnalysis,
    TimeComparison,
    TimeWord,
)
from tunecard.runner.schema import Operation


def times_over(cases: Sequence[CaseAnalysis]) -> dict[Operation, OperationTimes]:
    """Return the times of a case as means over its seeds, round by round.

    Each round has one worker a seed; its value is their mean. The samples are those
    of all seeds.
    """
    common = [
        operation
        for operation in cases[0].times
        if all(operation in case.times for case in cases)
    ]
    return {op: _operation([case.times[op] for case in cases]) for op in common}


def _operation(times: Sequence[OperationTimes]) -> OperationTimes:
    by_round = [{value.round: value for value in time.rounds} for time in times]
    numbers = sorted(set.intersection(*(set(values) for values in by_round)))
    rounds = tuple(_round([values[number] for values in by_round]) for number in numbers)
    peaks = [value.peak_memory for value in rounds if value.peak_memory is not None]
    cold = [time.cold_seconds for time in times if time.cold_seconds is not None]
    return OperationTimes(
        operation=times[0].operation,
        n_rows=times[0].n_rows,
        samples=tuple(sample for time in times for sample in time.samples),
        rounds=rounds,
        seconds=median(value.wall for value in rounds) if rounds else None,
        cpu_seconds=median(value.cpu for value in rounds) if rounds else None,
        cold_seconds=fmean(cold) if len(cold) == len(times) else None,
        peak_memory=round(median(peaks)) if peaks else None,
        n_contaminated=sum(time.n_contaminated for time in times),
    )


def _round(values: Sequence[RoundValue]) -> RoundValue:
    peaks = [value.peak_memory for value in values if value.peak_memory is not None]
    return RoundValue(
        round=values[0].round,
        wall=fmean(value.wall for value in values),
        cpu=fmean(value.cpu for value in values),
        peak_memory=round(fmean(peaks)) if len(peaks) == len(values) else None,
        n_calls=sum(value.n_calls for value in values),
        contaminated=any(value.contaminated for value in values),
    )


def times_agreed(
    compared: Sequence[TimeComparison], seeds: SeedsAnalysis, model: str
) -> tuple[TimeComparison, ...]:
    """Take back a verdict on the mean time that the verdict of a seed contradicts."""
    agreed = []
    for time in compared:
        own = [analysis.model(model).time(time.operation) for analysis in seeds.analyses]
        word = _decided(time)
        against = [
            f"{seed_word} with seed {seed}"
            for seed, seed_time in zip(seeds.seeds, own, strict=True)
            if seed_time is not None
            and (seed_word := _decided(seed_time)) not in ("inconclusive", word)
        ]
        if word != "inconclusive" and against:
            reason = f"the verdict depends on the seed: {'; '.join(against)}"
            time = replace(  # noqa: PLW2901 # it is the same comparison
                time, word="inconclusive", beyond=None, reason=reason, cpu=None
            )
        agreed.append(time)
    return tuple(agreed)


def _decided(time: TimeComparison) -> TimeWord:
    """Return the word of the clock that decides."""
    return time.cpu.word if time.cpu is not None else time.word


def latencies_over(cases: Sequence[CaseAnalysis]) -> tuple[LatencyAnalysis, ...]:
    """Return the means over the seeds of the calls' medians and percentiles."""
    summaries = []
    for first in cases[0].latencies:
        same = [
            latency
            for case in cases
            for latency in case.latencies
            if latency.batch == first.batch
        ]
        if len(same) == len(cases):
            summaries.append(_latency(same))
    return tuple(summaries)


def _latency(values: Sequence[LatencyAnalysis]) -> LatencyAnalysis:
    def mean(values: Sequence[float | None]) -> float | None:
        numbers = [value for value in values if value is not None]
        return fmean(numbers) if len(numbers) == len(values) else None

    middle = fmean(value.median for value in values)
    return LatencyAnalysis(
        batch=values[0].batch,
        n_calls=sum(value.n_calls for value in values),
        median=middle,
        p95=mean([value.p95 for value in values]),
        p99=mean([value.p99 for value in values]),
        rows_per_second=values[0].batch / middle if middle > 0 else None,
    )
