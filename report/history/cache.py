"""Earlier readings of runs: one JSON line per run, valid while its files are unchanged.

It saves reading, and nothing rests on it: a line that is damaged or out of date
counts as none.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from tunecard.report.history.places import RunFolder, Stamp
from tunecard.report.history.types import HistoryEntry
from tunecard.runner.schema import SCHEMA_VERSION, Frozen, write_file

#: To be raised with every change of what is stored of a run or how it is computed.
CACHE_VERSION = 3
#: No file that Tunecard writes is larger.
_MOST_BYTES = 256 * 2**20


class _Head(Frozen):
    cache: Literal[3]
    schema_version: str


class CachedRun(Frozen):
    """A run as it was read, with the stamps of the files that it was read from.

    Either ``entry`` or ``reason``, why there is none.
    """

    run: str
    results: Stamp
    predictions: Stamp | None
    entry: HistoryEntry | None = None
    reason: str | None = None

    def holds_for(self, folder: RunFolder) -> bool:
        """Return whether the files are still those that were read."""
        return (self.results, self.predictions) == (folder.results, folder.predictions)


def read_cache(path: Path) -> dict[str, CachedRun]:
    """Read the cached runs by name; empty where the file is missing or damaged."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return {}
        head, *lines = path.read_bytes().splitlines() or [b""]
    except OSError:
        return {}
    try:
        if _Head.model_validate_json(head).schema_version != SCHEMA_VERSION:
            return {}
    except ValidationError:
        return {}
    runs = {}
    for line in lines:
        try:
            run = CachedRun.model_validate_json(line)
        except ValidationError:
            continue
        if (run.entry is None) != (run.reason is None):
            runs[run.run] = run
    return runs


def write_cache(path: Path, runs: Iterable[CachedRun]) -> None:
    """Write the cached runs, whole or not at all.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    head = _Head(cache=CACHE_VERSION, schema_version=SCHEMA_VERSION)
    lines = [head.model_dump_json(), *(run.model_dump_json() for run in runs)]
    write_file(path, "\n".join(lines) + "\n")


def unchanged(runs: Mapping[str, CachedRun], folder: RunFolder) -> CachedRun | None:
    """Return the cached run of a folder, if it is still valid."""
    run = runs.get(folder.name)
    return run if run is not None and run.holds_for(folder) else None
