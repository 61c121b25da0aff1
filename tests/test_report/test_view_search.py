"""The facts of a search: where it ran."""

from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.builders import LOGREG, make_run
from tunecard.report import formats
from tunecard.report.analyze import analyze
from tunecard.report.view.search import search_part
from tunecard.runner.schema import ClusterUse, Distribution, RandomSearch

PARALLEL = "candidates and folds in parallel processes"
TIMES = "Times were taken on this machine"


@pytest.mark.parametrize(
    ("use", "told"),
    [
        (None, ""),
        (ClusterUse(workers=2, share=1.0), "on 2 worker processes of a Dask cluster"),
        (
            ClusterUse(workers=1, share=0.25),
            "25 % of it on 1 worker process of a Dask cluster and the rest on this machine",
        ),
    ],
)
def test_where_a_search_ran_is_told(use: ClusterUse | None, told: str) -> None:
    """A cluster's part in it, also where a run went on without one."""
    run = make_run()
    first, second = run.results.searches
    searches = first, second.model_copy(update={"cluster": use})
    results = run.results.model_copy(update={"searches": searches})
    analysis = analyze(replace(run, results=results))
    facts = search_part(analysis.models[1], count(1)).facts
    [fact] = [fact for fact in facts if fact.term == "How it ran"]
    whole = f"{PARALLEL}; {told}. {TIMES}" if told else PARALLEL
    assert fact.text.replace(formats.SPACE, " ") == whole


@pytest.mark.parametrize("joint", [False, True])
def test_candidates_fitted_in_step_are_named(*, joint: bool) -> None:
    """Where they shared matrix products the page says so."""
    run = make_run()
    first, second = run.results.searches
    searches = first, second.model_copy(update={"joint_products": joint})
    results = run.results.model_copy(update={"searches": searches})
    analysis = analyze(replace(run, results=results))
    facts = search_part(analysis.models[1], count(1)).facts
    [fact] = [fact for fact in facts if fact.term == "How it ran"]
    assert ("fitted in step" in fact.text) == joint


def test_the_interval_over_folds_is_told_with_what_it_is_worth() -> None:
    """Nadeau and Bengio's, for 1,200 rows in 5 folds: SciPy's t, the variance corrected."""
    analysis = analyze(make_run())
    model = analysis.models[0]
    assert model.search is not None
    scores = [score for score in model.search.best.scores if score is not None]
    error = np.std(scores, ddof=1) * np.sqrt(1 / 5 + 1 / 4)
    low, high = stats.t.interval(0.95, 4, loc=np.mean(scores), scale=error)
    facts = search_part(model, count(1)).facts
    [fact] = [fact for fact in facts if fact.term == "Best mean over folds"]
    assert formats.metric_interval(low, high) in fact.text
    assert "optimistic" in fact.text


@pytest.mark.parametrize(
    ("space", "n_iter", "note"),
    [
        ({"distribution": "loguniform", "low": 0.01, "high": 1}, 1, "saved nothing here."),
        ({"distribution": "randint", "low": 1, "high": 3}, 6, "A grid of all 3 values"),
    ],
)
def test_a_grid_beside_few_values_is_told_in_words(
    space: dict[str, Any], n_iter: int, note: str
) -> None:
    """One draw has no gap, and of three integers six draws repeat some."""
    search = RandomSearch(
        strategy="random", n_iter=n_iter, folds=3, space={"C": Distribution(**space)}
    )
    analysis = analyze(make_run(models=(LOGREG.model_copy(update={"search": search}),)))
    cost = search_part(analysis.models[0], count(1)).cost
    assert cost is not None
    assert note in cost.note.replace(formats.SPACE, " ")
    assert "None" not in cost.note
