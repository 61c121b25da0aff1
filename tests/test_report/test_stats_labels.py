"""Label metrics from counts, against scikit-learn, and their bootstrap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics

from report.stats.labels import (
    LABEL_METRICS,
    bootstrap,
    cells,
    confusion,
    label_metrics,
)
from runner.metrics import label_metric

Codes = NDArray[np.int32]


def from_counts(truth: Codes, predicted: Codes, n_classes: int) -> dict[str, float]:
    """Metrics by the code under test, from a confusion matrix."""
    matrix = confusion(truth, predicted, n_classes).astype(float)
    values = label_metrics(np.diag(matrix), matrix.sum(axis=0), matrix.sum(axis=1))
    return {name: float(value) for name, value in values.items()}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40))
def test_metrics_from_counts_are_scikit_learns(rows: list[tuple[int, int]]) -> None:
    """Whatever classes are absent from the truth or from the predictions."""
    truth, predicted = np.array(rows, dtype=np.int32).T
    values = from_counts(truth, predicted, 5)
    for name in LABEL_METRICS:
        assert values[name] == pytest.approx(label_metric(name)(truth, predicted)), name


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


def drawn(n_rows: int, n_classes: int = 3) -> tuple[Codes, Codes, Codes]:
    """Truth, and two predictions that are right in 80 % and 85 % of the rows."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, n_classes, n_rows)
    first, second = (
        np.where(rng.random(n_rows) < share, truth, (truth + 1) % n_classes)
        for share in (0.80, 0.85)
    )
    return truth.astype(np.int32), first.astype(np.int32), second.astype(np.int32)


def test_the_bootstrap_is_that_of_resampled_rows() -> None:
    """Counts from a multinomial have the spread of rows drawn with replacement."""
    truth, first, second = drawn(300)
    boot = bootstrap(cells(truth, first, second, 3), np.random.default_rng(1))
    rng = np.random.default_rng(2)
    by_rows = []
    for _ in range(400):
        rows = rng.integers(0, 300, 300)
        scores = [
            metrics.f1_score(truth[rows], guess[rows], average="macro")
            for guess in (first, second)
        ]
        by_rows.append(scores[1] - scores[0])
    assert np.std(boot.delta("f1_macro")) == pytest.approx(np.std(by_rows), rel=0.1)
    assert np.mean(boot.delta("f1_macro")) == pytest.approx(np.mean(by_rows), abs=0.005)


def test_the_bootstrap_of_accuracy_has_the_textbooks_spread() -> None:
    """Its standard deviation is sqrt(p (1 - p) / n)."""
    truth, first, second = drawn(1_000)
    boot = bootstrap(cells(truth, first, second, 3), np.random.default_rng(1))
    share = float(np.mean(first == truth))
    expected = np.sqrt(share * (1 - share) / 1_000)
    assert np.std(boot.first["accuracy"]) == pytest.approx(expected, rel=0.05)


def test_identical_predictions_have_no_difference() -> None:
    """Every resample gives 0, so p is 1 and the interval has no width."""
    truth, first, _ = drawn(200)
    boot = bootstrap(cells(truth, first, first, 3), np.random.default_rng(1))
    interval = boot.interval("delta", "f1_macro")
    assert (interval.low, interval.high) == (0, 0)
    assert boot.p_value("f1_macro") == 1


def test_a_plain_difference_has_a_small_p_that_is_not_0() -> None:
    """With B resamples on one side p is 2 / (B + 1)."""
    truth, first, _ = drawn(500)
    boot = bootstrap(cells(truth, first, truth, 3), np.random.default_rng(1), 999)
    assert boot.p_value("recall_macro") == pytest.approx(0.002)


def test_the_same_seed_gives_the_same_bootstrap() -> None:
    """Two runs agree to the bit."""
    table = cells(*drawn(200), 3)
    first, second = (bootstrap(table, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first.delta("f1_macro"), second.delta("f1_macro"))


def test_very_many_cells_are_resampled_less_often() -> None:
    """A hundred classes keep at least 2,000 resamples."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 100, (3, 4_000)).astype(np.int32)
    boot = bootstrap(cells(codes[0], codes[1], codes[2], 100), rng)
    assert len(boot.delta("accuracy")) == 2_000
