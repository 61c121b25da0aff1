"""scikit-learn's scorers, and functions like theirs, as metrics."""

import difflib
import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from tunecard.runner import internals
from tunecard.runner.metrics import labels
from tunecard.runner.metrics.confusion import Confusion, Values, ratio
from tunecard.runner.metrics.functions import ScoreFunction
from tunecard.runner.metrics.losses import POWERS, RANGES_OF_VALUES, row_losses_of
from tunecard.runner.metrics.value import Inference, Metric, TaskName

#: What scikit-learn scores besides classes, by the module of a scorer's function.
_OTHER_TARGETS = {".cluster": "clusterings"}
#: A function of scikit-learn's with an argument, as a study names it.
_WITH_ARGUMENT = re.compile(r"([a-z0-9_]+)(?:\(([a-z]+)=(-?[0-9]+(?:\.[0-9]+)?)\))?")
#: Functions without a scorer of their own, and the argument that each may have.
FUNCTIONS: Mapping[str, str] = {
    "mean_pinball_loss": "alpha",
    "mean_tweedie_deviance": "power",
    "d2_pinball_score": "alpha",
    "d2_tweedie_score": "power",
}
#: Scorers that are a metric of Tunecard's own with the sign changed.
NEGATED: Mapping[str, str] = {"neg_log_loss": "log_loss", "neg_brier_score": "brier"}
_SHARE, _CORRELATION = (0.0, 1.0), (-1.0, 1.0)
#: By the name of scikit-learn's function, where its values have limits.
_RANGES: Mapping[str, tuple[float, float]] = {
    "accuracy_score": _SHARE,
    "average_precision_score": _SHARE,
    "f1_score": _SHARE,
    "fbeta_score": _SHARE,
    "hamming_loss": _SHARE,
    "jaccard_score": _SHARE,
    "precision_score": _SHARE,
    "recall_score": _SHARE,
    "roc_auc_score": _SHARE,
    "top_k_accuracy_score": _SHARE,
    "zero_one_loss": _SHARE,
    "cohen_kappa_score": _CORRELATION,
    "matthews_corrcoef": _CORRELATION,
    "d2_brier_score": (-math.inf, 1.0),
    "d2_log_loss_score": (-math.inf, 1.0),
    "negative_likelihood_ratio": (0.0, math.inf),
    "positive_likelihood_ratio": (0.0, math.inf),
}
_LABELS = {
    "cohen_kappa_score": "Cohen's kappa",
    "d2_brier_score": "D2 of the Brier score",
    "d2_log_loss_score": "D2 of the log loss",
    "d2_absolute_error_score": "D2 of the absolute error",
    "d2_pinball_score": "D2 of the pinball loss",
    "d2_tweedie_score": "D2 of the Tweedie deviance",
    "f1": "F1",
    "f1_score": "F1",
    "fbeta_score": "F-beta",
    "jaccard": "Jaccard index",
    "matthews_corrcoef": "Matthews correlation",
    "mean_pinball_loss": "pinball loss",
    "mean_tweedie_deviance": "Tweedie deviance",
    "mean_poisson_deviance": "Poisson deviance",
    "mean_gamma_deviance": "gamma deviance",
    "mean_squared_log_error": "MSLE",
    "root_mean_squared_log_error": "RMSLE",
    "roc_auc": "ROC AUC",
    "top_k_accuracy": "top-k accuracy",
}
_AVERAGES = {
    "_ovo_weighted": "one-vs-one, weighted",
    "_ovr_weighted": "one-vs-rest, weighted",
    "_ovo": "one-vs-one, macro",
    "_ovr": "one-vs-rest, macro",
    "_macro": "macro",
    "_micro": "micro",
    "_weighted": "weighted",
}


def _matthews(confusion: Confusion) -> Values:
    chance = (confusion.predicted * confusion.support).sum(axis=-1)
    spread = [
        confusion.n**2 - (rows**2).sum(axis=-1)
        for rows in (confusion.predicted, confusion.support)
    ]
    root: Values = np.sqrt(spread[0] * spread[1])
    return ratio(np.asarray(confusion.n * confusion.n_right - chance), root)


def _kappa(confusion: Confusion) -> Values:
    chance = (confusion.predicted * confusion.support).sum(axis=-1) / confusion.n
    kappa: Values = (confusion.n_right - chance) / (confusion.n - chance)
    return kappa


def _jaccard_of_class(confusion: Confusion) -> Values:
    either = confusion.predicted + confusion.support - confusion.hits
    return ratio(confusion.hits, either)


