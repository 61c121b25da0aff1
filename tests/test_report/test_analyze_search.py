"""Searches in the analysis: candidates, curves, edges, choice and cost."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.builders import KNN, LOGREG, make_run
from tunecard.report.analyze import analyze
from tunecard.report.analyze.types import SearchAnalysis
from tunecard.runner.schema import (
    Candidate,
    Distribution,
    GridSearch,
    ModelSpec,
    Params,
    RandomSearch,
)


def candidate(
    index: int, params: Params, *scores: float | None, **overrides: Any
) -> Candidate:
    """A candidate; number 0 is the baseline."""
    fields: dict[str, Any] = {
        "index": index,
        "eligible": index > 0,
        "params": params,
        "scores": scores,
        "cpu_seconds": (1.0,) * len(scores),
        "status": "ok",
    }
    return Candidate(**{**fields, **overrides})


def search_of(
    spec: ModelSpec, *candidates: Candidate, best: int, **overrides: Any
) -> SearchAnalysis:
    """Analyze a search with these candidates, two folds of 80 and 20 rows."""
    fields = {"candidates": candidates, "best": best, "folds": ((80, 20),) * 2, **overrides}
    search = analyze(make_run(models=(spec,), search={spec.name: fields})).models[0].search
    assert search is not None
    return search


def grid(**space: tuple[Any, ...]) -> ModelSpec:
    """A model with a grid."""
    return KNN.model_copy(update={"search": GridSearch(strategy="grid", space=space)})


def draws(**space: Distribution | tuple[Any, ...]) -> ModelSpec:
    """A model with a randomized search of 4 draws."""
    search = RandomSearch(strategy="random", n_iter=4, folds=2, space=space)
    return LOGREG.model_copy(update={"search": search})


C = Distribution(distribution="loguniform", low=1e-3, high=1e2)


def test_a_candidate_has_mean_spread_and_corrected_interval() -> None:
    """Sample standard deviation, its standard error, Nadeau and Bengio's interval."""
    search = search_of(grid(k=(1, 2)), candidate(1, {"k": 1}, 0.8, 0.9), best=1)
    best = search.best
    sd = np.std([0.8, 0.9], ddof=1)
    assert best.mean == pytest.approx(0.85)
    assert best.sd == pytest.approx(sd)
    assert best.se == pytest.approx(sd / math.sqrt(2))
    assert best.interval is not None
    half = stats.t.ppf(0.975, 1) * sd * math.sqrt(1 / 2 + 20 / 80)
    assert best.interval.high == pytest.approx(0.85 + half)


def test_ranks_are_scikit_learns() -> None:
    """Ties share the better rank; the baseline and failures have none."""
    search = search_of(
        grid(k=(1, 2, 3, 4)),
        candidate(0, {}, 0.95, 0.95),
        candidate(1, {"k": 1}, 0.8, 0.8),
        candidate(2, {"k": 2}, 0.9, 0.9),
        candidate(3, {"k": 3}, 0.9, 0.9),
        candidate(4, {"k": 4}, None, 0.9, status="failed", reason="it broke"),
        best=2,
    )
    assert [found.rank for found in search.candidates] == [None, 3, 1, 1, None]
    assert search.candidates[4].mean is None
    assert search.n_failed == 1
    assert search.baseline is not None
    assert search.baseline.mean == pytest.approx(0.95)


def test_the_simplest_within_one_standard_error_is_named() -> None:
    """A larger n_neighbors is simpler; the threshold is the best mean less its error."""
    search = search_of(
        KNN,
        candidate(1, {"n_neighbors": 1, "weights": "uniform"}, 0.90, 0.94),
        candidate(2, {"n_neighbors": 3, "weights": "uniform"}, 0.92, 0.92),
        candidate(3, {"n_neighbors": 5, "weights": "uniform"}, 0.91, 0.91),
        candidate(4, {"n_neighbors": 7, "weights": "uniform"}, 0.89, 0.89),
        candidate(5, {"n_neighbors": 5, "weights": "distance"}, 0.915, 0.915),
        best=1,
    )
    assert search.one_se is not None
    assert search.one_se.threshold == pytest.approx(0.92 - 0.02)
    assert search.one_se.candidate == 5  # as simple as number 3, and better
    assert not search.one_se.same


def test_without_simpler_there_is_no_such_choice() -> None:
    """The study has to say which way is simpler."""
    spec = grid(n_neighbors=(1, 2, 3))
    search = search_of(spec, candidate(1, {"n_neighbors": 1}, 0.9, 0.8), best=1)
    assert search.one_se is None


