"""Tables in LaTeX, for a paper: the same cells as on the page, with booktabs' rules."""

from collections.abc import Iterable

from tunecard.report.view.types import Cell, Table

#: What LaTeX reads as a command, and what its oldest fonts lack, as LaTeX writes it.
_CHARACTERS = str.maketrans(
    {
        "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
        "<": r"\textless{}", ">": r"\textgreater{}",
        "\N{MINUS SIGN}": "$-$", "\N{MULTIPLICATION SIGN}": r"$\times$",
        "\N{PLUS-MINUS SIGN}": r"$\pm$", "\N{RIGHTWARDS ARROW}": r"$\to$",
        "\N{EN DASH}": "--", "\N{NO-BREAK SPACE}": "~", "\N{NARROW NO-BREAK SPACE}": r"\,",
        "\N{THIN SPACE}": r"\,", "\N{MIDDLE DOT}": r"\textperiodcentered{}",
        "\N{BLACK UP-POINTING TRIANGLE}": "", "\N{BLACK DOWN-POINTING TRIANGLE}": "",
        "\N{ALMOST EQUAL TO}": r"$\approx$", "\N{CHECK MARK}": "",
        "\N{MULTIPLICATION X}": "", "\n": " ", "\r": " ",
    }
)  # fmt: skip


def escape(text: str) -> str:
    r"""Write text so that LaTeX prints it.

    Examples
    --------
    >>> escape("max_iter: 5 %")
    'max\\_iter: 5 \\%'
    """
    return text.translate(_CHARACTERS).strip()


def latex_table(table: Table) -> str:
    """Write a table as a LaTeX ``table``; the document needs the package booktabs.

    Parameters
    ----------
    table : Table
        What the page shows.

    Returns
    -------
    str
        Lines, the last one ended.
    """
    places = "".join("r" if column.number else "l" for column in table.columns)
    heads = [escape(column.label) for column in table.columns]
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escape(table.caption)}}}",
        rf"\label{{tab:{table.id}}}",
        rf"\begin{{tabular}}{{{places}}}",
        r"\toprule",
        *_groups(table),
        _line(heads),
        r"\midrule",
        *(_line(_cells(row.cells)) for row in table.rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _groups(table: Table) -> list[str]:
    """Write the heads above the heads."""
    cells = [
        rf"\multicolumn{{{span}}}{{c}}{{{escape(label)}}}" for label, span in table.groups
    ]
    return [_line(cells)] if cells else []


def _cells(cells: Iterable[Cell]) -> list[str]:
    return [escape(cell.text) for cell in cells]


def _line(cells: Iterable[str]) -> str:
    # An opening bracket at the start of a line would be an argument of the \\ before it.
    texts = [f"{{{text}}}" if text.startswith("[") else text for text in cells]
    return f"{' & '.join(texts)} \\\\"
