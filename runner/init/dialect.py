"""How a text file is written: a line before its header, if it has one, its commas."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tunecard.runner.datasets import quoted
from tunecard.runner.datasets.columns import DECIMAL_COMMA, MISSING, THOUSANDS
from tunecard.runner.datasets.table import PARQUET_SUFFIXES, first_rows
from tunecard.runner.schema import Data

_PEEKED = 1_000  # rows that tell whether the first is like them
_FEW = 20  # rows that tell how wide a table is
_FEWEST = 10  # rows that a header is told from
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)
_NO_VALUE = MISSING | {"?", ""}


@dataclass(frozen=True)
class Dialect:
    """How a file is to be read, and why: a sentence for each decision, by field.

    Attributes
    ----------
    classes : tuple of str
        Names of the classes 0, 1, ... that the file itself gives.
    """

    data: Data
    reasons: MappingProxyType[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    classes: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was decided, in the order of decision."""
        return tuple(sentence for told in self.reasons.values() for sentence in told)


def dialect_of(path: Path, data: Data) -> Dialect:
    """Find out how a table is written, as far as the user has not said it.

    Parameters
    ----------
    path : Path
        A table of text, or a Parquet file, which has nothing to find out.
    data : Data
        What the user said.

    Raises
    ------
    StudyError, DataError
        If the file cannot be read as a table.
    """
    if path.suffix.lower() in PARQUET_SUFFIXES:
        return Dialect(data)
    rows = first_rows(path, data, _PEEKED)
    said: dict[str, object] = data.model_dump(include=data.model_fields_set)
    reasons: dict[str, tuple[str, ...]] = {}
    classes: tuple[str, ...] = ()
    if not {"skip_rows", "header"} & set(said):
        why, classes = _before_header(rows)
        if why:
            said["skip_rows"], reasons["skip_rows"] = 1, (why,)
            rows = rows[1:]
    if "header" not in said and rows:
        where = "line after it" if "skip_rows" in reasons else "first line"
        why = "holds numbers alone" if all(map(_is_number, rows[0])) else ""
        why = why or ("is like those below it" if _is_a_row(rows[0], rows[1:]) else "")
        if why:
            said["header"], reasons["header"] = False, (f"The {where} {why}: no names.",)
    data = Data.model_validate(said)
    if "decimal" not in said and _has_decimal_commas(rows[data.header :]):
        data = data.model_copy(update={"decimal": ","})
        reasons["decimal"] = ("Numbers are written with a comma.",)
    return Dialect(data, MappingProxyType(reasons), classes)


def _before_header(rows: Sequence[Sequence[str]]) -> tuple[str, tuple[str, ...]]:
    """Say why the first line is no header, if it is none; and the classes it names."""
    widths = set(map(len, rows[1:_FEW]))
    if len(widths) != 1:
        return "", ()
    (width,) = widths
    shown = quoted(",".join(rows[0])[:60])
    if _counts(rows[0], width):
        classes = tuple(name.strip() for name in rows[0][2:])
        return f"The first line, {shown}, counts rows and features, names classes.", classes
    if len(rows[0]) < width and width > 2 and len(rows) > 2:
        return f"The first line, {shown}, is narrower than the rows.", ()
    return "", ()


def _counts(first: Sequence[str], width: int) -> bool:
    """Tell the first line of scikit-learn's own files: rows, features, names of classes."""
    counts, names = first[:2], first[2:]
    return (
        all(cell.strip().isdecimal() for cell in counts)
        and len(names) > 1
        and int(counts[1]) == width - 1
        and not any(_is_number(name) for name in names)
    )


def _is_a_row(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Tell whether a line has a number where most rows have, and words of theirs else."""
    below = [row for row in below if len(row) == len(first)]
    if len(below) < _FEWEST:
        return False
    for cell, *column in zip(first, *below, strict=True):
        known = [v for text in column if (v := text.strip()) not in _NO_VALUE]
        if cell.strip() in _NO_VALUE:
            continue
        if sum(map(_is_number, known)) * 2 > len(known):
            if not _is_number(cell):
                return False
        elif cell.strip() not in known:
            return False
    return True


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None


def _has_decimal_commas(rows: Sequence[Sequence[str]]) -> bool:
    """Tell a column of numbers with commas that cannot be commas between thousands."""
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    for cells in zip(*(row for row in rows if len(row) == width), strict=True):
        known = [text for cell in cells if (text := cell.strip()) not in _NO_VALUE]
        commas = [text for text in known if DECIMAL_COMMA.fullmatch(text)]
        numbers = sum(map(_is_number, known))
        if numbers * 2 > len(known) and any(not THOUSANDS.fullmatch(t) for t in commas):
            return True
    return False