def test_a_curve_has_a_line_for_each_other_setting() -> None:
    """Points by x; the baseline where its value is on record."""
    search = analyze(make_run()).models[0].search
    assert search is not None
    curve = search.curve
    assert curve is not None
    assert (curve.parameter, curve.scale, curve.low, curve.high) == (
        "n_neighbors",
        "linear",
        1,
        7,
    )
    assert [line.params for line in curve.series] == [
        {"weights": "uniform"},
        {"weights": "distance"},
    ]
    assert [point.x for point in curve.series[0].points] == [1, 3, 5, 7]
    assert curve.baseline is None
    assert curve.best == search.best.index


def test_the_baseline_stands_on_the_curve_where_its_value_is_known() -> None:
    """From its own record, else from the study's params."""
    spec = LOGREG.model_copy(update={"params": {"C": 1.0}})
    search = analyze(make_run(models=(spec,))).models[0].search
    assert search is not None
    assert search.curve is not None
    assert search.curve.scale == "log"
    assert search.curve.baseline is not None
    assert search.curve.baseline.x == 1.0


@pytest.mark.parametrize(
    "space", [{"k": (1, 2), "p": (1, 2)}, {"weights": ("uniform", "distance")}]
)
def test_two_numeric_parameters_or_none_have_no_curve(space: dict[str, Any]) -> None:
    """A line needs one x."""
    params: Params = {name: values[0] for name, values in space.items()}
    search = search_of(grid(**space), candidate(1, params, 0.9, 0.8), best=1)
    assert search.curve is None


@pytest.mark.parametrize(
    ("spec", "params", "edges"),
    [
        (grid(k=(2, 4, 6)), {"k": 6}, [("k", "high")]),
        (grid(k=(2, 4, 6)), {"k": 2}, [("k", "low")]),
        (grid(k=(6, 2, 4)), {"k": 4}, []),
        (grid(k=(2, 4)), {"k": 4}, []),
        (grid(k=("a", "b", "c")), {"k": "c"}, []),
        (grid(k=(None, 2, 4, 6)), {"k": 6}, []),
        (grid(n_neighbors=(1, 2, 3)), {"n_neighbors": 1}, []),
        (grid(knn__n_neighbors=(1, 2, 3)), {"knn__n_neighbors": 1}, []),
        (grid(n_neighbors=(1, 2, 3)), {"n_neighbors": 3}, [("n_neighbors", "high")]),
        (draws(C=C), {"C": 10**-2.76}, [("C", "low")]),
        (draws(C=C), {"C": 10**-2.74}, []),
        (draws(C=C), {"C": 60.0}, [("C", "high")]),
        (draws(C=C), {"C": 10**1.74}, []),
        (draws(C=C, t=(1, 2, 3)), {"C": 1.0, "t": 3}, [("t", "high")]),
    ],
)
def test_a_winner_on_the_edge_is_flagged(
    spec: ModelSpec, params: Params, edges: list[tuple[str, str]]
) -> None:
    """A list's ends exactly, 5 % of a distribution's (log) range, never a natural bound."""
    search = search_of(spec, candidate(1, params, 0.9, 0.8), best=1)
    assert [(edge.parameter, edge.side) for edge in search.edges] == edges


def test_optimism_is_the_best_mean_less_the_test_score() -> None:
    """On the search's metric, of the tuned case."""
    search = search_of(grid(k=(1, 2)), candidate(1, {"k": 1}, 0.95, 0.97), best=1)
    assert search.test_score == pytest.approx(0.93)
    assert search.optimism == pytest.approx(0.96 - 0.93)


def test_the_cost_counts_the_fits_that_ran() -> None:
    """A shared neighbor table is one a fold; the usual way is told as an estimate."""
    knn, logreg = (model.search for model in analyze(make_run()).models)
    assert knn is not None
    assert logreg is not None
    assert (knn.cost.n_candidates, knn.cost.n_folds, knn.cost.n_fits) == (8, 5, 40)
    assert knn.cost.n_fits_run == 5
    assert knn.cost.usual_cpu_seconds == pytest.approx(8 * 5 * 0.5)
    assert logreg.cost.n_fits_run == (6 + 1) * 3
    assert logreg.cost.usual_cpu_seconds is None


def test_the_cost_is_told_against_one_baseline_fit_and_predict() -> None:
    """In CPU seconds, medians over the rounds."""
    model = analyze(make_run()).models[1]
    assert model.search is not None
    assert model.baseline is not None
    fit, predict = (model.baseline.times[name].cpu_seconds for name in ("fit", "predict"))
    assert fit is not None
    assert predict is not None
    assert model.search.cost.baseline_cpu_seconds == pytest.approx(fit + predict)
    assert model.search.cost.cpu_ratio == pytest.approx(10.5 / (fit + predict))


