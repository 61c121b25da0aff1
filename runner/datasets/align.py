"""Rows of unequal width that mean one table: separators at line ends, blanks as margins."""

import csv
import io
import re
from collections.abc import Iterator, Sequence

_PEEKED = 50  # rows that show how cells are quoted
_RUNS = re.compile(rb'("[^"\n]*")|[ \t]+')
_MARGINS = re.compile(rb"^[ \t]+|[ \t]+$", re.MULTILINE)
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)


def squeezed(text: bytes) -> bytes:
    r"""Make one blank of each run of blanks outside quotes, and none at line ends.

    Examples
    --------
    >>> squeezed(b'  1.5    "a  b"\n 12.25  c \n')
    b'1.5 "a  b"\n12.25 c\n'
    """
    return _RUNS.sub(lambda run: run[1] or b" ", _MARGINS.sub(b"", text))


def aligned(text: bytes, separator: str, *, header: bool) -> tuple[bytes, str] | None:
    """Give all rows the width of the header, where they differ in empty cells alone.

    Parameters
    ----------
    text : bytes
        UTF-8.
    separator : str
        Between cells.
    header : bool
        Whether the first row names the columns.

    Returns
    -------
    tuple of bytes and str, or None
        The text with rows of one width, and a sentence on what was done; None
        where the rows differ otherwise.
    """
    rows = _read_rows(text, separator, '"')
    repair = _align_rows(rows, header=header) if rows else None
    return (_write_rows(repair[0], separator), repair[1]) if repair else None


def requoted(text: bytes, separator: str) -> bytes:
    r"""Put double quotes where single ones hold separators, so that rows have one width.

    Examples
    --------
    >>> requoted(b"a,b\n1,'x, y'\n2,z\n", ",")
    b'a,b\n1,"x, y"\n2,z\n'
    """
    if b"'" not in text:
        return text
    widths = [
        {len(row) for _, row in rows_of(text, separator, _PEEKED, quote)} for quote in "\"'"
    ]
    if len(widths[0]) < 2 or len(widths[1]) > 1:
        return text
    rows = _read_rows(text, separator, "'")
    return _write_rows(rows, separator) if rows else text


def _read_rows(text: bytes, separator: str, quote: str) -> list[list[str]]:
    """Return all rows; none where a cell has more than 131,072 characters."""
    stream = io.StringIO(text.decode("utf-8"), newline="")
    try:
        return [
            row for row in csv.reader(stream, delimiter=separator, quotechar=quote) if row
        ]
    except csv.Error:
        return []


def _write_rows(rows: Sequence[Sequence[str]], separator: str) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode("utf-8")


def _align_rows(
    rows: Sequence[list[str]], *, header: bool
) -> tuple[list[list[str]], str] | None:
    if has_row_names(rows) and header:
        note = "The header names one column less than the rows have: the first has no name."
        return [["", *rows[0]], *rows[1:]], note
    width = n_named(rows[0]) if header else len(rows[0])
    cut = [row[:width] for row in rows]
    if any(len(row) < width or any(map(str.strip, row[width:])) for row in rows):
        return None
    return cut, "Lines that end in a separator: the empty cells behind it are left out."


def n_named(header: Sequence[str]) -> int:
    """Return the width of a header without the empty names at its end.

    Examples
    --------
    >>> n_named(["a", "b", ""])
    2
    """
    named = [number for number, name in enumerate(header, start=1) if name.strip()]
    return named[-1] if named else len(header)


def has_row_names(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first column holds row names and has no name, as R writes it.

    Examples
    --------
    >>> has_row_names([["a", "b"], ["r1", "1.5", "x"], ["r2", "2.5", "y"]])
    True
    """
    first, below = rows[0], rows[1:]
    names = [row[0] for row in below if row]
    return (
        len(below) > 1
        and all(len(row) == len(first) + 1 for row in below)
        and any(row[-1].strip() for row in below)
        and len(set(names)) == len(names)
        and not any(map(is_number, first))
        and len(first) > 1
        # A title above a header is as narrow, but the header holds no numbers.
        and any(all(map(is_number, column)) for column in zip(*below, strict=True))
    )


def is_number(text: str) -> bool:
    """Return whether a cell holds a plain number, with either decimal mark."""
    return _NUMBER.fullmatch(text.strip()) is not None


def rows_of(
    text: bytes, separator: str, n_rows: int, quote: str = '"'
) -> Iterator[tuple[int, list[str]]]:
    """Yield the first rows as they stand, each with the number of lines before it.

    Parameters
    ----------
    text : bytes
        UTF-8, of which a megabyte is read.
    separator : str
        Between cells.
    n_rows : int
        Rows at most.
    quote : str
        Around cells that hold separators.
    """
    stream = io.StringIO(text[: 2**20].decode("utf-8", "ignore"), newline="")
    reader = csv.reader(stream, delimiter=separator, quotechar=quote)
    before = 0
    try:
        for row in reader:
            if row:
                n_rows -= 1
                yield before, row
            before = reader.line_num
            if n_rows == 0:
                return
    except csv.Error:  # a cell of over 131,072 characters: another separator may do
        return
