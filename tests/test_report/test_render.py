"""The page, its Markdown twins and the CSV files, whole."""

import base64
import hashlib
import re
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import html5lib
import pytest

from tests.builders import make_run
from tests.pages import RUNS, many_classes_run, page_files
from tunecard.report.analyze import analyze
from tunecard.report.charts import base, svg
from tunecard.report.conclusion import conclude
from tunecard.report.findings import find
from tunecard.report.render import render, to_markdown
from tunecard.report.render.environment import unbroken
from tunecard.report.view import build_view

SVG = "{http://www.w3.org/2000/svg}svg"
#: Every kind of run, the page with everything and the one with failures every time.
KINDS = [
    pytest.param(name, marks=[] if name in {"whole", "failed"} else [pytest.mark.slow])
    for name in RUNS
]


@cache
def parse(page: str) -> Any:
    """Parse a page strictly, without namespaces."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


@pytest.fixture(params=KINDS)
def page(request: pytest.FixtureRequest) -> str:
    """The page of each kind of run."""
    return page_files(request.param)["report.html"]


def test_page_has_no_parse_error(page: str) -> None:
    """A strict HTML parser finds nothing to object to."""
    parse(page)


def test_ids_are_unique_and_every_fragment_resolves(page: str) -> None:
    """Each id stands once, and each href, label and description leads to one."""
    elements = list(parse(page).iter())
    ids = [element.get("id") for element in elements if element.get("id")]
    assert len(ids) == len(set(ids))
    wanted = {e.get("href")[1:] for e in elements if (e.get("href") or "").startswith("#")}
    for attribute in ("aria-labelledby", "aria-describedby"):
        wanted |= {part for e in elements for part in (e.get(attribute) or "").split()}
    assert wanted <= set(ids)


def test_page_asks_nothing_of_the_network(page: str) -> None:
    """Nothing is loaded: no address in any attribute or style, one empty icon."""
    for element in parse(page).iter():
        for name, value in element.attrib.items():
            if str(name).rpartition("}")[2] in ("src", "href", "srcset", "action", "data"):
                assert value.startswith(("#", "data:")), (element.tag, name, value)
    style = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    assert "url(" not in style
    assert "@import" not in style


def test_policy_allows_exactly_the_one_script(page: str) -> None:
    """The policy names the hash of the bytes between the script tags, and nothing else."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_every_figure_has_its_twin_in_words(page: str) -> None:
    """A figure has a title, a caption, a reading, a description and a table of numbers."""
    for figure in parse(page).iter("figure"):
        name = figure.get("id")
        inside = {e.get("id"): e for e in figure.iter() if e.get("id")}
        for part in ("title", "description"):
            assert "".join(inside[f"{name}-{part}"].itertext()).strip()
        assert all("".join(p.itertext()).strip() for p in figure.find("figcaption"))
        assert inside[f"{name}-table"].find("tbody").find("tr") is not None
        assert figure.find(f".//{SVG}") is not None


def test_tables_are_whole(page: str) -> None:
    """Each table has a caption, heads with a scope, and rows as wide as its heads."""
    for table in parse(page).iter("table"):
        assert "".join(table.find("caption").itertext()).strip()
        heads = list(table.find("thead"))[-1]
        assert all(th.get("scope") for th in table.iter("th"))
        for row in table.find("tbody"):
            assert len(list(row)) == len(list(heads))


def test_headings_never_skip_a_level(page: str) -> None:
    """A reader who jumps by headings finds no gap."""
    levels = [
        int(e.tag[1]) for e in parse(page).iter() if re.fullmatch("h[1-6]", str(e.tag))
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_page_says_what_the_analysis_says() -> None:
    """The verdict words, the headline values and the command stand on the page."""
    page = page_files("whole")["report.html"]
    assert re.search(r'class="word">.*?Better', page)
    assert "tunecard run example" in page
    assert "0.9300" in page


def test_an_option_of_a_command_is_not_broken_at_its_hyphens() -> None:
    """A line may end before it, never within; what is hostile in it stays a word."""
    told = unbroken("With --budget 3m <b>")
    assert told == 'With <span class="nowrap">--budget</span> 3m &lt;b&gt;'


def test_banners_warn_of_other_data() -> None:
    """A subset and a stand-in are told at the top, in the summary too."""
    for name in ("report.html", "report.md", "summary.md"):
        text = page_files("whole")[name]
        assert "This is a subset." in text
        assert "MNIST is out of reach" in text


def test_a_failure_is_told_with_its_reason() -> None:
    """A case that failed stands on the card, in the banner and among the failures."""
    page = page_files("failed")["report.html"]
    assert page.count("the limit is 8 GiB") >= 2
    assert "2 of 4" in visible_text(page)


def test_missing_predictions_leave_a_good_page() -> None:
    """Without predictions.parquet the stored metrics still stand, with the reason."""
    page = page_files("bare")["report.html"]
    assert "0.9000" in page
    assert "the file is not there" in page


def visible_text(page: str) -> str:
    """The page's words with single spaces."""
    return " ".join("".join(parse(page).itertext()).split())


def test_markdown_tables_stand_alone() -> None:
    """A blank line before each table and a rule row under its head: none is glued."""
    for name in ("report.md", "summary.md"):
        text = page_files("whole")[name]
        blocks = re.findall(r"^(.*)\n((?:^\|.*\n)+)", text, re.MULTILINE)
        blocks = [pair for pair in blocks if not pair[0].startswith("|")]
        assert blocks
        for before, block in blocks:
            assert before == ""
            assert re.match(r"\|( :?-+:? \|)+$", block.splitlines()[1])


@pytest.mark.parametrize("in_progress", [False, True])
def test_figures_of_a_page_in_progress_are_for_wide_screens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, in_progress: bool
) -> None:
    """Drawing for phones, too, would take as long again; the completed page has both."""
    monkeypatch.setattr(base, "_drawn", {})
    monkeypatch.setattr(
        svg, "to_svg", lambda *_, css_class="", **__: f'<svg class="{css_class}"></svg>'
    )
    run = make_run()
    results = run.results.model_copy(update={"in_progress": in_progress})
    page, *_ = render(replace(run, results=results), tmp_path)
    html = page.read_text("utf-8")
    assert html.count('<svg class="wide">') > 5
    assert ('<svg class="narrow">' in html) == (not in_progress)


def test_summary_is_short() -> None:
    """A job summary takes 1 MiB in all; ours stays under 60 kB with a hundred classes."""
    run = many_classes_run()
    analysis = analyze(run)
    view = build_view(run, analysis, find(analysis), conclude(analysis))
    assert len(to_markdown(view, "summary").encode()) < 60_000
