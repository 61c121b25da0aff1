"""A finished run in Python and in a notebook."""

import html
import re

import html5lib
import pytest

from tests.builders import make_run
from tests.pages import page_files, whole_run
from tunecard.report.errors import ReadError
from tunecard.report.load import Loaded
from tunecard.report.run import Run

NASTY = "<b onclick=\"x('y')\">&amp;</b>"


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    """A run with everything that a page can show."""
    return whole_run()


@pytest.fixture(scope="module")
def run(loaded: Loaded) -> Run:
    """The same, as a user has it."""
    return Run(loaded)


@pytest.fixture(scope="module")
def page() -> str:
    """The page of that run."""
    return page_files("whole")["report.html"]


def document(shown: str) -> str:
    """Take the document out of the frame of what a notebook shows."""
    (source,) = re.findall(r'<iframe [^>]*srcdoc="([^"]*)"', shown)
    return html.unescape(source)


def test_a_run_knows_its_place(run: Run, loaded: Loaded) -> None:
    """Results, folder and page are those of the run."""
    assert run.results is loaded.results
    assert (run.folder, run.page) == (loaded.folder, loaded.folder / "report.html")


def test_figures_are_those_of_the_page(run: Run, page: str) -> None:
    """Every figure of the page is there by its name, in the order of the page."""
    ids = re.findall(r'<figure class="figure[^"]*" id="figure-([\w-]+)"', page)
    assert list(run.figures) == ids
    assert ids


def test_an_unknown_figure_is_told(run: Run) -> None:
    """A name that no figure has is answered with the nearest one."""
    with pytest.raises(
        ReadError, match=r"no figure 'serch-knn'\. Did you mean 'search-knn'"
    ):
        run.figure("serch-knn")


def test_the_conclusion_is_that_of_the_page(run: Run, page: str) -> None:
    """Each paragraph of the text stands in the Conclusion of the page."""
    page = html.unescape(page)
    for paragraph in run.conclusion.split("\n\n"):
        assert paragraph in page


def test_what_a_notebook_shows_is_isolated(run: Run) -> None:
    """A frame holds a document with its own styles; nothing outside has any."""
    for shown in (run._repr_html_(), run.figure("search-knn")._repr_html_()):
        assert "<style" not in shown
        assert "<script" not in shown
        assert "<style>" in document(shown)
        assert "sandbox" in shown
        html5lib.HTMLParser(strict=True).parse(document(shown))


def test_what_a_notebook_shows_is_escaped() -> None:
    """Markup in a title stays text, in the frame's document and around it."""
    run = Run(make_run(study={"title": NASTY}))
    shown = run._repr_html_()
    assert html5lib.parse(document(shown)).findtext(".//{*}h1") == NASTY
    assert "<b onclick" not in shown
    assert "<b onclick" not in document(shown)


def test_words_stand_outside_the_frame(run: Run) -> None:
    """Where frames are dropped, the summary and the description are still to be read."""
    shown = html.unescape(
        re.sub(r"<iframe.*?</iframe>", "", run._repr_html_(), flags=re.DOTALL)
    )
    assert run.conclusion.split("\n\n")[0] in shown
    picture = run.figure("search-knn")
    shown = re.sub(r"<iframe.*?</iframe>", "", picture._repr_html_(), flags=re.DOTALL)
    assert picture.description in html.unescape(shown)


def test_plain_text_says_the_same(run: Run) -> None:
    """A console shows the summary and the page's path, a figure its words."""
    assert repr(run).splitlines()[-1] == str(run.page)
    assert run.figure("search-knn").caption in repr(run.figure("search-knn"))


def test_summary_of_a_failed_case_is_shown() -> None:
    """A run with a failed case has a summary as well."""
    run = Run(make_run(failed={"knn/tuned": ("oom", "more than 8 GiB")}))
    assert "<article" in document(run._repr_html_())
