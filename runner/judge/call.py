"""The arguments of a call, put in their places: what is before, after, truth, training."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.judge.answers import is_estimator
from tunecard.runner.judge.rows import n_rows, read_groups
from tunecard.runner.judge.searches import is_search, is_study, refuse_unusable
from tunecard.runner.judge.values import BeforeAfter, HandedOver

MODEL = "model"  # what a single model is called
_FORMS = (
    "judge(search, X_test, y_test, X_train, y_train), judge(before, after, X_test, y_test) "
    "or judge({'name': (before, after)}, X_test, y_test)"
)


def read_call(
    inputs: tuple[Any, ...],
    *,
    X_test: Any = None,
    y_test: Any = None,
    X_train: Any = None,
    y_train: Any = None,
    baseline: Any = None,
    search: Any = None,
    groups: Any = None,
) -> HandedOver:
    """Distinguish the forms of a call by what is handed over.

    Parameters
    ----------
    inputs : tuple
        The positional arguments: a fitted search, two estimators, two arrays of
        predictions, or a dict of pairs; then the test rows and their classes; then the
        training rows and their classes.
    X_test, y_test, X_train, y_train : object or None
        The same by name.
    baseline : object or None
        A fitted estimator to compare a search, or a single estimator, with.
    search : object or None
        The fitted search or the Optuna study that led to `after`; of several pairs, a
        dict by name.
    groups : array_like of shape (n_test,), str or None
        The group of each test row, or the column of X_test that holds it.

    Raises
    ------
    StudyError, DataError
        With what is missing, or stands in another's place.
    """
    if not inputs:
        raise StudyError(f"judge: nothing is handed over; call {_FORMS}.")
    first, rest = inputs[0], list(inputs[1:])
    if isinstance(first, Mapping):
        pairs = _of_mapping(first, search)
    elif is_study(first):
        raise StudyError(
            "judge: an Optuna study holds trials, but no fitted model. Fit the baseline "
            "and the best configuration, then call judge(before, after, X_test, y_test, "
            "search=study)."
        )
    elif is_search(first) and (not rest or not _is_other(rest[0])):
        refuse_unusable(first, "search")
        pairs = (BeforeAfter(MODEL, baseline, first, first),)
    else:
        before, after = _before_and_after(first, rest, baseline)
        pairs = (_with_record(BeforeAfter(MODEL, before, after, search)),)
    rows = _rows(rest, pairs, X_test, y_test, X_train, y_train)
    handed = HandedOver(pairs, *rows)
    _check(handed)
    return replace(handed, groups=read_groups(groups, handed.X_test, handed.y_test))


def _is_other(value: Any) -> bool:
    """Return whether a second argument is the estimator after tuning, and not rows."""
    return is_estimator(value) or is_search(value)


def _before_and_after(first: Any, rest: list[Any], baseline: Any) -> tuple[Any, Any]:
    """Return both cases, and take the second one off the arguments that are left."""
    name = type(first).__name__
    if isinstance(first, type):
        raise StudyError(
            f"before: {first.__name__} is a class; give a fitted estimator, as in "
            f"{first.__name__}().fit(X_train, y_train)."
        )
    if is_estimator(first):
        if rest and _is_other(rest[0]):
            return first, rest.pop(0)
        if baseline is not None:
            return baseline, first
        if rest and isinstance(rest[0], type):
            raise StudyError(
                f"after: {rest[0].__name__} is a class; give a fitted estimator."
            )
        raise StudyError(
            f"judge: one fitted {name} is handed over, and nothing to compare it with. "
            "Call judge(before, after, X_test, y_test), or name baseline=."
        )
    if callable(first) and not hasattr(first, "__array__"):
        raise StudyError(
            f"before: a {name} is not an estimator; give an object with predict, or an "
            "array of predicted classes."
        )
    misplaced = next((n for n, value in enumerate(rest, 2) if _is_other(value)), None)
    if misplaced is not None:
        raise StudyError(
            f"judge: argument 1 is a {name}, argument {misplaced} an estimator. Estimators "
            f"come before the rows: {_FORMS}."
        )
    if not rest:
        raise StudyError(
            f"judge: argument 1 is a {name}, and nothing follows; call {_FORMS}, or "
            "judge(predicted_before, predicted_after, y_test)."
        )
    return first, rest.pop(0)


def _of_mapping(pairs: Mapping[Any, Any], searches: Any) -> tuple[BeforeAfter, ...]:
    if not pairs:
        raise StudyError(
            "judge: the dict of pairs is empty; give {'name': (before, after)}."
        )
    records = searches if isinstance(searches, Mapping) else {}
    if searches is not None and not isinstance(searches, Mapping):
        raise StudyError(
            "search: give a dict by name where several pairs are judged, as in "
            "search={'name': study}."
        )
    unknown = [name for name in records if name not in pairs]
    if unknown:
        raise StudyError(
            f"search: {unknown[0]!r} is not one of the pairs "
            f"({', '.join(map(str, pairs))})."
        )
    made = []
    for name, pair in pairs.items():
        if not isinstance(name, str) or not name.strip():
            raise StudyError(f"judge: {name!r} is not a name; give text, as in 'churn'.")
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            size = f" of {len(pair)}" if isinstance(pair, tuple | list) else ""
            raise StudyError(
                f"{name}: must be a pair, (before, after); it is a "
                f"{type(pair).__name__}{size}."
            )
        before, after = pair
        made.append(_with_record(BeforeAfter(name, before, after, records.get(name))))
    return tuple(made)


def _with_record(pair: BeforeAfter) -> BeforeAfter:
    """Take the record of a search from the fitted search, where it is handed over."""
    for place, value in (("before", pair.before), ("after", pair.after)):
        if is_study(value):
            raise StudyError(
                f"{place}: an Optuna study holds no fitted model; give the fitted model, "
                "and the study as search=."
            )
        if is_search(value):
            refuse_unusable(value, place)
    if pair.search is None and is_search(pair.after):
        return BeforeAfter(pair.name, pair.before, pair.after, pair.after)
    return pair


def _rows(
    rest: list[Any],
    pairs: tuple[BeforeAfter, ...],
    X_test: Any,
    y_test: Any,
    X_train: Any,
    y_train: Any,
) -> tuple[Any, Any, Any, Any]:
    """Put the rows in their places: by position first, then by name."""
    predictions = not any(is_estimator(v) for p in pairs for v in (p.before, p.after))
    places = ["X_test", "y_test", "X_train", "y_train"]
    if predictions and len(rest) == 1 and y_test is None:
        places = ["y_test"]
    named = {"X_test": X_test, "y_test": y_test, "X_train": X_train, "y_train": y_train}
    free = [place for place in places if named[place] is None]
    if len(rest) > len(free):
        raise StudyError(f"judge: {len(rest)} arguments follow the models; call {_FORMS}.")
    named.update(zip(free, rest, strict=False))
    return named["X_test"], named["y_test"], named["X_train"], named["y_train"]


def _check(handed: HandedOver) -> None:
    """Refuse rows that are missing, swapped, or the same twice."""
    if handed.y_test is None:
        raise StudyError(
            "y_test: is missing; give the true class of every test row, as in "
            "judge(before, after, X_test, y_test)."
        )
    estimators = [v for p in handed.pairs for v in (p.before, p.after) if is_estimator(v)]
    if estimators and handed.X_test is None:
        raise StudyError("X_test: is missing; give the rows to predict.")
    for part, X, y in (
        ("test", handed.X_test, handed.y_test),
        ("train", handed.X_train, handed.y_train),
    ):
        _check_part(part, X, y)
    if handed.X_train is not None and handed.X_train is handed.X_test:
        raise DataError(
            "X_train: is the same object as X_test; a model must be judged on rows that it "
            "was not fitted on. Give the rows that were held out as X_test."
        )


def _check_part(part: str, X: Any, y: Any) -> None:
    if X is None:
        return
    if y is None:
        raise StudyError(f"y_{part}: is missing next to X_{part}; give both or neither.")
    if is_estimator(X) or is_estimator(y):
        raise StudyError(
            f"X_{part}: is an estimator; estimators come before the rows: {_FORMS}."
        )
    if _n_dimensions(X) == 1 and _n_dimensions(y) > 1:
        raise DataError(
            f"X_{part} and y_{part} look swapped: X_{part} has one value per row and "
            f"y_{part} several. Give the rows first, then one class label per row."
        )
    rows, labels = n_rows(X, f"X_{part}"), n_rows(y, f"y_{part}")
    if rows != labels:
        raise DataError(
            f"X_{part} has {rows:,} rows, but y_{part} has {labels:,}; they must be the "
            "same rows in the same order."
        )


def _n_dimensions(value: Any) -> int:
    shape = getattr(value, "shape", None)
    if shape is not None:
        return 1 if len(shape) == 2 and shape[1] == 1 else len(shape)
    return 2 if len(value) and isinstance(value[0], list | tuple) else 1
