"""One candidate on one fold: fit, predict, score; what both search paths share."""

import math
from typing import Any, Literal, NamedTuple

from tunecard.runner.host import machine
from tunecard.runner.host.clocks import process_time
from tunecard.runner.metrics import Scorer
from tunecard.runner.models import fallbacks, weighting
from tunecard.runner.models.fitting import (
    WarningCount,
    WarningCounts,
    as_list,
    captured,
    converged,
    describe,
)
from tunecard.runner.resampling import Fold
from tunecard.runner.rows import LabeledRows, weights_of
from tunecard.runner.schema import Frozen
from tunecard.runner.search.answers import NOTHING, RecordedAnswers, Storage, uses_outputs
from tunecard.runner.search.fixed_steps import FoldRows, Transformed, transform


class FoldScore(Frozen):
    """One candidate on one fold; `score` is None where it failed with `reason`.

    ``cpu_seconds`` covers fit, predict and score; ``peak_memory`` is the highest
    resident set of the process, in bytes. ``failure`` is set where it took too much
    time or memory, or its process with it. ``worker`` is the address of the cluster's
    worker that did it; None on this machine. ``shared_seconds`` of CPU time went into
    transformed rows that other candidates get as well; they are not in ``cpu_seconds``.
    ``outputs`` is what the model answered, packed by :mod:`tunecard.runner.search.answers`.
    ``joint``: its fit made matrix products together with those of other candidates.
    """

    score: float | None
    cpu_seconds: float
    reason: str | None = None
    converged: bool | None = None
    warnings: tuple[WarningCount, ...] = ()
    peak_memory: int = 0
    failure: Literal["timeout", "oom", "died"] | None = None
    worker: str | None = None
    shared_seconds: float = 0.0
    outputs: str | None = None
    joint: bool = False


class Fitted(NamedTuple):
    """A candidate that is fitted already: seconds of CPU time, and what was warned of."""

    model: Any
    rows: Transformed
    seconds: float
    warnings: WarningCounts


def score_fold(
    estimator: Any,
    params: dict[str, Any],
    data: LabeledRows,
    fold: Fold,
    score: Scorer,
    fold_rows: FoldRows | None = None,
    storage: Storage = NOTHING,
    fitted: Fitted | None = None,
) -> FoldScore:
    """Fit a candidate on a fold's training rows and score it on the others.

    Parameters
    ----------
    estimator : estimator
        Not fitted; a clone is.
    params : dict
        The candidate's parameters.
    data : (ndarray or DataFrame of shape (n_samples, n_features), ndarray of labels)
        The search's rows; only the training part of a study. With sample weights as a
        third, the fit gets them, and the scorer where it takes them.
    fold : (ndarray, ndarray)
        Row numbers to fit on and to score on.
    score : Scorer
        The metric.
    fold_rows : FoldRows or None
        Rows of the estimator's transformers, kept from one candidate to the next; None
        where each candidate makes its own.
    storage : Storage
        What of the outputs is kept.
    fitted : Fitted or None
        The candidate, where it is fitted on these rows; `estimator` and `params` then
        stand for nothing.

    Returns
    -------
    FoldScore
        A failure is a score of None with the reason, as in scikit-learn's
        ``error_score=nan``.
    """
    from sklearn.base import clone

    y, (train, valid), weight = data[1], fold, weights_of(data)
    if not uses_outputs(score.metric):
        fold_rows = None  # its scorer gets the whole estimator, and rows as they are
    if weight is not None and weighting.routes_weights(estimator):
        fold_rows = None  # a transformer may have requested them
    to_fit, to_score = (None if weight is None else weight[rows] for rows in (train, valid))
    classes = score.classes_of(y)
    failure: Literal["oom"] | None = None
    shared, before, answers = 0.0, 0.0, RecordedAnswers()
    with captured() as counts:
        start = process_time()
        model, value, reason = None, None, None
        try:
            model = fitted.model if fitted else clone(estimator).set_params(**params)
            with fallbacks.raise_on_fallback(model):
                if fitted:
                    rows, before = fitted.rows, fitted.seconds
                    counts.update(fitted.warnings)
                else:
                    model, rows = behind(model, params, data, fold, fold_rows)
                counts.update(rows.warnings)
                shared, start = rows.seconds, process_time()
                if not fitted:
                    weighting.fit_call(model, rows.X_train, y[train], to_fit)(model)
                with answers.recorded(model):
                    value = score.of_model(model, rows.X_valid, y[valid], classes, to_score)
        except MemoryError as error:
            value, reason, failure = None, describe(error), "oom"
        except (Exception, SystemExit) as error:  # noqa: BLE001 # a user's estimator may
            value, reason = None, describe(error)  # also where the engine fell back
        seconds = before + process_time() - start
    scored = folded(value, seconds, reason, model, counts, failure)
    outputs = None
    if scored.score is not None:
        outputs = answers.packed(model, storage, classes, len(valid))
    return scored.model_copy(update={"shared_seconds": shared, "outputs": outputs})


def behind(
    model: Any,
    params: dict[str, Any],
    data: LabeledRows,
    fold: Fold,
    fold_rows: FoldRows | None,
) -> tuple[Any, Transformed]:
    """Return what of a candidate is left to fit, and the rows that it is fitted on."""
    from sklearn.pipeline import Pipeline

    done = fold_rows.of(params, data, fold) if fold_rows is not None else None
    if done is None:
        return model, transform(model, 0, data, fold)
    return Pipeline(model.steps[done[0] :]), done[1]


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
