"""What tuning changed in the absolute error, by the true value."""

from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tunecard.report import formats
from tunecard.report.analyze.types import ErrorAnalysis, ErrorGroup, ModelAnalysis
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import MUTED, TUNED, WIDE, beside, new_axes, new_figure
from tunecard.report.charts.panels import with_unit
from tunecard.report.charts.svg import picture

_ROW: Final = 24.0
_TOP: Final = 10.0
_BOTTOM: Final = 46.0
_TENTHS: Final = 10
_HEADER: Final = (
    "True value",
    "Test rows",
    "MAE before",
    "MAE after",
    "Change of MAE",
    "95 % interval",
)


def error_groups(model: ModelAnalysis) -> Chart | None:
    """Draw the change of the mean absolute error in each tenth of the true values.

    Parameters
    ----------
    model : ModelAnalysis
        Of a regression, with both cases.

    Returns
    -------
    Chart or None
        None where they do not compare, or the rows are too few for two groups.
    """
    errors = model.errors
    if errors is None or len(errors.groups) < 2:
        return None
    groups, unit = errors.groups, errors.unit
    chart_id = f"figure-error-groups-{model.name}"
    name = "decile" if len(groups) == _TENTHS else "group"
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw(errors, width)),
        header=_HEADER,
        rows=tuple(_cells(group) for group in groups),
        title=(
            f"{formats.capital(model.label)}: change of the absolute error by {name} of "
            "the true value"
        ),
        caption=_caption(groups, unit, name),
        description=" ".join(_sentence(group, unit) for group in groups),
        reading=(
            f"The test rows are sorted by their true value and cut into {len(groups)} "
            f"{name}s of about as many rows; equal values stay together. Left of the line "
            "at 0 the tuned model is nearer to the true values. The dot is the change of "
            "the mean absolute error, its bar the 95 % interval (a paired t interval of "
            "the rows' differences). With several groups some bars miss 0 by chance: "
            "these describe, the verdict tests."
        ),
    )


def span(group: ErrorGroup) -> str:
    """Write the true values of a group: ``25 to 60``."""
    low, high = formats.value(group.low), formats.value(group.high)
    return low if low == high else f"{low} to {high}"


def _interval(group: ErrorGroup) -> str:
    if group.interval is None:
        return formats.NONE
    return formats.value_interval(group.interval.low, group.interval.high)


def _cells(group: ErrorGroup) -> tuple[str, ...]:
    return (
        span(group),
        formats.count(group.n_rows),
        formats.value(group.baseline),
        formats.value(group.tuned),
        formats.signed_value(group.change),
        _interval(group),
    )


def _caption(groups: tuple[ErrorGroup, ...], unit: str, name: str) -> str:
    fell = sum(group.change < 0 for group in groups)
    rose = sum(group.change > 0 for group in groups)
    text = (
        f"The mean absolute error falls in {formats.count(fell)} of {len(groups)} {name}s "
        f"and rises in {formats.count(rose)}."
    )
    worst = max(groups, key=lambda group: group.change)
    if worst.change <= 0:
        return text
    text += (
        f" The largest rise is at true values of {span(worst)}: "
        f"{formats.signed_value(worst.change, unit)}"
    )
    if worst.interval is not None:
        text += f", 95 % interval {_interval(worst)}"
    return f"{text}."


def _sentence(group: ErrorGroup, unit: str) -> str:
    text = (
        f"{span(group)}: {formats.value(group.baseline)} before, "
        f"{formats.value(group.tuned)} after "
        f"({formats.signed_value(group.change, unit)}"
    )
    if group.interval is not None:
        text += f", 95 % interval {_interval(group)}"
    return f"{text})."


def _draw(errors: ErrorAnalysis, width: float) -> Figure:
    wide, groups = width >= WIDE, errors.groups
    names = [span(group) for group in groups]
    left, right = 24.0 + 7.0 * max(map(len, names)), 76.0 if wide else 62.0
    figure = new_figure(width, _TOP + len(groups) * _ROW + _BOTTOM)
    axes = new_axes(figure, left=left, right=right, top=_TOP, bottom=_BOTTOM)
    axes.set_ylim(0, len(groups))  # low values at the bottom
    _scale(axes, errors, 7 if wide else 4)
    for number, group in enumerate(groups):
        y = number + 0.5
        beside(axes, names[number], y, offset=-left + 2)
        if group.interval is not None:
            ends = [group.interval.low, group.interval.high]
            axes.plot(ends, [y, y], color=TUNED, linewidth=1.5)
            axes.plot(ends, [y, y], "|", color=TUNED, markersize=7)
        axes.plot([group.change], [y], "o", color=TUNED, markersize=6, markeredgewidth=0)
        text = formats.signed_value(group.change)
        beside(axes, text, y, offset=right - 2, edge=1, ha="right")
    return figure


def _scale(axes: Axes, errors: ErrorAnalysis, n_ticks: int) -> None:
    ends = [0.0]
    for group in errors.groups:
        ends.append(group.change)
        if group.interval is not None:
            ends += [group.interval.low, group.interval.high]
    room = 0.06 * (max(ends) - min(ends)) or 1.0
    axes.set_xlim(min(ends) - room, max(ends) + room)
    axes.set_yticks([])
    axes.grid(axis="x")
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)
    axes.axvline(0, color=MUTED, linewidth=1.5)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=n_ticks, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: formats.signed_value(value))
    axes.set_xlabel(with_unit("change of the mean absolute error", errors.unit))
