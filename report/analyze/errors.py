"""The errors of a regression: by the true value, row by row, and against a constant."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tunecard.report.analyze.columns import LEAST_ROWS, errors_by_column, groups_of
from tunecard.report.analyze.quantiles import quantile_shares
from tunecard.report.analyze.types import (
    AgainstConstant,
    CaseAnalysis,
    ErrorAnalysis,
    ErrorGroup,
    MovedRow,
    OutOfRange,
)
from tunecard.report.load import Loaded, Predictions
from tunecard.report.stats.grouped import LEAST_GROUPS, grouped_mean_difference
from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.interval import INTERVAL_LEVEL
from tunecard.report.stats.ranks import beyond_p, rank_correlation
from tunecard.report.stats.row_means import mean_difference
from tunecard.runner.metrics import Metric, Outputs, Values, find, get
from tunecard.runner.schema import DatasetInfo, Results, Variant

#: Rows that changed most.
MOST_MOVED = 10


def error_analysis(run: Loaded, cases: Sequence[CaseAnalysis]) -> ErrorAnalysis | None:
    """Analyze the errors of a model's cases.

    Parameters
    ----------
    run : Loaded
        The run.
    cases : sequence of CaseAnalysis
        Of one model.

    Returns
    -------
    ErrorAnalysis or None
        None of a classification, or without predictions.
    """
    rows = run.predictions
    if rows is None or not rows.of_values or not len(rows.y_true):
        return None
    keys = {case.variant: case.key for case in cases if case.key in rows.predicted}
    if not keys:
        return None
    predicted = {variant: rows.predicted[key] for variant, key in keys.items()}
    gaps = {variant: np.abs(values - rows.y_true) for variant, values in predicted.items()}
    both = len(keys) == 2
    spread = {
        variant: correlation
        for variant, values in predicted.items()
        if (correlation := rank_correlation(gaps[variant], values)) is not None
    }
    quantiles = _quantiles(run.results, keys)
    values = run.results.dataset.values
    return ErrorAnalysis(
        true=rows.y_true,
        predicted=predicted,
        unit=values.unit if values is not None else "",
        groups=_groups(rows, gaps) if both else (),
        moved=_moved(rows, predicted) if both else (),
        spread=spread,
        columns=errors_by_column(rows, predicted, run.results.dataset),
        quantiles=quantile_shares(rows, predicted, quantiles),
        # An estimator of the 90 % quantile is not compared with the mean of all rows.
        constant=_against_constant(
            rows,
            {name: key for name, key in keys.items() if quantiles.get(name, 0.5) == 0.5},
            run.results,
        ),
        weights={
            variant: run.weights[key][0]
            for variant, key in keys.items()
            if key in run.weights and len(run.weights[key]) == 1
        },
    )


def _quantiles(results: Results, keys: Mapping[Variant, str]) -> dict[Variant, float]:
    """Return the quantiles that cases predict, of those that predict one."""
    of_case = {case.key: case.quantile for case in results.cases}
    named = {variant: of_case[key] for variant, key in keys.items()}
    return {name: quantile for name, quantile in named.items() if quantile is not None}


def _groups(rows: Predictions, gaps: Mapping[Variant, Values]) -> tuple[ErrorGroup, ...]:
    """Put rows into groups of about equal size by their true values: deciles of many."""
    place = groups_of(rows.y_true)
    if place is None:
        return ()
    n_groups = int(place.max()) + 1
    return tuple(_group(rows, gaps, place == each, n_groups) for each in range(n_groups))


def _group(
    rows: Predictions, gaps: Mapping[Variant, Values], own: Values, n_groups: int
) -> ErrorGroup:
    before, after = gaps["baseline"][own], gaps["tuned"][own]
    inference = _compare(before, after, None if rows.unit is None else rows.unit[own])
    interval = rise = None
    if inference is not None:
        interval = inference.interval()
        adjusted = inference.interval(1 - (1 - INTERVAL_LEVEL) / n_groups)
        rise = adjusted if adjusted.low > 0 else None
    return ErrorGroup(
        low=float(rows.y_true[own].min()),
        high=float(rows.y_true[own].max()),
        n_rows=len(before),
        baseline=float(before.mean()),
        tuned=float(after.mean()),
        change=float((after - before).mean()),
        interval=interval,
        rise=rise,
    )


def _compare(
    first: Values, second: Values, unit: NDArray[np.intp] | None
) -> PairedInference | None:
    """Compare two means of row losses; None where there are too few rows or groups."""
    if unit is None:
        return mean_difference(first, second) if len(first) >= LEAST_ROWS else None
    if len(np.unique(unit)) < LEAST_GROUPS:
        return None
    return grouped_mean_difference(first, second, unit)


def _moved(rows: Predictions, predicted: Mapping[Variant, Values]) -> tuple[MovedRow, ...]:
    """Return the rows whose absolute error changed most, the largest change first."""
    made = [
        MovedRow(int(index), *(float(value) for value in values))
        for index, *values in zip(
            rows.index,
            rows.y_true,
            predicted["baseline"],
            predicted["tuned"],
            strict=True,
        )
    ]
    made.sort(key=lambda row: -abs(row.change))
    return tuple(row for row in made[:MOST_MOVED] if row.change)


def _against_constant(
    rows: Predictions, keys: Mapping[Variant, str], results: Results
) -> dict[Variant, AgainstConstant]:
    """Compare each case with the best constant of the training rows."""
    values = results.dataset.values
    if values is None or values.train is None:
        return {}
    metric = _loss_of(results.study.metric)
    by_squares = metric.name == _SQUARES
    constant = values.train.mean if by_squares else values.train.median
    assert metric.row_losses is not None  # that of _loss_of
    same = Outputs(values=np.full(len(rows.y_true), constant))
    reached = metric.row_losses(rows.y_true, same)
    compared: dict[Variant, AgainstConstant] = {}
    for variant, key in keys.items():
        own = metric.row_losses(rows.y_true, rows.outputs(key))
        inference = _compare(reached, own, rows.unit)
        if inference is not None:
            compared[variant] = AgainstConstant(
                name="mean" if by_squares else "median",
                constant=constant,
                loss=metric.label,
                own=float(own.mean()),
                reached=float(reached.mean()),
                interval=inference.interval(),
            )
    return compared


_SQUARES, _ABSOLUTE = "mean_squared_error", "mean_absolute_error"


def _loss_of(name: str) -> Metric:
    """Return the row losses that a study's metric goes by: absolute ones or squares."""
    own = find(name)
    label = own.name if own is not None else name
    return get(_ABSOLUTE if "absolute" in label else _SQUARES)


def out_of_range(
    dataset: DatasetInfo,
    predictions: Predictions | None,
    errors: Mapping[str, ErrorAnalysis | None],
) -> OutOfRange | None:
    """Count the test rows whose true value lies outside the training rows'.

    Parameters
    ----------
    dataset : DatasetInfo
        With the range of the training rows.
    predictions : Predictions or None
        Of the test rows.
    errors : dict of ErrorAnalysis
        By model.

    Returns
    -------
    OutOfRange or None
        None where there is none.
    """
    train = dataset.values.train if dataset.values is not None else None
    if train is None or predictions is None:
        return None
    true = predictions.y_true
    outside = (true < train.low) | (true > train.high)
    if not outside.any():
        return None
    below, above = int((true < train.low).sum()), int((true > train.high).sum())
    p = min(beyond_p(n, dataset.n_train, len(true)) for n in (below, above))
    by_model = {}
    for name, model in errors.items():
        if model is not None and not outside.all():
            gaps = model.absolute(list(model.predicted)[-1])
            by_model[name] = (float(gaps[outside].mean()), float(gaps[~outside].mean()))
    return OutOfRange(below, above, min(2 * p, 1.0), by_model)
