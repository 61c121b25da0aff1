"""Two square panels, baseline and tuned: side by side, or on a phone below each other."""

from collections.abc import Iterator, Mapping
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tunecard.report import formats
from tunecard.report.analyze.types import ErrorAnalysis
from tunecard.report.charts.canvas import BASELINE, INK, TUNED, WIDE, new_axes, new_figure
from tunecard.runner.schema import Variant

#: The color of each case.
COLORS: Final[Mapping[Variant, str]] = {"baseline": BASELINE, "tuned": TUNED}
_LEFT: Final = 66.0
_TOP: Final = 26.0
_BOTTOM: Final = 46.0
_SIDE: Final = 268.0
_GAP: Final = 24.0


def panels(
    errors: ErrorAnalysis,
    width: float,
    across: str,
    upward: str,
    ends: tuple[float, float],
) -> tuple[Figure, Iterator[tuple[Variant, Axes]]]:
    """Make a figure with a panel for each case.

    Parameters
    ----------
    errors : ErrorAnalysis
        With the cases.
    width : float
        Of the figure, in CSS pixels.
    across, upward : str
        Titles of the axes.
    ends : (float, float)
        Of the upward axes, which their labels need room for.

    Returns
    -------
    Figure
        Empty.
    iterator of (str, Axes)
        Each case with its panel, titled and with a grid; limits are the caller's.
    """
    variants = list(errors.predicted)
    wide = width >= WIDE
    room = left_room(*ends)
    side = min(_SIDE, (width - room - _GAP - 12.0) / 2) if wide else width - room - 12.0
    n_rows = 1 if wide else len(variants)
    each = _TOP + _SIDE + _BOTTOM
    figure = new_figure(width, n_rows * each)

    def made() -> Iterator[tuple[Variant, Axes]]:
        for number, variant in enumerate(variants):
            shift = number * (side + _GAP) if wide else 0.0
            below = 0.0 if wide else (n_rows - 1 - number) * each
            left = room + shift
            axes = new_axes(
                figure,
                left=left,
                right=width - left - side,
                top=n_rows * each - below - _BOTTOM - _SIDE,
                bottom=below + _BOTTOM,
            )
            _dress(axes, variant, across, upward if number == 0 or not wide else "")
            yield variant, axes

    return figure, made()


def _dress(axes: Axes, variant: Variant, across: str, upward: str) -> None:
    axes.set_title(variant, loc="left", color=INK, fontweight="bold", pad=8)
    label_axes(axes, across, upward)


def label_axes(axes: Axes, across: str, upward: str) -> None:
    """Set titles, ticks and a grid; without `upward` the ticks have no labels."""
    axes.set_xlabel(across)
    axes.set_ylabel(upward)
    axes.tick_params(axis="y", labelleft=bool(upward))
    axes.grid()
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(_ticks())
        axis.set_major_formatter(lambda value, _: formats.value(value))


def left_room(low: float, high: float) -> float:
    """Return the room left of axes for the labels of values and a title."""
    ticks = [tick for tick in _ticks().tick_values(low, high) if low <= tick <= high]
    longest = max((len(formats.value(float(tick))) for tick in ticks), default=0)
    return max(_LEFT, 28.0 + 7.0 * longest)


def _ticks() -> MaxNLocator:
    return MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10])


def with_unit(text: str, unit: str) -> str:
    """Add the unit to the title of an axis.

    Examples
    --------
    >>> with_unit("predicted", "kg"), with_unit("predicted", "")
    ('predicted, kg', 'predicted')
    """
    return f"{text}, {unit}" if unit else text
