"""What the templates are given."""

import tomllib

import pytest

from report import formats
from report.analyse import analyse
from report.conclusion import conclude
from report.findings import find
from report.load import Loaded
from report.view import ReportView, build_view
from report.view.tables import columns, row, without_empty
from report.view.toml import to_toml
from report.view.types import Table
from runner.schema import Study
from tests.builders import KNN, LOGREG, make_results, make_run


def view_of(run: Loaded) -> ReportView:
    """Build the view of a run."""
    analysis = analyse(run)
    return build_view(run.results, analysis, find(analysis), conclude(analysis))


@pytest.mark.parametrize(
    ("tuned", "word", "tone"),
    [(0.95, "Better", "good"), (0.85, "Worse", "bad"), (0.902, "Inconclusive", "unclear")],
)
def test_a_card_says_the_verdict(tuned: float, word: str, tone: str) -> None:
    """The word of the analysis stands on the card, with its tone and a sign."""
    view = view_of(make_run(models=(KNN,), accuracy={"knn/tuned": tuned}))
    card = view.verdicts[0]
    assert (card.word, card.tone) == (word, tone)
    assert card.sign


def test_a_failed_case_is_the_verdict() -> None:
    """A model whose tuned case failed is not called inconclusive."""
    view = view_of(make_run(failed={"knn/tuned": ("failed", "it broke")}))
    assert view.verdicts[0].word == "Failed"
    assert view.verdicts[1].word != "Failed"


def test_a_model_without_search_is_not_tuned() -> None:
    """Its card says so and shows the baseline alone."""
    view = view_of(make_run(models=(KNN.model_copy(update={"search": None}),)))
    card = view.verdicts[0]
    assert card.word == "Not tuned"
    assert card.metrics is not None
    assert [column.label for column in card.metrics.columns] == ["Metric", "Baseline"]


def test_numbers_are_those_of_formats() -> None:
    """A cell holds the formatted text and sorts by the full value."""
    run = make_run()
    table = view_of(run).quality[0].metrics
    assert table is not None
    case = run.results.cases[0]
    assert case.quality is not None
    value = case.quality.test["accuracy"]
    assert table.rows[0].cells[1].text == formats.metric(value)
    assert table.rows[0].cells[1].value == repr(value)


def test_figures_are_numbered_in_the_order_of_the_page() -> None:
    """1, 2, 3 from top to bottom, whatever is missing."""
    view = view_of(make_run())
    figures = [view.change] if view.change else []
    for part in view.quality:
        figures += [*([part.change] if part.change else []), *part.matrices]
    figures += [part.figure for part in view.search if part.figure]
    figures += [part.figure for part in view.time if part.figure]
    assert [figure.number for figure in figures] == [
        str(number) for number in range(1, len(figures) + 1)
    ]


def test_columns_that_hold_nothing_are_left_out() -> None:
    """A column of dashes goes, the heads of rows stay."""
    table = Table(
        "t",
        "c",
        columns("A", "#B", "#C"),
        (row(("x", formats.NONE, "1")), row(("", "", "2"))),
    )
    assert [column.label for column in without_empty(table).columns] == ["A", "C"]
    assert [len(one.cells) for one in without_empty(table).rows] == [2, 2]


def test_groups_span_their_columns() -> None:
    """Heads above heads count the columns below them."""
    table = Table("t", "c", columns("A", ("P", "#x"), ("P", "#y"), ("R", "#x")), ())
    assert table.groups == (("", 1), ("P", 2), ("R", 1))


@pytest.mark.parametrize(
    "study",
    [
        {},
        {"title": 'quotes " and \\ and \x7f and \n lines', "margin": None},
        {"subset": {"train": 100, "test": 50}},
    ],
)
def test_the_study_reads_back(study: dict[str, object]) -> None:
    """The study on the page is a study file: it gives the same study again."""
    ran = make_results(models=(KNN, LOGREG), study=study).study
    assert Study.model_validate(tomllib.loads(to_toml(ran))) == ran
