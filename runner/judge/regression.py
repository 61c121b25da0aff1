"""A comparison of regressors, or of predicted values: what differs from that of classes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner import metrics, models
from tunecard.runner.datasets.numeric_target import check_values, describe_target
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.judge import answers as answering
from tunecard.runner.judge import rows
from tunecard.runner.judge.arguments import searched_metrics
from tunecard.runner.judge.build import NOT_TIMED, TITLE, dtype_of, lines_of, winner_of
from tunecard.runner.judge.study import DATASET, Judged
from tunecard.runner.judge.values import Answers, HandedOver
from tunecard.runner.metrics import Outputs, Scorer, TaskName, find
from tunecard.runner.models.fitting import as_list, captured
from tunecard.runner.models.objects import changed_params
from tunecard.runner.models.quantiles import quantile_of
from tunecard.runner.quality import quality_of_values
from tunecard.runner.schema import Case, DatasetInfo, Study, Variant
from tunecard.runner.store.predictions import PredictedRows

Values = NDArray[np.float64]


def task_of(handed: HandedOver, task: TaskName | None) -> TaskName:
    """Return the task of a call: as the caller names it, else by what is handed over.

    Regressors, and true values with fractions, make a regression.

    Raises
    ------
    StudyError
        If a regressor is to be compared with a classifier.
    """
    if task is not None:
        return task
    estimators = [
        (place, value)
        for pair in handed.pairs
        for place, value in (("before", pair.before), ("after", pair.after))
        if answering.is_estimator(value)
    ]
    regressors = [each for each in estimators if _is_regressor(each[1])]
    classifiers = [each for each in estimators if _is_classifier(each[1])]
    if regressors and classifiers:
        (place, regressor), (other, classifier) = regressors[0], classifiers[0]
        raise StudyError(
            f"{place}: {type(regressor).__name__} is a regressor, and {other}, "
            f"{type(classifier).__name__}, is a classifier. Give two of one kind."
        )
    if regressors or classifiers:
        return "regression" if regressors else "classification"
    return "regression" if _has_fractions(handed.y_test) else "classification"


def _is_regressor(estimator: Any) -> bool:
    from sklearn.base import is_regressor

    try:
        return bool(is_regressor(estimator))
    except Exception:  # noqa: BLE001 # another library's estimator may have no tags
        return False


def _is_classifier(estimator: Any) -> bool:
    return hasattr(estimator, "predict_proba") or hasattr(estimator, "classes_")


def _has_fractions(y: Any) -> bool:
    try:
        values = np.asarray(y)
    except ValueError:
        return False
    if values.dtype.kind != "f":
        return False
    numbers = values[np.isfinite(values)]
    return bool((numbers != np.floor(numbers)).any())


def as_values(raw: Any, place: str, n_rows: int | None = None) -> Values:
    """Return one number a row, in float64.

    Raises
    ------
    DataError
        If it is not that.
    """
    try:
        values = np.asarray(raw)
        values = values.astype(np.float64) if values.dtype != bool else values
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{place}: does not hold numbers ({models.one_line(error)}); a regression has "
            "a number in every row."
        ) from error
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1 or values.dtype == bool:
        raise DataError(
            f"{place}: has the shape {values.shape} and the type {values.dtype}; give one "
            "number per row."
        )
    if n_rows is not None and len(values) != n_rows:
        raise DataError(
            f"{place}: has {len(values):,} rows, but y_test has {n_rows:,}; they must be "
            "the same rows in the same order."
        )
    lost = np.flatnonzero(~np.isfinite(values))
    if len(lost):
        raise DataError(
            f"{place}: {len(lost):,} of {len(values):,} rows are NaN or infinite, the "
            f"first of them row {int(lost[0]) + 1:,}. Give a number for every row."
        )
    if len(values) < 2:
        raise DataError(f"{place}: has {len(values)} rows; give at least two test rows.")
    return values


def true_values(raw: Any) -> Values:
    """Return the true values of the test rows, which must differ."""
    values = as_values(raw, "y_test")
    check_values(values, "y_test")
    return values


def answers_of(value: Any, place: str, handed: HandedOver, scored: Any) -> Answers:
    """Return what one case predicted for the test rows.

    Parameters
    ----------
    value : estimator or array_like
        A fitted regressor, or predicted values of shape (n_test,).
    place : str
        How a message calls it.
    handed : HandedOver
        The rows.
    scored : array_like, data frame or None
        Training rows that are scored.
    """
    n_test = len(np.asarray(handed.y_test))
    if not answering.is_estimator(value):
        return Answers(
            labels=np.empty(0, dtype=str),
            classes=(),
            source="predicted values",
            values=as_values(value, place, n_test),
        )
    if _is_classifier(value):
        raise StudyError(
            f"{place}: {type(value).__name__} is a classifier, and the task is regression. "
            'Give a fitted regressor, or set task="classification".'
        )
    rows.check_columns(value, handed.X_test, place)
    with captured() as counts:
        returned = answering.call(value, "predict", handed.X_test, place)
    warned = as_list(counts, "predict")
    predicted = as_values(returned, f"{place}.predict", n_test)
    train_values = None
    if scored is not None:
        with captured() as counts:
            of_train = answering.call(value, "predict", scored, place)
        warned += as_list(counts, "train")
        train_values = as_values(of_train, f"{place}.predict on X_train")
    return Answers(
        labels=np.empty(0, dtype=str),
        classes=(),
        estimator=value,
        warnings=warned,
        values=predicted,
        train_values=train_values,
    )


def metric_of(judged: Sequence[Judged]) -> str | None:
    """Return the metric of the searches, where it is tested; None for the default."""
    named = searched_metrics(judged)
    metric = metrics.find(named[0]) if len(named) == 1 else None
    if metric is None or not metric.suits("regression") or metric.inference == "none":
        return None
    return metric.name


def dataset_of(
    handed: HandedOver, truth: Values, y_train: Values | None, unit: str | None, source: str
) -> DatasetInfo:
    """Describe the rows: counted, hashed, and whether test rows stand in training."""
    train = np.empty(0) if y_train is None else y_train
    return DatasetInfo(
        name=DATASET,
        title=TITLE,
        source=source,
        n_train=len(train),
        n_test=len(truth),
        n_features=rows.n_columns(handed.X_test) if handed.X_test is not None else 0,
        dtype=dtype_of(handed.X_test),
        image_shape=None,
        values=describe_target(unit, train, truth),
        split="declared",
        split_unit="row" if handed.groups is None else "group",
        **rows.hashes_of(handed, truth, y_train),
    )


def case_of(
    model: Judged,
    variant: Variant,
    answers: Answers,
    *,
    truth: Values,
    train: Values | None,
    study: Study,
    names: tuple[str, ...],
    handed: HandedOver,
) -> Case:
    """Make the row of a case; `train` are the true values of scored training rows."""
    assert answers.values is not None  # of a regression
    of_train = None
    if train is not None and answers.train_values is not None:
        of_train = train, answers.train_values
    estimator = winner_of(answers.estimator)
    return Case(
        model=model.name,
        variant=variant,
        seed=study.seed,
        status="ok",
        params=changed_params(estimator) if hasattr(estimator, "get_params") else {},
        python=lines_of(answers),
        elapsed=None,
        unmeasured={"timings": NOT_TIMED, "elapsed": NOT_TIMED},
        quality=quality_of_values(
            truth,
            answers.values,
            of_train,
            names=names,
            scored=_scored(answers.estimator, handed, names),
        ),
        quantile=quantile_of(estimator),
        origin="imported",
    )


def _scored(
    estimator: Any, handed: HandedOver, names: tuple[str, ...]
) -> dict[str, float | str]:
    """Return the values of metrics that need the estimator itself, or why one has none."""
    values: dict[str, float | str] = {}
    for metric in map(find, names):
        if metric is None or metric.needs != "estimator" or estimator is None:
            continue
        score = Scorer(metric, task="regression")
        try:
            y = np.asarray(handed.y_test, dtype=np.float64).ravel()
            values[metric.name] = score.of_model(
                estimator, handed.X_test, y, score.classes_of(y)
            )
        except Exception as error:  # noqa: BLE001 # a user's scorer may raise anything
            values[metric.name] = f"its scorer fails ({models.one_line(error)})"
    return values


def table_of(judged: Sequence[Judged], truth: Values) -> PredictedRows:
    """Gather what the cases predicted."""
    return PredictedRows(
        index=np.arange(len(truth), dtype=np.int64),
        y_true=truth,
        classes=(),
        cases={
            f"{model.name}/{variant}": Outputs(values=answers.values)
            for model in judged
            for variant, answers in model.cases
        },
    )
