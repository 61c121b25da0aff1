"""Candidates of a logistic regression that are fitted in step on the same fold."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from tunecard.runner.metrics import Scorer
from tunecard.runner.models import weighting
from tunecard.runner.resampling import Fold
from tunecard.runner.rows import LabeledRows, weights_of
from tunecard.runner.search.answers import NOTHING, Storage, uses_outputs
from tunecard.runner.search.fixed_steps import FoldRows, count_fixed
from tunecard.runner.search.joint_fits import JointFits
from tunecard.runner.search.joint_products import choose_both
from tunecard.runner.search.pool_pipes import Piece
from tunecard.runner.search.scoring import Fitted, FoldScore, behind, score_fold

#: Values of the rows below which they are in a core's cache, and a product is quick.
_FEWEST_VALUES = 2**22
#: Columns of a joint product. With twice as many a search of MNIST took as long, and each
#: process 70 MB more.
_MOST_COLUMNS = 80


def most_together(
    estimator: Any, settings: Sequence[dict[str, Any]], data: LabeledRows, score: Scorer
) -> int:
    """Return how many candidates of a search may be fitted in step.

    Parameters
    ----------
    estimator : estimator
        Not fitted.
    settings : sequence of dict
        The candidates' parameters, as ``set_params`` takes them.
    data : (ndarray or DataFrame of shape (n_samples, n_features), ndarray of labels)
        The search's rows.
    score : Scorer
        The metric.

    Returns
    -------
    int
        1 for anything but scikit-learn's own multinomial logistic regression on many
        rows, alone or behind transformers that no candidate changes.
    """
    from sklearn.linear_model import LogisticRegression

    X, y = data[:2]
    steps = getattr(estimator, "steps", [("", estimator)])
    final = steps[-1][1]
    if (
        type(final) is not LogisticRegression
        or not type(final).__module__.startswith("sklearn.")  # an engine may stand there
        or not isinstance(X, np.ndarray)
        or X.size < _FEWEST_VALUES
        or not uses_outputs(score.metric)
        or weighting.routes_weights(estimator)
        or any(count_fixed(estimator, [params]) < len(steps) - 1 for params in settings)
    ):
        return 1
    n_classes = len(np.unique(y))
    return 1 if n_classes < 3 else max(_MOST_COLUMNS // n_classes, 1)


def grouped(pieces: Sequence[Piece], n_jobs: int, most: int) -> Iterator[tuple[Piece, ...]]:
    """Group the candidates of each fold, so that all processes end at about one time.

    Parameters
    ----------
    pieces : sequence of Piece
        What is left to score.
    n_jobs : int
        Processes.
    most : int
        Pieces of a group, at most.

    Yields
    ------
    tuple of Piece
        Of one fold: all of its pieces, but those of the last folds, which are no
        multiple of the processes, in a group for each process.
    """
    if most == 1:
        yield from ((piece,) for piece in pieces)
        return
    by_fold = sorted(pieces, key=lambda piece: piece.fold)
    folds = [tuple(of) for _, of in itertools.groupby(by_fold, lambda piece: piece.fold)]
    n_whole = len(folds) // n_jobs * n_jobs
    for number, fold in enumerate(folds):
        n_parts = 1 if number < n_whole else n_jobs
        size = math.ceil(len(fold) / max(n_parts, math.ceil(len(fold) / most)))
        for first in range(0, len(fold), size):
            yield fold[first : first + size]


def score_together(
    estimator: Any,
    settings: Sequence[dict[str, Any]],
    data: LabeledRows,
    fold: Fold,
    score: Scorer,
    fold_rows: FoldRows | None = None,
    storage: Storage = NOTHING,
) -> Iterator[FoldScore]:
    """Score candidates on a fold that are fitted in step where they can be.

    Parameters
    ----------
    settings : sequence of dict
        Each candidate's parameters.
    estimator, data, fold, score, fold_rows, storage
        As in :func:`tunecard.runner.search.scoring.score_fold`, whose scores these are.

    Yields
    ------
    FoldScore
        Each candidate's, in their order. One that cannot be fitted is tried again by
        itself.
    """
    together: list[tuple[Fitted, bool] | None] = [None] * len(settings)
    if len(settings) > 1:
        together = _fit_together(estimator, settings, data, fold, fold_rows)
    for params, fit in zip(settings, together, strict=True):
        fitted, joint = fit if fit is not None else (None, False)
        scored = score_fold(
            estimator, params, data, fold, score, fold_rows, storage, fitted
        )
        yield scored.model_copy(update={"joint": joint})


def _fit_together(
    estimator: Any,
    settings: Sequence[dict[str, Any]],
    data: LabeledRows,
    fold: Fold,
    fold_rows: FoldRows | None,
) -> list[tuple[Fitted, bool] | None]:
    """Fit candidates in step; None for each that is to be fitted by itself."""
    from sklearn.base import clone
    from sklearn.pipeline import Pipeline
    from sklearn.utils import check_array

    alone: list[tuple[Fitted, bool] | None] = [None] * len(settings)
    y_train, weight = data[1][fold[0]], weights_of(data)
    to_fit = None if weight is None else weight[fold[0]]
    n_classes = len(np.unique(y_train))
    if n_classes < 3:
        return alone
    if isinstance(data[0], np.ndarray) and not hasattr(estimator, "steps"):
        # Before the rows of the fold are copied: it takes as much memory.
        shape, dtype = (len(y_train), data[0].shape[1]), _float_type(data[0].dtype)
        choose_both(shape, dtype, n_classes, len(settings))
    try:
        models = [clone(estimator).set_params(**params) for params in settings]
        first, rows = behind(models[0], settings[0], data, fold, fold_rows)
        if len(getattr(first, "steps", [first])) > 1 or not isinstance(
            rows.X_train, np.ndarray
        ):
            return alone
        if hasattr(first, "steps"):
            models = [Pipeline(model.steps[-1:]) for model in models]
        # As each fit would convert them, which it then need not.
        X_train = check_array(rows.X_train, dtype=[np.float64, np.float32], order="C")
    except Exception:  # noqa: BLE001 # each candidate reports by itself what is wrong
        return alone
    calls = [
        partial(weighting.fit_call(model, X_train, y_train, to_fit), model)
        for model in models
    ]
    fits = JointFits(X_train, n_classes).run(calls)
    shared = (rows, *[replace(rows, seconds=0.0)] * (len(fits) - 1))
    return [
        (Fitted(model, of, fit.seconds, fit.warnings), fit.n_joint > 0)
        if fit.error is None
        else None
        for model, fit, of in zip(models, fits, shared, strict=True)
    ]


def _float_type(dtype: Any) -> str:
    """Return what scikit-learn converts an array of a type to."""
    return dtype.str if dtype in (np.float32, np.float64) else np.dtype(np.float64).str
