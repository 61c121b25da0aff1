"""What runs on the workers of a cluster, for :mod:`tunecard.runner.search.cluster`."""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tunecard.runner import environment
from tunecard.runner.metrics import Scorer
from tunecard.runner.models.fitting import describe
from tunecard.runner.resampling import Fold
from tunecard.runner.rows import LabeledRows
from tunecard.runner.search.answers import NOTHING, Storage
from tunecard.runner.search.neighbors import Shared, score_candidates
from tunecard.runner.search.scoring import FoldScore, score_fold

PROCESSOR = "processor"
_DECISIVE = ("scikit-learn", "numpy", "scipy")


@dataclass(frozen=True)
class Work:
    """What all pieces of work of a search share, beside the rows.

    Attributes
    ----------
    estimator : bytes
        Not fitted, as cloudpickle writes it.
    score : bytes
        The metric's :class:`tunecard.runner.metrics.Scorer`, likewise.
    folds : tuple of (ndarray, ndarray)
        Row numbers to fit on and to score on.
    storage : Storage
        What is kept of the candidates' outputs.
    """

    estimator: bytes
    score: bytes
    folds: tuple[Fold, ...]
    storage: Storage = NOTHING


def score(data: LabeledRows, work: Work, params: dict[str, Any], fold: int) -> FoldScore:
    """Score one candidate on one fold, with one thread."""
    import threadpoolctl

    model = _load(work.estimator)
    with threadpoolctl.threadpool_limits(1):
        scored = score_fold(
            model, params, data, work.folds[fold], _scorer(work), storage=work.storage
        )
    return scored.model_copy(update={"worker": _own_address()})


def share(
    data: LabeledRows,
    work: Work,
    settings: Sequence[dict[str, Any]],
    fold: int,
    threads: int,
) -> Shared:
    """Score all candidates on one fold from one table of neighbors."""
    import threadpoolctl

    model = _load(work.estimator)
    with threadpoolctl.threadpool_limits(threads):
        shared = score_candidates(
            model, settings, data, work.folds[fold], _scorer(work), work.storage
        )
    here = {"worker": _own_address()}
    scores = tuple(scored.model_copy(update=here) for scored in shared.scores)
    return shared.model_copy(update={"scores": scores})


def versions() -> dict[str, str]:
    """Return what decides a score: versions; the processor decides its last bit."""
    described = environment.describe()
    return {
        "Python": ".".join(described.python.split(".")[:2]),
        "tunecard": described.tunecard,
        **{name: described.packages.get(name, "none") for name in _DECISIVE},
        PROCESSOR: described.cpu,
    }


def load_problem(content: bytes) -> str | None:
    """Return why an estimator or a metric cannot be loaded here, or None."""
    try:
        _load(content)
    except Exception as error:  # noqa: BLE001 # a user's module may raise anything
        return describe(error)
    return None


def _load(content: bytes) -> Any:
    return pickle.loads(content)  # noqa: S301 # from who started the search


def _scorer(work: Work) -> Scorer:
    score: Scorer = _load(work.score)
    return score


def _own_address() -> str:
    import distributed

    worker: Any = distributed.get_worker  # published without types
    return str(worker().address)
