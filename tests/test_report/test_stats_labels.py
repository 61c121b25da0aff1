"""Label metrics from counts, against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics

from tunecard.report.stats.labels import both_metrics, cells, confusion
from tunecard.runner.metrics import AVERAGES, scorer

Codes = NDArray[np.int32]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40))
def test_metrics_from_counts_are_scikit_learns(rows: list[tuple[int, int]]) -> None:
    """Whatever classes are absent from the truth or from the predictions."""
    truth, predicted = np.array(rows, dtype=np.int32).T
    table = cells(truth, predicted, truth, 5)
    resampled = np.stack([table.counts, 2 * table.counts])
    for counts in (None, resampled):
        values, _ = both_metrics(table, AVERAGES, counts)
        for metric in AVERAGES:
            expected = scorer(metric.name).of_predictions(truth, predicted, np.arange(5))
            assert values[metric.name] == pytest.approx(expected), metric.name


def test_the_confusion_matrix_is_scikit_learns() -> None:
    """Rows are true classes, columns predicted ones, absent classes included."""
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 3, (2, 100)).astype(np.int32)
    expected = metrics.confusion_matrix(truth, predicted, labels=np.arange(4))
    np.testing.assert_array_equal(confusion(truth, predicted, 4), expected)


def test_cells_count_every_row_once() -> None:
    """Distinct combinations, with the rows of each."""
    codes = np.array([[0, 0, 1, 1], [0, 0, 1, 0], [1, 1, 1, 1]])
    table = cells(codes[0], codes[1], codes[2], 2)
    found = list(zip(table.true, table.first, table.second, table.counts, strict=True))
    assert found == [(0, 0, 1, 2), (1, 0, 1, 1), (1, 1, 1, 1)]


@pytest.mark.parametrize("n_classes", [3, 127])
def test_a_table_and_sorting_count_alike(n_classes: int) -> None:
    """127 classes have over 2 million combinations, and are sorted."""
    codes = np.random.default_rng(0).integers(0, 3, (3, 500)).astype(np.int32)
    table = cells(codes[0], codes[1], codes[2], n_classes)
    rows, counts = np.unique(codes.T, axis=0, return_counts=True)
    np.testing.assert_array_equal(np.stack([table.true, table.first, table.second]), rows.T)
    np.testing.assert_array_equal(table.counts, counts)
