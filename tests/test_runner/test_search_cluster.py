"""Searches on a real Dask cluster: a scheduler and two worker processes on loopback.

What needs its processes is slow: they take ten seconds of a core to start.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from tests.dask_cluster import ROOT, Processes, dask_cluster
from tunecard.runner.errors import ClusterUnreachable, InputError
from tunecard.runner.resampling import SHUFFLED
from tunecard.runner.schema import Distribution, GridSearch, RandomSearch
from tunecard.runner.search import Tuned, backends, connection, remote, tune
from tunecard.runner.search.cluster import Cluster
from tunecard.runner.store.journal import Journal

pytestmark = pytest.mark.skipif(
    find_spec("distributed") is None, reason="needs the extra 'cluster'"
)

GRID = GridSearch(
    strategy="grid",
    folds=3,
    space={"n_neighbors": (1, 3, 5), "weights": ("uniform", "distance")},
)
DRAWS = RandomSearch(
    strategy="random",
    folds=3,
    n_iter=5,
    space={"C": Distribution(distribution="loguniform", low=1e-3, high=10.0)},
)


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """Give a running cluster of two workers."""
    with dask_cluster(tmp_path_factory.mktemp("dask"), workers=2) as running:
        yield running


@pytest.fixture
def connected(processes: Processes) -> Iterator[Cluster]:
    """Give a connection to it."""
    with Cluster(processes.address) as found:
        yield found


@pytest.fixture(scope="module")
def local() -> Tuned:
    """Give what a local search of C finds."""
    return search(estimator(), DRAWS)


def search(
    estimator: Any,
    space: GridSearch | RandomSearch,
    cluster: Cluster | None = None,
    progress: Callable[[str], None] = lambda _: None,
    memory: Journal | None = None,
) -> Tuned:
    """Search on a part of the digits, with two processes where it is local."""
    X, y = load_digits(return_X_y=True)
    return tune(
        estimator,
        space,
        (X[:600] / 16).astype(np.float32),
        y[:600],
        seed=0,
        n_jobs=2,
        progress=progress,
        cluster=cluster,
        memory=memory,
    )


def estimator() -> Any:
    """Make an estimator whose fit takes some time and may not come to its end."""
    return LogisticRegression(max_iter=30)


def kill_one(there: Cluster, killed: list[int]) -> None:
    """Kill a worker, once."""
    if not killed:
        killed.append(next(iter(there.ask(os.getpid).values())))
        os.kill(killed[0], signal.SIGKILL)


def scores(tuned: Tuned) -> list[Any]:
    """Give each candidate's parameters and fold scores."""
    return [(one.params, one.scores) for one in tuned.candidates]


def assert_same_outputs(there: Tuned, here: Tuned) -> None:
    """Compare what the candidates answered out of fold."""
    assert there.outputs is not None
    assert here.outputs is not None
    for theirs, ours in zip(there.outputs.answers, here.outputs.answers, strict=True):
        np.testing.assert_array_equal(np.asarray(theirs), np.asarray(ours))


@pytest.mark.slow
def test_scores_from_one_table_are_those_of_a_local_search(connected: Cluster) -> None:
    """Whole folds go to the workers; every score is equal to the bit."""
    there = search(KNeighborsClassifier(), GRID, connected)
    here = search(KNeighborsClassifier(), GRID)
    assert there.cluster is not None
    assert there.cluster.share == 1
    assert here.cluster is None
    assert there.method == here.method == "shared-neighbors"
    assert (scores(there), there.params) == (scores(here), here.params)
    assert_same_outputs(there, here)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "space"),
    [(Ridge(), {"alpha": (0.1, 10.0)}), (KNeighborsRegressor(), {"n_neighbors": (1, 5)})],
)
def test_regressors_score_as_in_a_local_search(
    connected: Cluster, model: Any, space: dict[str, Any]
) -> None:
    """Fold scores, predicted values out of fold and the winner are equal to the bit."""
    X, y = load_diabetes(return_X_y=True)
    there, here = (
        tune(
            model, GridSearch(strategy="grid", folds=3, space=space), X, y,
            seed=0, n_jobs=1, progress=lambda _: None, cluster=cluster,
            metric="mean_absolute_error", resampling=SHUFFLED, task="regression",
        )
        for cluster in (connected, None)
    )  # fmt: skip
    assert there.cluster is not None
    assert (scores(there), there.params) == (scores(here), here.params)
    assert_same_outputs(there, here)


@pytest.mark.slow
def test_candidates_score_as_in_a_local_search(connected: Cluster, local: Tuned) -> None:
    """Candidates, fold scores and the winner are equal to the bit."""
    there = search(estimator(), DRAWS, connected)
    assert there.cluster is not None
    assert there.cluster.workers in {1, 2}  # one may be stopped by what else runs here
    assert there.cluster.share == 1
    assert (scores(there), there.params) == (scores(local), local.params)
    assert_same_outputs(there, local)


@pytest.mark.slow
def test_worker_that_is_killed_loses_nothing(connected: Cluster, local: Tuned) -> None:
    """A worker is killed after the first piece of work; every score is there and right."""
    killed: list[int] = []
    there = search(estimator(), DRAWS, connected, lambda _: kill_one(connected, killed))
    assert killed
    assert scores(there) == scores(local)


