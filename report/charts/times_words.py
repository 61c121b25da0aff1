"""The words and the table next to the figure of timed calls."""

from statistics import median
from typing import Final

import numpy as np

from tunecard.report import formats
from tunecard.report.analyze.types import CaseAnalysis, ModelAnalysis, OperationTimes
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.ratios import time_ratio

HEADER: Final = (
    "Operation",
    "Case",
    "Median of rounds",
    "95 % interval of the mean",
    "Rounds",
    "Counted calls",
    "Fastest",
    "Slowest",
    "First call (cold)",
    "Disturbed calls",
)

READING: Final = (
    "Each dot is one timed call; calls of one round, a fresh process, lie at one "
    "height in their row. The upright line is the median of the rounds, the number "
    "that the report uses. The bar below is the 95 % interval of the mean of the "
    "rounds, trimmed from five rounds on; the verdict rests on the ratio round by round "
    "instead, which is steadier when both cases met the same machine. A cross is the "
    "very first call, cold, and never counts; an open triangle is a call during which "
    "other programs used the machine: it counts only where its round has no "
    "undisturbed one. The axis is cut to the calls that count; an interval that "
    "continues beyond it ends in an arrow head."
)


def interval(times: OperationTimes) -> Interval | None:
    """Return the 95 % interval of the rounds' mean; None under 2 rounds."""
    walls = np.array([value.wall for value in times.rounds])
    if not len(walls):
        return None
    calls = round(median(value.n_calls for value in times.rounds))
    ratio = time_ratio(np.ones(len(walls)), walls, calls)
    return ratio.interval if ratio is not None else None


def cells(case: CaseAnalysis, times: OperationTimes) -> tuple[str, ...]:
    """Write one operation of one case as a row."""
    counted = [sample.wall for sample in times.samples if sample.counted]
    return (
        times.operation,
        case.variant,
        formats.seconds(times.seconds),
        _ends(times),
        formats.count(len(times.rounds)),
        formats.count(len(counted)),
        formats.seconds(min(counted, default=None)),
        formats.seconds(max(counted, default=None)),
        formats.seconds(times.cold_seconds),
        formats.count(times.n_contaminated),
    )


def _ends(times: OperationTimes) -> str:
    ends = interval(times)
    if ends is None:
        return formats.NONE
    return f"{formats.seconds(ends.low)} to {formats.seconds(ends.high)}"


def caption(model: ModelAnalysis) -> str:
    """State what fit and predict took before and after."""
    parts = []
    for time in model.times:
        if time.operation == "fit+predict" or None in (time.baseline, time.tuned):
            continue
        text = (
            f"{time.operation.capitalize()}: {formats.seconds(time.baseline)} before, "
            f"{formats.seconds(time.tuned)} after"
        )
        parts.append(f"{text} ({time.word}).")
    if parts:
        return " ".join(parts)
    timed = [case.variant for case in model.cases if case.times]
    return f"Only the {formats.listed(list(timed))} case was timed."


def sentence(case: CaseAnalysis, times: OperationTimes) -> str:
    """Describe one operation of one case in a sentence."""
    counted = [sample.wall for sample in times.samples if sample.counted]
    if not counted:
        return f"{case.variant}, {times.operation}: no counted call."
    return (
        f"{case.variant.capitalize()}, {times.operation}: "
        f"{formats.counted(len(counted), 'counted call')} in "
        f"{formats.counted(len(times.rounds), 'round')}, from "
        f"{formats.seconds(min(counted))} to {formats.seconds(max(counted))}, median of "
        f"the rounds {formats.seconds(times.seconds)}."
    )
