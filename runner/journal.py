"""Append-only record of finished work, so that a run that is killed can go on.

A journal is a file of JSON lines: a header that says what the work belongs to,
then a key and a value for every finished piece (a fold's scores, a round).
A line is on the disk before the work counts as done.
"""

import contextlib
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from runner.errors import OutputError

JOURNAL = "journal.jsonl"

Value = dict[str, Any]


class Memory(Protocol):
    """Remembers the value of a finished piece of work by its key."""

    def recall(self, key: str) -> Value | None:
        """Return the value of a piece that is done, or None."""
        ...

    def record(self, key: str, value: Value) -> None:
        """Note that a piece is done."""
        ...


class Forgetful:
    """Remembers nothing."""

    def recall(self, key: str) -> Value | None:  # noqa: ARG002 # the protocol's signature
        """Return None: nothing is done."""
        return None

    def record(self, key: str, value: Value) -> None:
        """Forget it."""


class Within:
    """A part of another memory, whose keys begin with a name.

    Parameters
    ----------
    memory : Memory
        The whole.
    name : str
        What the keys begin with.
    """

    def __init__(self, memory: Memory, name: str) -> None:
        self._memory, self._name = memory, name

    def recall(self, key: str) -> Value | None:
        """Return the value of a piece that is done, or None."""
        return self._memory.recall(f"{self._name} {key}")

    def record(self, key: str, value: Value) -> None:
        """Note that a piece is done."""
        self._memory.record(f"{self._name} {key}", value)


class Journal:
    """The record of a run, open for appending.

    Parameters
    ----------
    folder : Path
        The run folder.
    header : dict
        What the work belongs to.

    Attributes
    ----------
    torn : bool
        Whether the last line was cut off, and so was dropped.
    """

    def __init__(self, folder: Path, header: Value) -> None:
        self._path = folder / JOURNAL
        _, lines, whole_bytes, self.torn = _read(self._path)
        self._done = {line["key"]: line["value"] for line in lines}
        try:
            self._stream = self._path.open("ab")
            if self.torn:
                self._stream.truncate(whole_bytes)
        except OSError as error:
            raise self._refused(error) from error
        if whole_bytes == 0:
            self._append({"header": header})

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._stream.close()

    def __len__(self) -> int:
        return len(self._done)

    def recall(self, key: str) -> Value | None:
        """Return the value of a piece that is done, or None."""
        return self._done.get(key)

    def record(self, key: str, value: Value) -> None:
        """Append a finished piece and wait until it is on the disk.

        Raises
        ------
        OutputError
            If it cannot be written; what stood in the journal before stays.
        """
        self._append({"key": key, "value": value})
        self._done[key] = value

    def discard(self) -> None:
        """Remove the file: the results are whole and say all of it."""
        self._stream.close()
        self._path.unlink(missing_ok=True)

    def _append(self, line: Value) -> None:
        text = json.dumps(line, allow_nan=False, separators=(",", ":")) + "\n"
        try:
            self._stream.write(text.encode("utf-8"))
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self._path}: cannot be written ({error.strerror or error}). What was "
            "finished before is kept; make space and run the same command to go on."
        )


def read_header(folder: Path) -> Value | None:
    """Return what an unfinished run belongs to; None where that cannot be told."""
    return _read(folder / JOURNAL)[0]


def _read(path: Path) -> tuple[Value | None, list[Value], int, bool]:
    """Read a journal: header, lines, bytes of whole lines, whether a rest was torn.

    Reading stops at the first line that is damaged: what comes after it cannot
    be trusted to belong to it.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None, [], 0, False
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({error.strerror or error}).") from error
    header: Value | None = None
    lines: list[Value] = []
    position = 0
    for raw in data.splitlines(keepends=True):
        line = _parse(raw)
        if line is None or (position == 0) != (set(line) == {"header"}):
            break
        if position == 0:
            header = line["header"]
        else:
            lines.append(line)
        position += len(raw)
    return header, lines, position, position < len(data)


def _parse(raw: bytes) -> Value | None:
    """Parse one line; None when it is cut off or no line of a journal."""
    if not raw.endswith(b"\n"):
        return None
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(line, dict):
        return None
    if set(line) == {"header"} and isinstance(line["header"], dict):
        return line
    if set(line) == {"key", "value"} and isinstance(line["key"], str):
        return line if isinstance(line["value"], dict) else None
    return None
