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
    errors: ErrorAnalysis, width: float, across: str, upward: str
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

    Returns
    -------
    Figure
        Empty.
    iterator of (str, Axes)
        Each case with its panel, titled and with a grid; limits are the caller's.
    """
    variants = list(errors.predicted)
    wide = width >= WIDE
    n_rows = 1 if wide else len(variants)
    each = _TOP + _SIDE + _BOTTOM
    figure = new_figure(width, n_rows * each)

    def made() -> Iterator[tuple[Variant, Axes]]:
        for number, variant in enumerate(variants):
            shift = number * (_SIDE + _GAP) if wide else 0.0
            below = 0.0 if wide else (n_rows - 1 - number) * each
            left = _LEFT + shift
            axes = new_axes(
                figure,
                left=left,
                right=width - left - (_SIDE if wide else width - _LEFT - 12.0),
                top=n_rows * each - below - _BOTTOM - _SIDE,
                bottom=below + _BOTTOM,
            )
            _dress(axes, variant, across, upward if number == 0 or not wide else "")
            yield variant, axes

    return figure, made()


def _dress(axes: Axes, variant: Variant, across: str, upward: str) -> None:
    axes.set_title(variant, loc="left", color=INK, fontweight="bold", pad=8)
    axes.set_xlabel(across)
    axes.set_ylabel(upward)
    axes.tick_params(axis="y", labelleft=bool(upward))
    axes.grid()
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(lambda value, _: formats.value(value))


def with_unit(text: str, unit: str) -> str:
    """Add the unit to the title of an axis.

    Examples
    --------
    >>> with_unit("predicted", "kg"), with_unit("predicted", "")
    ('predicted, kg', 'predicted')
    """
    return f"{text}, {unit}" if unit else text
