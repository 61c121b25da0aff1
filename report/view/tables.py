"""Small makers of cells, tables and figures for the view."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tunecard.report import formats
from tunecard.report.charts import Chart, Sheet, Tile
from tunecard.report.view.types import (
    Cell,
    Column,
    Figure,
    Row,
    SheetView,
    Table,
    TileView,
    Tone,
)
from tunecard.runner.schema import MetricSpec

_NUMERIC = re.compile(r"[\d+\N{MINUS SIGN}\N{EN DASH}<>·\[].*")


def columns(*heads: str | tuple[str, str]) -> tuple[Column, ...]:
    """Make column heads: ``#label`` is a number's, ``(group, label)`` has a head above.

    Examples
    --------
    >>> columns("Metric", "#Change")[1]
    Column(label='Change', number=True, group='')
    """
    made = []
    for head in heads:
        group, label = head if isinstance(head, tuple) else ("", head)
        made.append(Column(label.removeprefix("#"), label.startswith("#"), group))
    return tuple(made)


def with_unit(head: str, *specs: MetricSpec) -> str:
    """Add the unit of changes to a column's head, where the metrics have one in common.

    Examples
    --------
    >>> from tunecard.runner.metrics import get
    >>> from tunecard.runner.schema import spec_of
    >>> with_unit("#Change", spec_of(get("recall_macro")))
    '#Change, points'
    """
    units = {spec.delta_unit for spec in specs}
    unit = units.pop() if len(units) == 1 else ""
    return f"{head}, {unit}" if unit else head


def cell(text: str, value: float | None = None, *, tone: Tone | str = "") -> Cell:
    """Make a cell that sorts by ``value`` where that is given."""
    return Cell(text, "" if value is None else repr(value), tone)  # type: ignore[arg-type]  # narrowed by callers


def row(cells: Iterable[Cell | str], role: str = "") -> Row:
    """Make a row; a plain string is a cell without more."""
    made = tuple(Cell(part) if isinstance(part, str) else part for part in cells)
    return Row(made, role)  # type: ignore[arg-type]  # one of the roles that Row names


def figure(chart: Chart, number: int, *, broad: bool = False) -> Figure:
    """Give a chart its number on the page and the table of its own numbers."""
    heads = tuple(
        Column(
            head, bool(chart.rows) and i > 0 and _all_numeric([r[i] for r in chart.rows])
        )
        for i, head in enumerate(chart.header)
    )
    twin = Table(
        id=f"{chart.id}-table",
        caption=f"The numbers of figure {number}",
        columns=heads,
        rows=tuple(row(cells) for cells in chart.rows),
        sortable=len(chart.rows) > 8,
    )
    return Figure(
        id=chart.id,
        number=str(number),
        svg=chart.svg,
        title=chart.title,
        caption=chart.caption,
        description=chart.description,
        reading=chart.reading,
        table=twin,
        broad=broad,
        sheet=_sheet(chart.sheet) if chart.sheet is not None else None,
    )


def _sheet(sheet: Sheet) -> SheetView:
    scale = None
    if sheet.scale is not None:
        low, bar, high = sheet.scale
        scale = (low, _tile(bar), high)
    return SheetView(
        sprite=sheet.sprite,
        width=str(sheet.width),
        height=str(sheet.height),
        groups=tuple(
            (title, tuple(_tile(tile) for tile in tiles)) for title, tiles in sheet.groups
        ),
        ink=sheet.ink,
        scale=scale,
        folded=sheet.folded,
    )


def _tile(tile: Tile) -> TileView:
    return TileView(" ".join(str(number) for number in tile.box), tile.alt, tile.lines)


def _all_numeric(texts: Sequence[str]) -> bool:
    values = [text for text in texts if text]
    return bool(values) and all(_NUMERIC.fullmatch(text) for text in values)


def without_empty(table: Table) -> Table:
    """Leave out the columns that hold nothing at all; the first always stays."""
    kept = [
        i
        for i in range(len(table.columns))
        if i == 0 or any(row.cells[i].text not in ("", formats.NONE) for row in table.rows)
    ]
    return replace(
        table,
        columns=tuple(table.columns[i] for i in kept),
        rows=tuple(
            replace(row, cells=tuple(row.cells[i] for i in kept)) for row in table.rows
        ),
    )
