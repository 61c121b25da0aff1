"""Marks of many rows in few paths: dots of no length, or hexagons by their counts."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Rows above which hexagons are drawn in place of dots, and how to read either.
MOST_DOTS: Final = 2_000
MARKS: Final = (
    "Each dot is a test row.",
    "The darker a hexagon, the more test rows fall into it.",
)
_DOT: Final = 4.0  # CSS pixels across
_HEXAGONS: Final = 24  # across the axes
#: Shares of the fullest hexagon at which the color deepens, and its opacity there.
_LEVELS: Final = ((0.0, 0.18), (0.03, 0.34), (0.1, 0.5), (0.25, 0.7), (0.5, 1.0))


def draw_rows(axes: Axes, x: Floats, y: Floats, color: str, most: int = MOST_DOTS) -> None:
    """Draw a mark for each row, or hexagons of many; the limits of the axes are set."""
    if len(x) > most:
        _draw_hexagons(axes, x, y, color)
    else:
        _draw_dots(axes, x, y, color)


def _draw_dots(axes: Axes, x: Floats, y: Floats, color: str) -> None:
    """Draw dots as one path: a line of no length with round ends each."""
    # Half pixels: dots that fall on each other are drawn once.
    places = np.unique(np.round(2 * _placed(axes, x, y)) / 2, axis=0)
    codes = np.tile([Path.MOVETO, Path.LINETO], len(places))
    _add(
        axes,
        Path(np.repeat(places, 2, axis=0), codes),
        fill=False,
        edgecolor=color,
        linewidth=_DOT,
        capstyle="round",
        alpha=0.75,
    )


def _draw_hexagons(axes: Axes, x: Floats, y: Floats, color: str) -> None:
    """Draw hexagons as one path for each of a few levels of their counts."""
    places = _placed(axes, x, y)
    box = axes.get_window_extent()
    grid = axes.hexbin(
        places[:, 0],
        places[:, 1],
        gridsize=_HEXAGONS,
        mincnt=1,
        extent=(box.x0, box.x1, box.y0, box.y1),
        transform=IdentityTransform(),
    )
    shape = np.asarray(grid.get_paths()[0].vertices)[:6]
    middles, counts = np.asarray(grid.get_offsets()), np.asarray(grid.get_array())
    grid.remove()
    shares = counts / counts.max()
    floors = [floor for floor, _ in _LEVELS]
    level = np.searchsorted(floors, shares, side="right") - 1
    for number, (_, opacity) in enumerate(_LEVELS):
        own = middles[level == number]
        if len(own):
            _add(axes, _polygons(own, shape), facecolor=color, linewidth=0, alpha=opacity)


def _polygons(middles: Floats, shape: Floats) -> Path:
    """Put a polygon about each middle into one path."""
    closed = np.concatenate([shape, shape[:1]])
    vertices = (middles[:, None, :] + closed[None]).reshape(-1, 2)
    codes = [Path.MOVETO, *[Path.LINETO] * (len(shape) - 1), Path.CLOSEPOLY]
    return Path(vertices, np.tile(codes, len(middles)))


def _placed(axes: Axes, x: Floats, y: Floats) -> Floats:
    """Return the places of rows in pixels of the figure."""
    places: Floats = axes.transData.transform(np.column_stack([x, y]))
    return places


def _add(axes: Axes, path: Path, **style: object) -> None:
    patch = PathPatch(path, transform=IdentityTransform(), zorder=2, **style)
    # Not add_patch, which would move the limits of the axes.
    axes.add_artist(patch)
    patch.set_clip_on(False)


def limits(*columns: Sequence[float] | Floats, room: float = 0.04) -> tuple[float, float]:
    """Return the lowest and highest of some values, with room on both sides."""
    low = min(float(np.min(values)) for values in columns)
    high = max(float(np.max(values)) for values in columns)
    margin = room * (high - low) or abs(high) or 1.0
    return low - margin, high + margin
