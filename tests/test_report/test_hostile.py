"""Hostile names in every place: nothing acts, no table breaks, each one is shown."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import html5lib
import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, BrowserContext

from tests.hostile import HOSTILE, PLAIN, hostile_run
from tests.pages import files_of, page_files
from tunecard.report.render.visible import visible

#: Two steps bring every string to the page; the long test takes every step.
OFFSETS = (0, 44)
_SINGLE = {"html", "head", "body", "title", "main", "script", "style"}

every_offset = pytest.mark.parametrize(
    "offset",
    [
        OFFSETS[0],
        pytest.param(OFFSETS[1], marks=pytest.mark.slow),
        *(
            pytest.param(number, marks=pytest.mark.stress)
            for number in range(len(HOSTILE))
            if number not in OFFSETS
        ),
    ],
)


@cache
def files(offset: int) -> dict[str, str]:
    """Render one step once."""
    return files_of(hostile_run(offset)[0])


@cache
def tame_elements() -> frozenset[str]:
    """Names of the elements of a page without attacks."""
    return frozenset(str(e.tag) for e in parse(page_files("whole")["report.html"]).iter())


@cache
def parse(page: str) -> Any:
    """Parse a page strictly, once, without namespaces and the text of its scripts."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    for script in tree.iter("script"):
        script.text = ""
    return tree


def words_of(text: str) -> str:
    """Write text with single spaces, as a browser shows it."""
    return " ".join(text.split())


def shown_in(text: str, offset: int) -> list[str]:
    """List the strings of a step that a text does not show.

    The name of the study's data stands in its TOML alone, quoted as TOML quotes.
    """
    text = words_of(text)
    return [
        value[:60]
        for value in hostile_run(offset)[1]
        if value not in PLAIN
        and words_of(visible(value)) not in text
        and words_of(visible(json.dumps(value, ensure_ascii=False)[1:-1])) not in text
    ]


def test_corpus_is_large_and_reaches_the_page() -> None:
    """At least sixty strings, and the default steps leave none out."""
    assert len(set(HOSTILE)) >= 60
    reached = {value for offset in OFFSETS for value in hostile_run(offset)[1]}
    assert reached == set(HOSTILE)


@every_offset
def test_page_stays_whole(offset: int) -> None:
    """The page parses strictly and has no element or attribute of an attack."""
    elements = list(parse(files(offset)["report.html"]).iter())
    assert {str(e.tag) for e in elements} - tame_elements() <= {"pre", "ul", "details"}
    for name in _SINGLE:
        # A drawing has no title or style element of its own.
        assert sum(e.tag == name for e in elements) == 1, name
    for element in elements:
        for name, value in element.attrib.items():
            assert not str(name).startswith("on")
            if str(name).endswith(("href", "src")):
                assert value.startswith(("#", "data:"))


@every_offset
def test_tables_of_the_page_keep_their_columns(offset: int) -> None:
    """Every row of every table spans as many columns as its heads."""
    for table in parse(files(offset)["report.html"]).iter("table"):
        widths = {
            sum(int(cell.get("colspan", 1)) for cell in row) for row in table.iter("tr")
        }
        assert len(widths) == 1


@every_offset
def test_page_shows_every_string(offset: int) -> None:
    """Each string stands on the page as it is, acting characters as their escapes."""
    body = parse(files(offset)["report.html"]).find("body")
    assert shown_in("".join(body.itertext()), offset) == []


@every_offset
@pytest.mark.parametrize("name", ["report.md", "summary.md"])
def test_markdown_has_nothing_of_an_attack(offset: int, name: str) -> None:
    """CommonMark's own parser finds no HTML, link, image or broken table row."""
    text = files(offset)[name]
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    kinds = {one.type for token in tokens for one in [token, *(token.children or [])]}
    assert not kinds & {
        "html_block", "html_inline", "link_open", "image", "code_block", "code_inline",
        "em_open", "ordered_list_open", "hr", "hardbreak",
    }  # fmt: skip
    rows = list(columns_of(text))
    assert rows
    assert all(len(set(block)) == 1 for block in rows)


def columns_of(text: str) -> Iterator[list[int]]:
    """Count the columns of each row of each table: unescaped pipes."""
    outside = re.sub(r"^(`{3,})\w*\n.*?\n\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    for block in re.findall(r"(?:^\|.*\n)+", outside, re.MULTILINE):
        yield [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in block.splitlines()]


@every_offset
def test_markdown_shows_every_string(offset: int) -> None:
    """Rendered, the Markdown shows each string of its parts as it is."""
    html = MarkdownIt("commonmark").enable("table").render(files(offset)["report.md"])
    shown = words_of("".join(html5lib.parseFragment(html, container="body").itertext()))
    page = parse(files(offset)["report.html"]).find("body")
    lost = set(shown_in(shown, offset)) - set(shown_in("".join(page.itertext()), offset))
    # What Markdown leaves out: the last words of a failure.
    case = hostile_run(offset)[0].results.cases[3]
    assert lost <= {(case.stderr_tail or "")[:60]}


@every_offset
def test_junit_is_xml_that_shows_the_failure(offset: int) -> None:
    """What a failed case says stands in an element of its own, as it is."""
    root = ET.fromstring(files(offset)["junit.xml"])  # noqa: S314  # our own output
    reason = hostile_run(offset)[0].results.cases[3].reason
    assert reason is not None
    assert words_of(visible(reason)) in words_of(" ".join(text_of(root)))


def text_of(root: ET.Element) -> Iterator[str]:
    """Every text and attribute below an element."""
    for element in root.iter():
        yield from (element.text or "", *element.attrib.values())


@every_offset
@pytest.mark.parametrize("name", ["metrics.csv", "candidates.csv"])
def test_spreadsheets_hold_no_formula(offset: int, name: str) -> None:
    """Rows keep their columns; no text begins as a formula does."""
    rows = list(csv.reader(io.StringIO(files(offset)[name], newline="")))
    assert len({len(row) for row in rows}) == 1
    for cell in (cell for row in rows for cell in row):
        if cell.lstrip()[:1] in {"=", "+", "-", "@", "\t", "\r"}:
            float(cell)


@every_offset
def test_benchmark_file_is_json(offset: int) -> None:
    """Names cannot break the JSON."""
    assert json.loads(files(offset)["pytest-benchmark.json"])["benchmarks"]


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Give a browser that obeys no page's policy: the escaping alone has to hold."""
    context = browser.new_context(bypass_csp=True)
    yield context
    context.close()


@pytest.fixture
def hit(context: BrowserContext, tmp_path: Path) -> Callable[..., Any]:
    """Give a function that opens a page and returns what an attack left behind."""

    def opened(html: str) -> Any:
        path = tmp_path / "page.html"
        path.write_text(html, "utf-8")
        page = context.new_page()
        said: list[str] = []
        asked: list[str] = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        page.evaluate(
            "document.querySelectorAll('details').forEach(d => { d.open = true; })"
        )
        page.mouse.move(200, 200)
        found = page.evaluate("window.hit ?? null")
        page.close()
        assert said == []
        return found, [url for url in asked if not url.startswith("data:")] == [
            path.as_uri()
        ]

    return opened


@every_offset
def test_nothing_runs_in_a_browser(hit: Callable[..., Any], offset: int) -> None:
    """Opened without its policy the page runs nothing and requests nothing."""
    assert hit(files(offset)["report.html"]) == (None, True)


def test_browser_would_notice(hit: Callable[..., Any]) -> None:
    """The check is able to fail: an attack that is not escaped leaves its mark."""
    assert hit(f"<!DOCTYPE html>{HOSTILE[0]}") == (1, True)
