"""Coefficients of a linear regression before and after tuning."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from tunecard.report import formats
from tunecard.report.analyze.types import ModelAnalysis
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import (
    INK,
    MUTED,
    PAPER,
    SMALL,
    WIDE,
    beside,
    new_axes,
    new_figure,
)
from tunecard.report.charts.panels import COLORS
from tunecard.report.charts.svg import picture
from tunecard.report.charts.text import shorten_all
from tunecard.runner.schema import Variant

#: Columns that are drawn, and the most in the table: those with the largest coefficients.
MOST_DRAWN: Final = 20
MOST_LISTED: Final = 200
_ROW: Final = 22.0
_TOP: Final = 30.0
_BOTTOM: Final = 46.0
_Weights = Mapping[Variant, NDArray[np.float32]]
_MARKS: Final[Mapping[Variant, dict[str, Any]]] = {
    "baseline": {"markersize": 9, "markerfacecolor": PAPER, "markeredgewidth": 1.5},
    "tuned": {"markersize": 6, "markeredgewidth": 0},
}


def coefficients_chart(model: ModelAnalysis, columns: Sequence[str]) -> Chart | None:
    """Draw the coefficient of each column, baseline and tuned.

    Parameters
    ----------
    model : ModelAnalysis
        Of a regression.
    columns : sequence of str
        Names of the features; those that have none are numbered from 1.

    Returns
    -------
    Chart or None
        None without coefficients.
    """
    weights = model.errors.weights if model.errors is not None else {}
    if not weights:
        return None
    n = len(next(iter(weights.values())))
    names = list(columns) if len(columns) == n else [f"column {i + 1}" for i in range(n)]
    size = np.max([np.abs(each) for each in weights.values()], axis=0)
    order = np.argsort(-size, kind="stable")
    drawn = np.sort(order[:MOST_DRAWN])
    listed = np.sort(order[:MOST_LISTED])
    chart_id = f"figure-coefficients-{model.name}"
    return Chart(
        id=chart_id,
        svg=picture(
            chart_id,
            lambda width: _draw(
                [names[i] for i in drawn],
                {name: each[drawn] for name, each in weights.items()},
                width,
            ),
        ),
        header=("Column", *(variant.capitalize() for variant in weights)),
        rows=tuple(
            (names[i], *(formats.value(float(each[i])) for each in weights.values()))
            for i in listed
        ),
        title=f"{formats.capital(model.label)}: coefficients of the columns",
        caption=_caption(weights, names, n),
        description=" ".join(
            f"{names[i]}: "
            + ", ".join(
                f"{formats.value(float(each[i]))} {variant}"
                for variant, each in weights.items()
            )
            + "."
            for i in drawn
        ),
        reading=(
            "A coefficient is what one unit more of a column adds to the prediction, all "
            "other columns being equal. The ring is the baseline, the dot the tuned case. "
            "Columns of different units are not comparable by their coefficients, and "
            "columns that depend on each other share theirs."
        ),
    )


def _caption(weights: _Weights, names: Sequence[str], n: int) -> str:
    sums = [
        f"{formats.value(float(np.abs(each).sum()))} ({variant})"
        for variant, each in weights.items()
    ]
    text = f"Sum of the coefficients' sizes: {formats.listed(sums)}."
    if len(weights) == 2:
        change = weights["tuned"].astype(np.float64) - weights["baseline"]
        most = int(np.argmax(np.abs(change)))
        if change[most]:
            text += (
                f" The largest change is that of {names[most]}: from "
                f"{formats.value(float(weights['baseline'][most]))} to "
                f"{formats.value(float(weights['tuned'][most]))}."
            )
    if n > MOST_DRAWN:
        text += f" Drawn: the {MOST_DRAWN} largest of {formats.count(n)}."
    return text


def _draw(names: Sequence[str], weights: _Weights, width: float) -> Figure:
    short = shorten_all(names, 22 if width >= WIDE else 12)
    left = 24.0 + 7.0 * max(map(len, short))
    figure = new_figure(width, _TOP + len(names) * _ROW + _BOTTOM)
    axes = new_axes(figure, left=left, right=16.0, top=_TOP, bottom=_BOTTOM)
    axes.set_ylim(len(names), 0)
    ends = np.concatenate([[0.0], *weights.values()])
    room = 0.06 * float(np.ptp(ends)) or 1.0
    axes.set_xlim(float(ends.min()) - room, float(ends.max()) + room)
    axes.set_yticks([])
    axes.grid(axis="x")
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)
    axes.axvline(0, color=MUTED, linewidth=1.5)
    axes.xaxis.set_major_locator(
        MaxNLocator(nbins=7 if width >= WIDE else 4, steps=[1, 2, 2.5, 5, 10])
    )
    axes.xaxis.set_major_formatter(lambda value, _: formats.value(value))
    axes.set_xlabel("coefficient")
    for number, name in enumerate(short):
        beside(axes, name, number + 0.5, offset=-left + 2)
        both = [float(each[number]) for each in weights.values()]
        axes.plot([min(both), max(both)], [number + 0.5] * 2, color=MUTED, linewidth=1)
        for variant, value in zip(weights, both, strict=True):
            style = {"color": COLORS[variant], **_MARKS[variant]}
            axes.plot([value], [number + 0.5], "o", **style)
    _legend(figure, weights, left / width)
    return figure


def _legend(figure: Figure, weights: _Weights, x: float) -> None:
    handles = [
        Line2D(
            [], [], label=variant, linestyle="none", marker="o", color=COLORS[variant],
            **_MARKS[variant],
        )
        for variant in weights
    ]  # fmt: skip
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(x, 1),
        ncols=2,
        fontsize=SMALL,
        handlelength=1.0,
        borderaxespad=0.3,
        labelcolor=INK,
    )
