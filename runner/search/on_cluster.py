"""Scores the candidates of one estimator on a cluster: the other side of the seam."""

import pickle
from collections.abc import Iterator, Sequence
from typing import Any

from tunecard.runner.errors import ClusterUnreachable, InputError
from tunecard.runner.internals import openmp_threads
from tunecard.runner.metrics import Scorer
from tunecard.runner.resampling import Fold
from tunecard.runner.rows import LabeledRows
from tunecard.runner.search import remote
from tunecard.runner.search.answers import NOTHING, Storage
from tunecard.runner.search.cluster import BroadcastValue, Cluster
from tunecard.runner.search.neighbors import Shared
from tunecard.runner.search.pool_pipes import Piece
from tunecard.runner.search.scoring import FoldScore

_DIED = FoldScore(
    score=None,
    cpu_seconds=0.0,
    reason="the cluster's workers died over it: a crash, or out of memory",
    failure="died",
)


class OnCluster:
    """Scores the candidates of one estimator on a cluster.

    Parameters
    ----------
    cluster : Cluster
        What does the work.
    estimator : estimator
        Not fitted.
    data : (ndarray or DataFrame of shape (n_samples, n_features), ndarray of labels)
        The search's rows.
    score : Scorer
        The metric.
    storage : Storage
        What is kept of the candidates' outputs.

    Raises
    ------
    InputError
        If a worker cannot load the estimator or the metric.
    """

    def __init__(
        self,
        cluster: Cluster,
        estimator: Any,
        data: LabeledRows,
        score: Scorer,
        storage: Storage = NOTHING,
    ) -> None:
        import cloudpickle

        self._cluster, self._data, self._storage = cluster, data, storage
        self._estimator, self._score = (
            cloudpickle.dumps(content, pickle.HIGHEST_PROTOCOL)
            for content in (estimator, score)
        )
        for what, content in (("estimator", self._estimator), ("metric", self._score)):
            for worker, problem in cluster.ask(remote.load_problem, content).items():
                if problem is not None:
                    raise InputError(
                        f"--scheduler {cluster.address}: the worker {worker} cannot load "
                        f"the {what} ({problem}). Install there what it is defined in."
                    )

    def __enter__(self) -> "OnCluster":
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the cluster as it is; its rows serve the next search."""

    def score(
        self,
        settings: Sequence[dict[str, Any]],
        folds: Sequence[Fold],
        todo: Sequence[Piece],
    ) -> Iterator[tuple[Piece, FoldScore]]:
        """Score pieces of work, as :meth:`tunecard.runner.search.pool.Pool.score` does.

        The limits of a piece of work are those that the workers were started with.
        """
        parcels = self._parcels(folds)

        def arguments(piece: Piece) -> tuple[Any, ...]:
            return settings[piece.candidate], piece.fold

        for piece, scored in self._cluster.each(
            remote.score, parcels, todo, arguments, group=lambda piece: piece.candidate
        ):
            yield piece, _DIED if scored is None else scored

    def share(
        self,
        settings: Sequence[dict[str, Any]],
        folds: Sequence[Fold],
        todo: Sequence[int],
    ) -> Iterator[tuple[int, Shared]]:
        """Score all candidates on each of some folds from one table of neighbors.

        Raises
        ------
        ClusterUnreachable
            If the workers die over a fold again and again.
        """
        # As many threads as here, because their number may decide how ties fall.
        threads = openmp_threads()

        def arguments(number: int) -> tuple[Any, ...]:
            return list(settings), number, threads

        for number, shared in self._cluster.each(
            remote.share, self._parcels(folds), todo, arguments
        ):
            if shared is None:
                raise ClusterUnreachable(
                    f"--scheduler {self._cluster.address}: its workers died over fold "
                    f"{number + 1}, again and again: a crash, or out of memory. What was "
                    "finished is kept; resume with larger workers, or on this machine."
                )
            yield number, shared

    def _parcels(self, folds: Sequence[Fold]) -> tuple[BroadcastValue, BroadcastValue]:
        work = remote.Work(self._estimator, self._score, tuple(folds), self._storage)
        return self._cluster.rows(self._data), BroadcastValue(work)