def test_without_times_the_cost_has_no_ratio() -> None:
    """The seconds remain."""
    model = analyze(make_run(rounds=0)).models[1]
    assert model.search is not None
    assert (model.search.cost.cpu_ratio, model.search.cost.cpu_seconds) == (None, 10.5)


def test_one_drawn_parameter_saves_nothing_against_a_grid() -> None:
    """Bergstra and Bengio's saving is n_iter ** (d - 1): none for d = 1."""
    settings: list[Params] = [{"C": value} for value in (0.01, 0.1, 10.0, 1.0)]
    search = search_of(
        draws(C=C),
        *(candidate(i, params, 0.9, 0.8) for i, params in enumerate(settings, start=1)),
        best=1,
    )
    found = search.cost.grid
    assert found is not None
    assert (found.parameters, found.n_candidates, found.n_fits) == (("C",), 4, 8)
    assert not found.saves
    assert found.cpu_seconds == pytest.approx(8.0)
    # From 1e-3 to 1e2, both included.
    assert (found.spacing, found.n_grid_same_gap) == ("decades", 6)
    assert found.widest_gap == pytest.approx(1)


def test_a_wide_gap_is_what_a_coarser_grid_leaves() -> None:
    """Draws at 0.1, 0.2, 0.3 and 30 leave a gap of two decades, and there are five."""
    settings: list[Params] = [{"C": value} for value in (0.1, 0.2, 0.3, 30.0)]
    search = search_of(
        draws(C=C),
        *(candidate(i, params, 0.9, 0.8) for i, params in enumerate(settings, start=1)),
        best=1,
    )
    found = search.cost.grid
    assert found is not None
    assert found.widest_gap == pytest.approx(2)
    assert found.n_grid_same_gap == 4  # 5 decades in steps of at most 2


def test_two_drawn_parameters_save_a_grids_square() -> None:
    """Four draws stand for a grid of 4 x 4, times the values of a list."""
    uniform = Distribution(distribution="uniform", low=0, high=1)
    params: Params = {"C": 1.0, "l1_ratio": 0.5, "w": "a"}
    spec = draws(C=C, l1_ratio=uniform, w=("a", "b"))
    found = search_of(spec, candidate(1, params, 0.9, 0.8), best=1).cost.grid
    assert found is not None
    assert (found.n_candidates, found.saves) == (32, True)
    assert (found.widest_gap, found.n_grid_same_gap) == (None, None)


def test_whole_numbers_run_out() -> None:
    """A grid over 3 integers has no more than 3 values."""
    whole = Distribution(distribution="randint", low=1, high=3)
    found = search_of(draws(k=whole), candidate(1, {"k": 1}, 0.9, 0.8), best=1).cost.grid
    assert found is not None
    assert (found.n_values, found.n_candidates, found.saves) == (3, 3, False)


def test_a_grid_search_has_no_grid_beside_it() -> None:
    """It is one."""
    search = search_of(grid(k=(1, 2)), candidate(1, {"k": 1}, 0.9, 0.8), best=1)
    assert search.cost.grid is None


def test_a_faster_model_pays_its_search_back() -> None:
    """The search's wall seconds over the seconds saved a row."""
    model = analyze(make_run(tuned_time=0.5)).models[0]
    assert model.search is not None
    time = model.time("predict")
    assert time is not None
    assert time.baseline is not None
    assert time.tuned is not None
    saved = (time.baseline - time.tuned) / 400
    even = model.search.cost.break_even
    assert even.predictions == pytest.approx(1.5 / saved)
    assert even.reason is None


def test_a_better_model_has_a_price_a_point() -> None:
    """2.5 CPU seconds for 3 points of accuracy, and for the ends of their interval."""
    model = analyze(make_run()).models[0]
    assert model.search is not None
    even = model.search.cost.break_even
    assert model.quality is not None
    ends = model.quality.test.interval
    assert even.cpu_seconds_per_point == pytest.approx(
        (2.5 / 3, 0.025 / ends.high, 0.025 / ends.low)
    )
    assert even.predictions is None
    assert even.reason == "never: predicting is not faster"


def test_a_search_whose_case_failed_is_analysed_all_the_same() -> None:
    """Without optimism and without break-even."""
    run = make_run(
        failed={"knn/tuned": ("timeout", "slow"), "knn/baseline": ("oom", "big")}
    )
    search = analyze(run).models[0].search
    assert search is not None
    assert (search.optimism, search.test_score, search.cost.cpu_ratio) == (None, None, None)


def test_a_search_missing_from_the_results_leaves_a_reason() -> None:
    """The model was to be searched, and was not."""
    run = make_run()
    results = run.results.model_copy(update={"searches": ()})
    analysis = analyze(type(run)(results, run.predictions, None, run.folder))
    assert analysis.models[0].search is None
    assert analysis.models[0].search_reason == "the search is not in the results"
