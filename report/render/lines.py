"""A table as aligned lines of text, for a terminal."""

import unicodedata
from collections.abc import Sequence

from tunecard.report.formats import NONE, of_planned
from tunecard.report.gates import GateResult
from tunecard.report.view.gates import gates_table
from tunecard.report.view.types import Table
from tunecard.runner.schema import Results

_GAP = "  "


def table_lines(table: Table, *, leave_out: tuple[str, ...] = ()) -> str:
    """Write a table as lines: its caption, its heads, a line a row.

    Parameters
    ----------
    table : Table
        What the page shows.
    leave_out : tuple of str
        Columns, by their labels, that have no room on a terminal.

    Returns
    -------
    str
        Lines of text without control characters, each ended.
    """
    kept = [i for i, column in enumerate(table.columns) if column.label not in leave_out]
    heads = [plain(table.columns[i].label) for i in kept]
    rows = [[plain(row.cells[i].text) or NONE for i in kept] for row in table.rows]
    numbers = [table.columns[i].number for i in kept]
    widths = [max(_width(line[i]) for line in (heads, *rows)) for i in range(len(kept))]
    lines = [plain(table.caption)]
    for line in (heads, *rows):
        cells = [
            " " * (width - _width(text)) + text
            if number
            else text + " " * (width - _width(text))
            for text, width, number in zip(line, widths, numbers, strict=True)
        ]
        lines.append(_GAP.join(cells).rstrip())
    return "\n".join(lines) + "\n"


def gates_lines(gates: Sequence[GateResult]) -> str:
    """Write the table of gates as lines; empty without gates."""
    table = gates_table(gates)
    return table_lines(table) if table is not None else ""


def cut_lines(results: Results) -> str:
    """Write what a budget left of each search, a line each; empty where it cut none."""
    labels = {model.name: model.label for model in results.study.models}
    cuts = {
        search.model: search.cut for search in results.searches if search.cut is not None
    }
    lines = [f"{labels[name]}: {of_planned(cut)}" for name, cut in cuts.items()]
    return "\n".join(map(plain, lines))


def plain(text: str) -> str:
    r"""Write one line without anything that acts on a terminal.

    Examples
    --------
    >>> plain("red\x1b[31m\n a\xa0b")
    'red\\u001b[31m a b'
    """
    line = " ".join(text.split())
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in line)


def _width(text: str) -> int:
    """Count the columns of a terminal that a text takes."""
    return sum(
        0 if unicodedata.combining(char)
        else 2 if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )  # fmt: skip
