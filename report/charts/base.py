"""The value a chart is: its picture and the same facts in words and numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Chart:
    """A drawn figure with everything a reader needs who cannot see it.

    Attributes
    ----------
    id : str
        Unique on the page; every id inside the SVG begins with it.
    svg : str
        An ``<svg>`` element that is safe to stand inside an HTML page.
    header, rows : tuple of str, tuple of tuple of str
        The table of the figure's numbers.
    title : str
        What the figure shows.
    caption : str
        What to see in it, in plain words.
    description : str
        The long description: the numbers of the picture in sentences.
    reading : str
        How to read the figure: what each mark means.
    """

    id: str
    svg: str
    rows: tuple[tuple[str, ...], ...]
    header: tuple[str, ...]
    title: str
    caption: str
    description: str
    reading: str
