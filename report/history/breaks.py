"""Breaks of a trend: the runs from which on machine, versions or data differ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tunecard.report.history.types import HistoryEntry


@dataclass(frozen=True)
class Change:
    """One thing that differs between a run and the one before it."""

    kind: Literal["machine", "versions", "data"]
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Break:
    """A run on another machine, with other versions or data than the run before it.

    ``position`` is the run's, counted from the oldest.
    """

    position: int
    run: str
    changes: tuple[Change, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """What changed, in the words machine, versions, data."""
        return tuple(dict.fromkeys(change.kind for change in self.changes))


def breaks_of(runs: Sequence[HistoryEntry]) -> Iterator[Break]:
    """Find the breaks in runs, the oldest first: each run against the one before it."""
    for position in range(1, len(runs)):
        before, after = runs[position - 1], runs[position]
        if before.place != after.place:
            yield Break(position, after.run, changes_between(before, after))


def changes_between(before: HistoryEntry, after: HistoryEntry) -> tuple[Change, ...]:
    """Name what differs in machine, versions and data of two runs."""
    changes = []
    kinds: tuple[tuple[Literal["machine", "versions"], dict[str, str], dict[str, str]], ...]
    kinds = (
        ("machine", before.machine, after.machine),
        ("versions", before.versions, after.versions),
    )
    for kind, old, new in kinds:
        for name in sorted(old.keys() | new.keys()):
            first, second = old.get(name, "not there"), new.get(name, "not there")
            if first != second:
                changes.append(Change(kind, name, first, second))
    if before.data != after.data:
        changes.append(Change("data", "hashes of the data", before.data, after.data))
    return tuple(changes)
