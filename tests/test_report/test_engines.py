"""Engines on the page: the same model on two of them, and nothing where there is one."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.builders import KNN, LOGREG, make_run
from tests.seeds import several
from tunecard.report import formats
from tunecard.report.analyze import analyze
from tunecard.report.analyze.engines import pairs
from tunecard.report.analyze.runs.differences import changed, differing, machine_facts
from tunecard.report.conclusion import conclude
from tunecard.report.findings import find
from tunecard.report.load import Loaded
from tunecard.report.render import to_html, to_markdown
from tunecard.report.render.spreadsheets import metrics_csv
from tunecard.report.stats.ratios import time_ratio
from tunecard.report.view import build_view
from tunecard.report.view.types import Table
from tunecard.runner.schema import Case, Params, TimedRound

pytestmark = pytest.mark.usefixtures("no_drawing")

KNN_INTELEX = KNN.model_copy(
    update={"name": "knn-intelex", "label": f"{KNN.label} on intelex", "engine": "intelex"}
)
TRUTH = (0, 1, 2, 3) * 25
#: How many times as long scikit-learn takes, in each of the three rounds.
SPEED_UPS = (1.8, 2.0, 2.3)


def slowed(timing: TimedRound, factor: float) -> TimedRound:
    """The same round, with every call taking so many times as long."""
    samples = tuple(
        sample.model_copy(update={"wall_ns": round(sample.wall_ns * factor)})
        for sample in timing.samples
    )
    return timing.model_copy(update={"samples": samples})


def two_engines() -> Loaded:
    """k-nearest neighbors on both engines, which agree but for 3 rows; a regression."""
    first = list(TRUTH)
    first[:10] = [(code + 1) % 4 for code in TRUTH[:10]]
    second = list(first)
    second[8:11] = [(code + 2) % 4 for code in TRUTH[8:11]]
    run = make_run(
        models=(KNN, KNN_INTELEX, LOGREG),
        y_true=TRUTH,
        predicted={"knn/baseline": first, "knn-intelex/baseline": second},
        case={
            "knn/tuned": {"params": {"n_neighbors": 7}},
            "knn-intelex/tuned": {"params": {"n_neighbors": 9}},
        },
    )
    fast = {case.variant: case for case in run.results.cases if case.model == "knn-intelex"}
    cases = [
        timed_as(case, fast[case.variant]) if case.model == "knn" else case
        for case in run.results.cases
    ]
    return replace(run, results=run.results.model_copy(update={"cases": tuple(cases)}))


def timed_as(case: Case, other: Case) -> Case:
    """A case that takes so many times as long as another, round by round."""
    timings = tuple(slowed(t, SPEED_UPS[t.round - 1]) for t in other.timings)
    return case.model_copy(update={"timings": timings})


@pytest.fixture(scope="module")
def run() -> Loaded:
    """A run with one model on two engines."""
    return two_engines()


def tables(run: Loaded) -> tuple[Table, Table]:
    """The two tables of the section."""
    analysis = analyze(run)
    view = build_view(run, analysis, find(analysis), conclude(analysis))
    (part,) = view.content("engines")
    return part.times, part.agreement


def texts(cells: Sequence[object]) -> list[str]:
    """Cells' texts with plain blanks."""
    return [str(getattr(one, "text", one)).replace(formats.SPACE, " ") for one in cells]


def test_models_that_differ_in_their_engine_alone_are_pairs(run: Loaded) -> None:
    """Another name and label are no other work; another parameter is."""
    assert [(a.name, b.name) for a, b in pairs(run.results)] == [("knn", "knn-intelex")]
    params: Params = {"n_neighbors": 3}
    other = KNN_INTELEX.model_copy(update={"params": params})
    assert pairs(make_run(models=(KNN, other)).results) == []
    assert pairs(make_run(models=(KNN, LOGREG)).results) == []


def test_speed_up_is_the_inverse_of_the_paired_ratio(run: Loaded) -> None:
    """Value and interval are those of the ratio that compares baseline with tuned."""
    one = analyze(run).engines[0]
    time = one.time("predict")
    assert time is not None
    assert time.ratio is not None
    assert 1 / time.ratio == pytest.approx(np.prod(SPEED_UPS) ** (1 / 3), rel=1e-6)
    knn, intelex = analyze(run).model("knn"), analyze(run).model("knn-intelex")
    assert knn.baseline is not None
    assert intelex.baseline is not None
    sides = [
        np.array([value.wall for value in case.times["predict"].rounds])
        for case in (knn.baseline, intelex.baseline)
    ]
    calls = knn.baseline.times["predict"].rounds[0].n_calls
    expected = time_ratio(sides[0], sides[1], calls)
    assert expected is not None
    assert time.interval == expected.interval


