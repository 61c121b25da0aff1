"""Quality against cost: where each case stands, and which cases form the Pareto front."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis, CaseAnalysis, ModelAnalysis
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import (
    BASELINE,
    INK,
    MUTED,
    PAPER,
    SMALL,
    TUNED,
    WIDE,
    log_axis,
    new_axes,
    new_figure,
)
from tunecard.report.charts.names import Box, name_points
from tunecard.report.charts.svg import picture
from tunecard.report.charts.text import shorten
from tunecard.report.stats.interval import Interval
from tunecard.runner.schema import MetricSpec

_TOP: Final = 30.0
_BOTTOM: Final = 48.0
_RIGHT: Final = 14.0
#: With more models than this only those on the front are named in the drawing.
MOST_NAMES: Final = 6
_NOISE: Final = (
    "Times of different models are not tested against each other: small differences may be "
    "noise."
)


@dataclass(frozen=True)
class _Point:
    """A case with its two places on the figure."""

    model: str
    label: str
    variant: Literal["baseline", "tuned"]
    seconds: float
    value: float
    interval: Interval | None


def quality_against_cost(analysis: Analysis) -> Chart | None:
    """Draw each case's metric over the seconds of one fit and one predict.

    Parameters
    ----------
    analysis : Analysis
        Cases with quality and times are drawn.

    Returns
    -------
    Chart or None
        None when no case has both.
    """
    points = [
        point
        for model in analysis.models
        for case in model.cases
        if (point := _point(model, case, analysis.metric.name)) is not None
    ]
    if not points:
        return None
    front = pareto(points, analysis.metric)
    chart_id = "figure-quality-cost"
    label = analysis.metric.label
    return Chart(
        id=chart_id,
        svg=picture(chart_id, lambda width: _draw(points, front, label, width)),
        header=(
            "Case",
            "Fit + predict",
            formats.capital(label),
            "95 % interval",
            "On the front",
        ),
        rows=tuple(_cells(point, point in front) for point in points),
        title=f"{formats.capital(label)} against time",
        caption=_caption(points, front),
        description=" ".join(_sentence(point, label) for point in points),
        reading=(
            f"{_better(analysis.metric)}, further left is faster; the time axis is "
            "logarithmic. An arrow leads from a model's "
            "baseline, the open diamond, to its tuned case, the dot; upright bars are 95 % "
            "intervals. The dashed steps are the Pareto front: no case is both faster and "
            f"better than one on it. {_NOISE} Fit and predict stand apart under "
            "Time and memory."
        ),
    )


def _point(model: ModelAnalysis, case: CaseAnalysis, metric: str) -> _Point | None:
    value, seconds = case.metric(metric), _seconds(model, case)
    if value is None or value.test is None or seconds is None or seconds <= 0:
        return None
    return _Point(
        model.name, model.label, case.variant, seconds, value.test, value.interval
    )


def _seconds(model: ModelAnalysis, case: CaseAnalysis) -> float | None:
    """Return the seconds of one fit and one predict: compared ones, else their sum."""
    both = model.time("fit+predict")
    if both is not None:
        seconds = both.baseline if case.variant == "baseline" else both.tuned
        if seconds is not None:
            return seconds
    times = [case.times.get("fit"), case.times.get("predict")]
    parts = [
        time.seconds for time in times if time is not None and time.seconds is not None
    ]
    return sum(parts) if len(parts) == len(times) else None


def _better(spec: MetricSpec) -> str:
    """State which way of the metric's axis is better."""
    way, which = ("Higher", "higher") if spec.greater_is_better else ("Lower", "lower")
    return f"{way} is better: a {which} {spec.label}"


def pareto(points: list[_Point], spec: MetricSpec) -> list[_Point]:
    """List the points that no other beats, fastest first.

    A point is beaten by one that is at least as fast and at least as good by the
    metric, and differs in one of the two.
    """
    front: list[_Point] = []
    for point in sorted(points, key=lambda p: (p.seconds, -spec.gain(p.value, 0))):
        last = front[-1] if front else None
        same = last is not None and (last.seconds, last.value) == (
            point.seconds,
            point.value,
        )
        if last is None or spec.gain(point.value, last.value) > 0 or same:
            front.append(point)
    return front


def _draw(points: list[_Point], front: list[_Point], label: str, width: float) -> Figure:
    wide = width >= WIDE
    figure = new_figure(width, 350 if wide else 330)
    axes = new_axes(figure, left=64 if wide else 56, right=_RIGHT, top=_TOP, bottom=_BOTTOM)
    _axes(axes, points, label, wide=wide)
    _front(axes, front)
    by_model: dict[str, list[_Point]] = {}
    for point in points:
        by_model.setdefault(point.model, []).append(point)
        _mark(axes, point)
    for pair in by_model.values():
        if len(pair) == 2:
            _arrow(axes, pair[0], pair[1])
    named = {point.model for point in front} if len(by_model) > MOST_NAMES else by_model
    last = [pair[-1] for name, pair in by_model.items() if name in named]
    names = [(shorten(formats.capital(p.label), 26), p.seconds, p.value) for p in last]
    name_points(axes, names, _occupied(axes, points, front))
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="upper left",
        bbox_to_anchor=(axes.get_position().x0 if wide else 0.0, 1),
        borderaxespad=0.2,
        ncols=3,
        fontsize=SMALL,
    )
    return figure