def _jaccard(confusion: Confusion) -> Values:
    return confusion.of_positive(_jaccard_of_class(confusion))


def _jaccard_macro(confusion: Confusion) -> Values:
    return confusion.mean(_jaccard_of_class(confusion))


def _jaccard_micro(confusion: Confusion) -> Values:
    index: Values = confusion.n_right / (2 * confusion.n - confusion.n_right)
    return index


def _jaccard_weighted(confusion: Confusion) -> Values:
    return confusion.weighted(_jaccard_of_class(confusion))


#: Functions of the confusion matrix, to be resampled: by the function's name, where it
#: has no arguments, and by the scorer's.
_OF_FUNCTION: Mapping[str, Callable[[Confusion], Values]] = {
    "cohen_kappa_score": _kappa,
    "matthews_corrcoef": _matthews,
}
_OF_SCORER: Mapping[str, Callable[[Confusion], Values]] = {
    "f1_micro": labels.share_right,
    "jaccard": _jaccard,
    "jaccard_macro": _jaccard_macro,
    "jaccard_micro": _jaccard_micro,
    "jaccard_weighted": _jaccard_weighted,
    "precision_micro": labels.share_right,
    "recall_micro": labels.share_right,
}


@cache
def names(task: TaskName = "classification") -> tuple[str, ...]:
    """Return the names of scikit-learn's scorers for a task."""
    from sklearn.metrics import get_scorer_names

    wanted = "regressions" if task == "regression" else ""
    return tuple(name for name in get_scorer_names() if other_target(name) == wanted)


@cache
def other_target(name: str) -> str:
    """Return what a scorer of scikit-learn's is for, where that is not classes.

    Returns
    -------
    str
        ``regressions``, ``clusterings`` or ``several labels a row``; empty for a scorer
        of classifications, and for a name that scikit-learn does not have.
    """
    from sklearn.metrics import get_scorer, get_scorer_names

    if name not in get_scorer_names():
        return ""
    parts = internals.scorer_parts(get_scorer(name))
    if parts is None:
        return ""
    if parts.arguments.get("average") == "samples":
        return "several labels a row"
    module = parts.function.__module__
    if is_of_values(parts.function):
        return "regressions"
    return next((what for end, what in _OTHER_TARGETS.items() if end in module), "")


@cache
def by_name(name: str) -> Metric | None:
    """Return the metric of a scorer of scikit-learn's; None where it is not one.

    The negative of a loss is a metric without the ``neg_``, of which lower is better.
    """
    scorers = {*names(), *names("regression")}
    scorer_name = name if name in scorers else f"neg_{name}"
    if scorer_name not in scorers:
        return _function_by_name(name)
    from sklearn.metrics import get_scorer

    return of_scorer(
        scorer_name.removeprefix("neg_"), get_scorer(scorer_name), is_named=True
    )


def _function_by_name(name: str) -> Metric | None:
    """Return the metric of a function, such as ``mean_pinball_loss(alpha=0.9)``."""
    match = _WITH_ARGUMENT.fullmatch(name)
    if match is None or match[1] not in FUNCTIONS:
        return None
    if match[2] not in (None, FUNCTIONS[match[1]]):
        return None
    import sklearn.metrics

    called = match[1]
    arguments = {} if match[2] is None else {match[2]: float(match[3])}
    if match[2] == "alpha" and not 0 <= arguments["alpha"] <= 1:
        return None
    function = ScoreFunction(
        getattr(sklearn.metrics, called),
        greater=called.startswith("d2_"),
        arguments=arguments,
        of_values=True,
    )
    return of_function(name, function)


def is_of_values(function: Any) -> bool:
    """Return whether a function of scikit-learn's is of the values of a regression."""
    module = getattr(function, "__module__", None) or ""
    if not module.startswith("sklearn.metrics."):
        return False
    from sklearn.metrics import r2_score

    return bool(module == r2_score.__module__)


def function_of(scorer: Any) -> ScoreFunction | None:
    """Return the function of a scorer; None where only the scorer itself is known."""
    parts = internals.scorer_parts(scorer)
    if parts is None:
        return None
    return ScoreFunction(
        parts.function,
        parts.methods,
        parts.sign > 0,
        parts.arguments,
        scorer,
        of_values=is_of_values(parts.function),
    )


