"""Residuals against the columns by which a model's errors differ most."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tunecard.report import formats
from tunecard.report.analyze.types import ColumnErrors, ErrorAnalysis, ModelAnalysis
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import INK, MUTED, SMALL, WIDE, new_axes, new_figure
from tunecard.report.charts.panels import COLORS, label_axes, left_room, with_unit
from tunecard.report.charts.rowwise import (
    MARKS,
    MOST_DOTS,
    Floats,
    draw_rows,
    limits,
)
from tunecard.report.charts.svg import picture
from tunecard.report.charts.text import shorten_all
from tunecard.runner.schema import Variant

_GAP: Final = 24.0
_TOP: Final = 26.0
_HEIGHT: Final = 180.0
_BOTTOM: Final = 46.0
_LEGEND: Final = 24.0
#: Rows of a panel above which hexagons are drawn: four panels are no larger with them.
_MOST_DOTS: Final = MOST_DOTS // 2
#: Share of the variance of ranks below which a column explains next to nothing.
_NOTHING: Final = 0.01


def column_errors(model: ModelAnalysis) -> Chart | None:
    """Draw the residuals against each of the columns by which they differ most.

    Parameters
    ----------
    model : ModelAnalysis
        Of a regression.

    Returns
    -------
    Chart or None
        None where the run kept no columns.
    """
    errors = model.errors
    if errors is None or not errors.columns:
        return None
    chart_id = f"figure-columns-{model.name}"
    variants = list(errors.predicted)
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw(errors, width)),
        header=(
            "Column", "Rows", "Missing",
            *(f"Residual, {variant}" for variant in variants),
            *(f"Size of residual, {variant}" for variant in variants),
        ),
        rows=tuple(_cells(column, variants) for column in errors.columns),
        title=f"{formats.capital(model.label)}: residuals against columns",
        caption=_caption(errors.columns, variants),
        description=" ".join(_describe(column, errors.unit) for column in errors.columns),
        reading=(
            f"{_marks(errors.columns)} They are those of the {variants[-1]} case. The "
            "lines are mean residuals of at most ten groups of rows with neighboring "
            "values. A line that leaves 0 shows what the model misses; a cloud that "
            "spreads shows where it is less certain. Vertical lines are the ends of the "
            "training rows, where test rows lie beyond. The table has the share of the "
            "variance of ranks that the groups explain (Kruskal-Wallis, less chance), of "
            "the residual and of its size. Columns with the largest shares are shown, at "
            "most four. They describe and are not a test."
        ),
    )  # fmt: skip


def _marks(columns: Sequence[ColumnErrors]) -> str:
    return MARKS[max(len(column.values) for column in columns) > _MOST_DOTS]


def _cells(column: ColumnErrors, variants: Sequence[Variant]) -> tuple[str, ...]:
    return (
        column.name,
        formats.count(len(column.values)),
        formats.count(column.n_missing),
        *(formats.percent(column.trend.get(variant)) for variant in variants),
        *(formats.percent(column.size.get(variant)) for variant in variants),
    )


def _caption(columns: Sequence[ColumnErrors], variants: Sequence[Variant]) -> str:
    """Name the column by which the errors differ most, and how much."""
    first = columns[0]
    if first.strength < _NOTHING:
        return "No column explains 1 % of the variance of the residuals or of their size."
    start, shares = "Residuals differ", first.trend
    if max(first.trend.values(), default=0.0) < first.strength:
        start, shares = "The size of the residuals differs", first.size
    values = [
        f"{formats.percent(shares[variant])} ({variant})"
        for variant in variants
        if variant in shares
    ]
    return (
        f"{start} most by {first.name}: its groups explain {formats.listed(values)} of the "
        "variance of their ranks."
    )


def _describe(column: ColumnErrors, unit: str) -> str:
    """Write the mean residuals of the lowest and the highest group."""
    ends = [
        f"{formats.signed_value(float(means[0]), unit)} to "
        f"{formats.signed_value(float(means[-1]), unit)} ({variant})"
        for variant, residuals in column.residuals.items()
        for means in [_means(residuals, column)]
    ]
    return (
        f"{column.name}, {formats.value(float(column.values[0]))} to "
        f"{formats.value(float(column.values[-1]))}: mean residual from its lowest to its "
        f"highest group {formats.listed(ends)}."
    )


def _means(values: Floats, column: ColumnErrors) -> Floats:
    """Return the mean of each group of rows."""
    means: Floats = np.bincount(column.group, weights=values) / np.bincount(column.group)
    return means


def _draw(errors: ErrorAnalysis, width: float) -> Figure:
    variants = list(errors.predicted)
    n_across = 2 if width >= WIDE else 1
    n_down = -(-len(errors.columns) // n_across)
    each = _TOP + _HEIGHT + _BOTTOM
    height = _LEGEND + n_down * each
    figure = new_figure(width, height)
    last, upward = variants[-1], with_unit("true minus predicted", errors.unit)
    means = [
        _means(residuals, column)
        for column in errors.columns
        for residuals in column.residuals.values()
    ]
    ends = limits(*(column.residuals[last] for column in errors.columns), *means)
    room = left_room(*ends)
    across = (width - room - 12.0 - (n_across - 1) * _GAP) / n_across
    names = shorten_all([column.name for column in errors.columns], 40)
    for number, column in enumerate(errors.columns):
        down, right = divmod(number, n_across)
        left = room + right * (across + _GAP)
        axes = new_axes(
            figure,
            left=left,
            right=width - left - across,
            top=_LEGEND + down * each + _TOP,
            bottom=height - _LEGEND - (down + 1) * each + _BOTTOM,
        )
        axes.set_ylim(*ends)
        label_axes(axes, names[number], "" if right else upward)
        _draw_column(axes, column, last)
    _legend(figure, variants, 0.0 if width < WIDE else room / width)
    return figure


def _draw_column(axes: Axes, column: ColumnErrors, last: Variant) -> None:
    values = column.values.astype(np.float64)
    axes.set_xlim(*limits(values))
    draw_rows(axes, values, column.residuals[last], MUTED, _MOST_DOTS)
    axes.axhline(0, color=MUTED, linewidth=1.25, dashes=(4, 3), zorder=3)
    for end in (column.low, column.high):
        if column.outside and values[0] <= end <= values[-1]:
            axes.axvline(end, color=MUTED, linewidth=1.0, zorder=3)
    places = _means(values, column)
    for variant, residuals in column.residuals.items():
        axes.plot(
            places,
            _means(residuals, column),
            color=COLORS[variant],
            linestyle="-" if variant == "tuned" else (0, (5, 2)),
            marker="o",
            markersize=4,
            zorder=4,
        )


def _legend(figure: Figure, variants: Sequence[Variant], x: float) -> None:
    handles = [
        Line2D(
            [], [], label=f"mean residual, {variant}", color=COLORS[variant], marker="o",
            markersize=4, linestyle="-" if variant == "tuned" else (0, (5, 2)),
        )
        for variant in variants
    ]  # fmt: skip
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(x, 1),
        ncols=2,
        fontsize=SMALL,
        borderaxespad=0.2,
        labelcolor=INK,
    )
