"""Append-only record of finished work, so that a killed run can be resumed.

A journal is a file of JSON lines: a header that names what the work belongs to,
then a key and a value for every finished piece (a fold's scores, a round).
A line is on the disk before the work counts as done. Each begins with the CRC-32
of the rest of it, so that damage is seen and no wrong number is ever taken over.
"""

import contextlib
import json
import os
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from tunecard.runner.errors import OutputError
from tunecard.runner.host.clocks import perf_counter

JOURNAL = "journal.jsonl"
_SECONDS = "wall_seconds_until_then"

Value = dict[str, Any]
Model = TypeVar("Model", bound=BaseModel)


class Checkpoint(Protocol):
    """Records the value of a finished piece of work by its key."""

    def recall(self, key: str) -> Value | None:
        """Return the value of a piece that is done, or None."""
        ...

    def record(self, key: str, value: Value) -> None:
        """Record that a piece is done."""
        ...

    def reject(self, key: str) -> None:
        """Report that what was recorded of a piece is damaged: it is done again."""
        ...


def recall_as(memory: Checkpoint, key: str, kind: type[Model]) -> Model | None:
    """Return the value of a piece that is done, as what it was when it was recorded.

    Parameters
    ----------
    memory : Checkpoint
        Where it was recorded.
    key : str
        Its name.
    kind : type of BaseModel
        What was dumped.

    Returns
    -------
    BaseModel or None
        None where the piece is not done, or its line holds something else: it is done
        again then.
    """
    recorded = memory.recall(key)
    if recorded is None:
        return None
    try:
        return kind.model_validate(recorded)
    except ValidationError:
        memory.reject(key)
        return None


class NullCheckpoint:
    """Records nothing."""

    def recall(self, key: str) -> Value | None:  # noqa: ARG002 # the protocol's signature
        """Return None: nothing is done."""
        return None

    def record(self, key: str, value: Value) -> None:
        """Forget it."""

    def reject(self, key: str) -> None:
        """Report nothing: nothing is recorded."""


class PrefixedCheckpoint:
    """A part of another memory, whose keys begin with a name.

    Parameters
    ----------
    memory : Checkpoint
        The whole.
    name : str
        What the keys begin with.
    """

    def __init__(self, memory: Checkpoint, name: str) -> None:
        self._memory, self._name = memory, name

    def recall(self, key: str) -> Value | None:
        """Return the value of a piece that is done, or None."""
        return self._memory.recall(f"{self._name} {key}")

    def record(self, key: str, value: Value) -> None:
        """Record that a piece is done."""
        self._memory.record(f"{self._name} {key}", value)

    def reject(self, key: str) -> None:
        """Report that what was recorded of a piece is damaged."""
        self._memory.reject(f"{self._name} {key}")


class Clocked:
    """A memory that keeps the wall seconds spent so far, with each piece.

    Parameters
    ----------
    memory : Checkpoint
        Underlying store.
    """

    def __init__(self, memory: Checkpoint) -> None:
        self._memory = memory
        self._start, self._earlier = perf_counter(), 0.0

    @property
    def seconds(self) -> float:
        """Wall seconds of all sittings in which something was kept, this one included."""
        return self._earlier + perf_counter() - self._start

    def recall(self, key: str) -> Value | None:
        """Return the value of a piece that is done, or None."""
        recorded = self._memory.recall(key)
        if recorded is None:
            return None
        value = dict(recorded)
        seconds = value.pop(_SECONDS, 0.0)
        if isinstance(seconds, int | float):
            self._earlier = max(self._earlier, seconds)
        return value

    def record(self, key: str, value: Value) -> None:
        """Record that a piece is done, and how long all took until then."""
        self._memory.record(key, {**value, _SECONDS: self.seconds})

    def reject(self, key: str) -> None:
        """Report that what was recorded of a piece is damaged."""
        self._memory.reject(key)


