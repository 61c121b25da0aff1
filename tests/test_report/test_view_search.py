"""The facts of a search: where it ran."""

from dataclasses import replace
from itertools import count

import pytest

from report import formats
from report.analyse import analyse
from report.view.search import search_part
from runner.schema import ClusterUse
from tests.builders import make_run

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
    analysis = analyse(replace(run, results=results))
    facts = search_part(analysis.models[1], analysis, count(1)).facts
    [fact] = [fact for fact in facts if fact.term == "How it ran"]
    whole = f"{PARALLEL}; {told}. {TIMES}" if told else PARALLEL
    assert fact.text.replace(formats.SPACE, " ") == whole
