"""Progress of a search: the best score so far over the CPU time spent by then."""

import math
from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tunecard.report import formats
from tunecard.report.analyze.types import CandidateAnalysis, ModelAnalysis, SearchAnalysis
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import (
    BASELINE,
    MUTED,
    PAPER,
    SERIES,
    SMALL,
    WIDE,
    new_axes,
    new_figure,
)
from tunecard.report.charts.svg import picture

_STEPS: Final = [1, 2, 2.5, 5, 10]


@dataclass(frozen=True)
class _Step:
    """A candidate, the CPU seconds spent when it was scored, the best mean by then."""

    candidate: CandidateAnalysis
    spent: float
    best: float | None

    @property
    def mean(self) -> float:
        """The candidate's mean score; not a number where it has none."""
        return math.nan if self.candidate.mean is None else self.candidate.mean


def search_progress(model: ModelAnalysis, metric_label: str) -> Chart | None:
    """Draw the best mean score so far over the CPU time of a search.

    Parameters
    ----------
    model : ModelAnalysis
        The model that was searched.
    metric_label : str
        What the search maximized.

    Returns
    -------
    Chart or None
        None without a search, or when no candidate has a score.
    """
    search = model.search
    # Scores of a halving search's iterations rest on different rows: none is the best.
    if search is None or search.best.mean is None or search.halving:
        return None
    steps, first = _steps(search)
    chart_id = f"figure-progress-{model.name}"
    return Chart(
        id=chart_id,
        svg=picture(
            chart_id, lambda width: _draw(search, steps, (metric_label, first), width)
        ),
        header=_header(search),
        rows=tuple(_cells(step) for step in steps),
        title=f"{formats.capital(model.label)}: best score so far by CPU time spent",
        caption=_caption(search, steps, first),
        description=_description(search, steps),
        reading=_reading(search, first),
    )


def _steps(search: SearchAnalysis) -> tuple[list[_Step], float]:
    """Add the cost up candidate by candidate, in the order they are listed.

    What the candidates' own times leave of the search's comes before all of them
    where it is what they share, a table of neighbors, and is returned second; else
    it is spread over them evenly.
    """
    own = [_seconds(candidate, search) for candidate in search.candidates]
    total = max(search.cost.cpu_seconds or 0.0, sum(own))
    rest = total - sum(own)
    first = rest if search.method == "shared-neighbors" else 0.0
    each = (rest - first) / len(own)
    steps, spent, best = [], first, None
    for candidate, seconds in zip(search.candidates, own, strict=True):
        spent += seconds + each
        mean = candidate.mean if candidate.eligible else None
        if mean is not None and (best is None or search.metric.gain(mean, best) > 0):
            best = mean
        steps.append(_Step(candidate, spent, best))
    return steps, first


def _clock(search: SearchAnalysis) -> str:
    """Return what the cost is measured in: an imported search recorded wall time alone."""
    return "fit time" if search.method == "imported" else "CPU time"


def _header(search: SearchAnalysis) -> tuple[str, ...]:
    spent = "Fit time by then" if search.method == "imported" else "CPU time by then"
    return "Candidate", "Setting", spent, "Mean score", "Best so far"


def _seconds(candidate: CandidateAnalysis, search: SearchAnalysis) -> float:
    """Return what a candidate cost: CPU time, or the wall time that was imported."""
    if search.method == "imported":
        return (candidate.fold_seconds or 0.0) * len(search.folds)
    return candidate.cpu_seconds or 0.0


def _draw(
    search: SearchAnalysis, steps: list[_Step], axis: tuple[str, float], width: float
) -> Figure:
    """Draw it; `axis` is the metric's label and the CPU seconds before all candidates."""
    metric_label, first = axis
    wide = width >= WIDE
    columns = 3 if wide else 2
    top = 46.0 if wide else 62.0
    figure = new_figure(width, 268 + top)
    axes = new_axes(
        figure,
        left=72 if wide else 66,
        right=14 if wide else 8,
        top=top,
        bottom=48,
    )
    scale, unit = _unit(steps[-1].spent)
    _axes(axes, search, steps, metric_label, unit, wide=wide)
    # What all share would squeeze the candidates against the edge.
    span = max(steps[-1].spent - first, 0.01 * steps[-1].spent)
    low = max(first - 0.04 * span, 0.0)
    axes.set_xlim(low / scale, (steps[-1].spent + 0.02 * span) / scale)
    curve = [step for step in steps if step.best is not None]
    x = [step.spent / scale for step in curve]
    axes.step(
        x,
        [step.best or 0.0 for step in curve],
        where="post",
        color=SERIES[0],
        label="best so far",
    )
    axes.plot(
        x,
        [step.mean for step in curve],
        "o",
        color=SERIES[0],
        markersize=5,
        markerfacecolor=PAPER,
        markeredgewidth=1.25,
        label="one candidate",
        zorder=3,
    )
    _marks(axes, search, steps, scale)
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="upper left",
        bbox_to_anchor=(axes.get_position().x0 if wide else 0.0, 1),
        borderaxespad=0.2,
        ncols=columns,
        fontsize=SMALL,
    )
    return figure