class Journal:
    """The record of a run, open for appending.

    Parameters
    ----------
    folder : Path
        The run folder.
    header : dict
        What the work belongs to; written into a new journal.
    notice : callable
        Receives which pieces are done again because their records are damaged.

    Attributes
    ----------
    dropped : int
        Lines that were cut off or damaged, or came after one that was.

    Raises
    ------
    OutputError
        If the file cannot be read or written.
    """

    def __init__(
        self, folder: Path, header: Value, notice: Callable[[str], None] = lambda _: None
    ) -> None:
        self._path, self._notice = folder / JOURNAL, notice
        content = _read(self._path)
        self._done = content.done
        self.dropped = content.dropped
        self._size = content.whole_bytes
        with contextlib.ExitStack() as opening:
            try:
                # Unbuffered: what could not be written must not be written later.
                self._stream = self._path.open("ab", buffering=0)
                opening.push(self._stream)
                self._stream.truncate(self._size)
            except OSError as error:
                raise self._refused(error) from error
            if self._size == 0:
                self._append({"header": header})
            opening.pop_all()

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

    @property
    def done(self) -> Mapping[str, Value]:
        """What is finished, by its key."""
        return MappingProxyType(self._done)

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

    def reject(self, key: str) -> None:
        """Report that a piece is done again, because its record or an array is damaged."""
        self._notice(
            f"{self._path.parent}: what was kept of {key!r} is damaged; it is done again."
        )

    def discard(self) -> None:
        """Remove the file: the results are whole and contain all of it."""
        self._stream.close()
        self._path.unlink(missing_ok=True)

    def _append(self, content: Value) -> None:
        line = _line(content)
        left = memoryview(line)
        try:
            while left:  # a disk that is nearly full takes a part of it
                left = left[self._stream.write(left) :]
            os.fsync(self._stream.fileno())
            if not self._is_there():
                raise removed(self._path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):  # the line is dropped as torn otherwise
                self._stream.truncate(self._size)
            raise self._refused(error) from error
        self._size += len(line)

    def _is_there(self) -> bool:
        """Return whether the file in the folder is still the one that is written."""
        try:
            return os.path.samestat(os.fstat(self._stream.fileno()), self._path.stat())
        except FileNotFoundError:
            return False

    def _refused(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self._path}: cannot be written ({error.strerror or error}). What was "
            "finished before is kept; make space and run the same command to resume."
        )


def removed(folder: Path) -> OutputError:
    """Make the error of a run whose folder is gone from its place."""
    return OutputError(
        f"{folder}: was moved or removed while the run was at work. Put it back and run "
        "the same command to resume; without it the same command begins again."
    )


def read_header(folder: Path) -> Value | None:
    """Return what an unfinished run belongs to; None where that cannot be determined.

    Raises
    ------
    OutputError
        If there is a journal and it cannot be read.
    """
    return _read(folder / JOURNAL).header


class _Content(NamedTuple):
    """What a journal holds up to its first damaged line, and how much comes after."""

    header: Value | None
    done: dict[str, Value]
    whole_bytes: int
    dropped: int


def _read(path: Path) -> _Content:
    """Read a journal up to the first line that is damaged.

    What comes after that cannot be trusted to belong to it.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return _Content(None, {}, 0, 0)
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be read ({error.strerror or error}). Make it readable, or "
            "give --fresh to begin again."
        ) from error
    header: Value | None = None
    done: dict[str, Value] = {}
    lines = data.split(b"\n")
    position = 0
    for number, raw in enumerate(lines[:-1]):
        line = _parse(raw)
        if line is None or (number == 0) != ("header" in line):
            break
        if number == 0:
            header = line["header"]
        else:
            done[line["key"]] = line["value"]
        position += len(raw) + 1
    rest = data[position:]
    dropped = rest.count(b"\n") + (bool(rest) and not rest.endswith(b"\n"))
    return _Content(header, done, position, dropped)


_SEAL = b'{"crc":"%08x",'  # and the rest of the object, without its first brace


def _line(content: Value) -> bytes:
    """Write a line: a JSON object that begins with the CRC-32 of what follows."""
    rest = json.dumps(content, allow_nan=False, separators=(",", ":")).encode()[1:]
    return _SEAL % zlib.crc32(rest) + rest + b"\n"


def _parse(raw: bytes) -> Value | None:
    """Parse a line without its end; None when it is cut off or no line of a journal."""
    length = len(_SEAL % 0)
    rest = raw[length:]
    if raw[:length] != _SEAL % zlib.crc32(rest):
        return None
    try:
        line = json.loads(b"{" + rest)
    except (ValueError, RecursionError):
        return None
    if set(line) == {"header"} and isinstance(line["header"], dict):
        return {"header": line["header"]}
    if set(line) == {"key", "value"} and isinstance(line["key"], str):
        return line if isinstance(line["value"], dict) else None
    return None
