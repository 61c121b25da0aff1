"""Tables of text, CSV and its kin: decoded, cut into cells, every row of one width."""

import codecs
import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunecard.runner.datasets.files import read_bytes, unpacked
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.schema import Data

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 2**26  # no single row may be longer
_PEEKED = 50  # rows that tell the separator
_SEPARATORS = (",", ";", "\t", "|", " ")
_BOM = codecs.BOM_UTF8
_WIDE_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Table:
    """Columns as their file has them, before anything is made of their values.

    Attributes
    ----------
    origin : str
        How messages call it.
    columns : dict of pyarrow arrays
        By name, in the file's order, all of one length.
    """

    origin: str
    columns: "dict[str, pa.ChunkedArray]"

    @property
    def n_rows(self) -> int:
        """Rows, the header aside."""
        return next((len(column) for column in self.columns.values()), 0)


def read_text(path: Path, data: Data) -> Table:
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
        If it cannot be read, is no text in that encoding, or is no table: the
        message names the row and the column.
    StudyError
        If there is no such encoding.
    """
    text = _utf8(unpacked(read_bytes(path), path), data.encoding, path)
    text = _after(text, data.skip_rows, path)
    if not text.strip():
        raise DataError(f"{path}: is empty. A table needs a header and rows.")
    separator = data.separator or separator_of(text, path)
    cells = _cells(text, separator, path, data)
    if data.header:
        names = _unquoted([str(column[0]).strip() for column in cells.columns])
        cells = cells.slice(1)
    else:
        names = [""] * cells.num_columns
    names = _distinct(names, path)
    if cells.num_rows == 0:
        raise DataError(f"{path}: has a header, but no row below it.")
    return Table(str(path), dict(zip(names, cells.columns, strict=True)))


def peeked(path: Path, data: Data, n_rows: int) -> list[list[str]]:
    """Return the cells of the first rows as they stand, of whatever width.

    Raises
    ------
    DataError, StudyError
        As `read_text`, of what comes before rows are compared.
    """
    text = _utf8(unpacked(read_bytes(path), path), data.encoding, path)
    text = _after(text, data.skip_rows, path)
    return _peeked(text, data.separator or separator_of(text, path), n_rows)


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
        rows = _peeked(text, separator, _PEEKED)
        widths = Counter(len(row) for row in rows)
        width, n_rows = widths.most_common(1)[0] if widths else (0, 0)
        # A blank separates words too: it counts only where nothing else does.
        if width < 2 or (separator == " " and best):
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


def _peeked(text: bytes, separator: str, n_rows: int) -> list[list[str]]:
    # A megabyte holds the first rows of any table that is one.
    stream = io.StringIO(text[: 2**20].decode("utf-8", "ignore"), newline="")
    rows = []
    try:
        for row in csv.reader(stream, delimiter=separator):
            if row:
                rows.append(row)
            if len(rows) == n_rows:
                break
    except csv.Error:  # a cell of over 131,072 characters: another separator may do
        return rows
    return rows


def _utf8(content: bytes, encoding: str | None, path: Path) -> bytes:
    """Return the text as UTF-8 without its mark, or say where it is none."""
    if encoding is None and content.startswith(_WIDE_BOMS):
        raise DataError(f'{path}: is in UTF-16, not UTF-8; say so: encoding = "utf-16".')
    name = encoding or "utf-8"
    try:
        codec = codecs.lookup(name)
        text = content.decode(name)
    except LookupError as error:
        raise StudyError(
            f'data.encoding = "{encoding}" is not known; names are such as "latin-1", '
            '"cp1252", "utf-16".'
        ) from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        advice = "Is it another?"
        if encoding is None:
            advice = 'Name the encoding that it has, as in encoding = "cp1252".'
        if b"\0" in content[:4096]:
            advice = "It looks like a binary file."
        raise DataError(
            f"{path}: is not text in {name}: the byte 0x{content[error.start]:02X} at "
            f"position {error.start:,} (line {line:,}) does not fit. {advice}"
        ) from error
    nul = text.find("\0")
    if nul >= 0:
        line = text.count("\n", 0, nul) + 1
        raise DataError(
            f"{path}: has a NUL character in line {line:,}: it is a binary file, or text "
            'in another encoding, as in encoding = "utf-16".'
        )
    if codec.name != "utf-8":
        content = text.encode("utf-8")
    return content.removeprefix(_BOM)


def _after(text: bytes, n_lines: int, path: Path) -> bytes:
    """Drop the first lines, however they end."""
    if n_lines == 0:
        return text
    lines = text.splitlines(keepends=True)
    if n_lines >= len(lines):
        raise DataError(
            f"{path}: has {len(lines)} lines, so skip_rows = {n_lines} skips all."
        )
    return b"".join(lines[n_lines:])


def _cells(text: bytes, separator: str, path: Path, data: Data) -> "pa.Table":
    """Cut text into cells; a row of another width than the first ends it."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    ragged: list[Any] = []

    def note(row: Any) -> str:
        ragged.append(row)
        return "error"

    if not text.endswith((b"\n", b"\r")):
        text += b"\n"
    first = _peeked(text, separator, 1)
    if not first:
        raise DataError(
            f"{path}: its first row has no {separator!r} in {csv.field_size_limit():,} "
            "characters. Is the separator another one?"
        )
    width = len(first[0])
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(text),
            # Only one thread knows the numbers of the rows.
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
    except pa.ArrowInvalid as error:
        if ragged:
            raise _ragged(ragged[0], text, separator, path, data) from error
        raise DataError(
            f"{path}: is no table of text ({error}). Check its quotes."
        ) from error