def _unit(spent: float) -> tuple[float, str]:
    for scale, unit in ((3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds")):
        if spent >= 3 * scale:
            return scale, unit
    return (1.0, "seconds") if spent >= 1 else (1e-3, "milliseconds")


def _axes(
    axes: Axes,
    search: SearchAnalysis,
    steps: list[_Step],
    metric_label: str,
    unit: str,
    *,
    wide: bool,
) -> None:
    """Scale the scores to the range near the top; lower ones are clipped to the axis."""
    means = sorted(step.candidate.mean for step in steps if step.candidate.mean is not None)
    high = means[-1]
    first = next(step.best for step in steps if step.best is not None)
    level = search.baseline.mean if search.baseline is not None else None
    floor = min([first, means[len(means) // 4], *([level] if level is not None else [])])
    room = 0.1 * (high - floor or 0.01)
    axes.set_ylim(floor - room, high + room)
    axes.grid(axis="y")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=_STEPS))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.5g}")
    axes.set_ylabel(f"{metric_label} on held-out folds" if wide else metric_label)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8 if wide else 5, steps=_STEPS))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    kind = "Fit time in" if search.method == "imported" else "CPU"
    axes.set_xlabel(f"{kind} {unit} spent by then")


def _marks(axes: Axes, search: SearchAnalysis, steps: list[_Step], scale: float) -> None:
    """Draw the baseline's level, the candidate that was chosen, and those off the edge."""
    if search.baseline is not None and search.baseline.mean is not None:
        axes.axhline(
            search.baseline.mean,
            color=BASELINE,
            linewidth=1.5,
            dashes=(7, 2, 1.5, 2),
            label="baseline",
            zorder=1.5,
        )
    chosen = next(step for step in steps if step.candidate.index == search.best.index)
    axes.plot(
        [chosen.spent / scale],
        [chosen.mean],
        "*",
        color=SERIES[0],
        markersize=16,
        markeredgecolor=PAPER,
        markeredgewidth=1.25,
        linestyle="none",
        label="chosen",
        zorder=5,
    )
    floor, ceiling = axes.get_ylim()
    below = [
        step.spent / scale
        for step in steps
        if step.candidate.mean is not None and step.candidate.mean < floor
    ]
    if below:
        axes.plot(
            below,
            [floor + 0.02 * (ceiling - floor)] * len(below),
            "v",
            color=MUTED,
            markersize=6,
            clip_on=False,
            linestyle="none",
            label="below the axis",
        )


def _cells(step: _Step) -> tuple[str, ...]:
    candidate = step.candidate
    name = "baseline" if not candidate.eligible else formats.count(candidate.index)
    return (
        name,
        formats.parameters(candidate.params),
        formats.seconds(step.spent),
        formats.metric(candidate.mean),
        formats.metric(step.best),
    )


def _caption(search: SearchAnalysis, steps: list[_Step], first: float) -> str:
    eligible = [step for step in steps if step.candidate.eligible]
    place = next(
        number
        for number, step in enumerate(eligible, start=1)
        if step.candidate.index == search.best.index
    )
    chosen, total = eligible[place - 1].spent, steps[-1].spent
    share = formats.percent(chosen / total) if total else formats.NONE
    text = ""
    if first:
        text = (
            f"{formats.seconds(first)} of the search's {formats.seconds(total)} of CPU "
            "time computed the neighbors that all candidates share: fewer candidates would "
            "have saved little. "
        )
    text += (
        f"The chosen candidate is number {formats.count(place)} of "
        f"{formats.count(len(eligible))} in the list: {share} of the search's "
        f"{_clock(search)} had been spent by then."
    )
    # Its own mean, not the best so far: an imported search may have chosen another one.
    equal = next(s for s in eligible if s.candidate.mean == search.best.mean)
    if equal.spent < chosen and total:
        text += (
            " Another of the same score came first, after "
            f"{formats.percent(equal.spent / total)}."
        )
    beats = next((step for step in eligible if _beats(step, search)), None)
    if beats is not None and total:
        passed = formats.percent(beats.spent / total)
        text += f" The baseline's score was passed after {passed}."
    elif search.baseline is not None and search.baseline.mean is not None:
        text += " No candidate scores above the baseline."
    return text


def _beats(step: _Step, search: SearchAnalysis) -> bool:
    level = search.baseline.mean if search.baseline is not None else None
    if level is None or step.best is None:
        return False
    return search.metric.gain(step.best, level) > 0


def _description(search: SearchAnalysis, steps: list[_Step]) -> str:
    improvements, before = [], None
    for step in steps:
        if step.best is not None and step.best != before:
            improvements.append(
                f"{formats.metric(step.best)} after {formats.seconds(step.spent)}"
            )
            before = step.best
    kept = (
        improvements
        if len(improvements) <= 8
        else [*improvements[:4], "…", *improvements[-3:]]
    )
    text = f"Best mean over folds so far: {'; '.join(kept)}."
    text += f" The search took {formats.seconds(steps[-1].spent)} of {_clock(search)}."
    if search.baseline is not None:
        text += f" Baseline: {formats.metric(search.baseline.mean)}."
    return text


def _reading(search: SearchAnalysis, first: float) -> str:
    text = (
        f"Each ring is a candidate at the {_clock(search)} that had been spent when it was "
        "scored, in the order of the list; the stepped line is the best so far. Where it "
        "stays level, further candidates did not improve it. "
    )
    if search.baseline is not None:
        text += "The first is the baseline, scored on the same folds. "
    text += (
        "Candidates ran in parallel; their costs are added up as if they ran one after "
        "the other, so another order would move the steps. "
    )
    if first:
        text += (
            "Each fold's neighbors were computed once for all candidates; that cost, "
            f"{formats.seconds(first)}, comes before the first ring, and the axis begins "
            "there. "
        )
    return text + "The scores of the best are optimistic: it was chosen on these folds."
