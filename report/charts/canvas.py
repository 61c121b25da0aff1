"""The canvas of every chart: the page's style in placeholder colors, fixed margins.

Figures are drawn in placeholder colors; :mod:`tunecard.report.charts.svg` turns each
into a CSS variable of the page, so that one drawing serves light, dark and print. One unit
of the drawing is one CSS pixel at its natural size.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import Locator, LogLocator, MaxNLocator, NullFormatter

#: Placeholder color -> CSS variable. The colors themselves mean nothing and are
#: chosen so that no two read the same; templates/css/tokens.css has the real ones.
INK: Final = "#010101"
MUTED: Final = "#020202"
GRID: Final = "#030303"
PAPER: Final = "#040404"
BASELINE: Final = "#050505"
TUNED: Final = "#060606"
SERIES: Final = ("#070707", "#080808", "#090909", "#0a0a0a")
LESS: Final = "#0b0b0b"
MORE: Final = "#0c0c0c"

VARIABLES: Final = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--line)",
    PAPER: "var(--card)",
    BASELINE: "var(--baseline)",
    TUNED: "var(--tuned)",
    **{color: f"var(--series-{i})" for i, color in enumerate(SERIES, start=1)},
    LESS: "var(--less)",
    MORE: "var(--more)",
}

#: Marker shapes, so that series can be distinguished without color.
MARKERS: Final = ("o", "s", "^", "D")
DASHES: Final = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))

#: Widths that figures are drawn for, in CSS pixels: next to their words, and on a phone.
WIDE: Final = 640.0
NARROW: Final = 344.0

TEXT: Final = 12.0
SMALL: Final = 11.0

_RC: Final[dict[str, Any]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": GRID,
    "axes.facecolor": "none",
    "axes.grid": False,
    "axes.labelcolor": MUTED,
    "axes.labelpad": 7.0,
    "axes.labelsize": TEXT,
    "axes.linewidth": 1.0,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlesize": TEXT,
    "axes.unicode_minus": True,
    "figure.dpi": 72.0,
    "figure.edgecolor": "none",
    "figure.facecolor": "none",
    # Shipped with matplotlib, so the layout is the same on every machine. The page
    # sets its own system font, which is narrower: texts never grow past their room.
    "font.family": "DejaVu Sans",
    "font.size": TEXT,
    "grid.color": GRID,
    "grid.linewidth": 1.0,
    "legend.borderpad": 0.0,
    "legend.columnspacing": 1.4,
    "legend.fontsize": TEXT,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "legend.handletextpad": 0.5,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.75,
    "lines.markersize": 6.0,
    "path.simplify": False,
    "patch.linewidth": 0.0,
    # 'none' keeps text as text: it can be selected, searched and read aloud, takes the
    # page's font, and a confusion matrix is a third of its size with outlines ('path').
    "svg.fonttype": "none",
    "svg.image_inline": True,
    "text.color": INK,
    "text.parse_math": False,  # a class may be named "$x$"
    "text.usetex": False,
    "xtick.color": GRID,
    "xtick.labelcolor": MUTED,
    "xtick.labelsize": SMALL,
    "xtick.major.pad": 5.0,
    "xtick.major.size": 4.0,
    "xtick.major.width": 1.0,
    "xtick.minor.width": 1.0,
    "xtick.minor.size": 2.0,
    "ytick.color": GRID,
    "ytick.labelcolor": MUTED,
    "ytick.labelsize": SMALL,
    "ytick.left": False,
    "ytick.major.pad": 5.0,
    "ytick.minor.left": False,
}


@contextmanager
def drawing(chart_id: str) -> Iterator[None]:
    """Draw in the page's style; matplotlib's own settings come back afterwards.

    Parameters
    ----------
    chart_id : str
        Salt of the ids that matplotlib makes, so that they never change.
    """
    # From the defaults, so that no matplotlibrc has an effect; the back end is not ours.
    settings: Any = {**mpl.rcParamsDefault, **_RC, "svg.hashsalt": chart_id}
    del settings["backend"]
    with mpl.rc_context(settings):
        yield


def new_figure(width: float, height: float) -> Figure:
    """Make an empty figure of a size in CSS pixels, without pyplot's state."""
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    FigureCanvasSVG(figure)
    return figure


def new_axes(
    figure: Figure, *, left: float, right: float, top: float, bottom: float
) -> Axes:
    """Add axes at fixed margins in CSS pixels: the layout never moves with the data."""
    width, height = size(figure)
    return figure.add_axes(
        (
            left / width,
            bottom / height,
            (width - left - right) / width,
            (height - top - bottom) / height,
        )
    )


def size(figure: Figure) -> tuple[float, float]:
    """Return a figure's width and height in CSS pixels."""
    width, height = figure.get_size_inches() * 72
    return float(width), float(height)


def log_axis(axes: Axes, low: float, high: float, n_ticks: int) -> None:
    """Make the x axis logarithmic, with ticks that show its scale."""
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    # Within two decades powers of ten alone would leave an axis with one tick or none.
    subs = (1, 2, 5) if high / low < 100 else (1,)
    locator: Locator = LogLocator(subs=subs, numticks=n_ticks)
    n_shown = sum(low <= tick <= high for tick in locator.tick_values(low, high))
    if not 2 <= n_shown <= n_ticks:
        # A short axis: round steps, which LogLocator would draw over one another.
        locator = MaxNLocator(nbins=n_ticks, steps=[1, 2, 2.5, 5, 10])
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.minorticks_off()


def beside(
    axes: Axes, text: str, y: float, *, offset: float, edge: int = 0, **style: Any
) -> None:
    """Write text at a row of the axes, ``offset`` pixels from an edge: 0 left, 1 right."""
    axes.annotate(
        text,
        xy=(edge, y),
        xycoords=("axes fraction", "data"),
        xytext=(offset, 0),
        textcoords="offset points",
        va="center_baseline",
        annotation_clip=False,
        **style,
    )
