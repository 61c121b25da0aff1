"""Times of two runs of one machine, each relative to its calibration kernel."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from tunecard.report import formats
from tunecard.report.analyze.lookup import case_of
from tunecard.report.analyze.runs.differences import machine_facts
from tunecard.report.analyze.times import TIME_WORDS
from tunecard.report.analyze.timings import OPERATIONS, operation_times, sum_rounds
from tunecard.report.analyze.types import CpuWitness, TimedOperation
from tunecard.report.analyze.types.runs import RunTime
from tunecard.report.analyze.types.times import RoundValue
from tunecard.report.stats.independent import ENOUGH_RUNS, RUN_FLOOR, run_floor, run_ratio
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.ratios import Ratio
from tunecard.report.stats.verdicts import (
    CPU_LEVEL,
    MIN_ROUNDS,
    RatioWord,
    is_disturbed,
    ratio_word,
    too_disturbed,
)
from tunecard.runner.schema import Case, Results, Variant

_FEW_RUNS = (
    f"there are fewer than {ENOUGH_RUNS} earlier runs of this machine and study; until "
    "then we assume that identical runs can differ by 10 %"
)
_UNLIKE_RUNS = "identical runs on this machine differ too much from one another"
assert RUN_FLOOR == 0.10  # the sentence above names it


@dataclass(frozen=True)
class OperationSeries:
    """One operation of one case of one run.

    Attributes
    ----------
    seconds : ndarray of float, shape (n_rounds,)
        A value a round, above 0.
    n_calls : int
        Calls that such a value is the median of.
    cpu : ndarray of float, shape (n_rounds,)
        CPU time of the same rounds.
    kernel : float
        Seconds of the run's calibration kernel.
    disturbed : str or None
        Why disturbed rounds leave it without a verdict; the seconds are then of all
        rounds, else of the undisturbed ones.
    """

    seconds: NDArray[np.float64]
    n_calls: int
    kernel: float
    cpu: NDArray[np.float64]
    disturbed: str | None = None

    @property
    def relative(self) -> NDArray[np.float64]:
        """The times in units of the kernel's."""
        return self.seconds / self.kernel


def kernel_seconds(results: Results) -> float | None:
    """Return the kernel's time in a run: of its two parts, medians over all moments.

    The geometric mean of the matrix product and the copy, so that a change of
    1 % of either counts the same.

    Returns
    -------
    float or None
        Seconds; None where the kernel was not timed.
    """
    if not results.calibrations:
        return None
    product = median(moment.product_seconds for moment in results.calibrations)
    copy = median(moment.copy_seconds for moment in results.calibrations)
    return math.sqrt(product * copy)


def case_series(results: Results, case: Case) -> dict[TimedOperation, OperationSeries]:
    """Return the times of a case by operation, and of both together.

    Returns
    -------
    dict of OperationSeries
        Operations with a round; empty where the kernel was not timed.
    """
    kernel = kernel_seconds(results)
    if kernel is None:
        return {}
    rounds: dict[TimedOperation, list[RoundValue]] = {}
    for operation, times in operation_times(case).items():
        taken = [value for value in times.rounds if value.wall > 0]
        if taken:
            rounds[operation] = taken
    if len(rounds) == len(OPERATIONS):
        both = sum_rounds(rounds["fit"], rounds["predict"])
        if both:
            rounds["fit+predict"] = both
    return {operation: _series(values, kernel) for operation, values in rounds.items()}


def _series(rounds: Sequence[RoundValue], kernel: float) -> OperationSeries:
    """Take the undisturbed rounds, or all where too few are undisturbed."""
    clean = [value for value in rounds if not value.contaminated]
    disturbed = too_disturbed(len(clean), len(rounds) - len(clean))
    counted = rounds if disturbed else clean
    return OperationSeries(
        seconds=np.array([value.wall for value in counted]),
        cpu=np.array([value.cpu for value in counted]),
        n_calls=round(median(value.n_calls for value in counted)),
        kernel=kernel,
        disturbed=disturbed,
    )


def comparable(first: Case, second: Case) -> str | None:
    """Return why the times of a case cannot be compared; None where they can."""
    for which, case in (("reference", first), ("new", second)):
        if case.status != "ok":
            return f"the case of the {which} run {formats.STATUSES[case.status]}"
        if not case.timings:
            return f"the case of the {which} run was not timed"
    if first.threads != second.threads:
        return (
            f"its threads are {first.threads} in the reference, "
            f"{second.threads} in the new run"
        )
    return None


def earlier_of(second: Results, runs: Sequence[Results]) -> tuple[Results, ...]:
    """Pick the earlier runs of the same machine, versions, study and size of data."""
    facts = machine_facts(second)
    return tuple(
        run
        for run in runs
        if run.run_id != second.run_id
        and run.started <= second.started
        and run.study.name == second.study.name
        and _size(run) == _size(second)
        and machine_facts(run) == facts
    )


