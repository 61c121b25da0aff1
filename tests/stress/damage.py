"""Damages files of a run folder, and judges how a command ends on them."""

import io
import json
import os
import random
import re
import shutil
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tests import mutations
from tunecard.report.errors import ReportError
from tunecard.runner.errors import TunecardError

#: What a message to a user must not contain.
JARGON = re.compile(
    r"Input should|valid dictionary|NoneType|Value error|object at 0x|Traceback|pydantic"
    r"|list index|ndarray|codec can't|recursion|sys\.|Errno"
)
ERRORS = (TunecardError, ReportError)


class Failure(Exception):
    """What must not happen: a traceback, a wrong number, a file left behind."""


class Tally:
    """Counts how attempts ended, and keeps what failed.

    Parameters
    ----------
    seed : int
        Of all attempts.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.counts: Counter[str] = Counter()
        self.failures: list[str] = []

    @contextmanager
    def attempt(self, name: str) -> Iterator[None]:
        """Count an attempt; a traceback or a failed check is kept under its name."""
        self.counts["attempts"] += 1
        try:
            yield
        except Failure as error:
            self.failures.append(f"{name}: {error}")
        except Exception:  # noqa: BLE001 # that is what is looked for
            self.failures.append(f"{name}: {traceback.format_exc(limit=-6)}")

    def summary(self) -> str:
        """Return the counts and the failures, a line each."""
        counts = ", ".join(f"{count:,} {name}" for name, count in self.counts.items())
        return "\n".join(
            [f"seed {self.seed}: {counts}; {len(self.failures)} failures", *self.failures]
        )


def require(condition: object, message: str) -> None:
    """Fail an attempt where a condition does not hold."""
    if not condition:
        raise Failure(message)


def ends_well(call: Callable[[], Any]) -> tuple[Any, str]:
    """Call something; return its value, or the message for the user that it ended in."""
    try:
        return call(), ""
    except ERRORS as error:
        message = str(error)
    ours = re.sub(r'"(\\.|[^"\\])*"|\'[^\']*\'', "", message)  # but for a file's own text
    require(not JARGON.search(ours), f"jargon: {message}")
    require(len(message.splitlines()) <= 16, f"longer than a screen: {message}")
    return None, message


def damage_file(path: Path, others: list[Path], draw: random.Random) -> str:
    """Damage a file as disks, editors and people do; return what was done."""
    ways: list[tuple[str, Callable[[], object]]] = [
        ("bytes", lambda: path.write_bytes(mutations.of_bytes(path.read_bytes(), draw))),
        ("flipped bit", lambda: _flip(path, draw)),
        ("truncated", lambda: _truncate(path, draw)),
        ("empty", lambda: path.write_bytes(b"")),
        ("removed", path.unlink),
        ("a folder", lambda: _put(path, path.mkdir)),
        ("a dangling link", lambda: _put(path, partial(path.symlink_to, "nowhere"))),
        ("a link to a device", lambda: _put(path, partial(path.symlink_to, os.devnull))),
        ("another file's content", lambda: _swap(path, draw.choice(others))),
    ]
    if path.suffix == ".npy":
        ways += [("another array", lambda: path.write_bytes(_array(path, draw)))] * 4
    if path.suffix == ".parquet":
        ways += [
            (
                "columns",
                lambda: path.write_bytes(mutations.of_parquet(path.read_bytes(), draw)),
            )
        ] * 4
    if path.suffix == ".json":
        ways += [
            (
                "values",
                lambda: path.write_bytes(mutations.of_json(path.read_bytes(), draw)),
            ),
            (
                "numbers",
                lambda: path.write_bytes(mutations.of_numbers(path.read_bytes(), draw)),
            ),
        ] * 2
    if path.name == "journal.jsonl":
        ways += [("lines", lambda: path.write_bytes(_lines(path.read_bytes(), draw)))] * 8
    how, apply = draw.choice(ways)
    try:
        apply()
    except ValueError:  # it was damaged before
        how = "empty"
        path.write_bytes(b"")
    return f"{path.name}: {how}"


def _put(path: Path, make: Callable[[], None]) -> None:
    """Put something else in the place of a file."""
    path.unlink()
    make()


def _flip(path: Path, draw: random.Random) -> None:
    data = bytearray(path.read_bytes())
    if data:
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    path.write_bytes(bytes(data))


def _truncate(path: Path, draw: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: draw.randrange(len(data) + 1)])


def _swap(path: Path, other: Path) -> None:
    if other != path and other.is_file():
        kept = path.read_bytes()
        shutil.copyfile(other, path)
        other.write_bytes(kept)


def _array(path: Path, draw: random.Random) -> bytes:
    """Write an array of another length, type or content."""
    try:
        array = np.load(path)
    except (ValueError, OSError, EOFError):
        array = np.zeros(3)
    odd: tuple[Callable[[], Any], ...] = (
        lambda: array[:-1],
        lambda: np.concatenate([array, array]),
        lambda: array.astype(np.float16),
        lambda: array.astype(object),
        lambda: array.astype("U3"),
        lambda: array[None],
        lambda: np.array(3),
        lambda: array[::-1],
        lambda: np.full_like(array, -1),
        lambda: np.zeros((0, 3)),
        lambda: np.full(array.shape, np.nan),
    )
    buffer = io.BytesIO()
    np.save(buffer, draw.choice(odd)())
    return buffer.getvalue()


def _lines(content: bytes, draw: random.Random) -> bytes:
    """Lose, repeat, move or change lines of a journal; what changed is sealed again."""
    lines = content.splitlines()
    if not lines:
        return content
    at = draw.randrange(len(lines))
    how = draw.randrange(5)
    if how == 0:
        del lines[at]
    elif how == 1:
        lines.insert(draw.randrange(len(lines)), lines[at])
    elif how == 2:
        draw.shuffle(lines)
    elif how == 3:
        lines[at] = lines[at][: draw.randrange(len(lines[at]) + 1)]
    else:
        lines[at] = _resealed(lines[at], draw)
    return b"".join(line + b"\n" for line in lines)


def _resealed(line: bytes, draw: random.Random) -> bytes:
    """Give a line a value of another shape, and the checksum of that."""
    document = json.loads(line)
    document.pop("crc", None)
    name = "value" if "value" in document else "header"
    document[name] = draw.choice(
        ({}, {"a": 1}, {"score": "x"}, {"status": "ok"}, {"scores": [1]}, [], None, 3)
    )
    rest = json.dumps(document, separators=(",", ":")).encode()[1:]
    return b'{"crc":"%08x",' % zlib.crc32(rest) + rest
