"""What a cluster costs a search: two workers on loopback against two local processes."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from tests.benchmarks.sides import Row, interleaved, ratio
from tests.dask_cluster import dask_cluster
from tunecard.runner.config import load_study
from tunecard.runner.datasets import Dataset
from tunecard.runner.metrics import scorer
from tunecard.runner.resampling import STRATIFIED
from tunecard.runner.schema import Limits
from tunecard.runner.search.backends import Scorers, scorers
from tunecard.runner.search.cluster import Cluster
from tunecard.runner.search.pool_pipes import Piece
from tunecard.runner.search.tune import Tuned, tune

N_WORKERS = 2
LOCAL = f"{N_WORKERS} processes of this machine"


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Give a connection to a cluster that has loaded what it needs."""
    pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    with (
        dask_cluster(tmp_path_factory.mktemp("dask"), workers=N_WORKERS) as running,
        Cluster(running.address) as found,
    ):
        yield found


def score(who: Scorers, split: Sequence[Any], n_candidates: int) -> None:
    """Score pieces that are next to no work."""
    todo = [Piece(c, f) for c in range(n_candidates) for f in range(len(split))]
    settings = [{"constant": c % 10, "strategy": "constant"} for c in range(n_candidates)]
    assert all(scored.score is not None for _, scored in who.score(settings, split, todo))


def test_overhead_of_a_piece(
    benchmark: Any,
    connected: Cluster,
    digits: Dataset,
    rounds: Callable[[int], int],
    note: Callable[[Row], None],
) -> None:
    """A candidate on a fold that is next to no work: what is left is the way there."""
    benchmark.group = "cluster: overhead of a piece of work"
    data = digits.X_train, digits.y_train
    split, n_candidates = STRATIFIED.inner(digits.y_train, 5, 0), 40
    n_pieces = n_candidates * len(split)
    who = partial(
        scorers,
        DummyClassifier(),
        data,
        score=scorer("accuracy"),
        n_jobs=N_WORKERS,
        limits=Limits(),
    )
    with who(cluster=connected) as there, who(cluster=None) as here:
        for side in (there, here):
            score(side, split, N_WORKERS)  # processes start, rows arrive
        own, seconds, _, _ = interleaved(
            benchmark,
            partial(score, there, split, n_candidates),
            {LOCAL: partial(score, here, split, n_candidates)},
            rounds=rounds(5),
        )
    each = [tuple(1000 * s / n_pieces for s in side) for side in (own, seconds[LOCAL])]
    note(
        Row(
            work=f"a piece of next to no work, {n_pieces} of them on {N_WORKERS} workers",
            against=LOCAL,
            ours=each[0],
            theirs=each[1],
            figure=sorted(each[0])[len(each[0]) // 2],
            figure_unit="ms",
            unit="ms",
        )
    )


def test_search_on_a_cluster(
    benchmark: Any,
    connected: Cluster,
    digits: Dataset,
    rounds: Callable[[int], int],
    note: Callable[[Row], None],
) -> None:
    """The default study's search for C, with the start of processes and the rows' way."""
    benchmark.group = "cluster: search for C"
    spec = load_study("digits").models[1].search
    assert spec is not None

    def search(cluster: Cluster | None) -> Tuned:
        return tune(
            LogisticRegression(max_iter=1000),
            spec,
            digits.X_train,
            digits.y_train,
            seed=0,
            n_jobs=N_WORKERS,
            progress=lambda _: None,
            cluster=cluster,
        )

    own, seconds, there, returned = interleaved(
        benchmark,
        partial(search, connected),
        {LOCAL: partial(search, None)},
        rounds=rounds(3),
    )
    here = returned[LOCAL]
    assert [c.scores for c in there.candidates] == [c.scores for c in here.candidates]
    note(
        Row(
            work="digits: C, 15 draws x 3 folds, on 2 workers",
            against=LOCAL,
            ours=own,
            theirs=seconds[LOCAL],
            figure=ratio(own, seconds[LOCAL]),
            figure_unit="x",
            more={"fold scores": "equal to the bit"},
        )
    )
