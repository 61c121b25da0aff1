"""Writes a matplotlib figure as a small SVG that follows the page's theme."""

import hashlib
import io
import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import partial
from pickle import PicklingError, dumps
from typing import Final

from matplotlib.figure import Figure

from tunecard.report.charts.base import Drawing
from tunecard.report.charts.canvas import NARROW, VARIABLES, WIDE, drawing, size

_METADATA: Final = {"Date": None, "Creator": None, "Format": None, "Type": None}
_SVG: Final = "{http://www.w3.org/2000/svg}"
_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_NUMBER: Final = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_KEPT: Final = frozenset(
    {
        "fill",
        "fill-opacity",
        "stroke",
        "stroke-opacity",
        "stroke-width",
        "stroke-dasharray",
        "stroke-dashoffset",
        "text-anchor",
        "font-size",
        "font-weight",
        "opacity",
        "clip-path",
    }
)
#: Of lines that are dots; all others end as SVG's do.
_ROUND: Final = ("stroke-linecap", "round")
_LARGEST: Final = 1.12


def picture(chart_id: str, draw: Callable[[float], Figure]) -> Drawing:
    """Draw a figure twice, for wide and for narrow screens; the page shows one of them.

    Shrinking one drawing to a phone would leave its words at half their size.

    Parameters
    ----------
    chart_id : str
        The chart's id.
    draw : callable
        Makes the figure for a width in CSS pixels.

    Returns
    -------
    Drawing
        Two ``<svg>`` elements of the classes ``wide`` and ``narrow``, drawn when they are
        needed.
    """

    def make(name: str, width: float) -> str:
        prefix = f"{chart_id}-{name}"
        with drawing(prefix):
            return to_svg(draw(width), chart_id, prefix=prefix, css_class=name)

    wide, narrow = partial(make, "wide", WIDE), partial(make, "narrow", NARROW)
    return Drawing(wide, narrow, draw=draw, key=_key(chart_id, draw))


def one_picture(chart_id: str, draw: Callable[[], Figure]) -> Drawing:
    """Draw a figure that looks the same on all screens, when it is needed."""

    def make() -> str:
        with drawing(chart_id):
            return to_svg(draw(), chart_id)

    return Drawing(make, draw=lambda _width: draw(), key=_key(chart_id, draw))


def _key(chart_id: str, draw: Callable[..., Figure]) -> bytes | None:
    """Hash all that a picture is drawn from; None where it cannot be written down."""
    values = [cell.cell_contents for cell in draw.__closure__ or ()]
    named = chart_id, draw.__module__, draw.__qualname__, draw.__defaults__, values
    try:
        return hashlib.sha256(dumps(named)).digest()
    except (PicklingError, TypeError, AttributeError):
        return None


def to_svg(figure: Figure, chart_id: str, *, prefix: str = "", css_class: str = "") -> str:
    """Write a figure as an inline ``<svg>`` without ids, styles or links of its own.

    The same figure gives the same bytes. Colors become CSS variables, ids that
    something refers to become ``<prefix>-1``, ``-2``, ... and all others go;
    matplotlib's ``<style>`` and metadata, which would apply to the whole page, go too.

    Parameters
    ----------
    figure : Figure
        Drawn inside :func:`drawing`.
    chart_id : str
        The page names the picture by the elements ``<chart_id>-title`` and
        ``<chart_id>-description``.
    prefix : str
        Prefix of the ids; ``chart_id`` when not given.
    css_class : str
        Class of the element.

    Returns
    -------
    str
        The element.
    """
    buffer = io.StringIO()
    with warnings.catch_warnings():
        # The browser's fonts draw the words; matplotlib's only measures them, and lacks
        # the letters of many a language.
        warnings.filterwarnings("ignore", message="(Glyph|Matplotlib currently)")
        figure.savefig(buffer, format="svg", metadata=_METADATA)
    root = ET.fromstring(buffer.getvalue())  # noqa: S314  # our own output, one line up
    width, height = size(figure)
    _prune(root)
    names = _referred(root, prefix or chart_id)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        _tidy(element, names)
    _unwrap(root)
    root.attrib.clear()
    if css_class:
        root.set("class", css_class)
    root.attrib.update(
        {
            "viewBox": f"0 0 {width:g} {height:g}",
            "width": f"{width:g}",
            "height": f"{height:g}",
            # A little larger than drawn at most; smaller where the screen is.
            "style": f"max-width:{width * _LARGEST:.0f}px",
            "role": "img",
            "aria-labelledby": f"{chart_id}-title",
            "aria-describedby": f"{chart_id}-description",
        }
    )
    return ET.tostring(root, encoding="unicode")


