"""The errors of a regression by columns of numbers, and test rows outside their range."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tunecard.report.analyze.types import ColumnBeyond, ColumnErrors, ErrorAnalysis
from tunecard.report.load import Predictions
from tunecard.report.stats.ranks import beyond_p, rank_share
from tunecard.runner.metrics import Values
from tunecard.runner.schema import ColumnRange, DatasetInfo, Variant

#: Columns that are shown, groups of rows of a column, and the fewest rows of a group.
MOST_SHOWN, MOST_GROUPS, LEAST_ROWS = 4, 10, 10
#: p-value, adjusted for all columns, from which test rows beyond a range are a finding.
BEYOND = 0.01


def errors_by_column(
    rows: Predictions, predicted: Mapping[Variant, Values], dataset: DatasetInfo
) -> tuple[ColumnErrors, ...]:
    """Return the columns by which a model's errors differ most, the first most.

    Rows are put into groups by a column's values. The groups explain a share of the
    variance of the ranks of the residuals (a trend or a bend), and of their size (a fan).
    The columns with the largest share of any case are taken.

    Parameters
    ----------
    rows : Predictions
        With the columns that the run kept.
    predicted : dict of ndarray of float64, shape (n_test,)
        By variant.
    dataset : DatasetInfo
        With the ranges of the columns.

    Returns
    -------
    tuple of ColumnErrors
        At most 4; empty where no columns were kept.
    """
    if rows.kept is None:
        return ()
    kept = rows.kept.row
    residuals = {
        variant: rows.y_true[kept] - values[kept] for variant, values in predicted.items()
    }
    made = [
        column
        for each in dataset.ranges
        if (column := _column(each, rows.kept.values[each.column], residuals)) is not None
    ]
    made.sort(key=lambda column: -column.strength)
    return tuple(made[:MOST_SHOWN])


def _column(
    own: ColumnRange, values: NDArray[np.float32], residuals: Mapping[Variant, Values]
) -> ColumnErrors | None:
    """Put the rows of a column into groups; None where they make no two."""
    present = np.flatnonzero(np.isfinite(values))
    order = present[np.argsort(values[present], kind="stable")]
    group = groups_of(values[order])
    if group is None:
        return None
    by_variant = {variant: each[order] for variant, each in residuals.items()}
    trend, size = {}, {}
    for variant, each in by_variant.items():
        shares = rank_share(each, group), rank_share(np.abs(each), group)
        if shares[0] is not None:
            trend[variant] = shares[0]
        if shares[1] is not None:
            size[variant] = shares[1]
    return ColumnErrors(
        name=own.column,
        values=values[order],
        residuals=by_variant,
        group=group,
        trend=trend,
        size=size,
        n_missing=len(values) - len(present),
        low=own.low,
        high=own.high,
    )


def groups_of(values: NDArray[np.floating]) -> NDArray[np.intp] | None:
    """Put rows into groups of about equal size by their values: deciles of many.

    Equal values stay together, so that counts may have fewer groups, or small ones.

    Parameters
    ----------
    values : ndarray of float, shape (n_rows,)
        What the rows are sorted by.

    Returns
    -------
    ndarray of int, shape (n_rows,), or None
        Group of each row, from 0 on; None under 20 rows, or where all are in one group.
    """
    n_groups = min(len(values) // LEAST_ROWS, MOST_GROUPS)
    if n_groups < 2:
        return None
    ends = np.quantile(values, np.arange(1, n_groups) / n_groups)
    place = np.searchsorted(np.unique(ends), values, side="left")
    names, group = np.unique(place, return_inverse=True)
    return group if len(names) > 1 else None


def columns_beyond(
    dataset: DatasetInfo,
    rows: Predictions | None,
    errors: Mapping[str, ErrorAnalysis | None],
) -> tuple[ColumnBeyond, ...]:
    """Return the columns with more test rows outside training than chance brings.

    Parameters
    ----------
    dataset : DatasetInfo
        With the ranges of the columns.
    rows : Predictions or None
        Of the test rows, with the columns that were kept.
    errors : dict of ErrorAnalysis
        By model.

    Returns
    -------
    tuple of ColumnBeyond
        The smallest p-value first.
    """
    columns = []
    for each in dataset.ranges:
        sides = [
            beyond_p(n, each.n_train, each.n_test) for n in (each.n_below, each.n_above)
        ]
        p = min(2 * min(sides) * len(dataset.ranges), 1.0)
        if p < BEYOND:
            columns.append(ColumnBeyond(each, p, _errors_beyond(each, rows, errors)))
    columns.sort(key=lambda column: column.p)
    return tuple(columns)


def _errors_beyond(
    own: ColumnRange,
    rows: Predictions | None,
    errors: Mapping[str, ErrorAnalysis | None],
) -> dict[str, tuple[float, float]]:
    """Return the mean absolute errors of each model beyond a column's range, and within."""
    if rows is None or rows.kept is None:
        return {}
    values = rows.kept.values[own.column]
    beyond = (values < own.low) | (values > own.high)
    within = (values >= own.low) & (values <= own.high)
    if not beyond.any() or not within.any():
        return {}
    compared = {}
    for name, model in errors.items():
        if model is not None:
            gaps = model.absolute(list(model.predicted)[-1])[rows.kept.row]
            compared[name] = float(gaps[beyond].mean()), float(gaps[within].mean())
    return compared
