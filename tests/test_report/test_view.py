"""What the templates are given."""

import dataclasses
import tomllib
from typing import Any

import pytest

from tests.builders import KNN, LOGREG, make_results, make_run, with_pictures
from tests.pages import all_failed_run, failed_run, whole_run
from tunecard.report import formats
from tunecard.report.analyze import analyze
from tunecard.report.conclusion import conclude
from tunecard.report.findings import find
from tunecard.report.load import Loaded
from tunecard.report.view import ReportView, build_view
from tunecard.report.view.figures import figures_of
from tunecard.report.view.tables import columns, row, without_empty
from tunecard.report.view.toml import to_toml
from tunecard.report.view.top import banners
from tunecard.report.view.types import Table
from tunecard.runner.schema import GridSearch, ModelSpec, Study, ThreadPool, WeightUse
from tunecard.runner.schema.params import plain


def view_of(run: Loaded) -> ReportView:
    """Build the view of a run."""
    analysis = analyze(run)
    return build_view(run, analysis, find(analysis), conclude(analysis))


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


def test_a_time_that_is_no_different_says_beyond_what() -> None:
    """Nothing is shown to be the same: only to differ by no more than a share."""
    card = view_of(make_run(models=(KNN,), rounds=10)).verdicts[0]
    words = [cost.word for cost in card.costs if cost.word.startswith("no difference")]
    assert words
    assert all(word.startswith("no difference beyond ") for word in words)


def test_an_open_card_says_what_it_would_take() -> None:
    """Not only that the test rows do not decide."""
    card = view_of(make_run(models=(LOGREG,))).verdicts[0]
    assert card.word == "Inconclusive"
    told = card.sentence.replace(formats.SPACE, " ")
    assert (
        "Undecided: a difference as large as the margin needs about 783 test rows." in told
    )


def test_what_sample_weights_reach_is_stated() -> None:
    """The column, the model whose fit takes none, and that test rows count once."""
    run = make_run()
    labels = {spec.name: spec.label for spec in run.results.study.models}
    use = WeightUse(column="visits", unweighted=("knn",), scores=True)
    results = run.results.model_copy(update={"weights": use})
    facts = view_of(dataclasses.replace(run, results=results)).content("trust").data
    (text,) = [fact.text for fact in facts if fact.term == "Sample weights"]
    assert text == (
        "'visits' weights each fit and the fold scores of searches; the fit of "
        f"{labels['knn']} takes no weights. Test metrics, their intervals and the "
        "verdicts count each test row once."
    )


def test_each_term_of_the_machine_stands_once() -> None:
    """Two libraries that bring a BLAS of their own are told in one line."""
    run = make_run()
    pools = tuple(
        ThreadPool(user_api=api, internal_api=name, version=version, num_threads=2)
        for api, name, version in (
            ("blas", "openblas", "0.3.30"),
            ("openmp", "openmp", None),
            ("blas", "mkl", "2025"),
        )
    )
    environment = run.results.environment.model_copy(
        update={"thread_pools": pools, "wait_variables": {"OMP_WAIT_POLICY": "PASSIVE"}}
    )
    results = run.results.model_copy(update={"environment": environment})
    facts = view_of(dataclasses.replace(run, results=results)).content("trust").environment
    told = {fact.term: fact.text for fact in facts}
    assert len(told) == len(facts)
    assert told["Threads: blas"] == "2 (openblas 0.3.30) and 2 (mkl 2025)"
    assert told["Threads: openmp"] == "2 (openmp)"
    assert told["OMP_WAIT_POLICY"] == "PASSIVE"


def test_the_kernel_is_shown_or_its_absence_told() -> None:
    """Its figure is the last of the page."""
    with_kernel, without = view_of(whole_run()), view_of(make_run())
    assert with_kernel.content("trust").machine is not None
    assert with_kernel.content("trust").absent == ()
    numbers = [int(figure.number) for figure in figures_of(with_kernel)]
    assert int(with_kernel.content("trust").machine.number) == max(numbers)
    assert without.content("trust").machine is None
    assert [fact.term for fact in without.content("trust").absent] == [
        "How steady the machine was"
    ]


def test_no_case_stands_where_all_failed() -> None:
    """The banner does not promise a rest."""
    failed, all_failed = banners(failed_run().results), banners(all_failed_run().results)
    assert "The rest of the report is valid." in failed[-1][1]
    assert "No case is left" in all_failed[-1][1]


def test_a_page_before_its_times_is_marked() -> None:
    """Quality that is shown during the timing is not the page of a finished run."""
    results = make_results()
    assert banners(results) == ()
    ((title, _),) = banners(results.model_copy(update={"in_progress": True}))
    assert title == "Timing in progress."


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
    table = view_of(run).content("quality").models[0].metrics
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


def test_values_that_toml_lacks_read_back() -> None:
    """None, a dict with keys of any kind, and a list of spaces are written for a file."""
    search = GridSearch.model_validate(
        {"strategy": "grid", "space": [{"p": [1, None]}, {"n_neighbors": [3, 5]}]}
    )
    params: Any = {"metric_params": {"w": 1.5, "b": None}, "weights": None, "x": {1: 10}}
    spec = KNN.model_copy(update={"search": search})
    spec = ModelSpec.model_validate({**spec.model_dump(), "params": params})
    ran = make_results().study.model_copy(update={"models": (spec,)})
    text = to_toml(ran)
    assert text.count("[[models.search.space]]") == 2
    read = Study.model_validate(tomllib.loads(text))
    assert read == ran
    assert plain(read.models[0].params["x"]) == {1: 10}
    assert plain(read.models[0].params["metric_params"]) == {"w": 1.5, "b": None}
    assert read.models[0].params["weights"] is None


def test_figures_that_are_absent_say_why() -> None:
    """Images, weights, calibration and single calls: each with its reason."""
    view = view_of(make_run(models=(LOGREG,), probabilities=()))
    told = {fact.term: fact.text for fact in view.content("quality").models[0].absent}
    assert set(told) == {
        "All test errors as images",
        "Images that tuning fixed and broke",
        "Weights as images",
        "Calibration",
    }
    assert "tunecard run example" in told["Weights as images"]
    assert [fact.term for fact in view.content("time")[0].absent] == [
        "Time of single calls"
    ]


def test_images_stand_in_their_section() -> None:
    """With images and weights at hand both figures are there and nothing is missed."""
    view = view_of(with_pictures(make_run()))
    part = view.content("quality").models[1]
    assert part.images is not None
    assert part.images.sheet is not None
    assert part.weights is not None
    assert part.weights.sheet is not None
    assert part.absent == ()


def test_data_that_is_no_images_misses_none() -> None:
    """A table of numbers has no contact sheet to speak of."""
    view = view_of(make_run(models=(LOGREG,), dataset={"image_shape": None}))
    assert view.content("quality").models[0].absent == ()
