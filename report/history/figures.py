"""A model's trends as a figure: drawings, caption, description, table."""

from collections.abc import Sequence
from statistics import median

from tunecard.report import formats
from tunecard.report.history import texts
from tunecard.report.history.drawing import Frame, draw
from tunecard.report.history.page_types import FigureView, PanelView
from tunecard.report.history.trend import Group, ModelTrend, Panel, Series
from tunecard.report.history.types import started
from tunecard.report.view.tables import columns, row
from tunecard.report.view.types import Row, Table

#: Most points of a series, and the most of all series of a page together.
MOST_POINTS, _PAGE_POINTS, _FEWEST_POINTS = 160, 12_000, 24
_HEADS = columns(
    "Measure", "Case", "#Newest", "#Median of earlier runs", "#Band", "#Runs", "#Outside"
)
_READING = (
    "A point is a run, the newest on the right. The shaded band is what the runs before it "
    "lead to expect; the line in it is their median; a triangle is a run outside it and "
    "points away from it. An arrow at the edge is a value beyond the drawn range, which is "
    "written next to it. A dashed upright line is a break: from there on another machine, "
    "other versions or other data; its number refers to the list of changes. Where times "
    "of a model lie far apart, the axis is logarithmic."
)


def points_of(groups: Sequence[Group]) -> int:
    """Return how many points a series of a page may have, so that the page stays small."""
    n_series = sum(
        len(panel.series)
        for group in groups
        for model in group.models
        for panel in model.panels
    )
    return min(MOST_POINTS, max(_FEWEST_POINTS, _PAGE_POINTS // max(n_series, 1)))


def figure(
    model: ModelTrend, group: Group, *, chart_id: str, number: int, points: int
) -> FigureView:
    """Draw the trends of a model.

    Parameters
    ----------
    model : ModelTrend
        With at least one panel.
    group : Group
        That it is of.
    chart_id : str
        Unique on the page.
    number : int
        Of the figure on the page.
    points : int
        The most that a series may have.

    Returns
    -------
    FigureView
    """
    n_runs = len(group.runs)
    step = -(-n_runs // points)
    frame = Frame(
        n_runs=n_runs,
        step=step,
        breaks=tuple(break_.position for break_ in group.breaks),
        first=started(group.runs[-1].run)[:10],
        last=started(group.runs[0].run)[:10],
    )
    title = f"{formats.capital(model.label)}: quality and time over {_runs(n_runs)}"
    return FigureView(
        id=chart_id,
        number=str(number),
        title=title,
        caption=_caption(model, group, step),
        panels=tuple(
            PanelView(
                formats.capital(panel.label),
                texts.unit(panel),
                draw(
                    panel,
                    frame,
                    f"{formats.capital(panel.label)} of {model.label} over {_runs(n_runs)}",
                ),
            )
            for panel in model.panels
        ),
        description=" ".join(_sentences(model)),
        reading=_READING,
        table=Table(
            id=f"{chart_id}-table",
            caption=f"The numbers of figure {number}",
            columns=_HEADS,
            rows=tuple(
                _row(panel, series) for panel in model.panels for series in panel.series
            ),
        ),
    )


def _runs(number: int) -> str:
    return formats.counted(number, "run")


def _caption(model: ModelTrend, group: Group, step: int) -> str:
    outside = {
        name
        for name, marks in group.marks.items()
        if any(mark.model == model.name for mark in marks)
    }
    if outside:
        of = _runs(len(group.runs))
        lie = "lies" if len(outside) == 1 else "lie"
        n_outside = formats.count(len(outside))
        text = f"{n_outside} of {of} {lie} outside the band in at least one measure."
    elif any(band for panel in model.panels for s in panel.series for band in s.bands):
        text = "No run lies outside the band."
    else:
        text = f"{texts.no_range(texts.comparable(group, model.name))}."
    if group.breaks:
        changed = formats.counted(len(group.breaks), "time")
        text += f" Machine, versions or data changed {changed}."
    if step > 1:
        text += (
            f" A point is the median of {step} consecutive runs, its line goes from the "
            "smallest of them to the largest; runs outside the band are drawn one by one."
        )
    return text


def _sentences(model: ModelTrend) -> list[str]:
    sentences = []
    for panel in model.panels:
        for series in panel.series:
            values = [value for value in series.values if value is not None]
            text = (
                f"{formats.capital(panel.label)}, {series.variant}: "
                f"{formats.counted(len(values), 'value')} from "
                f"{texts.value(panel, min(values))} to {texts.value(panel, max(values))}, "
                f"median {texts.value(panel, median(values))}, "
                f"newest {texts.value(panel, values[-1])}"
            )
            sentences.append(f"{text}.")
    return sentences


def _row(panel: Panel, series: Series) -> Row:
    newest, band = series.values[-1], series.bands[-1]
    ends = formats.NONE
    if band is not None:
        ends = f"{texts.value(panel, band.low)} to {texts.value(panel, band.high)}"
    n_values = sum(value is not None for value in series.values)
    n_outside = sum(bool(side) for side in series.sides)
    return row(
        (
            formats.capital(panel.label),
            series.variant,
            texts.value(panel, newest),
            texts.value(panel, band.median) if band else formats.NONE,
            ends,
            formats.count(n_values),
            formats.count(n_outside),
        )
    )
