"""The private names of scikit-learn that are used here, each with a public way instead.

A private name may be gone or changed in any release. Then the public way is taken: it is
slower, its results are the same, and :func:`missing` names it for the run's record.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

_OPENMP = "sklearn.utils._openmp_helpers", "_openmp_effective_n_threads"
_NEIGHBORS = "sklearn.metrics._pairwise_distances_reduction", "ArgKmin"
_VOTES = "sklearn.metrics._pairwise_distances_reduction", "ArgKminClassMode"
_LINEAR_LOSS = "sklearn.linear_model._logistic", "LinearModelLoss"
_SCORER = "_score_func", "_sign", "_kwargs", "_response_method"  # of `make_scorer`
_REQUESTS = "_metadata_request"  # of what has requested metadata, such as weights
_FIT_METHOD = "_fit_method"  # of a fitted KNeighborsClassifier: what "auto" has decided


def load_openmp() -> None:
    """Load scikit-learn's OpenMP library into this process, so that its pool is listed."""
    if _private(_OPENMP) is None:
        import_module("sklearn.neighbors")  # its compiled loops load the library as well


def openmp_threads() -> int:
    """Return the number of threads that scikit-learn's own loops use in this process.

    ``OMP_NUM_THREADS`` where it is set, else at most one for each physical core.
    """
    try:
        return int(_private(_OPENMP)())  # None is not callable
    except (TypeError, ValueError):
        return _public_openmp_threads()


def _public_openmp_threads() -> int:
    import joblib
    import threadpoolctl

    load_openmp()
    pools = threadpoolctl.threadpool_info()
    threads = [int(pool["num_threads"]) for pool in pools if pool["user_api"] == "openmp"]
    if not threads:
        return 1  # scikit-learn was built without OpenMP
    if os.environ.get("OMP_NUM_THREADS"):
        return min(threads)
    return min(*threads, int(joblib.cpu_count(only_physical_cores=True)))


def finds_in_blocks(model: Any, X_train: Any, X: Any) -> bool:
    """Check that a fitted model finds Euclidean neighbors from products of row blocks.

    Parameters
    ----------
    model : KNeighborsClassifier
        Fitted on `X_train`.
    X_train, X : ndarray of shape (n_train, n_features), (n_rows, n_features)
        The rows it searches, and those whose neighbors it finds.

    Returns
    -------
    bool
        False where it is not known, too: its own search is used then.
    """
    if getattr(model, _FIT_METHOD, None) != "brute":
        return False
    try:
        usable = _private(_NEIGHBORS).is_usable_for(X, X_train, "euclidean")
    except (AttributeError, TypeError, ValueError):
        return False
    return bool(usable)


def counts_votes(metric: Any) -> bool:
    """Check whether scikit-learn counts equal votes by itself for a metric.

    Parameters
    ----------
    metric : str or callable
        Of a KNeighborsClassifier that searches by brute force.

    Returns
    -------
    bool
        True where it is not known, too: each candidate then finds its own neighbors.
    """
    try:
        return metric in _private(_VOTES).valid_metrics()
    except (AttributeError, TypeError, ValueError):
        return True


@contextmanager
def logistic_products(replace: Callable[[Any], Any]) -> Iterator[None]:
    """Have logistic regressions of three classes or more multiply with other objects.

    Parameters
    ----------
    replace : callable
        Gets the rows of a fit, an array of shape (n_samples, n_features), and returns what
        ``@`` is applied to in their place. Where scikit-learn does without the private
        class it is not called: each fit then multiplies by itself.
    """
    loss: Any = _private(_LINEAR_LOSS)
    if not isinstance(loss, type):
        yield
        return

    class OfRows(loss):  # type: ignore[misc] # it is known at run time
        def loss_gradient(self, coef: Any, X: Any, *args: Any, **kwargs: Any) -> Any:
            rows = replace(X) if self.base_loss.is_multiclass else X
            return super().loss_gradient(coef, rows, *args, **kwargs)

    module, name = import_module(_LINEAR_LOSS[0]), _LINEAR_LOSS[1]
    setattr(module, name, OfRows)
    try:
        yield
    finally:
        setattr(module, name, loss)


@dataclass(frozen=True)
class ScorerParts:
    """What a scorer was made of.

    Attributes
    ----------
    function : callable
        ``f(y_true, y_pred, **arguments)``.
    sign : int
        1 where higher is better, else -1.
    arguments : dict
    methods : tuple of str
        Methods of an estimator that give ``y_pred``, in order of preference.
    """

    function: Callable[..., Any]
    sign: int
    arguments: Mapping[str, Any]
    methods: tuple[str, ...]


def scorer_parts(scorer: Any) -> ScorerParts | None:
    """Return what `sklearn.metrics.make_scorer` made a scorer of.

    Parameters
    ----------
    scorer : callable
        ``f(estimator, X, y_true)``.

    Returns
    -------
    ScorerParts or None
        None of another callable, and where it cannot be read: the scorer can then be
        called with an estimator alone.
    """
    if not all(hasattr(scorer, name) for name in _SCORER):
        return None
    function, sign, arguments, method = (getattr(scorer, name) for name in _SCORER)
    methods = (method,) if isinstance(method, str) else tuple(method)
    return ScorerParts(function, sign, dict(arguments), methods)


def requested_weights(part: Any, method: str) -> bool | str | None:
    """Return what an estimator or a scorer requests of sample weights.

    Parameters
    ----------
    part : object
        An estimator, or a scorer.
    method : str
        ``fit`` or ``score``.

    Returns
    -------
    bool, str or None
        What ``set_fit_request`` or ``set_score_request`` was called with; None where it
        was not.
    """
    requests = getattr(getattr(part, _REQUESTS, None), method, None)
    request: bool | str | None = getattr(requests, "requests", {}).get("sample_weight")
    return request


def missing() -> tuple[str, ...]:
    """List the private names that this scikit-learn does not have, in full.

    Those of nearest neighbors are looked for where these are loaded, which takes time.

    Returns
    -------
    tuple of str
        Such as ``sklearn.metrics._pairwise_distances_reduction.ArgKmin``.
    """
    names = [_OPENMP]
    if "sklearn.linear_model" in sys.modules:
        names.append(_LINEAR_LOSS)
    methods: list[str] = []
    if "sklearn.neighbors" in sys.modules:
        from sklearn.neighbors import KNeighborsClassifier

        names += [_NEIGHBORS, _VOTES]
        fitted = KNeighborsClassifier(n_neighbors=1).fit([[0.0], [1.0]], [0, 1])
        if not hasattr(fitted, _FIT_METHOD):
            methods = [f"sklearn.neighbors.KNeighborsClassifier.{_FIT_METHOD}"]
    absent = [".".join(name) for name in names if _private(name) is None]
    return (*absent, *methods)


def _private(name: tuple[str, str]) -> Any:
    """Import a private name; None where it does not exist."""
    try:
        return getattr(import_module(name[0]), name[1], None)
    except ImportError:
        return None
