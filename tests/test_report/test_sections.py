"""Sections: one that a file outside the tree adds, and those that a run does not need."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import KNN, make_run
from tunecard.report.analyze import analyze
from tunecard.report.conclusion import conclude
from tunecard.report.errors import ReadError
from tunecard.report.findings import explain, find
from tunecard.report.render import render, to_html, to_markdown
from tunecard.report.view import (
    PlainContent,
    ReportView,
    Section,
    build_view,
    page_sections,
    register,
    unregister,
)

pytestmark = pytest.mark.usefixtures("no_drawing")

FILE = '''
"""Training rows of each class: a section of one's own, in one file."""

from tunecard.report.findings import Evidence, Rule
from tunecard.report.view import PlainContent, Section, register
from tunecard.report.view.tables import cell, columns, row
from tunecard.report.view.types import Table


def content(material):
    classes = material.analysis.dataset.classes
    table = Table(
        id="class_rows",
        caption="Training rows of each class",
        columns=columns("Class", "#Rows"),
        rows=tuple(row((one.name, cell("many", one.n_train))) for one in classes),
    )
    return PlainContent(lead="How the classes are filled.", tables=(table,))


def needs(material):
    return "" if len(material.analysis.dataset.classes) > 2 else "there are two classes"


def look(analysis):
    yield Evidence("tip", "Look at the classes.", "class_rows")


RULE = Rule("MY001", "Classes are worth a look", "Always.", "Look.", look)
OWN = Section("class_rows", "Class rows", content, needs, rules=(RULE,))
register(OWN, after="quality")
'''


@pytest.fixture
def own_section(tmp_path: Path) -> Iterator[None]:
    """Run a file outside the tree that registers a section."""
    path = tmp_path / "class_rows.py"
    path.write_text(FILE)
    try:
        exec(compile(path.read_text(), path, "exec"), {})  # noqa: S102 # as a notebook does
        yield
    finally:
        unregister("class_rows")


def view_of(**overrides: object) -> ReportView:
    """The view of a made run."""
    run = make_run(**overrides)  # type: ignore[arg-type] # fields of the builder
    analysis = analyze(run)
    return build_view(run, analysis, find(analysis), conclude(analysis))


@pytest.mark.usefixtures("own_section")
def test_one_file_adds_a_section_to_every_format(tmp_path: Path) -> None:
    """On the page, in its contents, in Markdown, as CSV, and with its finding."""
    render(make_run(models=(KNN,)), tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert '<li><a href="#class_rows">Class rows</a></li>' in page
    assert page.index('id="quality"') < page.index('<section id="class_rows"')
    assert page.index('<section id="class_rows"') < page.index('<section id="search"')
    assert "How the classes are filled." in page
    assert 'href="#class_rows">See the evidence' in page
    markdown = (tmp_path / "report.md").read_text("utf-8")
    assert "\n## Class rows\n\nHow the classes are filled.\n\n**Training rows" in markdown
    assert (tmp_path / "class_rows.csv").read_text() == "Class,Rows\n" + "".join(
        f"{name},300\n" for name in range(4)
    )
    assert explain("MY001").startswith("MY001: Classes are worth a look")


@pytest.mark.usefixtures("own_section")
def test_a_section_that_a_run_does_not_need_is_named_with_the_reason() -> None:
    """One line on the page and in Markdown; no heading, no line in the contents."""
    view = view_of(classes=("a", "b"), models=(KNN.model_copy(update={"search": None}),))
    line = (
        "Not on this page: Gates (the study has none), Class rows (there are two classes), "
        "ROC and precision-recall curves (no case has probabilities or decision scores on "
        "the test rows), Tuning as a procedure (the study has one outer split), "
        "Search (the study searches no model), Engines (no model runs on two engines)."
    )
    page, markdown = to_html(view), to_markdown(view, "report")
    assert line in page
    assert line in markdown
    assert 'id="search"' not in page
    assert "\n## Search" not in markdown


def test_a_section_is_replaced_by_one_of_its_name() -> None:
    """As where a notebook's cell runs again."""
    before = page_sections()
    try:
        for title in ("First", "Second"):
            register(Section("own", title, lambda _: PlainContent()), after="top")
        assert [one.title for one in page_sections()][:3] == ["Gates", "Verdicts", "Second"]
    finally:
        unregister("own")
    assert page_sections() == before


@pytest.mark.parametrize(
    ("name", "after", "error"),
    [
        ("my-own", "time", r"section name 'my-own' is not allowed"),
        ("foot", "time", r"section name 'foot' is not allowed"),
        ("own", "tme", r"after = 'tme' is not a section; there are gates, top"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(name: str, after: str, error: str) -> None:
    """In one sentence, with what is allowed."""
    with pytest.raises(ReadError, match=error):
        register(Section(name, "Own", lambda _: PlainContent()), after=after)
