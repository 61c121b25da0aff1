"""The transformers of a pipeline that no candidate changes: fitted once for many.

A candidate that sets parameters of the last step alone has, on a fold, the same
transformed rows as every other one. So the steps before are fitted once and their rows are
handed on; each candidate fits what comes behind them, and its scores stay the same to the
bit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunecard.runner.host.clocks import process_time
from tunecard.runner.models.estimators import within
from tunecard.runner.models.fitting import WarningCounts, captured
from tunecard.runner.resampling import Fold
from tunecard.runner.rows import LabeledRows, Rows, take

_ITS_OWN = {"memory", "steps", "transform_input", "verbose"}  # a pipeline's parameters
#: Numbers of columns on either side of what scikit-learn's choices depend on.
_FEW_AND_MANY = 1, 10**6


@dataclass(frozen=True)
class Transformed:
    """The rows of a fold behind some transformers.

    Attributes
    ----------
    X_train, X_valid : ndarray, sparse matrix or DataFrame
        Rows to fit on and to score on.
    seconds : float
        CPU seconds of fitting and transforming.
    warnings : dict
        What was warned of meanwhile, as `captured` counts it.
    """

    X_train: Rows
    X_valid: Rows
    seconds: float
    warnings: WarningCounts


def count_fixed(estimator: Any, candidates: Sequence[Mapping[str, Any]]) -> int:
    """Count the first steps of a pipeline that none of some candidates changes.

    Parameters
    ----------
    estimator : estimator
        Any; of what is not scikit-learn's own Pipeline nothing is known.
    candidates : sequence of dict
        Parameters as ``set_params`` takes them.

    Returns
    -------
    int
        Transformers that may be fitted once for all of the candidates. One that draws
        other numbers at each fit may not, nor what stands behind it.
    """
    from sklearn.pipeline import Pipeline

    names = {name.partition("__")[0] for params in candidates for name in params}
    if type(estimator) is not Pipeline or names & _ITS_OWN:
        return 0
    if estimator.memory is not None or getattr(estimator, "transform_input", None):
        return 0
    n_fixed = 0
    for name, step in estimator.steps[:-1]:
        if name in names or _draws_again(step):
            break
        n_fixed += 1
    return n_fixed


def _draws_again(step: Any) -> bool:
    return any(
        name.rpartition("__")[2] == "random_state"
        and not isinstance(value, int | np.integer)
        for name, value in _params(step).items()
    )


def _params(step: Any) -> dict[str, Any]:
    params: dict[str, Any] = {}
    if hasattr(step, "get_params"):  # neither "passthrough" nor None
        params = step.get_params()
    return params


def final_alone(
    estimator: Any, candidates: Sequence[Mapping[str, Any]]
) -> tuple[Any, list[dict[str, Any]]] | None:
    """Take the last step out of a pipeline whose other steps no candidate changes.

    Parameters
    ----------
    estimator, candidates
        As in `count_fixed`.

    Returns
    -------
    (estimator, list of dict) or None
        The last step, and its parameters of each candidate. What is not a pipeline comes
        back as it is. None where a candidate changes another step, or where one runs code
        that is not scikit-learn's.
    """
    steps = getattr(estimator, "steps", None)
    if steps is None:
        return estimator, [dict(params) for params in candidates]
    head = [step for _, step in steps[:-1]]
    if count_fixed(estimator, candidates) < len(head) or not all(map(_is_trusted, head)):
        return None
    name, final = steps[-1]
    prefix = f"{name}__"
    if not all(key.startswith(prefix) for params in candidates for key in params):
        return None
    settings = [
        {key.removeprefix(prefix): value for key, value in params.items()}
        for params in candidates
    ]
    return final, settings


def _is_trusted(step: Any) -> bool:
    """Return whether a transformer runs nothing but scikit-learn's own code."""
    if not hasattr(step, "get_params"):
        return True
    own = all(type(part).__module__.startswith("sklearn.") for part in within(step))
    values = [each for each in _params(step).values() if not hasattr(each, "get_params")]
    return own and not any(callable(v) and not isinstance(v, type) for v in values)


