"""The SVG that stands in the page."""

import re
import xml.etree.ElementTree as ET
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from tunecard.report.charts import base, svg
from tunecard.report.charts.base import Drawing
from tunecard.report.charts.canvas import (
    PAPER,
    TUNED,
    drawing,
    new_axes,
    new_figure,
    size,
)
from tunecard.report.charts.svg import picture, to_svg

HOSTILE = '</script><svg onload="alert(1)"> & $x$ #060606 \u202e'


def parse(svg: str) -> ET.Element:
    """Parse drawings, wrapped because there may be two of them."""
    return ET.fromstring(f"<div>{svg}</div>")  # noqa: S314  # the code's own output


def draw(chart_id: str = "figure-a", text: str = "words", **style: str) -> str:
    """Draw a line with markers, a filled area and a text."""
    with drawing(chart_id):
        return to_svg(_figure(text), chart_id, **style)


def _figure(text: str, width: float = 300.0) -> Figure:
    figure = new_figure(width, 200)
    axes = new_axes(figure, left=40, right=10, top=10, bottom=30)
    axes.plot([1, 2, 3], [1, 3, 2], marker="o", color=TUNED, markerfacecolor=PAPER)
    axes.fill_between([1, 2, 3], [0, 1, 1], [2, 4, 3], color=TUNED, alpha=0.2)
    axes.text(1, 1, text)
    return figure


def test_drawing_twice_gives_the_same_bytes() -> None:
    """Nothing in the SVG is random or dated."""
    assert draw() == draw()


def test_ids_begin_with_the_charts_own() -> None:
    """Figures on one page cannot collide: every id has its figure's prefix."""
    ids = re.findall(r' id="([^"]+)"', draw("figure-a"))
    assert ids
    assert all(name.startswith("figure-a-") for name in ids)
    assert len(set(ids)) == len(ids)


def test_every_reference_has_its_target() -> None:
    """Renaming ids renames what refers to them."""
    svg = draw()
    referred = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg))
    ids = set(re.findall(r' id="([^"]+)"', svg))
    assert {a or b for a, b in referred} == ids


def test_colors_follow_the_page() -> None:
    """No placeholder is left over: each became a CSS variable."""
    svg = draw()
    assert "var(--tuned)" in svg
    assert "var(--card)" in svg
    assert re.search(r"#[0-9a-f]{6}\b", svg) is None


def test_nothing_speaks_for_the_whole_page() -> None:
    """The style sheet, metadata, comments and prolog of matplotlib are gone."""
    svg = draw()
    assert "<style" not in svg
    assert "metadata" not in svg
    assert "<!--" not in svg
    assert "<?xml" not in svg
    assert "http" not in svg


@pytest.mark.parametrize("text", [HOSTILE, "NaN", "100 %", "a\nb", "$\\frac{1}{0}$", "]]>"])
def test_texts_stay_texts(text: str) -> None:
    """A name is drawn as it is: no markup, no mathematics, no color."""
    root = parse(draw(text=text))
    drawn = "".join(part for element in root.iter("text") for part in element.itertext())
    assert all(line in drawn for line in text.split("\n"))


def test_a_text_is_never_taken_for_a_color() -> None:
    """A placeholder in a name stays what it says."""
    assert "#060606" in draw(text="#060606")


def test_settings_of_matplotlib_come_back() -> None:
    """Drawing leaves no trace in the caller's matplotlib."""
    before = dict(mpl.rcParams)
    draw()
    assert dict(mpl.rcParams) == before


def test_settings_of_the_user_have_no_say() -> None:
    """A matplotlibrc changes nothing: the same results give the same bytes."""
    plain = draw()
    with mpl.rc_context({"font.size": 33, "axes.grid": True, "lines.linewidth": 9}):
        assert draw() == plain


def test_a_picture_is_drawn_for_two_widths() -> None:
    """One drawing is for wide screens and one for phones, named by the same title."""
    both = parse(str(picture("f", lambda width: _figure("x", width))))
    assert [svg.get("class") for svg in both] == ["wide", "narrow"]
    assert {svg.get("aria-labelledby") for svg in both} == {"f-title"}
    widths = [float(svg.get("width", "")) for svg in both]
    assert widths[0] > 600
    assert widths[1] < 360


def test_a_draft_is_drawn_for_wide_screens_and_completed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The page that completes it draws what is missing, and is as one drawn at once."""
    widths: list[float] = []

    def make() -> Drawing:
        label = "x"

        def draw(width: float) -> Figure:
            return _figure(label, width)

        return picture("f", draw)

    def noting(figure: Figure, *arguments: Any, **named: Any) -> str:
        widths.append(size(figure)[0])
        return to_svg(figure, *arguments, **named)

    whole = str(make())
    monkeypatch.setattr(base, "_drawn", {})
    monkeypatch.setattr(svg, "to_svg", noting)
    draft = make()
    draft.for_one_width()
    assert [element.get("class") for element in parse(str(draft))] == ["wide"]
    assert draft.is_drawn
    completed = make()
    assert not completed.is_drawn
    assert str(completed) == whole
    assert widths == [640, 344]


@pytest.mark.parametrize(
    "name", ["\u65e5\u672c\u8a9e", "\u0939\u093f\u0928\u094d\u0926\u0940", "\U0001f431"]
)
def test_letters_that_matplotlib_lacks_are_drawn(name: str) -> None:
    """The browser's fonts draw the words, so that no warning speaks of missing glyphs."""
    assert name in draw(text=name)