def _size(results: Results) -> tuple[int, int, int]:
    data = results.dataset
    return data.n_train, data.n_test, data.n_features


def earlier_logs(
    earlier: Sequence[Results], model: str, variant: Variant, second: Case
) -> dict[TimedOperation, list[float]]:
    """Return the logarithms of a case's relative times in earlier runs, a value a run.

    Only of cases that were set up as that of the second run: a change of
    parameters is not noise.
    """
    logs: dict[TimedOperation, list[float]] = {}
    for run in earlier:
        case = case_of(run, model, variant)
        if case is None or case.python != second.python or comparable(case, second):
            continue
        for operation, series in case_series(run, case).items():
            if series.disturbed is None:
                mean = float(np.log(series.relative).mean())
                logs.setdefault(operation, []).append(mean)
    return logs


def compare_series(
    operation: TimedOperation,
    first: OperationSeries,
    second: OperationSeries,
    logs: Sequence[float],
    n_cases: int,
    n_tests: int,
) -> RunTime:
    """Compare one operation of one case of two runs.

    Parameters
    ----------
    operation : str
        What was timed.
    first, second : OperationSeries
        Of each run.
    logs : sequence of float
        From :func:`earlier_logs`.
    n_cases, n_tests : int
        Cases, and times of all of them, that are compared together.

    Returns
    -------
    RunTime
    """
    floor = run_floor(logs, n_tests)
    n_earlier = len(logs) if len(logs) >= ENOUGH_RUNS else 0
    n_calls = (first.n_calls, second.n_calls)
    # A floor of these runs' own spread holds for all times together. The fixed one holds
    # for none in particular, so the rounds' own interval has to: over the cases, because
    # the times of one case move together (DECISIONS.md).
    level = 0.95 if n_earlier else 1 - 0.05 / n_cases
    ratio: Ratio | None = None
    word: RatioWord = "inconclusive"
    beyond: float | None = None
    reason = _disturbed(first, second)
    if reason is None:
        ratio = run_ratio(first.relative, second.relative, n_calls, floor, level)
        word, beyond, reason = ratio_word(ratio, floor)
    if word == "inconclusive" and ratio is not None and ratio.n_rounds >= MIN_ROUNDS:
        reason = _UNLIKE_RUNS if n_earlier else _FEW_RUNS
    return RunTime(
        operation=operation,
        first=float(np.median(first.seconds)),
        second=float(np.median(second.seconds)),
        ratio=ratio.value if ratio else None,
        interval=ratio.interval if ratio else None,
        floor=floor,
        floor_runs=n_earlier,
        detectable=ratio.half_width if ratio else None,
        n_rounds=ratio.n_rounds if ratio else 0,
        word=TIME_WORDS[word],
        beyond=beyond,
        reason=reason,
        cpu=_consult_cpu(first, second, 1 - (1 - CPU_LEVEL) / n_cases)
        if word == "inconclusive" and is_disturbed(ratio)
        else None,
    )


def _consult_cpu(
    first: OperationSeries, second: OperationSeries, level: float
) -> CpuWitness | None:
    """Return what CPU time shows of two runs; None where it does not decide either.

    Like is compared with like: both runs were disturbed, or neither. The kernel is wall
    time, which a busy machine slows and CPU time hardly, so that the difference has to
    show with it and without it; the smaller one is reported.
    """
    if (first.disturbed is None) != (second.disturbed is None):
        return None
    calls = first.n_calls, second.n_calls
    ratios = [
        ratio
        for scale in (1.0, first.kernel / second.kernel)
        if (ratio := run_ratio(first.cpu, second.cpu * scale, calls, RUN_FLOOR, level))
    ]
    words = {ratio_word(ratio, RUN_FLOOR)[0] for ratio in ratios}
    ends = [ratio.interval for ratio in ratios if ratio.interval is not None]
    if len(words) != 1 or not words <= {"more", "less"} or not ends:
        return None
    smaller = min(ratios, key=lambda ratio: abs(math.log(ratio.value)))
    low, high = min(end.low for end in ends), max(end.high for end in ends)
    interval = Interval(low, high, CPU_LEVEL, ends[0].method)
    return CpuWitness(
        TIME_WORDS[words.pop()], smaller.value, interval, smaller.n_rounds, None
    )


def _disturbed(first: OperationSeries, second: OperationSeries) -> str | None:
    """Return which run was too disturbed for a verdict; None where neither was."""
    for which, series in (("reference", first), ("new", second)):
        if series.disturbed is not None:
            return f"in the {which} run {series.disturbed}"
    return None
