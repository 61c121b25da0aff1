"""Sample weights on their way to a fit, as scikit-learn's metadata routing has them.

Where an estimator requests weights itself (``set_fit_request``), scikit-learn routes them.
Where it does not, they go to its fit if that has the argument ``sample_weight``; in a
pipeline to the last step, as with ``pipeline.fit(X, y, step__sample_weight=...)``.
"""

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from tunecard.runner.internals import requested_weights

ARGUMENT = "sample_weight"


def takes_weights(estimator: Any) -> bool:
    """Return whether a fit of an estimator can use sample weights.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> takes_weights(LogisticRegression()), takes_weights(KNeighborsClassifier())
    (True, False)
    """
    return routes_weights(estimator) or _argument(estimator) is not None


def routes_weights(estimator: Any) -> bool:
    """Return whether an estimator, or a part of it, requests weights by itself."""
    from sklearn import config_context
    from sklearn.utils.metadata_routing import get_routing_for_object

    with config_context(enable_metadata_routing=True):
        try:
            consumed = get_routing_for_object(estimator).consumes("fit", [ARGUMENT])
        except Exception:  # noqa: BLE001 # a user's estimator may raise anything
            return False
    return bool(consumed)


def fit_call(
    estimator: Any, X: Any, y: Any, weight: NDArray[Any] | None = None
) -> Callable[[Any], Any]:
    """Return what fits an estimator, with weights where it takes them.

    Parameters
    ----------
    estimator : estimator
        Not fitted.
    X, y : array-like of shape (n_samples, n_features), (n_samples,)
        Rows to fit on.
    weight : ndarray of shape (n_samples,), or None
        The weight of each row.

    Returns
    -------
    callable
        ``call(model)`` fits a clone of the estimator and returns what its fit returns.
    """
    if weight is None:
        return lambda model: model.fit(X, y)
    if routes_weights(estimator):
        return lambda model: _fit_routed(model, X, y, weight)
    argument = _argument(estimator)
    arguments = {} if argument is None else {argument: weight}
    return lambda model: model.fit(X, y, **arguments)


def _fit_routed(model: Any, X: Any, y: Any, weight: NDArray[Any]) -> Any:
    from sklearn import config_context

    with config_context(enable_metadata_routing=True):
        return model.fit(X, y, sample_weight=weight)


def _argument(estimator: Any) -> str | None:
    """Return the argument of fit that takes the weights; None where it takes none."""
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import has_fit_parameter

    if isinstance(estimator, Pipeline):
        name, final = estimator.steps[-1]
        inner = _argument(final)
        return None if inner is None else f"{name}__{inner}"
    if not hasattr(estimator, "fit") or requested_weights(estimator, "fit") is False:
        return None
    return ARGUMENT if has_fit_parameter(estimator, ARGUMENT) else None