@pytest.mark.slow
def test_rows_go_out_once_for_all_searches(
    connected: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second search of the same rows sends its folds alone."""
    sent: list[str] = []
    scatter = connected._client.scatter  # what crosses the line is the point

    def count(values: list[Any], **options: Any) -> Any:
        sent.extend(type(value).__name__ for value in values)
        return scatter(values, **options)

    monkeypatch.setattr(connected._client, "scatter", count)
    X, y = load_digits(return_X_y=True)
    data = X[:200].astype(np.float32), y[:200]
    for depth in (5, 10):
        tune(
            LogisticRegression(max_iter=depth),
            DRAWS.model_copy(update={"n_iter": 1}),
            *data,
            seed=0,
            n_jobs=1,
            progress=lambda _: None,
            cluster=connected,
        )
    assert sent == ["tuple", "Work", "Work"]  # the rows with their classes, once


@pytest.mark.slow
def test_search_goes_on_locally_when_the_scheduler_is_gone(
    tmp_path: Path, local: Tuned
) -> None:
    """Slow, for a cluster of its own: the journal has what was finished."""
    told: list[str] = []
    with dask_cluster(tmp_path, workers=1) as running:

        def kill(text: str) -> None:
            told.append(text)
            if len(told) == 3:
                running.kill_scheduler()

        with (
            Journal(tmp_path, {}) as journal,
            Cluster(running.address) as there,
            pytest.raises(ClusterUnreachable, match="the scheduler went away"),
        ):
            search(estimator(), DRAWS, there, kill, journal)
    with Journal(tmp_path, {}) as journal:
        # Six candidates, the baseline among them, on three folds.
        pieces = [f"candidate {c} fold {f}" for c in range(6) for f in range(3)]
        done = [piece for piece in pieces if journal.recall(piece) is not None]
        assert len(told) == len(done) >= 3
        here = search(estimator(), DRAWS, memory=journal)
    assert scores(here) == scores(local)
    assert here.cluster is not None
    assert (here.cluster.workers, here.cluster.share) == (1, len(done) / len(pieces))


@pytest.mark.stress
def test_search_waits_for_workers_that_take_the_place_of_the_last(
    tmp_path: Path, local: Tuned
) -> None:
    """Stress, for a cluster of its own: the rows go to the worker that is started again."""
    killed: list[int] = []
    with dask_cluster(tmp_path, workers=1) as running, Cluster(running.address) as there:
        found = search(estimator(), DRAWS, there, lambda _: kill_one(there, killed))
    assert killed
    assert scores(found) == scores(local)


class Deadly(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # published untyped
    """Ends its process where it is told to."""

    def __init__(self, C: float = 1.0) -> None:
        self.C = C

    def fit(self, _X: Any, y: Any) -> "Deadly":
        """Learn the classes, or die."""
        if self.C == 2.0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        """Say the first class."""
        return np.full(len(X), self.classes_[0])


@pytest.mark.stress
def test_candidate_that_kills_its_workers_fails_alone(connected: Cluster) -> None:
    """Stress: Dask starts a worker again four times before it gives a piece up."""
    deadly = GridSearch(strategy="grid", folds=2, space={"C": (1.0, 2.0, 3.0)})
    found = search(Deadly(), deadly, connected)
    assert [one.status for one in found.candidates] == ["ok", "ok", "failed", "ok"]
    assert "workers died over it" in str(found.candidates[2].reason)


def test_scheduler_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nothing listens is told, with what to do."""
    monkeypatch.setattr(connection, "ANSWER_SECONDS", 0.5)
    with pytest.raises(ClusterUnreachable, match="no Dask scheduler answers there"):
        Cluster("tcp://127.0.0.1:9")


@pytest.mark.slow
def test_worker_with_other_versions_is_refused(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package and both versions are named."""
    other = {"tcp://w": {**remote.versions(), "numpy": "1.26.0", "Python": "3.14"}}
    monkeypatch.setattr(Cluster, "ask", lambda *_: other)
    with pytest.raises(
        InputError, match=r"tcp://w has Python 3\.14 \(here 3\.\d+\), numpy 1"
    ):
        Cluster(processes.address)


@pytest.mark.slow
def test_worker_with_several_threads_is_refused(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads share a process's CPU clock and its warnings."""
    monkeypatch.setattr(Cluster, "threads", lambda _: {"tcp://w": 4})
    with pytest.raises(InputError, match="has 4 threads"):
        Cluster(processes.address)


@pytest.mark.slow
def test_cluster_without_a_worker(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command that starts some is told."""
    monkeypatch.setattr(Cluster, "threads", lambda _: {})
    with pytest.raises(ClusterUnreachable, match=r"no worker.*: dask worker tcp://"):
        Cluster(processes.address)


def test_dask_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r'pip install "tunecard\[cluster\]"'):
        Cluster("tcp://127.0.0.1:8786")


@pytest.mark.parametrize(
    ("backend", "scheduler", "jobs", "message"),
    [
        ("spark", None, None, "use local or dask"),
        ("dask", None, None, "needs the address of a scheduler"),
        ("local", "tcp://host:8786", None, "is for --backend dask"),
        ("dask", "tcp://host:8786", 2, "--jobs 2: is for searches on this machine"),
        ("dask", "http://host:8787", None, "is not a scheduler's address"),
        ("dask", "tcp://host", None, "is not a scheduler's address"),
        ("dask", "tcp://host:port", None, "is not a scheduler's address"),
    ],
)
def test_options_that_do_not_fit_together(
    backend: str, scheduler: str | None, jobs: int | None, message: str
) -> None:
    """Each mistake has its sentence."""
    with pytest.raises(InputError, match=message):
        backends.address(backend, scheduler, jobs)


def test_dask_loads_where_it_is_used() -> None:
    """Without a cluster a run needs no Dask, and does not wait for its import."""
    code = (
        "import sys, runner.session; "
        "sys.exit(', '.join({'dask', 'distributed'} & set(sys.modules)) or None)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
