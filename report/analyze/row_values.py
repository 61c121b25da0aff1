"""What each row adds to a metric, for every candidate of a search."""

import numpy as np
from numpy.typing import NDArray

from tunecard.report.load import OutOfFoldAnswers
from tunecard.runner.metrics import Confusion, Metric, Outputs, Values, find
from tunecard.runner.schema import MetricSpec, SearchRecord

#: Cells of a confusion matrix that are left out at once: 1,000 x 100 classes are 1 MB.
_CHUNK = 1_000


class NoRowValues(Exception):
    """A metric or a search has no value for each row; the message is the reason."""


def row_values(
    stored: OutOfFoldAnswers,
    record: SearchRecord,
    spec: MetricSpec,
    candidates: tuple[int, ...],
    n_classes: int,
    positive: int | None,
) -> NDArray[np.float32]:
    """Return what each record adds to the metric, higher for better.

    A mean of losses has them. A function of the confusion matrix has its jackknife
    pseudo-values, which are the rows themselves for accuracy; a ratio of means its linear
    terms.

    Parameters
    ----------
    stored : OutOfFoldAnswers
        What the search kept.
    record : SearchRecord
        The search.
    spec : MetricSpec
        What it optimized.
    candidates : tuple of int
        Indices, the baseline among them.
    n_classes : int
        Classes of the data.
    positive : int or None
        Code of the positive class.

    Returns
    -------
    ndarray of float32, shape (n_records, n_candidates)

    Raises
    ------
    NoRowValues
        If the metric has none, or a candidate did not answer everywhere.

    References
    ----------
    B. Efron and R. J. Tibshirani (1993), "An Introduction to the Bootstrap", equation
    11.15.
    """
    metric = find(spec.name, spec.task)
    if metric is None:
        raise NoRowValues(f"the metric {spec.name} is not registered here")
    if all(each is None for each in (metric.row_losses, metric.of_confusion, metric.ratio)):
        raise NoRowValues(f"{spec.label} has no value for single rows")
    values = np.empty((len(stored.y_true), len(candidates)), dtype=np.float32)
    for column, index in enumerate(candidates):
        answers = stored.answers.get(index)
        if answers is None or _has_gaps(answers):
            raise NoRowValues("a candidate has no outputs for some rows")
        outputs = _outputs(answers, str(record.outputs), n_classes, positive)
        values[:, column] = _of_candidate(metric, stored.y_true, outputs)
    if not np.isfinite(values).all():
        raise NoRowValues("a candidate has an unlimited loss on some rows")
    return values if spec.greater_is_better else -values


def _has_gaps(answers: NDArray[np.generic]) -> bool:
    if np.issubdtype(answers.dtype, np.integer):
        return bool((answers < 0).any())  # type: ignore[operator] # integers
    return bool(np.isnan(answers).any())


def _outputs(
    answers: NDArray[np.generic], kind: str, n_classes: int, positive: int | None
) -> Outputs:
    """Put stored answers into the form that metrics read."""
    labels = answers if kind == "labels" else None
    return Outputs(
        labels,  # type: ignore[arg-type] # class codes
        probabilities=answers if kind == "probabilities" else None,  # type: ignore[arg-type] # of that kind
        scores=answers if kind == "scores" else None,  # type: ignore[arg-type] # of that kind
        values=answers if kind == "values" else None,  # type: ignore[arg-type] # of that kind
        n_classes=n_classes,
        positive=positive,
    )


def _of_candidate(metric: Metric, y_true: NDArray[np.int64], outputs: Outputs) -> Values:
    if not outputs.have(metric.needs):
        raise NoRowValues(f"{metric.needs} of the candidates are not kept")
    if metric.row_losses is not None:
        return metric.row_losses(y_true, outputs)
    if metric.ratio is not None:
        return _linear_values(*metric.ratio(y_true, [outputs]))
    assert outputs.labels is not None
    return _pseudo_values(metric, y_true, outputs.labels, outputs)


def _linear_values(numerators: Values, denominators: Values) -> Values:
    """Return what each row adds to a ratio of means, to first order; their mean is it."""
    mean = denominators.mean()
    ratio = numerators.mean() / mean
    values: Values = ratio + (numerators - ratio * denominators) / mean
    return values


def _pseudo_values(
    metric: Metric, y_true: NDArray[np.int64], predicted: NDArray[np.integer], out: Outputs
) -> Values:
    """Leave out one row of each cell of the confusion matrix."""
    n, n_classes = len(y_true), out.n_classes
    cells, place = np.unique(y_true * n_classes + predicted, return_inverse=True)
    whole = Confusion.of_rows(y_true, predicted, n_classes, out.positive)
    value = metric.value_of_confusion(whole)
    if value is None or metric.of_confusion is None:
        raise NoRowValues(f"{metric.label} is not defined on these rows")
    classes = np.arange(n_classes)
    left_out = []
    for at in range(0, len(cells), _CHUNK):
        true, answer = np.divmod(cells[at : at + _CHUNK, None], n_classes)
        is_true, is_answer = classes == true, classes == answer
        rest = Confusion(
            whole.hits - (is_true & is_answer),
            whole.predicted - is_answer,
            whole.support - is_true,
            out.positive,
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            left_out.append(metric.of_confusion(rest))
    values: Values = (n * value - (n - 1) * np.concatenate(left_out))[place]
    return values
