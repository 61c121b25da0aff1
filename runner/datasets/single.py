"""The best rule on one column alone: whether a threshold or category decides."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.schema import ColumnInfo, ColumnRule

#: Rows that columns are screened on, and columns whose rule is then made on all rows.
_SCREENED, _FINALISTS = 5_000, 3
#: Values or bins of a column while screening, and rows a category needs on average.
_BINS, _ROWS_OF_CATEGORY = 32, 10

Rows = NDArray[Any]
Codes = NDArray[np.int64]


def best_column(X: Rows, y: Codes, columns: Sequence[ColumnInfo]) -> ColumnRule | None:
    """Find the column that alone predicts the class of most training rows.

    A column of numbers gets thresholds, as many leaves as there are classes; a column
    of categories the most frequent class of each. So simple a rule has next to nothing
    to overfit with.

    Parameters
    ----------
    X : ndarray of float, shape (n_train, n_features)
        Training rows; categories are codes.
    y : ndarray of int64, shape (n_train,)
        Class codes.
    columns : sequence of ColumnInfo
        Names and kinds; empty where the columns have no names.

    Returns
    -------
    ColumnRule or None
        None where there is one class or no row.
    """
    n_classes = len(np.unique(y))
    if n_classes < 2:
        return None
    rng = np.random.default_rng(0)
    some = np.arange(len(y))
    if len(y) > _SCREENED:
        some = rng.choice(len(y), _SCREENED, replace=False)
    shares = [_screen(values, y[some]) for values in X[some].T]
    finalists = np.argsort(shares, kind="stable")[::-1][:_FINALISTS]
    rules = [_fit_rule(X[:, i], y, int(i), columns) for i in finalists]
    return max(rules, key=lambda rule: rule.accuracy, default=None)


def _screen(values: Rows, y: Codes) -> float:
    """Return the share of rows that the most frequent class of each bin gets right."""
    filled = np.nan_to_num(
        values, nan=np.nanmin(values) - 1 if _has_finite(values) else 0.0
    )
    distinct = np.unique(filled)
    if len(distinct) > _BINS:
        distinct = np.unique(np.quantile(filled, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return _score_majority(np.searchsorted(distinct, filled, side="right"), y)


def _has_finite(values: Rows) -> bool:
    return bool(np.isfinite(values).any())


def _score_majority(groups: Codes, y: Codes) -> float:
    table = np.zeros((int(groups.max()) + 1, int(y.max()) + 1), np.int64)
    np.add.at(table, (groups, y), 1)
    return float(table.max(axis=1).sum()) / len(y)


def _fit_rule(
    values: Rows, y: Codes, place: int, columns: Sequence[ColumnInfo]
) -> ColumnRule:
    column = columns[place] if columns else ColumnInfo(name=f"column {place + 1}")
    if column.kind == "category":
        groups = np.unique(values, return_inverse=True)[1].reshape(-1)
        if len(y) >= _ROWS_OF_CATEGORY * (int(groups.max()) + 1):
            share = _score_majority(groups, y)
            return ColumnRule(column=column.name, thresholds=(), accuracy=share)
    from sklearn.tree import DecisionTreeClassifier  # a listing of datasets needs none

    tree = DecisionTreeClassifier(max_leaf_nodes=len(np.unique(y)), random_state=0)
    tree.fit(values[:, None], y)
    cuts = tree.tree_.threshold[tree.tree_.children_left >= 0]
    return ColumnRule(
        column=column.name,
        # X is float32: what lies beyond six digits is noise.
        thresholds=tuple(sorted(float(f"{cut:.6g}") for cut in cuts if np.isfinite(cut))),
        by_gap=bool(np.isinf(cuts).any()),
        accuracy=float(tree.score(values[:, None], y)),
    )
