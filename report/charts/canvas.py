"""From a matplotlib figure to a small SVG that follows the page's theme.

Figures are drawn in placeholder colours; :func:`to_svg` turns each into a CSS
variable of the page, so that one drawing serves light, dark and print. One unit
of the drawing is one CSS pixel at its natural size.
"""

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

#: Placeholder colour -> CSS variable. The colours themselves mean nothing and are
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
    **{colour: f"var(--series-{i})" for i, colour in enumerate(SERIES, start=1)},
    LESS: "var(--less)",
    MORE: "var(--more)",
}

#: Marker shapes, so that series are told apart without colour.
MARKERS: Final = ("o", "s", "^", "D")
DASHES: Final = ("-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))

#: Widths that figures are drawn for, in CSS pixels: beside their words, and on a phone.
WIDE: Final = 640.0
NARROW: Final = 344.0

TEXT: Final = 12.0
_LARGEST: Final = 1.12
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


@contextmanager
def drawing(chart_id: str) -> Iterator[None]:
    """Draw in the page's style; matplotlib's own settings come back afterwards.

    Parameters
    ----------
    chart_id : str
        Salt of the ids that matplotlib makes, so that they never change.
    """
    with mpl.rc_context({**mpl.rcParamsDefault, **_RC, "svg.hashsalt": chart_id}):
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


def picture(chart_id: str, draw: Callable[[float], Figure]) -> str:
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
    str
        Two ``<svg>`` elements of the classes ``wide`` and ``narrow``.
    """
    both = []
    for name, width in (("wide", WIDE), ("narrow", NARROW)):
        prefix = f"{chart_id}-{name}"
        with drawing(prefix):
            both.append(to_svg(draw(width), chart_id, prefix=prefix, css_class=name))
    return "".join(both)


def to_svg(figure: Figure, chart_id: str, *, prefix: str = "", css_class: str = "") -> str:
    """Write a figure as an inline ``<svg>`` without ids, styles or links of its own.

    The same figure gives the same bytes. Colours become CSS variables, ids that
    something refers to become ``<prefix>-1``, ``-2``, ... and all others go;
    matplotlib's ``<style>`` and metadata, which would speak for the whole page, go too.

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
            # A little larger than drawn at the most; smaller where the screen is.
            "style": f"max-width:{width * _LARGEST:.0f}px",
            "role": "img",
            "aria-labelledby": f"{chart_id}-title",
            "aria-describedby": f"{chart_id}-description",
        }
    )
    return ET.tostring(root, encoding="unicode")


def _prune(root: ET.Element) -> None:
    """Take out what speaks for the whole page: metadata and style sheets."""
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
        found = element.attrib.get("id")
        if found in wanted:
            names[found] = f"{chart_id}-{len(names) + 1}"
    return names


def _tidy(element: ET.Element, names: dict[str, str]) -> None:
    """Rewrite one element's attributes: names, colours, short numbers, no style."""
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
        elif name in _KEPT:
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
