"""The answers of every case, and the record of every search."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner import rows
from tunecard.runner.datasets.subset import scored_rows
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.judge import answers as answering
from tunecard.runner.judge import searches
from tunecard.runner.judge.labels import Texts, as_texts, classes_of
from tunecard.runner.judge.study import Judged, name_of
from tunecard.runner.judge.values import Answers, BeforeAfter, HandedOver, ImportedSearch
from tunecard.runner.models import final_step, one_line


def scored_positions(
    handed: HandedOver, seed: int, *, by_class: bool = True
) -> NDArray[np.int64] | None:
    """Choose the training rows that are scored, where they are handed over."""
    if handed.X_train is None:
        return None
    if not by_class:
        return scored_rows(np.asarray(handed.y_train).ravel(), seed, stratified=False)
    y_train = as_texts(handed.y_train, "y_train")
    return scored_rows(np.unique(y_train, return_inverse=True)[1], seed)


def of_classes(
    handed: HandedOver,
    truth: Texts,
    positions: NDArray[np.int64] | None,
    classes: tuple[str, ...] | None,
) -> Callable[[Any, str], Answers]:
    """Return what takes the answers of one case: an estimator's, or those of an array."""
    n_test = len(truth)
    scored = None if positions is None else rows.take(handed.X_train, positions)
    true_classes = np.array(classes_of([truth]).labels)

    def answers_of(value: Any, place: str) -> Answers:
        if answering.is_estimator(value):
            return answering.of_estimator(value, handed.X_test, n_test, place, scored)
        return answering.of_arrays(value, n_test, classes, true_classes, place)

    return answers_of


def answered(handed: HandedOver, answers_of: Callable[[Any, str], Answers]) -> list[Judged]:
    """Take the answers of both cases of every pair."""
    made = []
    taken: list[str] = []
    alone = len(handed.pairs) == 1
    for pair in handed.pairs:
        before, after = (
            answers_of(value, place)
            for value, place in (
                (_baseline(pair, handed), "before" if alone else f"{pair.name}[0]"),
                (pair.after, "after" if alone else f"{pair.name}[1]"),
            )
        )
        name = name_of(pair.name, taken)
        taken.append(name)
        label = _label(pair, after)
        made.append(Judged(name, label, pair.name, before, after, _search(pair, handed)))
    return made


def _label(pair: BeforeAfter, after: Answers) -> str:
    """Return what a reader sees: the caller's name, else the classifier's class."""
    if pair.name != "model" or after.estimator is None:
        return pair.name
    inner = getattr(after.estimator, "best_estimator_", after.estimator)
    return type(final_step(inner)).__name__


def _baseline(pair: BeforeAfter, handed: HandedOver) -> Any:
    """Return the case before tuning: as handed over, or the search's own estimator."""
    if pair.before is not None:
        return pair.before
    estimator = getattr(pair.after, "estimator", None)
    if handed.X_train is None:
        raise StudyError(
            "judge: the baseline of a search is its own estimator before the search, "
            "fitted on the training rows. Give X_train and y_train, or a fitted baseline=."
        )
    from sklearn.base import clone

    try:
        return clone(estimator).fit(handed.X_train, handed.y_train)
    except Exception as error:  # a user's estimator may raise anything
        raise DataError(
            f"before: {type(estimator).__name__} cannot be fitted on X_train, y_train "
            f"({one_line(error)}). Fit the baseline yourself and name it, as "
            "baseline=."
        ) from error


def _search(pair: BeforeAfter, handed: HandedOver) -> ImportedSearch | None:
    if pair.search is None:
        return None
    if searches.is_study(pair.search):
        from tunecard.runner.judge.optuna_study import record_of_study

        return record_of_study(pair.search)
    if hasattr(pair.search, "study_"):
        from tunecard.runner.judge.optuna_study import record_of_study

        return record_of_study(pair.search.study_, searches.metric_of(pair.search)[0])
    return searches.record_of(pair.search, _folds(pair.search, handed))


def _folds(search: Any, handed: HandedOver) -> list[tuple[int, int]] | None:
    """Return the rows of each fold, from the search's own splitter on the training rows."""
    if handed.X_train is None or not hasattr(search, "cv"):
        return None
    from sklearn.base import is_classifier
    from sklearn.model_selection import check_cv

    try:
        splitter = check_cv(
            search.cv, handed.y_train, classifier=is_classifier(search.estimator)
        )
        return [
            (len(train), len(test))
            for train, test in splitter.split(handed.X_train, handed.y_train)
        ]
    except (TypeError, ValueError):  # such as one that needs groups
        return None
