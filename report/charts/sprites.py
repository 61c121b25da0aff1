"""Packs small images into one PNG that stands inside the page as a ``data:`` address."""

import base64
import io
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tunecard.report.charts.base import Sheet, Tile

#: Columns of a sprite; what it looks like does not depend on them.
_COLUMNS = 12
#: Shades of gray: at this size more cannot be distinguished, and cost twice the bytes.
_SHADES = 16


class LabeledImage(NamedTuple):
    """An image by its key, its alternative text, and lines to set below it."""

    key: int
    alt: str
    lines: tuple[str, ...]


def make_sheet(
    images: Mapping[int, NDArray[np.uint8]],
    groups: Sequence[tuple[str, Sequence[LabeledImage]]],
    *,
    folded: bool = False,
) -> Sheet:
    """Lay gray images out in titled groups; an image in several groups is stored once.

    Parameters
    ----------
    images : mapping of int to ndarray of uint8, shape (height, width)
        The images by key.
    groups : sequence of (str, sequence of LabeledImage)
        A title and its images each.
    folded : bool
        Whether each group is a page that is opened by its title.
    """
    keys = list(dict.fromkeys(tile.key for _, tiles in groups for tile in tiles))
    shown = [images[key] for key in keys]
    edges = np.concatenate(
        [np.concatenate((i[0], i[-1], i[:, 0], i[:, -1])) for i in shown]
    )
    # Pen strokes on an empty ground look like ink on the page's own paper.
    ink = float(np.median(edges)) == 0
    sprite, boxes = pack(shown, fill=0)
    levels = np.rint(sprite / 255 * (_SHADES - 1)).astype(np.uint8)
    shades = [round(255 * level / (_SHADES - 1)) for level in range(_SHADES)]
    palette = [(0, 0, 0, v) if ink else (v, v, v, 255) for v in shades]
    places = dict(zip(keys, boxes, strict=True))
    return Sheet(
        sprite=to_png(levels, palette),
        width=sprite.shape[1],
        height=sprite.shape[0],
        groups=tuple(
            (title, tuple(Tile(places[key], alt, lines) for key, alt, lines in tiles))
            for title, tiles in groups
        ),
        ink=ink,
        folded=folded,
    )


def pack(
    images: Sequence[NDArray[np.uint8]], *, fill: int, extra_rows: int = 0
) -> tuple[NDArray[np.uint8], list[tuple[int, int, int, int]]]:
    """Lay images of one shape out in a grid.

    Parameters
    ----------
    images : sequence of ndarray of uint8, shape (height, width)
        At least one.
    fill : int
        What lies between them, one pixel wide: a browser that smooths must not mix
        neighbors.
    extra_rows : int
        Rows of pixels to leave free below them.

    Returns
    -------
    ndarray of uint8, list of (left, top, width, height)
        The sprite and the place of each image in it.
    """
    height, width = images[0].shape
    columns = min(_COLUMNS, len(images))
    rows = math.ceil(len(images) / columns)
    size = (rows * (height + 1) + extra_rows, columns * (width + 1))
    sprite = np.full(size, fill, dtype=np.uint8)
    boxes = []
    for number, image in enumerate(images):
        top, left = number // columns * (height + 1), number % columns * (width + 1)
        sprite[top : top + height, left : left + width] = image
        boxes.append((left, top, width, height))
    return sprite, boxes


def to_png(indices: NDArray[np.uint8], palette: Sequence[tuple[int, int, int, int]]) -> str:
    """Write an image of palette indices as a PNG in a ``data:`` address.

    The same pixels give the same bytes: nothing but the pixels is stored.

    Parameters
    ----------
    indices : ndarray of uint8, shape (height, width)
        Positions in the palette.
    palette : sequence of (red, green, blue, alpha)
        At most 256 colors, 0 to 255 each.
    """
    image = Image.fromarray(indices, mode="L").convert("P")
    image.putpalette([channel for color in palette for channel in color[:3]])
    buffer = io.BytesIO()
    image.save(
        buffer,
        format="PNG",
        optimize=True,
        bits=4 if len(palette) <= 16 else 8,
        transparency=bytes(color[3] for color in palette),
    )
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
