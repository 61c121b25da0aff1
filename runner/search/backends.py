"""Where the work of a search is done: in processes of this machine, or on a cluster."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol

from tunecard.runner.errors import InputError
from tunecard.runner.metrics import Scorer
from tunecard.runner.processes.template import Fork
from tunecard.runner.resampling import Fold
from tunecard.runner.rows import LabeledRows
from tunecard.runner.schema import Limits
from tunecard.runner.search import neighbors
from tunecard.runner.search.answers import NOTHING, Storage
from tunecard.runner.search.cluster import Cluster
from tunecard.runner.search.connection import check_address
from tunecard.runner.search.on_cluster import OnCluster
from tunecard.runner.search.pool import Pool
from tunecard.runner.search.pool_pipes import Piece
from tunecard.runner.search.scoring import FoldScore

LOCAL, DASK = "local", "dask"


class Scorers(Protocol):
    """Scorers of the candidates of a search, which yield each piece as it finishes."""

    def score(
        self,
        settings: Sequence[dict[str, Any]],
        folds: Sequence[Fold],
        todo: Sequence[Piece],
    ) -> Iterator[tuple[Piece, FoldScore]]:
        """Score candidates on folds, each piece by itself."""
        ...

    def share(
        self,
        settings: Sequence[dict[str, Any]],
        folds: Sequence[Fold],
        todo: Sequence[int],
    ) -> Iterator[tuple[int, neighbors.Shared]]:
        """Score all candidates on each of some folds from one table of neighbors."""
        ...


class Local(Pool):
    """Processes of this machine; a table of neighbors is made in this very process."""

    def __enter__(self) -> "Local":
        return self

    def share(
        self,
        settings: Sequence[dict[str, Any]],
        folds: Sequence[Fold],
        todo: Sequence[int],
    ) -> Iterator[tuple[int, neighbors.Shared]]:
        """Score all candidates on each of some folds, one fold after the other."""
        for number in todo:
            yield (
                number,
                neighbors.score_candidates(
                    self._estimator,
                    settings,
                    self._data,
                    folds[number],
                    self._score,
                    self._storage,
                ),
            )


def scorers(
    estimator: Any,
    data: LabeledRows,
    *,
    score: Scorer,
    n_jobs: int,
    limits: Limits,
    cluster: Cluster | None,
    work: Path | None = None,
    storage: Storage = NOTHING,
    fork: Fork | None = None,
) -> AbstractContextManager[Scorers]:
    """Open the scorers of an estimator's candidates, to be used as a context.

    Parameters
    ----------
    estimator : estimator
        Not fitted.
    data : (ndarray or DataFrame of shape (n_samples, n_features), ndarray of labels)
        The search's rows.
    score : Scorer
        The metric.
    n_jobs : int
        Processes of this machine.
    limits : Limits
        Of one piece of work, on this machine.
    cluster : Cluster or None
        Whose workers do the work; None for this machine.
    work : Path or None
        Where this machine's processes share files; None for the temporary folder.
    storage : Storage
        What is kept of the candidates' outputs.
    fork : callable or None
        Forks this machine's processes from a template; None to start each.
    """
    if cluster is not None:
        return OnCluster(cluster, estimator, data, score, storage)
    return Local(
        estimator,
        data,
        score=score,
        n_jobs=n_jobs,
        limits=limits,
        work=work,
        storage=storage,
        fork=fork,
    )


def address(backend: str, scheduler: str | None, jobs: int | None) -> str | None:
    """Check the options for where searches run.

    Parameters
    ----------
    backend : str
        ``local`` or ``dask``.
    scheduler : str or None
        A Dask scheduler's address.
    jobs : int or None
        Processes of a search, where the user limits them.

    Returns
    -------
    str or None
        The scheduler's address; None for this machine.

    Raises
    ------
    InputError
        If they do not fit together.
    """
    if backend not in (LOCAL, DASK):
        raise InputError(f"--backend {backend}: is not known; use local or dask.")
    if backend == DASK and not scheduler:
        raise InputError(
            "--backend dask: needs the address of a scheduler; add --scheduler, as in "
            "--scheduler tcp://host:8786."
        )
    if backend == LOCAL and scheduler:
        raise InputError(
            f"--scheduler {scheduler}: is for --backend dask; add that, or leave it out."
        )
    if scheduler and jobs is not None:
        raise InputError(
            f"--jobs {jobs}: is for searches on this machine; a cluster works with as many "
            "workers as it has. Leave it out."
        )
    if scheduler:
        check_address(scheduler)
    return scheduler or None


def connected(scheduler: str | None) -> AbstractContextManager[Cluster | None]:
    """Connect to a cluster as a context; without an address there is none to connect to."""
    return nullcontext() if scheduler is None else Cluster(scheduler)
