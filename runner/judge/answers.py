"""What fitted estimators and arrays of predictions answer for the test rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner import outputs
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.judge.labels import Texts, as_texts, listed
from tunecard.runner.judge.rows import check_columns
from tunecard.runner.judge.values import Answers
from tunecard.runner.models import one_line
from tunecard.runner.models.fitting import as_list, captured

_CLEAR = 0.9  # agreement that makes another order of columns certain


def is_estimator(value: Any) -> bool:
    """Return whether a value predicts, whatever library it is of."""
    return callable(getattr(value, "predict", None)) and not isinstance(value, type)


def of_estimator(
    model: Any, X_test: Any, n_test: int, place: str, X_train: Any = None
) -> Answers:
    """Predict the class and the probabilities of every test row.

    Parameters
    ----------
    model : estimator
        Fitted; anything with ``predict``, and ``predict_proba`` where it has one.
    X_test, X_train : array_like or data frame
        Test rows, and the training rows that are scored, if any.
    n_test : int
        Rows of `X_test`.
    place : str
        How a message calls the estimator.

    Raises
    ------
    StudyError
        If it is not a fitted classifier.
    DataError
        If it cannot take the rows, or does not return one label per row.
    """
    _check_classifier(model, place)
    check_columns(model, X_test, place)
    with captured() as counts:
        labels = as_texts(call(model, "predict", X_test, place), f"{place}.predict")
    warned = as_list(counts, "predict")
    if len(labels) != n_test:
        raise DataError(
            f"{place}.predict: returned {len(labels):,} labels for {n_test:,} test rows; "
            "it must return one per row."
        )
    probabilities = None
    classes = _classes(model, labels)
    if hasattr(model, "predict_proba"):
        with captured() as counts:
            shares = call(model, "predict_proba", X_test, place)
        warned += as_list(counts, "probabilities")
        probabilities = check_probabilities(
            shares, n_test, len(classes), f"{place}.predict_proba"
        )
    scores = None
    # Of two classes they rank rows as scikit-learn's scorers do, without ties at 0 and 1.
    if (probabilities is None or len(classes) == 2) and hasattr(model, "decision_function"):
        scores = _scores(call(model, "decision_function", X_test, place), len(classes))
    train_labels = None
    if X_train is not None:
        with captured() as counts:
            predicted = call(model, "predict", X_train, place)
        warned += as_list(counts, "train")
        train_labels = as_texts(predicted, f"{place}.predict on X_train")
    return Answers(
        labels=labels,
        classes=classes,
        probabilities=probabilities,
        scores=scores,
        train_labels=train_labels,
        estimator=model,
        warnings=warned,
    )


def _check_classifier(model: Any, place: str) -> None:
    from sklearn.base import is_classifier, is_clusterer, is_outlier_detector, is_regressor

    name = type(model).__name__
    for check, kind in (
        (is_regressor, "regressor"),
        (is_clusterer, "clusterer"),
        (is_outlier_detector, "outlier detector"),
    ):
        try:
            is_one = check(model) and not is_classifier(model)
        except Exception:  # noqa: BLE001 # another library's estimator may have no tags
            is_one = False
        if is_one:
            raise StudyError(
                f"{place}: {name} is a {kind}, and the task is classification. Give a "
                "fitted classifier."
            )


def _classes(model: Any, labels: Texts) -> tuple[str, ...]:
    """Return the classes in the order of the columns of the probabilities."""
    own = getattr(model, "classes_", None)
    if own is None:
        return tuple(str(label) for label in np.unique(labels))
    return tuple(str(label) for label in as_texts(own, "classes_"))


def _scores(returned: Any, n_classes: int) -> NDArray[np.float32] | None:
    """Return decision scores: one a row for two classes, else one for each class."""
    scores = np.asarray(returned, dtype=np.float32)
    shape = scores.shape[1:]
    fits = shape == () if n_classes == 2 else shape == (n_classes,)
    return scores if fits and np.isfinite(scores).all() else None


def call(model: Any, method: str, X: Any, place: str) -> Any:
    """Call a method of an estimator on rows; what it raises becomes a sentence."""
    from sklearn.exceptions import NotFittedError

    name = type(model).__name__
    try:
        return getattr(model, method)(X)
    except NotFittedError as error:
        raise StudyError(
            f"{place}: {name} is not fitted; call fit(X_train, y_train) first."
        ) from error
    except Exception as error:  # a user's estimator may raise anything
        raise DataError(
            f"{place}: {name}.{method} failed on these rows ({one_line(error)}). Give the "
            "rows as the estimator was fitted on them."
        ) from error


def check_probabilities(
    returned: Any, n_rows: int, n_classes: int, place: str
) -> NDArray[np.float32]:
    """Check class probabilities: a row each, a column per class, rows that sum to 1.

    Raises
    ------
    DataError
    """
    try:
        shares = np.asarray(returned, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{place}: does not hold numbers ({one_line(error)}).") from error
    if shares.shape != (n_rows, n_classes):
        raise DataError(
            f"{place}: has the shape {shares.shape}, but there are {n_rows:,} test rows "
            f"and {n_classes} classes; give one row per test row and one column per class."
        )
    if not np.isfinite(shares).all():
        row = int(np.argmax(~np.isfinite(shares).all(axis=1)))
        raise DataError(
            f"{place}: row {row + 1:,} holds NaN or infinity; give a probability for every "
            "class of every row."
        )
    try:
        return outputs.unit_rows(shares).astype(np.float32)
    except ValueError as error:
        row, total, _ = error.args
        raise DataError(
            f"{place}: row {row + 1:,} is not a row of probabilities (its sum is "
            f"{total:g}, its lowest value {shares[row].min():g}); each must be from 0 "
            "to 1, with sum 1."
        ) from error


def of_arrays(
    value: Any,
    n_test: int,
    classes: tuple[str, ...] | None,
    true_classes: Texts,
    place: str,
) -> Answers:
    """Take predictions that were handed over as arrays.

    Parameters
    ----------
    value : array_like
        Labels of shape (n_test,); or probabilities of shape (n_test, n_classes), a
        data frame with a column per class or an array in the order of `classes`; or
        a pair of both.
    n_test : int
        Test rows.
    classes : tuple of str or None
        The order of the columns; None for `true_classes`.
    true_classes : ndarray of str
        The classes that occur in the truth, in their order.
    place : str
        How a message calls them.

    Raises
    ------
    DataError
        If they are not predictions for these rows.
    """
    if isinstance(value, tuple):
        return _labels_and_probabilities(value, n_test, classes, true_classes, place)
    columns = getattr(value, "columns", None)
    values = _as_array(value, place)
    if values.ndim == 2 and values.shape[1] > 1:
        order = classes or tuple(str(label) for label in true_classes)
        if columns is not None and {str(c) for c in columns} == set(order):
            order = tuple(str(column) for column in columns)
        if classes is None and values.shape[1] != len(order):
            raise DataError(
                f"{place}: has {values.shape[1]} columns of probabilities, but y_test has "
                f"{len(order)} classes ({listed(order)}); name the class of each column, "
                "as in classes=[...]."
            )
        shares = check_probabilities(values, n_test, len(order), place)
        labels = np.array(order, dtype=str)[shares.argmax(axis=1)]
        return Answers(labels, order, shares, source="predicted probabilities")
    labels = as_texts(values, place, n_test)
    own = tuple(str(label) for label in np.unique(labels))
    return Answers(labels, own, source="predicted labels")


def _labels_and_probabilities(
    value: tuple[Any, ...],
    n_test: int,
    classes: tuple[str, ...] | None,
    true_classes: Texts,
    place: str,
) -> Answers:
    if len(value) != 2:
        raise DataError(
            f"{place}: a tuple of {len(value)}; give (labels, probabilities) or one of the "
            "two alone."
        )
    labels = as_texts(value[0], f"{place}[0]", n_test)
    shares = of_arrays(value[1], n_test, classes, true_classes, f"{place}[1]")
    if shares.probabilities is None:
        raise DataError(
            f"{place}[1]: holds labels; give probabilities of shape (n_rows, n_classes)."
        )
    check_order(labels, shares.probabilities, shares.classes, f"{place}[1]")
    return Answers(
        labels, shares.classes, shares.probabilities, source="predictions handed over"
    )


def check_order(
    labels: Texts, shares: NDArray[np.float32], classes: tuple[str, ...], place: str
) -> None:
    """Refuse probabilities whose columns follow another order of the classes.

    The labels decide: where another assignment of columns to classes explains them,
    and the given one does not, the order is wrong.

    Raises
    ------
    DataError
    """
    from scipy.optimize import linear_sum_assignment

    highest = shares.argmax(axis=1)
    counts = np.zeros((len(classes), len(classes)))
    for code, label in enumerate(classes):
        counts[code] = np.bincount(highest[labels == label], minlength=len(classes))
    best = linear_sum_assignment(-counts)[1]
    own, other = counts.trace(), counts[np.arange(len(classes)), best].sum()
    if other > own and other >= _CLEAR * len(labels):
        order = tuple(classes[int(i)] for i in np.argsort(best))
        raise DataError(
            f"{place}: the columns are not in the order of the classes "
            f"({listed(classes)}): the highest probability is of the predicted label "
            f"in {own / len(labels):.0%} of rows, and in {other / len(labels):.0%} in "
            f"the order {listed(order)}. Name each column's class, as in classes=[...]."
        )


def _as_array(value: Any, place: str) -> NDArray[Any]:
    try:
        return np.asarray(value)
    except ValueError as error:
        raise DataError(
            f"{place}: is not an array ({one_line(error)}); give one label per row."
        ) from error