def test_agreement_is_counted_row_by_row(run: Loaded) -> None:
    """Rows with the same label, right or wrong: 97 of 100."""
    one = analyze(run).engines[0]
    assert (one.variant, one.n_same, one.n_rows) == ("baseline", 97, 100)


def test_the_section_has_a_row_for_each_model_and_variant(run: Loaded) -> None:
    """Times on each engine with the speed-up, and whether the predictions agree."""
    times, agreement = tables(run)
    assert [row.cells[0].text for row in times.rows] == [
        "K-nearest neighbors, baseline",
        "K-nearest neighbors, tuned",
    ]
    heads = [f"{column.group} {column.label}".strip() for column in times.columns]
    assert heads[:5] == [
        "Model",
        "Fit scikit-learn",
        "Fit intelex",
        "Fit Speed-up",
        "Fit 95 % interval",
    ]
    assert texts(times.rows[0].cells)[7] == "2.02 ▲ faster"
    assert texts(agreement.rows[0].cells)[1:4] == ["97 %", "3", "100"]


def test_other_parameters_are_told(run: Loaded) -> None:
    """Where the two searches chose differently, the times are of different work."""
    times, _ = tables(run)
    assert "they differ in: k-nearest neighbors, tuned." in times.note


def test_page_and_markdown_have_the_section(run: Loaded) -> None:
    """It stands in the list of contents, too."""
    analysis = analyze(run)
    view = build_view(run, analysis, find(analysis), conclude(analysis))
    page = to_html(view)
    assert '<a href="#engines">Engines</a>' in page
    assert "<h3>Intelex against scikit-learn</h3>" in page
    assert "### Intelex against scikit-learn" in to_markdown(view, "report")


def test_one_engine_has_no_section() -> None:
    """Nothing is shown where there is nothing to compare."""
    run = make_run(models=(KNN_INTELEX, LOGREG))
    analysis = analyze(run)
    view = build_view(run, analysis, find(analysis), conclude(analysis))
    assert view.section("engines") is None
    assert "## Engines" not in to_markdown(view, "report")


def test_metrics_csv_has_the_ratios(run: Loaded) -> None:
    """In full precision, second engine over first."""
    rows = csv.DictReader(io.StringIO(metrics_csv(analyze(run), "r")))
    found = [row for row in rows if row["part"] == "engines"]
    assert {row["model"] for row in found} == {"knn-intelex"}
    assert {row["metric"] for row in found} == {
        "fit",
        "predict",
        "fit+predict",
        "same label",
    }
    assert found[0]["unit"] == "intelex / scikit-learn"


def test_several_seeds_compare_the_means_of_their_times() -> None:
    """Rows of different seeds are not counted together: each seed's page counts its own."""
    run = several((0, 1), models=(KNN, KNN_INTELEX))
    analysis = analyze(run)
    assert [one.variant for one in analysis.engines] == ["baseline", "tuned"]
    one = analysis.engines[0]
    assert (one.n_same, one.n_rows) == (None, None)
    time, knn = one.time("fit"), analysis.model("knn").baseline
    assert time is not None
    assert knn is not None
    assert time.baseline == knn.times["fit"].seconds
    assert analysis.seeds is not None
    assert analysis.seeds.analyses[0].engines[0].n_rows == 400


def test_runs_on_different_engines_are_told_apart() -> None:
    """Their times are not compared, and the model says how it was set up differently."""
    other = KNN.model_copy(update={"engine": "intelex"})
    runs = [make_run(models=(spec,)).results for spec in (KNN, other)]
    told = differing(*(machine_facts(run) for run in runs))
    assert [(one.key, one.first, one.second) for one in told] == [
        ("engine of knn", "none", "intelex")
    ]
    first, second = (run.cases[0] for run in runs)
    (setting,) = changed((KNN, other), (first, second))
    assert (setting.key, setting.first, setting.second) == (
        "engine",
        "scikit-learn",
        "intelex",
    )
