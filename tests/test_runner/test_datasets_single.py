"""The best rule on one column: thresholds, categories, and what decides nothing."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from tunecard.runner.datasets.single import best_column
from tunecard.runner.schema import ColumnInfo


def test_a_threshold_that_decides_is_found() -> None:
    """Rows above 1 are ill, whatever the other column holds."""
    score = np.linspace(0, 2, 200)
    X = np.column_stack([np.random.default_rng(0).normal(size=200), score])
    rule = best_column(
        X, (score > 1).astype(int), [ColumnInfo(name="a"), ColumnInfo(name="b")]
    )
    assert rule is not None
    assert (rule.column, rule.accuracy) == ("b", 1.0)
    assert rule.thresholds == pytest.approx((1.0,), abs=0.01)


def test_grades_of_one_score_are_decided_by_several_thresholds() -> None:
    """Four classes take three cuts."""
    score = np.linspace(0, 4, 400, endpoint=False)
    rule = best_column(score[:, None], score.astype(int), ())
    assert rule is not None
    assert (rule.accuracy, len(rule.thresholds), rule.column) == (1.0, 3, "column 1")


def test_a_category_that_decides_is_found() -> None:
    """Codes of categories have no order: classes alternate along them."""
    codes = np.tile(np.arange(6), 50)
    category = ColumnInfo(name="odor", kind="category", categories=tuple("abcdef"))
    rule = best_column(codes[:, None].astype(float), codes % 2, [category])
    assert rule is not None
    assert (rule.accuracy, rule.thresholds) == (1.0, ())


def test_the_accuracy_is_that_of_the_best_stump() -> None:
    """On breast cancer: scikit-learn's stumps, one a column."""
    X, y = load_breast_cancer(return_X_y=True)
    stump = DecisionTreeClassifier(max_depth=1, random_state=0)
    best = max(stump.fit(X[:, [i]], y).score(X[:, [i]], y) for i in range(X.shape[1]))
    rule = best_column(X, y.astype(np.int64), ())
    assert rule is not None
    assert rule.accuracy == pytest.approx(best)


def test_missing_and_constant_columns_are_no_error() -> None:
    """A column without any value, one whose gaps decide, one constant."""
    X = np.array([[np.nan, np.nan, 1], [np.nan, 2, 1], [np.nan, 3, 1]] * 10)
    rule = best_column(X, np.array([0, 1, 1] * 10), ())
    assert rule is not None
    assert (rule.accuracy, rule.thresholds, rule.by_gap) == (1.0, (), True)
    assert best_column(X, np.zeros(30, np.int64), ()) is None
