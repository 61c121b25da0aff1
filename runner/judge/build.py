"""From what was handed over to the values of the contract: data, models, cases."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner import models
from tunecard.runner.datasets.classes import named, positive_of
from tunecard.runner.errors import StudyError
from tunecard.runner.judge import rows
from tunecard.runner.judge.labels import ClassLabels
from tunecard.runner.judge.study import DATASET, Judged
from tunecard.runner.judge.values import Answers, HandedOver
from tunecard.runner.metrics import Outputs, Scorer, find
from tunecard.runner.models.objects import changed_params
from tunecard.runner.quality import quality
from tunecard.runner.schema import (
    CapturedWarning,
    Case,
    ClassInfo,
    Data,
    DatasetInfo,
    SearchRecord,
    Study,
    Variant,
)

TITLE = "data handed over"
NOT_TIMED = "its fit and predict ran before they were handed over"
_NOT_RECORDED = "the record that was handed over does not hold it"


def dataset_of(
    handed: HandedOver,
    classes: ClassLabels,
    own: NDArray[Any],
    y_test: NDArray[np.int64],
    y_train: NDArray[np.int64] | None,
    data: Data,
    source: str,
) -> DatasetInfo:
    """Describe the rows: counted, hashed, and whether test rows stand in training.

    `own` are the labels of the classes, as estimators have them.

    Raises
    ------
    StudyError
        If `data` names a class that does not occur.
    """
    try:
        names = named(classes.labels, data, TITLE)
        positive = positive_of(names, data, TITLE)
    except StudyError as error:  # of the study's fields, which are arguments here
        text = str(error).replace("data.positive", "positive")
        raise StudyError(text.replace("data.class_names", "labels")) from error
    train = np.array([], dtype=np.int64) if y_train is None else y_train
    counts = [np.bincount(y, minlength=len(names)).tolist() for y in (train, y_test)]
    return DatasetInfo(
        name=DATASET,
        title=TITLE,
        source=source,
        n_train=len(train),
        n_test=len(y_test),
        n_features=rows.n_columns(handed.X_test) if handed.X_test is not None else 0,
        dtype=dtype_of(handed.X_test),
        image_shape=None,
        classes=tuple(
            ClassInfo.of(name, label, n_train=a, n_test=b)
            for name, label, a, b in zip(names, own, *counts, strict=True)
        ),
        split="declared",
        split_unit="row" if handed.groups is None else "group",
        positive=positive,
        **rows.hashes_of(handed, y_test, y_train),
    )


def dtype_of(X: Any) -> str:
    """Name the dtype of rows, or what holds them; empty without rows."""
    if X is None:
        return ""
    dtype = getattr(X, "dtype", None)
    return str(dtype) if dtype is not None else f"a {type(X).__name__}"


def outputs_of(
    answers: Answers,
    classes: ClassLabels,
    positive: int | None = None,
    own: NDArray[Any] | None = None,
) -> Outputs:
    """Return what a case answered by class code: classes, probabilities or scores.

    Parameters
    ----------
    answers : Answers
    classes : ClassLabels
    positive : int or None
        Code of the positive class.
    own : ndarray of shape (n_classes,) or None
        The label of each code, as estimators have it.
    """
    shares = None
    if answers.probabilities is not None:
        shares = np.zeros((len(answers.labels), len(classes.labels)), dtype=np.float32)
        columns = classes.codes(np.array(answers.classes, dtype=str))
        shares[:, columns] = answers.probabilities
    scores = answers.scores if answers.classes == classes.labels else None
    return Outputs(
        classes.codes(answers.labels),
        probabilities=shares,
        scores=scores,
        n_classes=len(classes.labels),
        positive=positive,
        classes=own,
    )


def case_of(
    model: Judged,
    variant: Variant,
    answers: Answers,
    *,
    classes: ClassLabels,
    info: DatasetInfo,
    y_test: NDArray[np.int64],
    scored: NDArray[np.int64] | None,
    study: Study,
    names: tuple[str, ...],
    handed: HandedOver,
) -> Case:
    """Make the row of a case, its quality computed from its answers."""
    outputs = outputs_of(answers, classes)
    own = np.array([entry.own_label for entry in info.classes])
    assert outputs.labels is not None  # of a classifier
    train = None
    if scored is not None and answers.train_labels is not None:
        train = scored, classes.codes(answers.train_labels)
    estimator = winner_of(answers.estimator)
    params = changed_params(estimator) if hasattr(estimator, "get_params") else {}
    return Case(
        model=model.name,
        variant=variant,
        seed=study.seed,
        status="ok",
        params=params,
        python=lines_of(answers),
        elapsed=None,
        unmeasured={"timings": NOT_TIMED, "elapsed": NOT_TIMED},
        quality=quality(
            y_test,
            outputs.labels,
            outputs.probabilities,
            tuple(entry.name for entry in info.classes),
            train,
            info.positive,
            scores=outputs.scores,
            classes=own,
            names=names,
            scored=_scored(answers.estimator, handed, own, names),
        ),
        origin="imported",
    )


def _scored(
    estimator: Any, handed: HandedOver, classes: NDArray[Any], names: tuple[str, ...]
) -> dict[str, float | str]:
    """Return the values of metrics that need the estimator itself, or why one has none."""
    values: dict[str, float | str] = {}
    for metric in map(find, names):
        if metric is None or metric.needs != "estimator" or estimator is None:
            continue
        y = np.asarray(handed.y_test).ravel()
        try:
            values[metric.name] = Scorer(metric).of_model(
                estimator, handed.X_test, y, classes
            )
        except Exception as error:  # noqa: BLE001 # a user's scorer may raise anything
            values[metric.name] = f"its scorer fails ({models.one_line(error)})"
    return values


def winner_of(estimator: Any) -> Any:
    """Return the estimator that predicts: of a fitted search its winner."""
    return getattr(estimator, "best_estimator_", estimator)


def lines_of(answers: Answers) -> tuple[str, ...]:
    """Return Python lines that make the estimator, or a comment with its source."""
    estimator = winner_of(answers.estimator)
    if estimator is None:
        return (f"# {answers.source}",)
    if hasattr(estimator, "get_params"):
        return models.lines_of(estimator)
    return (f"# an object of {type(estimator).__module__}.{type(estimator).__qualname__}",)


def record_of(model: Judged, seed: int) -> SearchRecord | None:
    """Make the record of the search that led to a tuned case, where one was imported."""
    search = model.search
    if search is None:
        return None
    return SearchRecord(
        model=model.name,
        seed=seed,
        strategy=search.strategy,
        metric=search.metric,
        scored=search.scored,
        method="imported",
        folds=search.folds,
        candidates=search.candidates,
        best=search.best,
        n_fits=len(search.candidates) * len(search.folds),
        jobs=None,
        threads=None,
        cpu_seconds=None,
        wall_seconds=None,
        origin="imported",
        unmeasured=dict.fromkeys(
            ("cpu_seconds", "wall_seconds", "jobs", "threads"), _NOT_RECORDED
        ),
    )


def warnings_of(judged: Sequence[Judged]) -> tuple[CapturedWarning, ...]:
    """Gather the warnings that the estimators raised while they answered."""
    return tuple(
        CapturedWarning(
            where=warning.where,
            model=model.name,
            variant=variant,
            category=warning.category,
            message=warning.message,
            count=warning.count,
        )
        for model in judged
        for variant, answers in model.cases
        for warning in answers.warnings
    )
