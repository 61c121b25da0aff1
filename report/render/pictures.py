"""A figure of the page as a file of its own: SVG or PNG, in the page's light colors."""

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from tunecard.report.charts.canvas import VARIABLES, WIDE, drawing
from tunecard.report.errors import ReadError
from tunecard.report.view.types import Figure

#: Pixels of a PNG for each CSS pixel.
_PIXELS = 3
_VARIABLE = re.compile(r"var\(--([a-z0-9-]+)\)")
_TOKEN = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}),")
_COLORS = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")


def figure_svg(figure: Figure) -> str:
    """Write a figure as an SVG file: the drawing for wide screens.

    Raises
    ------
    ReadError
        If the figure is made of images.
    """
    _check(figure)
    root = ET.fromstring(f"<svgs>{figure.svg}</svgs>")[0]  # noqa: S314 # our own output
    for name in ("class", "style", "aria-labelledby", "aria-describedby"):
        root.attrib.pop(name, None)
    root.set("xmlns", "http://www.w3.org/2000/svg")
    root.set("font-family", "sans-serif")
    title = ET.Element("title")
    title.text = figure.title
    root.insert(0, title)
    light = _light_colors()
    text = ET.tostring(root, encoding="unicode")
    return _VARIABLE.sub(lambda match: light[match[1]], text) + "\n"


def figure_png(figure: Figure) -> bytes:
    """Write a figure as a PNG file on white; its errors are those of `figure_svg`."""
    draw = _check(figure)
    light = _light_colors()
    colors = {key: light[name[6:-1]] for key, name in VARIABLES.items()}
    with drawing(figure.id):
        drawn = draw(WIDE)
        for artist in drawn.findobj():
            _recolor(artist, colors)
        FigureCanvasAgg(drawn)
        buffer = io.BytesIO()
        drawn.savefig(
            buffer,
            format="png",
            dpi=72 * _PIXELS,
            facecolor="white",
            metadata={"Software": None},
        )
    return buffer.getvalue()


def _check(figure: Figure) -> Callable[[float], Any]:
    """Return what draws a figure."""
    if figure.svg.draw is None:
        raise ReadError(
            f"figure {figure.id.removeprefix('figure-')!r} is made of images of the data, "
            "which stand in report.html alone. Choose a figure that is drawn."
        )
    return figure.svg.draw


def _recolor(artist: Artist, colors: dict[str, str]) -> None:
    """Give an artist the color that its placeholder stands for."""
    for name in _COLORS:
        read, write = (getattr(artist, f"{verb}_{name}", None) for verb in ("get", "set"))
        if read is None or write is None:
            continue
        value = read()
        if isinstance(value, str) or (isinstance(value, tuple) and len(value) in (3, 4)):
            if value != "none" and (real := colors.get(to_hex(value))) is not None:
                write(
                    real
                    if isinstance(value, str)
                    else (real, value[3] if len(value) == 4 else 1.0)
                )
        elif hasattr(value, "tolist") and getattr(value, "ndim", 0) == 2:
            write([*_real_rows(value, colors)])


def _real_rows(rows: Any, colors: dict[str, str]) -> Iterator[Any]:
    for row in rows:
        real = colors.get(to_hex(row))
        yield tuple(row) if real is None else (real, float(row[3]))


def _light_colors() -> dict[str, str]:
    """Read the colors of the light page from its style sheet."""
    css = files("tunecard.templates").joinpath("css/tokens.css").read_text("utf-8")
    return dict(_TOKEN.findall(css))