def _axes(axes: Axes, points: list[_Point], label: str, *, wide: bool) -> None:
    times = [point.seconds for point in points]
    # At least a factor of 5, so that noise of a per cent does not look like a difference.
    low, high = min(times), max(times)
    room = max((5 / (high / low)) ** 0.5, (high / low) ** 0.08, 1.15)
    log_axis(axes, low / room, high * room, 8 if wide else 6)
    axes.set_xlabel("seconds of one fit and one predict (logarithmic)")
    ends = [point.value for point in points]
    for point in points:
        if point.interval is not None:
            ends += [point.interval.low, point.interval.high]
    space = 0.09 * (max(ends) - min(ends) or 0.01)
    axes.set_ylim(min(ends) - space, max(ends) + space)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.4g}")
    axes.set_ylabel(f"{label} on the test rows" if wide else label)
    axes.grid()


def _front(axes: Axes, front: list[_Point]) -> None:
    """Draw the front as steps, on to the right edge from its last point."""
    x = [*(point.seconds for point in front), axes.get_xlim()[1]]
    y = [*(point.value for point in front), front[-1].value]
    axes.step(
        x,
        y,
        where="post",
        color=MUTED,
        linewidth=1.25,
        dashes=(4, 3),
        label="Pareto front",
        zorder=1.5,
    )


def _mark(axes: Axes, point: _Point) -> None:
    tuned = point.variant == "tuned"
    color = TUNED if tuned else BASELINE
    if point.interval is not None:
        ends = [point.interval.low, point.interval.high]
        axes.plot([point.seconds] * 2, ends, color=color, linewidth=1.25, alpha=0.6)
    labels = axes.get_legend_handles_labels()[1]
    axes.plot(
        [point.seconds],
        [point.value],
        "o" if tuned else "D",
        color=color,
        markersize=9 if tuned else 8,
        markerfacecolor=color if tuned else PAPER,
        markeredgewidth=1.75,
        linestyle="none",
        zorder=4,
        label=point.variant if point.variant not in labels else None,
    )


def _arrow(axes: Axes, start: _Point, end: _Point) -> None:
    axes.annotate(
        "",
        xy=(end.seconds, end.value),
        xytext=(start.seconds, start.value),
        arrowprops={
            "arrowstyle": "-|>,head_width=0.22,head_length=0.45",
            "color": INK,
            "linewidth": 1.25,
            "shrinkA": 5.5,
            "shrinkB": 5.5,
        },
        zorder=3,
    )


def _occupied(axes: Axes, points: list[_Point], front: list[_Point]) -> list[Box]:
    """List the boxes of marks and of the front's steps, in pixels."""

    def place(point: _Point) -> tuple[float, float]:
        x, y = axes.transData.transform((point.seconds, point.value))
        return float(x), float(y)

    boxes = [(x - 7, y - 7, x + 7, y + 7) for x, y in map(place, points)]
    corners = [*map(place, front), (axes.bbox.x1, place(front[-1])[1])]
    for (x, y), (next_x, next_y) in pairwise(corners):
        boxes += [(x, y - 1, next_x, y + 1), (next_x - 1, y, next_x + 1, next_y)]
    return boxes


def _name(point: _Point) -> str:
    return f"{formats.capital(point.label)}, {point.variant}"


def _cells(point: _Point, on_front: bool) -> tuple[str, ...]:  # noqa: FBT001  # a cell
    ends = point.interval
    return (
        _name(point),
        formats.seconds(point.seconds),
        formats.metric(point.value),
        formats.metric_interval(ends.low, ends.high) if ends else formats.NONE,
        "yes" if on_front else "no",
    )


def _caption(points: list[_Point], front: list[_Point]) -> str:
    names = formats.listed([_name(point) for point in front])
    if len(points) == 1:
        return f"One case alone: {names}."
    if len(front) == 1:
        return f"{names} has the shortest time and the best score. {_NOISE}"
    beaten = len(points) - len(front)
    text = f"Best trade-offs, fastest to most accurate: {names}."
    if beaten:
        text += (
            f" The other {formats.counted(beaten, 'case')} "
            f"{'is' if beaten == 1 else 'are'} worse than one of these in both."
        )
    return f"{text} {_NOISE}"


def _sentence(point: _Point, label: str) -> str:
    return (
        f"{_name(point)}: {label} {formats.metric(point.value)} at "
        f"{formats.seconds(point.seconds)} for one fit and one predict."
    )
