"""Draws one trend as a small SVG: points, band, median, breaks, marks.

The other parts of the page of all runs are the report's own. These are not: a page has
dozens, and matplotlib takes about 0.1 s for each (DECISIONS.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from markupsafe import Markup, escape

from tunecard.report.history import texts
from tunecard.report.history.band import Side
from tunecard.report.history.scale import Scale, scale_of
from tunecard.report.history.trend import Panel, Series
from tunecard.runner.schema import Variant

WIDTH, HEIGHT = 320, 156
#: Pixels that the number of a break needs.
_ROOM = 22.0
#: Pixels that the value of an arrow needs.
_VALUE_ROOM = 64.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 8, 14, 20
#: Breaks that get their number, and breaks that get a line.
MOST_NUMBERED, MOST_LINES = 9, 40
#: Marks of a series, the newest ones.
MOST_MARKS = 40
#: Variant -> color, line caps (a point is a line of no length), dashes of the median.
LOOKS: dict[Variant, tuple[str, str, str]] = {
    "baseline": ("var(--baseline)", "square", ' stroke-dasharray="5 2"'),
    "tuned": ("var(--tuned)", "round", ""),
}


@dataclass(frozen=True)
class Frame:
    """What the panels of a group share.

    ``step`` is the number of runs that a point stands for, ``first`` and
    ``last`` are the ends of the axis in words.
    """

    n_runs: int
    step: int
    breaks: tuple[int, ...]
    first: str
    last: str

    def x(self, position: float) -> float:
        """Return the place of a run."""
        room = WIDTH - _LEFT - _RIGHT
        return _LEFT + room * (position + 0.5) / self.n_runs


def draw(panel: Panel, frame: Frame, label: str) -> Markup:
    """Draw a panel.

    Parameters
    ----------
    panel : Panel
        With at least one value.
    frame : Frame
        Of its group.
    label : str
        Its name for screen readers.

    Returns
    -------
    Markup
        An ``<svg>`` element without ids, styles or links.
    """
    scale = scale_of(panel)
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    head = f'<svg {size} role="img" aria-label="{escape(label)}">'
    parts = [head, _axis(scale, frame), _breaks(frame)]
    parts += [_band(series, scale, frame) for series in panel.series]
    parts += [_points(series, scale, frame) for series in panel.series]
    parts += [_marks(series, scale, frame) for series in panel.series]
    parts += [_arrows(panel, series, scale, frame) for series in panel.series]
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 # our own; texts are escaped


def _y(scale: Scale, value: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * scale.share(value)


def _n(number: float) -> str:
    """Write a coordinate: a tenth of a pixel is enough."""
    return f"{number:.1f}".removesuffix(".0")


def _axis(scale: Scale, frame: Frame) -> str:
    lines, labels = [], []
    for value, text in scale.ticks:
        y = _n(_y(scale, value))
        lines.append(f"M{_LEFT} {y}H{WIDTH - _RIGHT}")
        labels.append(f'<text x="{_LEFT - 6}" y="{y}" dy="4">{escape(text)}</text>')
    ends = f'<text x="{_LEFT}" y="{HEIGHT - 5}">{escape(frame.first)}</text>'
    last = ""
    if frame.n_runs > 1 and frame.last != frame.first:
        last = (
            f'<text x="{WIDTH - _RIGHT}" y="{HEIGHT - 5}" text-anchor="end">'
            f"{escape(frame.last)}</text>"
        )
    return (
        f'<path d="{"".join(lines)}" stroke="var(--line)" fill="none"/>'
        f'<g fill="var(--muted)" font-size="11"><g text-anchor="end">{"".join(labels)}</g>'
        f"{ends}{last}</g>"
    )


def _breaks(frame: Frame) -> str:
    shown = frame.breaks[-MOST_LINES:]
    if not shown:
        return ""
    places = [frame.x(position - 0.5) for position in shown]
    lines = "".join(f"M{_n(x)} {_TOP}V{HEIGHT - _BOTTOM}" for x in places)
    numbers = ""
    if len(frame.breaks) <= MOST_NUMBERED:
        numbers = "".join(
            f'<text x="{_n(x)}" y="{_TOP - 3}">{label}</text>'
            for label, x in _numbered(places)
        )
        numbers = (
            f'<g fill="var(--muted)" font-size="11" text-anchor="middle">{numbers}</g>'
        )
    return f'<path d="{lines}" stroke="var(--edge)" stroke-dasharray="3 3"/>{numbers}'


def _numbered(places: Sequence[float]) -> Sequence[tuple[str, float]]:
    """Give each break its number; those that stand close together share a text.

    Examples
    --------
    >>> _numbered([50.0, 56.0, 90.0])
    [('1-2', 53.0), ('3', 90.0)]
    """
    clusters: list[list[tuple[int, float]]] = []
    for number, x in enumerate(places, start=1):
        if clusters and x - clusters[-1][0][1] < _ROOM:
            clusters[-1].append((number, x))
        else:
            clusters.append([(number, x)])
    made = []
    for cluster in clusters:
        (first, left), (last, right) = cluster[0], cluster[-1]
        label = f"{first}" if first == last else f"{first}-{last}"
        made.append((label, (left + right) / 2))
    return made


def _groups(n_runs: int, step: int) -> list[range]:
    """Cut the runs into pieces that share a point, whole pieces at the newest end.

    Examples
    --------
    >>> _groups(5, 2)
    [range(0, 1), range(1, 3), range(3, 5)]
    """
    first = n_runs % step
    starts = [*([0] if first else []), *range(first, n_runs, step)]
    ends = [*starts[1:], n_runs]
    return [range(start, end) for start, end in zip(starts, ends, strict=True)]


def _band(series: Series, scale: Scale, frame: Frame) -> str:
    """Draw the bands as areas and their medians as lines, cut at each break."""
    color, _, dashes = LOOKS[series.variant]
    breaks = set(frame.breaks)
    stretches: list[list[tuple[float, float, float, float]]] = [[]]
    for runs in _groups(frame.n_runs, frame.step):
        band = series.bands[runs[-1]]
        if band is None or breaks.intersection(runs):
            stretches.append([])
        if band is not None:
            x = frame.x((runs[0] + runs[-1]) / 2)
            low, middle = _y(scale, band.low), _y(scale, band.median)
            stretches[-1].append((x, low, middle, _y(scale, band.high)))
    half = frame.x(frame.step / 2) - frame.x(0)
    areas, lines = [], []
    for stretch in stretches:
        if not stretch:
            continue
        # A run's band is as broad as its place, so that a single one is visible as well.
        ends = [(stretch[0][0] - half, *stretch[0][1:])]
        ends += [*stretch, (stretch[-1][0] + half, *stretch[-1][1:])]
        areas.append(
            "M" + "L".join(f"{_n(x)} {_n(low)}" for x, low, _, _ in ends)
            + "L" + "L".join(f"{_n(x)} {_n(high)}" for x, _, _, high in reversed(ends))
            + "Z"
        )  # fmt: skip
        lines.append("M" + "L".join(f"{_n(x)} {_n(mid)}" for x, _, mid, _ in ends))
    if not areas:
        return ""
    return (
        f'<path d="{"".join(areas)}" fill="{color}" fill-opacity=".16"/>'
        f'<path d="{"".join(lines)}" fill="none" stroke="{color}"{dashes}/>'
    )


def _points(series: Series, scale: Scale, frame: Frame) -> str:
    """Draw a point a run, or a median and a line from least to most for several."""
    color, cap, _ = LOOKS[series.variant]
    points, ranges = [], []
    for runs in _groups(frame.n_runs, frame.step):
        values = [value for i in runs if (value := series.values[i]) is not None]
        if not values:
            continue
        x = _n(frame.x((runs[0] + runs[-1]) / 2))
        middle = median(values)
        if not scale.beyond(middle):
            points.append(f"M{x} {_n(_y(scale, middle))}h0")
        ends = [_n(_y(scale, end)) for end in (min(values), max(values))]
        if ends[0] != ends[1]:
            ranges.append(f"M{x} {ends[0]}V{ends[1]}")
    width = "2.4" if frame.n_runs > 60 else "4.5"
    drawn = f'<path d="{"".join(points)}" stroke-width="{width}"/>'
    if ranges:
        drawn += f'<path d="{"".join(ranges)}" stroke-opacity=".55"/>'
    return f'<g fill="none" stroke="{color}" stroke-linecap="{cap}">{drawn}</g>'


def _marks(series: Series, scale: Scale, frame: Frame) -> str:
    """Draw a triangle that points away from the band for each run outside it."""
    outside = [i for i, side in enumerate(series.sides) if side][-MOST_MARKS:]
    shapes = []
    for position in outside:
        value = series.values[position]
        assert value is not None
        x, y = frame.x(position), _y(scale, value)
        turn = -1 if series.sides[position] == "above" else 1
        shapes.append(f"M{_n(x - 5)} {_n(y - 3 * turn)}h10L{_n(x)} {_n(y + 6 * turn)}Z")
    if not shapes:
        return ""
    path = "".join(shapes)
    color = LOOKS[series.variant][0]
    return (
        f'<path d="{path}" fill="var(--card)" stroke="{color}" stroke-width="1.75" '
        'stroke-linejoin="round"/>'
    )


def _arrows(panel: Panel, series: Series, scale: Scale, frame: Frame) -> str:
    """Draw an arrow at the edge, with the value, for what lies beyond the drawn range."""
    arrows: list[tuple[float, float, Side]] = []
    for runs in _groups(frame.n_runs, frame.step):
        values = [value for i in runs if (value := series.values[i]) is not None]
        x = frame.x((runs[0] + runs[-1]) / 2)
        ends = dict.fromkeys((min(values), max(values))) if values else ()
        arrows += [(x, value, side) for value in ends if (side := scale.beyond(value))]
    arrows = arrows[-MOST_MARKS:]
    if not arrows:
        return ""
    color = LOOKS[series.variant][0]
    shapes = []
    for x, value, side in arrows:
        turn = -1 if side == "above" else 1
        foot = _y(scale, value) - 9 * turn
        head = f"m-3 {-3 * turn}l3 {3 * turn}l3 {-3 * turn}"
        shapes.append(f"M{_n(x)} {_n(foot)}v{9 * turn}{head}")
    values_text = "".join(
        _arrow_text(panel, cluster, scale)
        for side in ("above", "below")
        for cluster in _clusters([arrow for arrow in arrows if arrow[2] == side])
    )
    return (
        f'<path d="{"".join(shapes)}" fill="none" stroke="{color}" stroke-width="1.5"/>'
        f'<g fill="var(--muted)" font-size="11">{values_text}</g>'
    )


def _clusters(
    arrows: Sequence[tuple[float, float, Side]],
) -> list[list[tuple[float, float, Side]]]:
    """Put together the arrows whose values would be written over one another."""
    clusters: list[list[tuple[float, float, Side]]] = []
    for arrow in arrows:
        if clusters and arrow[0] - clusters[-1][0][0] < _VALUE_ROOM:
            clusters[-1].append(arrow)
        else:
            clusters.append([arrow])
    return clusters


def _arrow_text(
    panel: Panel, cluster: Sequence[tuple[float, float, Side]], scale: Scale
) -> str:
    """Write the farthest value of arrows that stand together, and how many others are."""
    farthest = max if cluster[0][2] == "above" else min
    x, value, side = farthest(cluster, key=lambda arrow: arrow[1])
    text = texts.value(panel, value)
    if len(cluster) > 1:
        text += f" +{len(cluster) - 1}"
    y = _y(scale, value) + (7 if side == "above" else -2)
    left = x > (_LEFT + WIDTH - _RIGHT) / 2
    place = x + (-5 if left else 5)
    anchor = ' text-anchor="end"' if left else ""
    return f'<text x="{_n(place)}" y="{_n(y)}"{anchor}>{escape(text)}</text>'
