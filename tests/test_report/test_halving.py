"""A halving search on the page: scores on few rows are not compared with those on many."""

import pytest

from tests.builders import LOGREG, make_run
from tunecard.report.analyze import analyze
from tunecard.report.analyze.types import Analysis
from tunecard.report.charts import search_chart, search_progress
from tunecard.report.charts.search_words import caption, table
from tunecard.report.conclusion import conclude
from tunecard.report.findings import find
from tunecard.report.frames import candidates_frame
from tunecard.report.load import Loaded
from tunecard.report.render.spreadsheets import candidates_csv
from tunecard.report.view import build_view
from tunecard.runner.schema import Candidate, Distribution, HalvingRandomSearch

SEARCH = HalvingRandomSearch(
    strategy="halving-random",
    folds=3,
    factor=2,
    space={"C": Distribution(distribution="loguniform", low=1e-3, high=1e2)},
    simpler={"C": "smaller"},
)


def candidate(index: int, c: float, level: float, iteration: int, rows: int) -> Candidate:
    """Make a row of a halving search, its folds 0.01 apart."""
    return Candidate(
        index=index,
        eligible=index > 0,
        params={"C": c},
        scores=(level - 0.01, level, level + 0.01),
        cpu_seconds=(0.1, 0.1, 0.1),
        status="ok",
        iteration=iteration,
        resources=rows,
    )


@pytest.fixture(scope="module")
def run() -> Loaded:
    """Give a run whose early scores on few rows are the highest of all."""
    candidates = (
        candidate(0, 1.0, 0.89, 1, 800),
        candidate(1, 0.01, 0.99, 0, 400),
        candidate(2, 0.1, 0.98, 0, 400),
        candidate(3, 10.0, 0.80, 0, 400).model_copy(
            update={"status": "failed", "scores": (None,) * 3, "reason": "ValueError: no"}
        ),
        candidate(4, 0.1, 0.90, 1, 800),
        candidate(5, 0.01, 0.91, 1, 800),
    )
    made = make_run(
        models=(LOGREG,),
        search={
            "logreg": {
                "candidates": candidates,
                "best": 5,
                "strategy": "halving-random",
                "method": "parallel",
                "folds": ((533, 267),) * 3,
                "shared_cpu_seconds": (),
            }
        },
    )
    spec = LOGREG.model_copy(update={"search": SEARCH})
    study = made.results.study.model_copy(update={"models": (spec,)})
    results = made.results.model_copy(update={"study": study})
    return Loaded(results, made.predictions, None, made.folder)


@pytest.fixture(scope="module")
def analysis(run: Loaded) -> Analysis:
    """Give its analysis."""
    return analyze(run)


def test_only_the_last_iteration_is_ranked(analysis: Analysis) -> None:
    """A higher mean on fewer rows has no rank, and is no candidate for simplicity."""
    search = analysis.models[0].search
    assert search is not None
    assert [found.rank for found in search.candidates] == [None, None, None, None, 2, 1]
    assert search.best.index == 5
    assert search.one_se is not None
    assert search.one_se.candidate == 5


def test_the_steps_are_counted(analysis: Analysis) -> None:
    """Candidates count once, fits as often as they were done."""
    search = analysis.models[0].search
    assert search is not None
    assert [(s.n_candidates, s.resources) for s in search.halving] == [(3, 400), (2, 800)]
    assert search.cost.n_candidates == 3
    assert search.cost.n_fits_run == 6 * 3
    assert search.n_failed == 1


def test_figures_leave_out_what_is_not_comparable(analysis: Analysis) -> None:
    """The figure shows the last iteration; no best-so-far over different rows is drawn."""
    (model,) = analysis.models
    chart = search_chart(model, "accuracy")
    assert chart is not None
    assert "0.99" not in str(chart.svg)
    assert search_progress(model, "accuracy") is None


def test_words_say_on_how_many_rows(analysis: Analysis) -> None:
    """The table and the caption tell the iterations apart."""
    search = analysis.models[0].search
    assert search is not None
    _, rows = table(search)
    assert [cells[0] for cells in rows[:2]] == ["C = 0.01", "C = 0.1"]
    assert rows[0][-1].startswith("chosen, ")
    assert rows[0][-1].endswith("iteration 2 of 2, on 800\N{NO-BREAK SPACE}rows")
    assert {cells[-1].rpartition("iteration")[2] for cells in rows[3:]} >= {
        " 1 of 2, on 400\N{NO-BREAK SPACE}rows"
    }
    assert "do not compare" in caption(search)


def test_the_page_tells_the_steps(run: Loaded, analysis: Analysis) -> None:
    """The section of the search names the strategy and what each iteration had."""
    view = build_view(run, analysis, find(analysis), conclude(analysis))
    (part,) = view.content("search")
    facts = {fact.term: fact.text for fact in part.facts}
    assert part.sentence.startswith(
        "A randomized halving search over 3\N{NO-BREAK SPACE}candidates"
    )
    assert facts["Halving"].replace("\N{NO-BREAK SPACE}", " ") == (
        "3 candidates on 400 rows; then 2 candidates on 800 rows"
    )


def test_tables_have_the_iteration(run: Loaded, analysis: Analysis) -> None:
    """Both tables of candidates say which iteration and what it had."""
    frame = candidates_frame(run.results)
    assert frame.query("candidate == 1")["resources"].tolist() == [400] * 3
    header, first, *_ = candidates_csv(analysis, "r").splitlines()
    assert header.endswith("reason,iteration,resources")
    assert first.endswith(",1,800")
