"""Any character of Unicode in a name, a label or a title, in every format."""

import csv
import io
import sys
import unicodedata
import xml.etree.ElementTree as ET
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import html5lib
import pytest
from markdown_it import MarkdownIt

from tests.builders import KNN, LOGREG, make_run
from tests.histories import document, write_document
from tests.pages import files_of
from tunecard.report.history.index import update_index
from tunecard.report.load import Loaded
from tunecard.report.render.visible import visible
from tunecard.screen import print_notice

pytestmark = pytest.mark.slow  # a page of some thirty classes is drawn

_MOST = 24  # characters of a category: of its first, its last, and between
PLANE = 2**16


@cache
def samples() -> dict[str, str]:
    """Give characters of each category, of each plane that has some.

    Those that are assigned to nothing, and so to none of the fonts, are the last two of
    each plane and of no plane's middle.
    """
    by_category: dict[str, list[str]] = defaultdict(list)
    for number in range(sys.maxunicode + 1):
        by_category[unicodedata.category(chr(number))].append(chr(number))
    chosen = {}
    for category, characters in sorted(by_category.items()):
        step = max(len(characters) // _MOST, 1)
        of_planes = {ord(character) // PLANE: character for character in characters}
        chosen[category] = "".join([*characters[::step], *of_planes.values()])
    chosen["direction"] = "\u202e\u2066\u200f\u061c\u2069\u202c"
    return chosen


@cache
def run() -> Loaded:
    """Build a run with all of them in its classes' names, its labels and its title."""
    names = [f"{category} {text}" for category, text in samples().items()]
    everything = " ".join(names)
    made = make_run(
        n_test=len(names) * 6,
        classes=names,
        models=(
            KNN.model_copy(update={"label": everything}),
            LOGREG.model_copy(update={"label": names[0]}),
        ),
        failed={"logreg/tuned": ("failed", everything)},
        rounds=1,
    )
    study = made.results.study.model_copy(update={"title": everything})
    results = made.results.model_copy(update={"study": study})
    return Loaded(results, made.predictions, None, made.folder)


@cache
def files() -> dict[str, str]:
    """Render it once."""
    return files_of(run())


def parse(page: str) -> Any:
    """Parse a page as a browser does; what is not allowed in it is an error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def squeezed(text: str) -> str:
    """Write text without any space."""
    return "".join(text.split())


def test_page_shows_each_character() -> None:
    """A character stands on the page as it is, as its escape, or as U+FFFD."""
    shown = squeezed("".join(parse(files()["report.html"]).itertext()))
    assert [
        category
        for category, text in samples().items()
        if squeezed(visible(text)) not in shown
    ] == []


def test_drawings_are_xml() -> None:
    """Each drawing of the page is read by a parser that refuses what XML forbids."""
    page = files()["report.html"]
    drawings = [f"<svg{part.split('</svg>')[0]}</svg>" for part in page.split("<svg")[1:]]
    assert len(drawings) > 5
    for drawing in drawings:
        ET.fromstring(drawing)  # noqa: S314 # our own


def test_junit_is_xml() -> None:
    """The report for Jenkins is read by the same parser."""
    root = ET.fromstring(files()["junit.xml"])  # noqa: S314 # our own
    assert root.tag == "testsuites"


@pytest.mark.parametrize("name", ["metrics.csv", "candidates.csv"])
def test_tables_have_the_same_columns_in_each_row(name: str) -> None:
    """No character begins a row or a cell."""
    rows = list(csv.reader(io.StringIO(files()[name], newline="")))
    assert len({len(row) for row in rows}) == 1
    assert len(rows) > 10


@pytest.mark.parametrize("name", ["report.md", "summary.md"])
def test_markdown_has_no_broken_table(name: str) -> None:
    """Each row of a table has as many cells as its head, and nothing is HTML."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(files()[name])
    kinds = [token.type for token in tokens]
    assert "html_block" not in kinds
    assert "table_open" in kinds
    assert not any(line.startswith("|") for token in tokens
                   if token.type == "inline" and token.level < 3
                   for line in token.content.splitlines())  # fmt: skip


def test_terminal_gets_nothing_that_acts(capsys: pytest.CaptureFixture[str]) -> None:
    """Notices keep their words; controls, such as an escape, are written out."""
    print_notice("\n".join(samples().values()))
    shown = capsys.readouterr().err
    assert {c for c in shown if unicodedata.category(c) in ("Cc", "Cs")} <= {"\n", "\t"}
    assert "\\u001b" in visible("\x1b")
    assert not set("\u202e\u2066") & set(shown)


def test_index_lists_the_run(tmp_path: Path) -> None:
    """The page of all runs is parsed strictly."""
    content = document()
    title = "".join(text for kind, text in samples().items() if kind != "Cs")
    # As long as the contract allows.
    content["study"]["title"] = title[:500]
    content["study"]["models"][0]["label"] = title[-200:]
    write_document(tmp_path / "20261127T120000Z-example-aaaaaa", content)
    indexed = update_index(tmp_path)
    assert len(indexed.history.entries) == 1
    parse(indexed.page.read_text("utf-8"))
