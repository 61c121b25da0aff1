"""One candidate on one fold: fit, predict, score; what both search paths share."""

import math
import time
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.host import machine
from tunecard.runner.metrics import Scorer
from tunecard.runner.models import engines
from tunecard.runner.models.fitting import (
    WarningCount,
    WarningCounts,
    as_list,
    captured,
    converged,
    describe,
)
from tunecard.runner.rows import Rows, take
from tunecard.runner.schema import Frozen
from tunecard.runner.task import Labels

Matrix = NDArray[np.floating[Any]]
Fold = tuple[NDArray[np.intp], NDArray[np.intp]]


class FoldScore(Frozen):
    """One candidate on one fold; `score` is None where it failed with `reason`.

    ``cpu_seconds`` covers fit, predict and score; ``peak_memory`` is the highest
    resident set of the process, in bytes. ``failure`` is set where it took too much
    time or memory, or its process with it. ``worker`` is the address of the cluster's
    worker that did it; None on this machine.
    """

    score: float | None
    cpu_seconds: float
    reason: str | None = None
    converged: bool | None = None
    warnings: tuple[WarningCount, ...] = ()
    peak_memory: int = 0
    failure: Literal["timeout", "oom", "died"] | None = None
    worker: str | None = None


def score_fold(
    estimator: Any,
    params: dict[str, Any],
    data: tuple[Rows, Labels],
    fold: Fold,
    score: Scorer,
) -> FoldScore:
    """Fit a candidate on a fold's training rows and score it on the others.

    Parameters
    ----------
    estimator : estimator
        Not fitted; a clone is.
    params : dict
        The candidate's parameters.
    data : (ndarray or DataFrame of shape (n_samples, n_features), ndarray of labels)
        The search's rows; only the training part of a study.
    fold : (ndarray, ndarray)
        Row numbers to fit on and to score on.
    score : Scorer
        The metric.

    Returns
    -------
    FoldScore
        A failure is a score of None with the reason, as in scikit-learn's
        ``error_score=nan``.
    """
    from sklearn.base import clone

    X, y = data
    train, valid = fold
    classes = np.unique(y)
    failure: Literal["oom"] | None = None
    with captured() as counts:
        start = time.process_time()
        model, value, reason = None, None, None
        try:
            X_train, y_train, X_valid = take(X, train), y[train], take(X, valid)
            start = time.process_time()
            model = clone(estimator).set_params(**params)
            with engines.raise_on_fallback(model):
                model.fit(X_train, y_train)
                value = score.of_model(model, X_valid, y[valid], classes)
        except MemoryError as error:
            reason, failure = describe(error), "oom"
        except (Exception, SystemExit) as error:  # noqa: BLE001 # a user's estimator may
            reason = describe(error)
        seconds = time.process_time() - start
    return folded(value, seconds, reason, model, counts, failure)


def folded(
    value: float | None,
    seconds: float,
    reason: str | None,
    model: Any,
    counts: WarningCounts,
    failure: Literal["oom"] | None = None,
) -> FoldScore:
    """Gather what is recorded of one candidate on one fold."""
    if value is not None and not math.isfinite(value):
        value, reason = None, f"the score is {value}"
    return FoldScore(
        score=value,
        cpu_seconds=seconds,
        reason=reason,
        converged=converged(model, counts),
        warnings=as_list(counts, "search"),
        peak_memory=machine.resident_peak() or machine.resident_highest(),
        failure=failure,
    )
