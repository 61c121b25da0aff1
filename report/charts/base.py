"""The value of a chart: its picture and the same facts in words and numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

#: ``<svg>`` elements of the page that was rendered last, by their keys; more than it has.
_MOST_KEPT = 128
_drawn: dict[tuple[bytes, int], str] = {}


class Drawing:
    """A picture that is drawn once, when it is first needed.

    The pictures of a page can thus be drawn in parallel, and those that nothing uses,
    as in a notebook, not at all. A page that is completed in place draws again only what
    has changed.

    Parameters
    ----------
    *makes : callable
        Each draws it for a width of the screen, the widest first: returns an ``<svg>``
        element that is safe to stand inside an HTML page.
    draw : callable or None
        Makes matplotlib's figure for a width in CSS pixels, for other formats; None
        where the picture is not matplotlib's.
    key : bytes or None
        Equal for equal pictures; None where each is drawn on its own.
    """

    def __init__(
        self,
        *makes: Callable[[], str],
        draw: Callable[[float], Figure] | None = None,
        key: bytes | None = None,
    ) -> None:
        self._makes = makes
        self.draw = draw
        self._key = key
        self._own: dict[int, str] = {}

    def for_one_width(self) -> None:
        """Leave out all but the widest: on a page that is completed soon."""
        self._makes = self._makes[:1]

    @property
    def parts(self) -> list[str]:
        """The ``<svg>`` elements, one for each width."""
        return [self._part(number) for number in range(len(self._makes))]

    @property
    def svg(self) -> str:
        """The ``<svg>`` elements."""
        return "".join(self.parts)

    @property
    def is_drawn(self) -> bool:
        """Whether the picture need not be drawn any more."""
        return all(self._kept(number) is not None for number in range(len(self._makes)))

    def take(self, parts: Sequence[str]) -> None:
        """Take what another process has drawn from the same callables."""
        for number, svg in enumerate(parts):
            self._keep(number, svg)

    def _part(self, number: int) -> str:
        svg = self._kept(number)
        if svg is None:
            svg = self._makes[number]()
            self._keep(number, svg)
        return svg

    def _kept(self, number: int) -> str | None:
        if number in self._own or self._key is None:
            return self._own.get(number)
        return _drawn.get((self._key, number))

    def _keep(self, number: int, svg: str) -> None:
        self._own[number] = svg
        if self._key is not None:
            _drawn[self._key, number] = svg
            while len(_drawn) > _MOST_KEPT:
                del _drawn[next(iter(_drawn))]

    def __str__(self) -> str:
        return self.svg

    def __html__(self) -> str:
        """Return markup for a template: matplotlib escaped the texts in it."""
        return self.svg


#: Where there is a sheet instead.
NO_DRAWING = Drawing(str)


@dataclass(frozen=True)
class Tile:
    """One image of a sprite: its place in it, its alternative text, lines to set below.

    ``box`` is (left, top, width, height) in pixels of the sprite.
    """

    box: tuple[int, int, int, int]
    alt: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """Images that share one sprite, in titled groups.

    Attributes
    ----------
    sprite : str
        A PNG as a ``data:`` address.
    width, height : int
        Of the sprite in pixels.
    groups : tuple of (str, tuple of Tile)
        A title and its images each.
    ink : bool
        The sprite is dark ink on nothing; a dark page inverts it.
    scale : tuple of (str, Tile, str) or None
        The color scale: text at its low end, its image, text at its high end.
    folded : bool
        Each group is a page that is opened by its title.
    """

    sprite: str
    width: int
    height: int
    groups: tuple[tuple[str, tuple[Tile, ...]], ...]
    ink: bool = False
    scale: tuple[str, Tile, str] | None = None
    folded: bool = False


@dataclass(frozen=True)
class Chart:
    """A drawn figure with everything a reader needs who cannot see it.

    Attributes
    ----------
    id : str
        Unique on the page; every id inside the SVG begins with it.
    svg : Drawing
        The picture; empty where there is a sheet.
    header, rows : tuple of str, tuple of tuple of str
        The table of the figure's numbers.
    title : str
        What the figure shows.
    caption : str
        Its finding, in plain words.
    description : str
        The long description: the numbers of the picture in sentences.
    reading : str
        How to read the figure: what each mark means.
    sheet : Sheet or None
        Images instead of a drawing.
    """

    id: str
    svg: Drawing
    rows: tuple[tuple[str, ...], ...]
    header: tuple[str, ...]
    title: str
    caption: str
    description: str
    reading: str
    sheet: Sheet | None = None
