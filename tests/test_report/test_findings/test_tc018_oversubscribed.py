"""TC018: more threads than cores."""

import pytest

from tests.findings import found, only, plain
from tunecard.runner.schema import ThreadPool


def test_tc018_a_search_of_too_many_processes() -> None:
    """Processes times threads of a search, over the cores."""
    finding = only("TC018", search={"logreg": {"jobs": 2, "threads": 2}})
    assert plain(finding.evidence) == (
        "Logistic regression: the search ran 2 processes of 2 threads each on 2 cores."
    )


def test_tc018_a_pool_of_too_many_threads() -> None:
    """The largest native pool of a worker counts, with what it really used."""
    pools = tuple(
        ThreadPool(user_api=api, internal_api=api, version=None, num_threads=n)
        for api, n in (("blas", 3), ("openmp", 2))
    )
    finding = only("TC018", case={"knn/tuned": {"threads": None, "thread_pools": pools}})
    assert plain(finding.evidence) == (
        "K-nearest neighbors: the tuned case ran 3 threads (CPU seconds per second: 1.5 in "
        "fit and 1.5 in predict) on 2 cores."
    )
    assert finding.model == "knn"


@pytest.mark.parametrize(
    ("params", "threads", "told"),
    [
        ({"n_jobs": 2}, 2, "2 threads in each of 2 jobs"),
        ({"forest__n_jobs": -1}, 2, "2 threads in each of 2 jobs"),
        ({"n_jobs": 4}, 1, "1 thread in each of 4 jobs"),
        ({"n_jobs": -1}, 1, None),
        ({"n_jobs": -2}, 2, None),
        ({"n_jobs": None}, 2, None),
        ({"n_jobs": 1}, 2, None),
    ],
)
def test_tc018_jobs_of_the_estimator(
    params: dict[str, int | None], threads: int, told: str | None
) -> None:
    """Threads multiply with n_jobs; -1 is all of the 2 cores, -2 all but one."""
    case = {"knn/tuned": {"params": params, "threads": threads}}
    findings = found("TC018", case=case)
    assert [told in plain(finding.evidence) for finding in findings if told] == (
        [True] if told else []
    )
    assert len(findings) == (told is not None)
