"""The page of all runs in a browser: for readers, printers, axe-core and attacks."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.histories import Document, run_name, scale_times, write_document, write_runs
from tests.hostile import HOSTILE
from tests.pages import WITHOUT_TOOLS
from tests.test_report.conftest import Open
from tests.test_report.test_browser import (
    CLIPPED,
    KEYS,
    NO_SIDEWAYS,
    OPEN_FOLDS,
    SHEETS,
    complaints,
    numbers_of,
)
from tests.test_report.test_history_page import hostile
from tests.test_report.test_vnu import check, checker
from tunecard.report.history import update_index

__all__ = ["checker"]  # a fixture


def eventful(number: int, content: Document) -> None:
    """Put something to see into a row of runs: other versions, machines, slow runs."""
    if number >= 20:
        content["environment"]["packages"]["numpy"] = "2.1.0"
    if number in (12, 13):
        content["environment"]["cpu"] = "Another CPU with a name that is rather long"
    if number in (9, 30, 39):
        scale_times(content, 1.5)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Give reports folders by name, with their index."""
    folder = tmp_path_factory.mktemp("pages")
    places = {name: folder / name for name in ("eventful", "hostile", "empty")}
    write_runs(places["eventful"], 40, change=eventful)
    write_runs(places["eventful"], 3, first=50, study="a-study-of-another-name")
    write_document(places["eventful"] / run_name(60), {"schema_version": "99"})
    write_runs(places["hostile"], len(HOSTILE), change=hostile)
    write_document(places["hostile"] / run_name(900), {"schema_version": HOSTILE[0]})
    places["empty"].mkdir()
    return {name: update_index(place).page for name, place in places.items()}


every_page = pytest.mark.parametrize("name", ["eventful", "hostile", "empty"])

#: The report's own page is looked at every time (`test_browser.py`), this one on CI.
pytestmark = pytest.mark.slow


@every_page
@pytest.mark.parametrize("policy", [True, False], ids=["policy", "no policy"])
def test_nothing_runs_and_nothing_is_requested(
    browser: Browser, files: Mapping[str, Path], name: str, *, policy: bool
) -> None:
    """The file is the only request, the console is empty, no attack leaves its mark.

    Without the policy the escaping alone has to hold.
    """
    said: list[str] = []
    asked: list[str] = []
    context = browser.new_context(bypass_csp=not policy)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(files[name].as_uri())
    page.evaluate(OPEN_FOLDS)
    page.mouse.move(200, 200)
    page.wait_for_load_state("networkidle")
    hit = page.evaluate("window.hit ?? null")
    context.close()
    assert hit is None
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [files[name].as_uri()]


@pytest.mark.parametrize("name", ["eventful", "hostile"])
def test_nothing_scrolls_sideways(open_page: Open, name: str) -> None:
    """The page fits the window, folds closed and open; only boxes scroll."""
    page = open_page(name)
    for _ in ("closed", "open"):
        for width in (320, 390, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(NO_SIDEWAYS) == []
        page.evaluate(OPEN_FOLDS)


def test_the_same_words_without_javascript(open_page: Open) -> None:
    """Nothing of the page but buttons is made by its script."""
    texts = []
    for scripts in (True, False):
        page = open_page("eventful", java_script_enabled=scripts)
        page.evaluate(WITHOUT_TOOLS)
        texts.append(page.locator("body").evaluate("b => b.textContent"))
    assert texts[0] == texts[1]


def test_a_run_leads_to_its_page(open_page: Open) -> None:
    """A click opens the report of the run."""
    page = open_page("eventful")
    page.locator("#group-1-runs tbody a").first.click()
    page.wait_for_url("**/report.html")
    assert page.title() == "run"


def test_heads_sort(open_page: Open) -> None:
    """By the numbers that times stand for, not by their text."""
    page = open_page("eventful")
    table = page.locator("#group-2-runs")
    heads = table.locator("thead tr").last.locator("th")
    column = [text.strip() for text in heads.all_inner_texts()].index("Fit")
    for wanted in ("ascending", "descending"):
        heads.nth(column).locator("button").press("Enter")
        assert heads.nth(column).get_attribute("aria-sort") == wanted
        values = numbers_of(table.evaluate(KEYS, column))
        assert values == sorted(values, reverse=wanted == "descending")
        assert len(values) == 10


def test_nothing_is_clipped_on_paper(open_page: Open) -> None:
    """On a sheet nothing is wider than it, nothing scrolls, drawings stay whole."""
    page = open_page("eventful", java_script_enabled=False)
    page.emulate_media(media="print")
    for width in SHEETS.values():
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(CLIPPED) == []


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_axe_finds_nothing(open_page: Open, scheme: str, width: int) -> None:
    """axe-core has no complaint about the whole page, everything unfolded."""
    page = open_page("eventful", width, color_scheme=scheme, bypass_csp=True)
    assert complaints(page) == []


def test_axe_finds_nothing_in_an_empty_page(open_page: Open) -> None:
    """Nor about one without runs."""
    assert complaints(open_page("empty", 768, bypass_csp=True)) == []


def test_the_page_is_valid(checker: list[str], files: Mapping[str, Path]) -> None:
    """The Nu HTML checker has no error to report."""
    assert check(checker, *files.values()) == []
