"""Tables of text, CSV and its kin: cut into cells, every row of one width."""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunecard.runner.datasets.align import aligned, requoted, rows_of, squeezed
from tunecard.runner.datasets.decode import decoded
from tunecard.runner.errors import DataError
from tunecard.runner.schema import Data

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 2**26  # no single row may be longer
_PEEKED = 50  # rows that show the separator
_SEPARATORS = (",", ";", "\t", "|", " ")
#: Quotes of either kind around a whole cell, which CSV readers leave in place.
_QUOTED = (
    r"^\s*(?:'([^']*)'|\"([^\"]*)\"|\x{201c}([^\x{201d}]*)\x{201d}"
    r"|\x{2018}([^\x{2019}]*)\x{2019})\s*$"
)


@dataclass(frozen=True)
class RawTable:
    """Columns as their file has them, before anything is made of their values.

    Attributes
    ----------
    origin : str
        Its name in messages.
    columns : dict of pyarrow arrays
        By name, in the file's order, all of one length.
    notes : tuple of str
        How rows and names were read where they needed reading, a sentence each.
    """

    origin: str
    columns: "dict[str, pa.ChunkedArray]"
    notes: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        """Rows, the header aside."""
        return next((len(column) for column in self.columns.values()), 0)


def read_text(path: Path, data: Data) -> RawTable:
    """Read a table of text, gzipped or not; every cell stays text.

    Parameters
    ----------
    path : Path
        The file.
    data : Data
        Separator, encoding, header and lines to skip.

    Raises
    ------
    DataError
        If it cannot be read, is not text in that encoding, or is not a table: the
        message names the row and the column.
    StudyError
        If the encoding does not exist.
    """
    text, separator, _ = _separate(path, data)
    cells, notes = _cut_cells(text, separator, path, data)
    if data.header:
        names = [unquoted(str(column[0]).strip()) for column in cells.columns]
        cells = cells.slice(1)
    else:
        names = [""] * cells.num_columns
    names, renamed = _rename_duplicates(names, path)
    if cells.num_rows == 0:
        raise DataError(f"{path}: has a header, but no row below it.")
    return RawTable(
        str(path), dict(zip(names, cells.columns, strict=True)), (*notes, *renamed)
    )


def peeked(path: Path, data: Data, n_rows: int) -> list[tuple[int, list[str]]]:
    """Return the first rows as they stand, each with the file's lines before it.

    Raises
    ------
    DataError, StudyError
        As `read_text`, of what comes before rows are compared.
    """
    text, separator, n_skipped = _separate(path, data)
    return [(n_skipped + n, row) for n, row in rows_of(text, separator, n_rows)]


def unquoted(text: str) -> str:
    """Take quotes off that stand around a whole cell.

    Examples
    --------
    >>> unquoted("'yes'"), unquoted("rock 'n' roll")
    ('yes', "rock 'n' roll")
    """
    import pyarrow as pa

    return str(_without_quotes(pa.chunked_array([pa.array([text])]))[0])


def without_quotes(table: RawTable) -> RawTable:
    """Take quotes off that stand around whole cells of a table of text."""
    columns = {name: _without_quotes(column) for name, column in table.columns.items()}
    return RawTable(table.origin, columns, table.notes)


def _without_quotes(column: Any) -> Any:
    import pyarrow.compute as pc

    if not pc.any(pc.match_substring_regex(column, _QUOTED)).as_py():
        return column
    return pc.replace_substring_regex(column, _QUOTED, r"\1\2\3\4")


def _separate(path: Path, data: Data) -> tuple[bytes, str, int]:
    """Return a file's text, its separator, and how many lines stand before the text."""
    content = decoded(path, data)
    text, separator = content.text, content.separator or separator_of(content.text, path)
    if separator == " " and _has_margins(text):
        text = squeezed(text)
    return requoted(text, separator), separator, content.n_skipped


def _has_margins(text: bytes) -> bool:
    """Return whether blanks align the columns of a text, and so are more than one."""
    rows = [row for _, row in rows_of(text, " ", _PEEKED)]
    if len(set(map(len, rows))) > 1:
        return True
    return any(not any(column) for column in zip(*rows, strict=True))


def separator_of(text: bytes, path: Path) -> str:
    """Find the separator that cuts the first rows into the same number of cells.

    The number that most rows share counts, since the first line may be odd.

    Raises
    ------
    DataError
        If none cuts them into two cells or more.
    """
    best, best_score = "", (0.0, 0)
    for separator in _SEPARATORS:
        # A blank separates words too: it counts only where nothing else does.
        if separator == " " and best:
            continue
        cut = squeezed(text[: 2**20]) if separator == " " else text
        rows = [row for _, row in rows_of(cut, separator, _PEEKED)]
        widths = Counter(len(row) for row in rows)
        width, n_rows = widths.most_common(1)[0] if widths else (0, 0)
        if width < 2:
            continue
        score = (n_rows / len(rows), width)
        if score > best_score:
            best, best_score = separator, score
    if not best:
        raise DataError(
            f"{path}: has one column only; a table needs features and a target. If its "
            "columns are separated by another character than , ; | tab or blank, name it: "
            'separator = ":".'
        )
    return best