def methods_of(function: Any) -> tuple[str, ...] | None:
    """Return the methods whose answer a function of scikit-learn takes, where known."""
    if not str(getattr(function, "__module__", "")).startswith("sklearn."):
        return None
    if is_of_values(function):
        return ("predict",)
    from sklearn.metrics import get_scorer

    all_parts = (internals.scorer_parts(get_scorer(name)) for name in names())
    of_it = (p.methods for p in all_parts if p is not None and p.function is function)
    return next(of_it, None)


def of_scorer(name: str, scorer: Any, *, is_named: bool = False) -> Metric:
    """Make the metric of a scorer.

    Parameters
    ----------
    name : str
        Of the metric.
    scorer : callable
        Of scikit-learn's kind: ``f(estimator, X, y_true)``, higher for better.
    is_named : bool
        Whether scikit-learn has it by name.

    Returns
    -------
    Metric
        Of what `make_scorer` made, the function's, in the function's own direction. Of
        any other, a metric that needs the estimator itself.
    """
    function = function_of(scorer)
    if function is None:
        return Metric(
            name=name,
            label=label_of(name, {}),
            range=(-math.inf, math.inf),
            needs="estimator",
            scorer=_Fixed(scorer),
        )
    return of_function(name, function, is_named=is_named)


def of_function(name: str, function: ScoreFunction, *, is_named: bool = False) -> Metric:
    """Make the metric of a function of labels, probabilities or scores; as `of_scorer`."""
    called = getattr(function.function, "__name__", "")
    module = getattr(function.function, "__module__", None) or ""
    theirs = module.startswith("sklearn.")
    if function.of_values:
        return _of_values(name, called, function, is_named=is_named)
    limits = _RANGES.get(called) if theirs else None
    if limits is None or {"adjusted", "normalize"} & set(function.arguments):
        limits = (-math.inf, math.inf)
    matrix = _OF_SCORER.get(name) if is_named else None
    if theirs and not function.arguments:
        matrix = matrix or _OF_FUNCTION.get(called)
    inference: Inference = "confusion" if matrix is not None else "resample"
    if matrix is labels.share_right:
        inference = "mcnemar"
    elif theirs and called == "roc_auc_score" and "max_fpr" not in function.arguments:
        inference = "auc"
    return Metric(
        name=name,
        label=label_of(
            name if is_named else called or name, function.arguments, is_named=is_named
        ),
        range=limits,
        greater_is_better=function.greater,
        needs=function.needs,
        of_positive=function.arguments.get("average") == "binary" and is_named,
        of_confusion=matrix,
        function=function,
        scorer=function.scorer_for,
        inference=inference,
        label_of_two="ROC AUC" if inference == "auc" else "",
        of_either=not theirs and function.methods == ("predict",),
    )


def _of_values(
    name: str, called: str, function: ScoreFunction, *, is_named: bool
) -> Metric:
    """Make the metric of a function of values: a mean of losses of rows where it is one."""
    losses = row_losses_of(called, function.arguments)
    return Metric(
        name=name,
        label=label_of(called or name, function.arguments, is_named=is_named),
        range=RANGES_OF_VALUES.get(called, (-math.inf, math.inf)),
        greater_is_better=function.greater,
        needs="values",
        power=POWERS.get(called, 0),
        row_losses=losses,
        function=function,
        scorer=function.scorer_for,
        inference="resample" if losses is None else "rows",
    )


class _Fixed:
    """A scorer that is the same for all classes."""

    def __init__(self, scorer: Any) -> None:
        self.scorer = scorer

    def __call__(self, _classes: Any, _positive: Any) -> Any:
        """Return it."""
        return self.scorer


def label_of(name: str, arguments: Mapping[str, Any], *, is_named: bool = True) -> str:
    """Write a metric's name for a reader, with the arguments that its function has.

    Examples
    --------
    >>> label_of("roc_auc_ovo", {"multi_class": "ovo"})
    'ROC AUC (one-vs-one, macro)'
    >>> label_of("fbeta_score", {"beta": 2}, is_named=False)
    'F-beta (beta = 2)'
    """
    name = name.rpartition(":")[2].rpartition(".")[2]
    notes = [] if is_named else [f"{key} = {value}" for key, value in arguments.items()]
    for end, average in _AVERAGES.items():
        if is_named and name.endswith(end):
            name, notes = name.removesuffix(end), [average]
            break
    label = _LABELS.get(name, name.replace("_", " ").strip())
    return f"{label} ({', '.join(notes)})" if notes else label


def nearest(name: str, choices: tuple[str, ...]) -> str:
    """Return the choice whose spelling is nearest to a name."""
    return difflib.get_close_matches(name, choices, n=1, cutoff=0.0)[0]