def _prune(root: ET.Element) -> None:
    """Take out what applies to the whole page: metadata and style sheets."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{_SVG}metadata", f"{_SVG}style"):
                parent.remove(child)
        if parent.tag != f"{_SVG}text":
            parent.text = None
        parent.tail = None


def _referred(root: ET.Element, chart_id: str) -> dict[str, str]:
    """Give a number to each id that something refers to, in the document's order."""
    wanted: set[str] = set()
    for element in root.iter():
        if _HREF in element.attrib:
            wanted.add(element.attrib[_HREF].removeprefix("#"))
        for value in element.attrib.values():
            wanted.update(re.findall(r"url\(#([^)]+)\)", value))
    names: dict[str, str] = {}
    for element in root.iter():
        element_id = element.attrib.get("id")
        if element_id in wanted:
            names[element_id] = f"{chart_id}-{len(names) + 1}"
    return names


def _tidy(element: ET.Element, names: dict[str, str]) -> None:
    """Rewrite one element's attributes: names, colors, short numbers, no style."""
    old = dict(element.attrib)
    element.attrib.clear()
    if old.get("id") in names:
        element.set("id", names[old["id"]])
    for name, value in old.items():
        if name == _HREF:
            element.set("href", "#" + names[value.removeprefix("#")])
        elif name == "style":
            _spread(element, value)
        elif name == "clip-path":
            element.set(name, f"url(#{names[value[5:-1]]})")
        elif name == "transform":
            _turn(element, value)
        elif name in ("d", "x", "y", "width", "height"):
            element.set(name, _short(" ".join(value.split())))


def _spread(element: ET.Element, style: str) -> None:
    """Turn a style attribute into presentation attributes that CSS can overrule."""
    for declaration in style.split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font":
            size = re.search(r"(\d+(?:\.\d+)?)px", value)
            if size is not None:
                element.set("font-size", f"{float(size[1]):g}")
            if re.match(r"(bold|[6-9]00)\b", value):
                element.set("font-weight", "600")
        elif name in _KEPT or (name, value) == _ROUND:
            element.set(name, VARIABLES.get(value, _short(value)))


def _turn(element: ET.Element, transform: str) -> None:
    """Keep a transform unless it is matplotlib's rotation by nothing."""
    if not re.match(r"rotate\(-?0(\.0+)? ", transform):
        element.set("transform", _short(transform))


def _unwrap(parent: ET.Element) -> None:
    """Remove groups that are empty or carry no attribute, keeping their content."""
    children: list[ET.Element] = []
    for child in list(parent):
        _unwrap(child)
        empty = child.tag in ("g", "defs") and len(child) == 0
        invisible = (
            child.tag == "path"
            and child.get("fill") == "none"
            and "stroke" not in child.attrib
        )
        if (empty or invisible) and "id" not in child.attrib:
            continue
        if child.tag == "g" and not child.attrib:
            children.extend(child)
        else:
            children.append(child)
    parent[:] = children


def _short(text: str) -> str:
    """Write numbers with at most two decimals: a hundredth of a pixel is enough.

    Examples
    --------
    >>> _short("M 10.000000 3.14159 L -0.001 2")
    'M 10 3.14 L 0 2'
    """

    def shorten(match: re.Match[str]) -> str:
        short = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
        return "0" if short in ("-0", "") else short

    return _NUMBER.sub(shorten, text)