def _cut_cells(
    text: bytes, separator: str, path: Path, data: Data
) -> "tuple[pa.Table, tuple[str, ...]]":
    """Cut text into cells; a row of another width than the first ends it."""
    import pyarrow as pa

    if not text.endswith((b"\n", b"\r")):
        text += b"\n"
    first = next(rows_of(text, separator, 1), None)
    if first is None:
        raise DataError(
            f"{path}: its first row has no {separator!r} in {csv.field_size_limit():,} "
            "characters. Is the separator another one?"
        )
    ragged: list[Any] = []
    try:
        return _parse(text, separator, len(first[1]), ragged), ()
    except pa.ArrowInvalid as error:
        repaired = aligned(text, separator, header=data.header)
        if repaired:
            text, note = repaired
            width = len(next(rows_of(text, separator, 1))[1])
            return _parse(text, separator, width, []), (note,)
        if ragged:
            raise _ragged_error(ragged[0], text, separator, path, data) from error
        raise DataError(
            f"{path}: is not a table of text ({error}). Check its quotes."
        ) from error


def _parse(text: bytes, separator: str, width: int, ragged: list[Any]) -> "pa.Table":
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    def note(row: Any) -> str:
        ragged.append(row)
        return "error"

    return arrow_csv.read_csv(
        pa.BufferReader(text),
        # Rows are numbered by a single thread only.
        read_options=arrow_csv.ReadOptions(
            use_threads=False, block_size=_BLOCK, autogenerate_column_names=True
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=separator, newlines_in_values=True, invalid_row_handler=note
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types={f"f{i}": pa.string() for i in range(width)},
            null_values=[],
            strings_can_be_null=False,
        ),
    )


def _ragged_error(
    row: Any, text: bytes, separator: str, path: Path, data: Data
) -> DataError:
    """Make the error for a row with too few or too many cells, with its place."""
    first = next(rows_of(text, separator, 1))[1]
    start = f"{path}: row {row.number - data.header:,} has {row.actual_columns} cells, but "
    other = f"the {'header' if data.header else 'first row'} has {row.expected_columns}"
    if row.number == 2 and data.header and row.actual_columns > 2 * row.expected_columns:
        advice = (
            f"If the first line ({_shorten(separator.join(first))}) is not a header, "
            "set skip_rows = 1, and header = false where no line names the columns."
        )
        return DataError(f"{start}{other}. {advice}")
    if row.actual_columns < row.expected_columns:
        missing = first[row.actual_columns].strip()
        column = f"column {row.actual_columns}" + (f" ({missing!r})" if data.header else "")
        where = f"{column} and what follows it is missing"
    else:
        cells = next(csv.reader(io.StringIO(row.text, newline=""), delimiter=separator))
        extra = cells[row.expected_columns] if len(cells) > row.expected_columns else ""
        where = f"{_shorten(extra)} stands behind the last column"
        if data.header:
            where += f", {first[-1].strip()!r}"
    return DataError(
        f"{start}{other}: {where}. The row is {_shorten(row.text)}; a cell that holds a "
        f"{separator!r} or a line end needs quotes."
    )


def _rename_duplicates(names: list[str], path: Path) -> tuple[list[str], list[str]]:
    """Name the columns that have no name, and apart those that share one, as pandas does.

    Raises
    ------
    DataError
        If two share a name, and all names are numbers: no line names the columns.
    """
    named = [name or f"column {number}" for number, name in enumerate(names)]
    twice = [name for name, count in Counter(named).items() if count > 1]
    if not twice:
        return named, []
    if all(name.replace(".", "", 1).isdecimal() for name in names):
        raise DataError(
            f"{path}: {named.count(twice[0])} columns are named {twice[0]!r}. If the first "
            "line names no columns, set header = false."
        )
    taken, distinct = set(named), []
    for position, name in enumerate(named):
        number, other = 0, name
        while other in distinct or (name in named[:position] and other in taken):
            number += 1
            other = f"{name}.{number}"
        distinct.append(other)
    new = {
        name: [d for n, d in zip(named, distinct, strict=True) if n == name]
        for name in twice
    }
    return distinct, [
        f"{len(others)} columns are named {name!r}: they are read as "
        f"{', '.join(map(repr, others))}."
        for name, others in new.items()
    ]


def _shorten(text: str) -> str:
    text = repr(text)
    return text if len(text) <= 80 else f"{text[:76]}...{text[-1]}"
