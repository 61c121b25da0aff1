"""Exactly what the templates of a comparison may see."""

from dataclasses import dataclass

from tunecard.report.view.types import Figure, LabeledValue, Table, Verdict
from tunecard.runner.metrics import TaskName


@dataclass(frozen=True)
class CompareView:
    """The page that compares two runs, in strings already formatted.

    Attributes
    ----------
    run_id : str
        The new run's.
    pairing : str
        How quality is compared, in a sentence.
    metrics : tuple of Table
        Every metric of each shared case.
    times_refused : Table or None
        What forbids a comparison of times.
    same : str
        What does not differ, in a sentence.
    task : str
        What both studies predict; it decides which terms the glossary has.
    """

    title: str
    run_id: str
    dataset: tuple[str, ...]
    banners: tuple[tuple[str, str], ...]
    summary: str
    verdicts: tuple[Verdict, ...]
    sides: Table
    gates: Table | None
    pairing: str
    quality: Table | None
    gains: Table | None
    change: Figure | None
    metrics: tuple[Table, ...]
    times: Table | None
    ratios: Figure | None
    times_refused: Table | None
    times_facts: tuple[LabeledValue, ...]
    setups: Table | None
    moved: Table | None
    differences: Table | None
    same: str
    task: TaskName
