"""How steady the machine was: the same fixed work at several moments of the run."""

from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from tunecard.report import formats
from tunecard.report.analyze.types import KernelAnalysis, KernelMoment
from tunecard.report.charts.base import Chart
from tunecard.report.charts.canvas import (
    DASHES,
    MARKERS,
    PAPER,
    SERIES,
    SMALL,
    WIDE,
    new_axes,
    new_figure,
)
from tunecard.report.charts.svg import picture
from tunecard.report.charts.text import shorten

_ID: Final = "figure-machine"
_NAMES: Final = ("matrix product", "copying 200 MB")
#: The axis shows at least this share above the fastest moment, so that a per cent of
#: noise does not fill the figure.
_LEAST_SPAN: Final = 0.10
_HEADER: Final = (
    "Moment",
    "Matrix product",
    "Over the fastest",
    "Copying 200 MB",
    "Over the fastest",
)
_READING: Final = (
    "Before the first round and after each round the machine did the same fixed work in a "
    "separate process. It is a product of two float32 matrices, which the processor "
    "limits, and a copy, which the memory limits; seconds are given for matrices of "
    "2048 x 2048 and for 200 MB, in proportion to the work. Of five tries each, the "
    "fastest counts. Each mark shows how much longer that moment took than the fastest "
    "moment of the same work. On a steady machine all marks lie near 0. A slope or a step "
    "means that the machine itself became slower or faster, with any model. The rounds "
    "compare baseline and tuned within one such stretch; runs of different days are "
    "compared relative to this work."
)


def machine_speed(kernel: KernelAnalysis | None) -> Chart | None:
    """Draw the calibration kernel over the run.

    Parameters
    ----------
    kernel : KernelAnalysis or None
        Its times.

    Returns
    -------
    Chart or None
        None where there are fewer than two moments to compare.
    """
    if kernel is None or len(kernel.moments) < 2:
        return None
    return Chart(
        id=_ID,
        svg=picture(_ID, lambda width: _draw(kernel, width)),
        header=_HEADER,
        rows=tuple(_cells(kernel, moment) for moment in kernel.moments),
        title="How steady the machine was",
        caption=_caption(kernel),
        description=" ".join(_sentence(kernel, moment) for moment in kernel.moments),
        reading=_READING,
    )


def _series(kernel: KernelAnalysis) -> tuple[list[float], list[float]]:
    """Return how much longer each moment took than the fastest, for the two works."""
    products = [moment.sgemm for moment in kernel.moments]
    copies = [moment.copy for moment in kernel.moments]
    return (
        [value / min(products) - 1 for value in products],
        [value / min(copies) - 1 for value in copies],
    )


def _draw(kernel: KernelAnalysis, width: float) -> Figure:
    figure = new_figure(width, 210.0)
    axes = new_axes(figure, left=52.0, right=12.0, top=34.0, bottom=46.0)
    both = _series(kernel)
    places = list(range(len(kernel.moments)))
    for number, shares in enumerate(both):
        style: dict[str, Any] = _style(number)
        axes.plot(places, [share * 100 for share in shares], clip_on=False, **style)
    top = max(_LEAST_SPAN, *(max(shares) for shares in both)) * 100
    axes.set_ylim(-0.04 * top, 1.06 * top)
    axes.set_xlim(-0.3, places[-1] + 0.3)
    _ticks(axes, kernel, 11 if width >= WIDE else 6)
    figure.legend(
        handles=[
            Line2D([], [], label=name, **_style(number))
            for number, name in enumerate(_NAMES)
        ],
        loc="upper left",
        bbox_to_anchor=(52.0 / width, 1),
        ncols=2,
        fontsize=SMALL,
        borderaxespad=0.3,
    )
    return figure


def _style(number: int) -> dict[str, Any]:
    return {
        "color": SERIES[number],
        "marker": MARKERS[number],
        "linestyle": DASHES[number],
        "markersize": 6.5,
        "markeredgewidth": 1.5,
        "markerfacecolor": SERIES[number] if number == 0 else PAPER,
    }


def _ticks(axes: Axes, kernel: KernelAnalysis, most: int) -> None:
    axes.grid(axis="y")
    axes.tick_params(axis="both", length=0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(lambda value, _: f"+{value:g} %" if value else "0")
    names = [shorten(moment.moment.removeprefix("round "), 12) for moment in kernel.moments]
    # The ends always stand; between them every so many, where all do not fit.
    step = -(-len(names) // most)
    last = len(names) - 1
    shown = [i for i in range(0, last, step) if i == 0 or last - i >= step] + [last]
    axes.set_xticks(shown, [names[i] for i in shown])
    axes.set_xlabel("after round")


def _cells(kernel: KernelAnalysis, moment: KernelMoment) -> tuple[str, ...]:
    products, copies = _series(kernel)
    place = kernel.moments.index(moment)
    return (
        _name(kernel, moment),
        formats.seconds(moment.sgemm),
        formats.percent(products[place]),
        formats.seconds(moment.copy),
        formats.percent(copies[place]),
    )


def _name(kernel: KernelAnalysis, moment: KernelMoment) -> str:
    if moment == kernel.moments[0]:
        return moment.moment
    ending = ", the end" if moment == kernel.moments[-1] else ""
    return f"after {moment.moment}{ending}"


def _caption(kernel: KernelAnalysis) -> str:
    moments = formats.counted(len(kernel.moments), "moment")
    return (
        f"At {moments} of the run the same matrix product took "
        f"{_range([moment.sgemm for moment in kernel.moments])}, the same copy "
        f"{_range([moment.copy for moment in kernel.moments])}: the slowest moment "
        f"{formats.percent(kernel.sgemm_drift)} and {formats.percent(kernel.copy_drift)} "
        "over the fastest."
    )


def _range(values: list[float]) -> str:
    return f"{formats.seconds(min(values))} to {formats.seconds(max(values))}"


def _sentence(kernel: KernelAnalysis, moment: KernelMoment) -> str:
    _, product, product_share, copy, copy_share = _cells(kernel, moment)
    return (
        f"{formats.capital(_name(kernel, moment))}: matrix product {product}, "
        f"{product_share} over the fastest; copy {copy}, {copy_share} over the fastest."
    )
