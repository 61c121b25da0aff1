"""How verdict words look: their tone, their sign and the words for statuses."""

from typing import Final

from tunecard.report import formats
from tunecard.report.analyse.types import TimedOperation
from tunecard.report.findings import Severity
from tunecard.report.view.types import Tone

#: Word -> (tone, sign). The sign repeats the word for those who do not see the tone.
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


def time_word(word: str, beyond: float | None) -> str:
    """Write the verdict on a time, with the share that no difference exceeds."""
    if word == "no difference" and beyond is not None:
        return f"no difference beyond {formats.percent_up(beyond)}"
    return word