def widths(estimator: Any, n_features: int) -> tuple[int, ...]:
    """Return how many columns the last step of a pipeline may get.

    Parameters
    ----------
    estimator : estimator
        A pipeline or not.
    n_features : int
        Columns of the data.

    Returns
    -------
    tuple of int
        Theirs where no step changes their number; else few and many.
    """
    from sklearn.base import OneToOneFeatureMixin

    head = [step for _, step in getattr(estimator, "steps", ())[:-1]]
    if all(
        isinstance(step, OneToOneFeatureMixin) or not hasattr(step, "get_params")
        for step in head
    ):
        return (n_features,)
    return _FEW_AND_MANY


def transform(estimator: Any, n_fixed: int, data: LabeledRows, fold: Fold) -> Transformed:
    """Fit the first steps of a pipeline on a fold's training rows, and transform all.

    Parameters
    ----------
    estimator : estimator
        Not fitted; a clone is.
    n_fixed : int
        How many steps; with 0 the rows stay as they are.
    data, fold
        As in :func:`tunecard.runner.search.scoring.score_fold`.

    Raises
    ------
    Exception
        Whatever a transformer raises.
    """
    from sklearn.base import clone
    from sklearn.pipeline import Pipeline

    X, y = data[:2]
    train, valid = fold
    X_train, X_valid = take(X, train), take(X, valid)
    if not n_fixed:
        return Transformed(X_train, X_valid, 0.0, {})
    head = clone(Pipeline(estimator.steps[:n_fixed]))
    start = process_time()
    with captured() as counts:
        X_train = head.fit_transform(X_train, y[train])
        X_valid = head.transform(X_valid)
    return Transformed(X_train, X_valid, process_time() - start, counts)


class FoldRows:
    """The transformed rows of the fold that was scored last.

    Parameters
    ----------
    estimator : estimator
        Not fitted.
    """

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator
        self._key: tuple[int, Fold] | None = None
        self._rows: Transformed | None = None
        self._can_copy = True

    def of(
        self, params: Mapping[str, Any], data: LabeledRows, fold: Fold
    ) -> tuple[int, Transformed] | None:
        """Return the rows behind the steps that a candidate leaves as they are.

        Parameters
        ----------
        params : dict
            The candidate's.
        data, fold
            As in :func:`tunecard.runner.search.scoring.score_fold`.

        Returns
        -------
        (int, Transformed) or None
            How many steps are done, and copies of their rows, because an estimator may
            change what it is given; their seconds are 0 but for the first candidate. None
            where there are none, or their rows are such that a copy might differ.
        """
        n_fixed = count_fixed(self._estimator, [params])
        if not (n_fixed and self._can_copy):
            return None
        seconds = 0.0
        if self._rows is None or not self._holds(n_fixed, fold):
            self._rows = None  # those of the last fold make room
            self._rows = transform(self._estimator, n_fixed, data, fold)
            self._key = n_fixed, fold
            seconds = self._rows.seconds
        rows = self._rows
        copies = _copy(rows.X_train), _copy(rows.X_valid)
        if copies[0] is None or copies[1] is None:
            self._can_copy, self._rows = False, None
            return None
        return n_fixed, Transformed(*copies, seconds, rows.warnings)

    def _holds(self, n_fixed: int, fold: Fold) -> bool:
        """Return whether the rows at hand are those of a fold."""
        if self._key is None or self._key[0] != n_fixed:
            return False
        return all(map(np.array_equal, self._key[1], fold))


def _copy(rows: Any) -> Rows | None:
    """Copy rows with their layout in memory; None for other than arrays and matrices."""
    from scipy.sparse import issparse

    if isinstance(rows, np.ndarray):
        return np.copy(rows, order="K")
    is_sparse: bool = issparse(rows)
    return rows.copy() if is_sparse else None
