"""What the templates are given."""

import dataclasses
import tomllib
from collections.abc import Iterator

import pytest

from report import formats
from report.analyse import analyse
from report.conclusion import conclude
from report.findings import find
from report.load import Loaded
from report.view import ReportView, build_view
from report.view.tables import columns, row, without_empty
from report.view.toml import to_toml
from report.view.types import Figure, Table
from runner.schema import Study
from tests.builders import KNN, LOGREG, make_results, make_run, with_pictures


def view_of(run: Loaded) -> ReportView:
    """Build the view of a run."""
    analysis = analyse(run)
    return build_view(run, analysis, find(analysis), conclude(analysis))


def figures_of(value: object) -> Iterator[Figure]:
    """Every figure of a view, in the order of its fields: that of the page."""
    if isinstance(value, Figure):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from figures_of(part)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from figures_of(getattr(value, field.name))


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
    figures = list(figures_of(view))
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


def test_figures_that_are_absent_say_why() -> None:
    """Images, weights, calibration and single calls: each with its reason."""
    view = view_of(make_run(models=(LOGREG,), probabilities=()))
    told = {fact.term: fact.text for fact in view.quality[0].absent}
    assert set(told) == {
        "Images that tuning fixed and broke",
        "Weights as images",
        "Calibration",
    }
    assert "tunecard run example" in told["Weights as images"]
    assert [fact.term for fact in view.time[0].absent] == ["Time of single calls"]


def test_images_stand_in_their_section() -> None:
    """With images and weights at hand both figures are there and nothing is missed."""
    view = view_of(with_pictures(make_run()))
    part = view.quality[1]
    assert part.images is not None
    assert part.images.sheet is not None
    assert part.weights is not None
    assert part.weights.sheet is not None
    assert part.absent == ()


def test_data_that_is_no_images_misses_none() -> None:
    """A table of numbers has no contact sheet to speak of."""
    view = view_of(make_run(models=(LOGREG,), dataset={"image_shape": None}))
    assert view.quality[0].absent == ()
