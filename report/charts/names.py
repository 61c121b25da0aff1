"""Writes names next to points, clear of marks, lines and each other."""

from collections.abc import Sequence
from typing import Final, TypeAlias

from matplotlib.axes import Axes

from tunecard.report.charts.canvas import SMALL

#: (left, bottom, right, top) in pixels of the drawing.
Box: TypeAlias = tuple[float, float, float, float]
#: Width of a bold character in pixels, enough to keep names apart.
_CHARACTER: Final = 6.6
_LINE: Final = 14.0


def name_points(
    axes: Axes, names: Sequence[tuple[str, float, float]], taken: Sequence[Box]
) -> None:
    """Write each name next to its point, the nearest place first, right before left.

    Where there is room on neither side it stands across, above or below the point.

    A name that does not fit is left out: a table next to the figure has it.

    Parameters
    ----------
    axes : Axes
        With its limits and scales already set.
    names : sequence of (str, float, float)
        A text and the point it names, in data coordinates.
    taken : sequence of tuple
        Boxes to keep clear of.
    """
    occupied = list(taken)
    for text, x, y in sorted(names, key=lambda name: -name[2]):
        pixel_x, pixel_y = axes.transData.transform((x, y))
        width = _CHARACTER * len(text)
        across = min(max(pixel_x - width / 2, axes.bbox.x0), axes.bbox.x1 - width) - pixel_x
        for step in (0, 1, -1, 2, -2, 3, -3, 4, -4):
            offsets = [(dx, step * 15.0) for dx in (12.0, -12.0 - width, across)]
            boxes = [_box(pixel_x + dx, pixel_y + dy, width) for dx, dy in offsets]
            free = [i for i, box in enumerate(boxes) if _is_free(axes, box, occupied)]
            if free:
                occupied.append(boxes[free[0]])
                axes.annotate(
                    text,
                    xy=(x, y),
                    xytext=offsets[free[0]],
                    textcoords="offset points",
                    va="center_baseline",
                    fontweight="bold",
                    fontsize=SMALL,
                )
                break


def _box(left: float, middle: float, width: float) -> Box:
    return left, middle - _LINE / 2, left + width, middle + _LINE / 2


def _is_free(axes: Axes, box: Box, occupied: Sequence[Box]) -> bool:
    inside = box[0] >= axes.bbox.x0 and box[2] <= axes.bbox.x1
    return inside and not any(_meet(box, other) for other in occupied)


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