def _ragged(row: Any, text: bytes, separator: str, path: Path, data: Data) -> DataError:
    """Say which row has too few or too many cells, and which column that hits."""
    first = _peeked(text, separator, 1)[0]
    start = f"{path}: row {row.number - data.header:,} has {row.actual_columns} cells, but "
    other = f"the {'header' if data.header else 'first row'} has {row.expected_columns}"
    if row.number == 2 and data.header and row.actual_columns > 2 * row.expected_columns:
        advice = (
            f"If the first line ({_shown(separator.join(first))}) is no header, say "
            "skip_rows = 1, and header = false where no line names the columns."
        )
        return DataError(f"{start}{other}. {advice}")
    if row.actual_columns < row.expected_columns:
        missing = first[row.actual_columns].strip()
        column = f"column {row.actual_columns}" + (f" ({missing!r})" if data.header else "")
        where = f"{column} and what follows it is missing"
    else:
        cells = next(csv.reader(io.StringIO(row.text, newline=""), delimiter=separator))
        extra = cells[row.expected_columns] if len(cells) > row.expected_columns else ""
        where = f"{_shown(extra)} stands behind the last column"
        if data.header:
            where += f", {first[-1].strip()!r}"
    return DataError(
        f"{start}{other}: {where}. The row is {_shown(row.text)}; a cell that holds a "
        f"{separator!r} or a line end needs quotes."
    )


def _unquoted(names: list[str]) -> list[str]:
    """Take single quotes off, where every name of a header stands in them."""
    if all(len(name) > 2 and name[0] == name[-1] == "'" for name in names):
        return [name[1:-1].strip() for name in names]
    return names


def _distinct(names: list[str], path: Path) -> list[str]:
    """Name the columns that have no name; refuse names that stand twice."""
    named = [name or f"column {number}" for number, name in enumerate(names)]
    no_header = all(name.replace(".", "", 1).isdecimal() for name in names)
    twice = [name for name, count in Counter(named).items() if count > 1]
    if twice:
        places = [str(i) for i, name in enumerate(named) if name == twice[0]]
        raise DataError(
            f"{path}: {len(places)} columns are named {twice[0]!r} (numbers "
            f"{', '.join(places[:10])}{', ...' if places[10:] else ''}). "
            + (
                "If the first line names no columns, say header = false."
                if no_header
                else "Give each column a name of its own."
            )
        )
    return named


def _shown(text: str) -> str:
    text = repr(text)
    return text if len(text) <= 80 else f"{text[:76]}...{text[-1]}"
