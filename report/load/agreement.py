"""Checks that the quality in results.json follows from the rows next to it."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from tunecard.report.errors import ReadError
from tunecard.report.load.columns import mismatch
from tunecard.report.load.rows import Predictions
from tunecard.report.stats.auc import placements
from tunecard.runner.metrics import Confusion, Labels, Metric, Outputs, Values, find
from tunecard.runner.schema import Case, ClassInfo, Results


class Contradiction(ReadError):
    """Rows and results that cannot both be right."""


#: Rows are stored in float32, in which scikit-learn also computes some metrics.
_TOLERANCE = 1e-4


def check_agreement(path: Path, results: Results, rows: Predictions) -> None:
    """Refuse rows that do not give the quality that was stored.

    Parameters
    ----------
    path : Path
        The Parquet file.
    results : Results
        The results next to it.
    rows : Predictions
        What it holds; without probabilities, metrics of probabilities are not checked.

    Raises
    ------
    Contradiction
        With the first value that differs.
    """
    classes = results.dataset.classes
    if not rows.of_values:
        n_true = np.bincount(rows.y_true, minlength=len(classes)).tolist()
        if n_true != [entry.n_test for entry in classes]:
            raise mismatch(
                path, "has other numbers of rows by class than the results", Contradiction
            )
    right = next((spec.name for spec in results.metrics if spec.is_share_of_rows), None)
    for case in results.cases:
        if case.quality is None or not len(rows.y_true):
            continue
        outputs = rows.outputs(case.key)
        computed = {
            name: values_in(rows.y_true, outputs, name, stored)
            for name, stored in case.quality.test.items()
        }
        if right in computed:
            computed[right] = float(np.mean(rows.predicted[case.key] == rows.y_true))
        for what, stored, value in _pairs(case, computed, rows, classes):
            if not math.isclose(stored, value, rel_tol=_TOLERANCE, abs_tol=1e-9):
                raise mismatch(
                    path,
                    f"gives {what} {value:.6g} for {case.key!r}, but the results say "
                    f"{stored:.6g}",
                    Contradiction,
                )


def values_in(
    y_true: Labels, outputs: Outputs, name: str, stored: float | None = None
) -> float | None:
    """Compute a metric; of labels without scikit-learn, which takes a second to load.

    Parameters
    ----------
    y_true : ndarray of int, shape (n_samples,)
        Class codes.
    outputs : Outputs
        What a case answered for the same rows.
    name : str
        Of the metric.
    stored : float or None
        What it should be: decides by which type's smallest probability a loss is limited.

    Returns
    -------
    float or None
        None where the metric is not registered, not defined on these rows, or a function
        of another kind.
    """
    metric = find(name, "regression" if outputs.values is not None else "classification")
    if metric is None or not outputs.have(metric.needs):
        return None
    if metric.of_positive and outputs.positive is None:
        return None
    if metric.of_confusion is not None and outputs.labels is not None:
        return metric.value_of_confusion(
            Confusion.of_rows(y_true, outputs.labels, outputs.n_classes, outputs.positive)
        )
    if metric.row_losses is not None:
        return _mean_loss(metric.row_losses(y_true, outputs), stored)
    if metric.needs == "values":
        return metric.value(y_true, outputs)
    return _area(metric, y_true, outputs)


def _mean_loss(losses: Values, stored: float | None) -> float | None:
    """Return a mean of losses; limited as scikit-learn limits them if that is stored.

    It takes a probability for the machine epsilon of its type at least, and for as much
    less than 1 at most.
    """
    limits = [(0.0, np.inf)]
    for kind in (np.float32, np.float64):
        eps = float(np.finfo(kind).eps)
        limits.append((-math.log1p(-eps), -math.log(eps)))
    means = [float(np.mean(np.clip(losses, *limit))) for limit in limits]
    finite = [mean for mean in means if math.isfinite(mean)]
    if stored is None or not finite:
        return finite[0] if finite else None
    return min(finite, key=lambda mean: abs(mean - stored))


def _area(metric: Metric, y_true: Labels, outputs: Outputs) -> float | None:
    """Return the ROC AUC, of more than two classes the mean of each against the rest."""
    if metric.inference != "auc" or len(np.unique(y_true)) < outputs.n_classes:
        return None
    if outputs.ranking is not None:
        return float(placements(y_true == 1, outputs.ranking[None]).positive.mean())
    each = outputs.probabilities if outputs.probabilities is not None else outputs.scores
    assert each is not None  # what the metric needs
    areas = [
        placements(y_true == code, each[None, :, code]).positive.mean()
        for code in range(outputs.n_classes)
    ]
    return float(np.mean(areas))


def _pairs(
    case: Case,
    computed: Mapping[str, float | None],
    rows: Predictions,
    classes: tuple[ClassInfo, ...],
) -> Iterator[tuple[str, float, float]]:
    """Yield what is compared, as it is stored and as it follows from the rows."""
    assert case.quality is not None
    for name, value in computed.items():
        stored = case.quality.test[name]
        if stored is not None and value is not None:
            yield name, stored, value
    if rows.of_values:
        return
    counts = Confusion.of_rows(rows.y_true, rows.predicted[case.key], len(classes))
    own = {
        "precision": counts.precision,
        "recall": counts.recall,
        "f1": counts.f1,
        "support": counts.support,
    }
    for code, entry in enumerate(case.quality.per_class):
        for name, values in own.items():
            yield f"{name} of {entry.name!r}", getattr(entry, name), float(values[code])
    zeros = case.quality.n_zero_probability
    shares = rows.probability.get(case.key)
    if zeros is not None and shares is not None:
        of_true = shares[np.arange(len(rows.y_true)), rows.y_true]
        yield "rows with probability 0", zeros, float(np.count_nonzero(of_true == 0))
