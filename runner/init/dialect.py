"""How a text file is written: a line before its header, if it has one, its commas."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tunecard.runner.datasets import quoted
from tunecard.runner.datasets.align import has_row_names, is_number, n_named
from tunecard.runner.datasets.cells import MISSING
from tunecard.runner.datasets.decode import is_utf8
from tunecard.runner.datasets.numbers import n_numbers
from tunecard.runner.datasets.table import first_rows
from tunecard.runner.schema import PARQUET_SUFFIXES, Data

_PEEKED = 1_000  # rows that the first is compared with
_FEWEST = 10  # rows needed to recognize a header
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
        return tuple(sentence for reason in self.reasons.values() for sentence in reason)


def dialect_of(path: Path, data: Data) -> Dialect:
    """Detect how a table is written, where the user has not specified it.

    Parameters
    ----------
    path : Path
        A table of text, or a Parquet file, which leaves nothing to detect.
    data : Data
        What the user specified.

    Raises
    ------
    StudyError, DataError
        If the file cannot be read as a table.
    """
    if path.suffix.lower() in PARQUET_SUFFIXES:
        return Dialect(data)
    fields: dict[str, object] = data.model_dump(include=data.model_fields_set)
    reasons: dict[str, tuple[str, ...]] = {}
    if data.encoding is None and not is_utf8(path):
        fields["encoding"] = "cp1252"
        why = "The file is not UTF-8; it is read as cp1252 (Western European)."
        reasons["encoding"] = (
            f"{why} If letters are wrong, name another with --encoding.",
        )
    classes: tuple[str, ...] = ()
    numbered = first_rows(path, Data.model_validate(fields), _PEEKED)
    if not {"skip_rows", "header"} & set(fields):
        n_odd, why, classes = _count_before_header([row for _, row in numbered])
        if why:
            numbered = numbered[n_odd:]
            fields["skip_rows"], reasons["skip_rows"] = numbered[0][0], (why,)
    rows = [row for _, row in numbered]
    if "header" not in fields and rows:
        where = "line after it" if "skip_rows" in reasons else "first line"
        why = "holds only numbers" if all(map(is_number, rows[0])) else ""
        why = why or ("is like those below it" if _is_a_row(rows[0], rows[1:]) else "")
        if why:
            fields["header"], reasons["header"] = False, (f"The {where} {why}: no names.",)
    data = Data.model_validate(fields)
    if "decimal" not in fields and _has_decimal_commas(rows[data.header :]):
        data = data.model_copy(update={"decimal": ","})
        reasons["decimal"] = ("Numbers are written with a comma.",)
    return Dialect(data, MappingProxyType(reasons), classes)


def _count_before_header(rows: Sequence[Sequence[str]]) -> tuple[int, str, tuple[str, ...]]:
    """Count the rows before the header, with the reason and the classes they name."""
    if len(rows) < 2:
        return 0, "", ()
    width, n_wide = Counter(map(len, rows)).most_common(1)[0]
    first = _quote_line(rows[0])
    if len(rows) > 2 and _is_count_line(rows[0], width):
        classes = tuple(name.strip() for name in rows[0][2:])
        return (
            1,
            f"The first line, {first}, counts rows and features, names classes.",
            classes,
        )
    n_odd = next(n for n, row in enumerate(rows) if len(row) == width)
    body = [row for row in rows[n_odd:] if len(row) == width]
    # The header itself may lack the separators that end the rows, or have more of them.
    if n_odd and _is_header(rows[n_odd - 1], body):
        n_odd -= 1
    while n_odd + 2 < len(rows) and _is_comment(*rows[n_odd : n_odd + 3]):
        n_odd += 1
    if not n_odd or width < 2 or n_wide * 2 < len(rows) - n_odd:
        return 0, "", ()
    if n_odd == 1:
        what = "a comment" if rows[0][0].startswith("#") else "not as wide as the rows"
        return 1, f"The first line, {first}, is {what}.", ()
    last = _quote_line(rows[n_odd - 1])
    return n_odd, f"The lines before the header are skipped: {first} to {last}.", ()


def _is_header(row: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Return whether a row of another width than those below it names their columns."""
    if has_row_names([row, *body]):
        return True
    width = n_named(row)
    below = len(body[0])
    if width < 2 or any(map(is_number, row[:width])):
        return False
    if width < below:  # rows end in separators
        return not any(cell.strip() for cells in body for cell in cells[width:])
    return width == below < len(row)


def _is_comment(row: Sequence[str], header: Sequence[str], first: Sequence[str]) -> bool:
    """Return whether a line that begins with # stands before names, as wide as they."""
    return (
        row[0].lstrip().startswith("#")
        and not any(map(is_number, header))
        and (header[0].lstrip().startswith("#") or any(map(is_number, first)))
    )


def _quote_line(row: Sequence[str]) -> str:
    return quoted(",".join(row)[:60])


def _is_count_line(first: Sequence[str], width: int) -> bool:
    """Detect the first line of scikit-learn's own files: rows, features, class names."""
    counts, names = first[:2], first[2:]
    return (
        all(cell.strip().isdecimal() for cell in counts)
        and len(names) > 1
        and int(counts[1]) == width - 1
        and not any(is_number(name) for name in names)
    )


def _is_a_row(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether a line has numbers where most rows do, and their words elsewhere."""
    below = [row for row in below if len(row) == len(first)]
    if len(below) < _FEWEST:
        return False
    for cell, *column in zip(first, *below, strict=True):
        values = [v for text in column if (v := text.strip()) not in _NO_VALUE]
        if cell.strip() in _NO_VALUE:
            continue
        if sum(map(is_number, values)) * 2 > len(values):
            if not is_number(cell):
                return False
        elif cell.strip() not in values:
            return False
    return True


def _has_decimal_commas(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether more columns are numbers with decimal commas than with points."""
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    with_mark = {",": 0, ".": 0}
    for cells in zip(*(row for row in rows if len(row) == width), strict=True):
        values = [text for cell in cells if (text := cell.strip()) not in _NO_VALUE]
        n_comma, n_point = n_numbers(values, ","), n_numbers(values, ".")
        if max(n_comma, n_point) * 2 > len(values) and n_comma != n_point:
            with_mark["," if n_comma > n_point else "."] += 1
    return with_mark[","] > with_mark["."]
