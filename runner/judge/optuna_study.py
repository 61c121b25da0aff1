"""The record of an Optuna study: its trials, pruned and failed ones included."""

from collections.abc import Sequence
from typing import Any

from tunecard.runner import metrics
from tunecard.runner.errors import StudyError
from tunecard.runner.judge.searches import checked_space, plain_params, spec_of_scorer
from tunecard.runner.judge.values import ImportedSearch
from tunecard.runner.schema import Candidate, Search

#: What scikit-learn's OptunaSearchCV notes of each fold of a trial.
_OF_FOLD = "split{}_test_score"


def record_of_study(study: Any, metric: str | None = None) -> ImportedSearch:
    """Read the trials of a study that has ended.

    Parameters
    ----------
    study : optuna.Study
        Of one objective; its direction is kept.
    metric : str or None
        What the objective is; None for the name that the study has for it.

    Raises
    ------
    StudyError
        If it has several objectives, or no trial with a value.
    """
    if len(study.directions) != 1:
        raise StudyError(
            f"search: the Optuna study has {len(study.directions)} objectives, so no "
            "single trial is the best. Judge the models without search=, or give a study "
            "of one objective."
        )
    trials = [trial for trial in study.trials if trial.state.is_finished()]
    if not any(trial.state.name == "COMPLETE" for trial in trials):
        raise StudyError(
            f"search: none of the {len(study.trials)} trials of the Optuna study has a "
            "value; run study.optimize before judging."
        )
    greater = study.direction.name == "MAXIMIZE"
    names = getattr(study, "metric_names", None) or ["objective"]
    name = metric or str(names[0])
    own_metric = metrics.find(name)
    if own_metric is not None and (
        own_metric.of_positive or own_metric.greater_is_better != greater
    ):
        own_metric = None
    best = study.best_trial
    n_folds = _n_folds(best)
    return ImportedSearch(
        strategy="optuna",
        metric=name,
        scored=None if own_metric else spec_of_scorer(name, greater=greater),
        space=_space(trials, n_folds),
        candidates=tuple(_candidate(trial, n_folds) for trial in trials),
        best=best.number + 1,
        folds=(None,) * n_folds,
        best_params=plain_params(best.params),
    )


def _space(trials: Sequence[Any], n_folds: int) -> Search | None:
    """Return the distributions that the trials drew from, where a study can name them."""
    space: dict[str, Any] = {}
    for trial in trials:
        for name, drawn in trial.distributions.items():
            space.setdefault(name, _dimension(drawn))
    fields = {
        "strategy": "optuna",
        "folds": max(n_folds, 2),
        "n_trials": max(len(trials), 1),
    }
    return checked_space(fields, space) if space else None


def _dimension(drawn: Any) -> Any:
    """Write a distribution of Optuna's as a study does."""
    if hasattr(drawn, "choices"):
        return list(drawn.choices)
    integer = isinstance(drawn.low, int)
    kind = (
        "loguniform" if drawn.log and not integer else "randint" if integer else "uniform"
    )
    return {"distribution": kind, "low": float(drawn.low), "high": float(drawn.high)}


def _n_folds(trial: Any) -> int:
    """Count the folds that a trial has scores of; a plain trial has one value."""
    n_folds = 0
    while _OF_FOLD.format(n_folds) in trial.user_attrs:
        n_folds += 1
    return n_folds or 1


def _candidate(trial: Any, n_folds: int) -> Candidate:
    done = trial.state.name == "COMPLETE"
    scores: tuple[float | None, ...] = (None,) * n_folds
    if done:
        values = [trial.user_attrs.get(_OF_FOLD.format(i)) for i in range(n_folds)]
        has_folds = n_folds > 1 and all(value is not None for value in values)
        scores = tuple(values) if has_folds else (trial.value,) * n_folds
    seconds = trial.duration.total_seconds() if trial.duration is not None else None
    return Candidate(
        index=trial.number + 1,
        eligible=True,
        params=plain_params(trial.params),
        scores=scores,
        cpu_seconds=(None,) * n_folds,
        status="ok" if done else "failed",
        reason=None if done else _reason(trial),
        fold_seconds=None if seconds is None else seconds / n_folds,
    )


def _reason(trial: Any) -> str:
    """Return why a trial has no value."""
    if trial.state.name == "PRUNED":
        step = trial.last_step
        return "pruned" if step is None else f"pruned after step {step}"
    cause = trial.system_attrs.get("fail_reason")
    return str(cause) if cause else "the trial failed"
