"""Packs small images into one PNG that stands inside the page as a ``data:`` address."""

import base64
import io
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: Columns of a sprite; what it looks like does not depend on them.
_COLUMNS = 12


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
