"""How verdict words look: their tone, their sign and the words for statuses."""

from typing import Final

from tunecard.report import formats
from tunecard.report.analyze.types import QualityTest, TimeComparison, TimedOperation
from tunecard.report.analyze.types.runs import RunTime
from tunecard.report.conclusion import cpu_words, interval_name
from tunecard.report.findings import Severity
from tunecard.report.view.types import Tone

#: Word -> (tone, sign). The sign repeats the word for readers who cannot see the tone.
LOOKS: Final[dict[str, tuple[Tone, str]]] = {
    "better": ("good", "▲"),
    "worse": ("bad", "▼"),
    "equivalent": ("same", "≈"),
    "inconclusive": ("unclear", "?"),
    "faster": ("good", "▲"),
    "slower": ("bad", "▼"),
    "less": ("good", "▲"),
    "more": ("bad", "▼"),
    "no difference": ("same", "≈"),
    "not compared": ("none", "\N{EN DASH}"),
    "not tuned": ("none", "\N{EN DASH}"),
    "failed": ("bad", "✕"),
    "passed": ("good", "✓"),
    "not measured": ("bad", "\N{EN DASH}"),
}

SEVERITIES: Final[dict[Severity, tuple[Tone, str]]] = {
    "issue": ("bad", "Issue"),
    "tip": ("unclear", "Tip"),
    "note": ("none", "Note"),
}

OPERATIONS: Final[dict[TimedOperation, str]] = {
    "fit": "Fit",
    "predict": "Predict",
    "fit+predict": "Fit + predict",
}


def change_words(test: QualityTest) -> str:
    """Write the change of a metric and its interval, both in its unit.

    Examples
    --------
    ``Accuracy +0.26 points, 95 % interval [0.06, 0.47]``
    """
    beside = test.interval.low, test.interval.high
    ends = formats.delta_interval(*beside, test.metric)
    change = formats.delta(test.delta, test.metric, beside)
    delta = f"{change} {test.metric.delta_unit}".rstrip()
    name = formats.capital(test.metric.label)
    return f"{name} {delta}, {interval_name(test)} {ends}"


def ratio_detail(n_rounds: int, before: str, after: str) -> str:
    """Explain a ratio of times: it is not that of the two medians next to it."""
    if n_rounds < 2:
        return f"{before} → {after}"
    rounds = formats.counted(n_rounds, "round")
    return f"ratio averaged over {rounds}; medians {before} → {after}"


def ratio_words(time: TimeComparison) -> tuple[str, str]:
    """Write a ratio of times and its interval; dashes where the ratio means nothing.

    Rounds that could not even show a change by a factor of 2 give no figure worth
    reading: the verdict is that they cannot distinguish the two.
    """
    if time.ratio is None or time.indistinct:
        return formats.NONE, formats.NONE
    ends = time.interval
    interval = formats.ratio_interval(ends.low, ends.high) if ends else formats.NONE
    return formats.ratio(time.ratio), interval


def time_word(time: TimeComparison | RunTime) -> str:
    """Write the verdict on a time, with the share that no difference exceeds.

    Where wall time is disturbed and CPU time decides, both stand there.
    """
    if time.cpu is not None:
        return f"wall time: {time.word}; CPU time: {cpu_words(time.cpu)}"
    if time.word == "no difference" and time.beyond is not None:
        return f"no difference beyond {formats.percent_up(time.beyond)}"
    return time.word
