"""The bootstrap of label metrics over the test rows."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from sklearn import metrics

from tunecard.report.stats.labels import cells
from tunecard.report.stats.linear import linear_draws
from tunecard.report.stats.resamples import MAX_CELLS, bootstrap
from tunecard.runner.metrics import AVERAGES

Codes = NDArray[np.int32]


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
    change = boot.second["f1_macro"] - boot.first["f1_macro"]
    assert np.std(change) == pytest.approx(np.std(by_rows), rel=0.1)
    assert np.mean(change) == pytest.approx(np.mean(by_rows), abs=0.005)


def test_the_bootstrap_of_accuracy_has_the_textbooks_spread() -> None:
    """Its standard deviation is sqrt(p (1 - p) / n)."""
    truth, first, second = drawn(1_000)
    boot = bootstrap(cells(truth, first, second, 3), np.random.default_rng(1))
    share = float(np.mean(first == truth))
    expected = np.sqrt(share * (1 - share) / 1_000)
    assert np.std(boot.first["accuracy"]) == pytest.approx(expected, rel=0.05)


def test_the_interval_is_hesterbergs_expanded_percentile() -> None:
    """As ExpandProbs of his R package resample: for 10 rows 0.86 % a side, not 2.5."""
    truth, first, second = drawn(300)
    boot = bootstrap(cells(truth, first, second, 3), np.random.default_rng(1))
    ten = dataclasses.replace(boot, informative={"first": 10, "second": 10})
    interval = ten.interval("first", "f1_macro")
    assert interval is not None
    tail = stats.norm.cdf(-np.sqrt(10 / 9) * stats.t.ppf(0.975, 9))
    expected = np.quantile(boot.first["f1_macro"], [tail, 1 - tail])
    assert (interval.low, interval.high) == pytest.approx(tuple(expected))
    assert tail == pytest.approx(0.0086, abs=1e-4)


def test_rows_that_inform_are_counted() -> None:
    """Wrong ones of a case, right ones where they are fewer."""
    truth = np.zeros(10, dtype=np.int32)
    first = np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], dtype=np.int32)
    second = np.array([1, 2, 1, 1, 1, 1, 1, 0, 0, 0], dtype=np.int32)
    boot = bootstrap(cells(truth, first, second, 3), np.random.default_rng(1), 10)
    assert boot.informative == {"first": 2, "second": 3}


def test_a_case_without_an_error_has_no_interval_of_its_own() -> None:
    """No resample differs, and an interval of no width would say too much."""
    truth, _, second = drawn(200)
    boot = bootstrap(cells(truth, truth, second, 3), np.random.default_rng(1))
    assert boot.interval("first", "f1_macro") is None
    assert boot.interval("second", "f1_macro") is not None


def test_the_same_seed_gives_the_same_bootstrap() -> None:
    """Two runs agree to the bit."""
    table = cells(*drawn(200), 3)
    first, second = (bootstrap(table, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first.second["f1_macro"], second.second["f1_macro"])


def test_many_cells_are_resampled_less_often() -> None:
    """Twenty classes keep at least 2,000 resamples."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 20, (3, 3_500)).astype(np.int32)
    table = cells(codes[0], codes[1], codes[2], 20)
    assert 2_000 < len(table.counts) < MAX_CELLS
    assert len(bootstrap(table, rng).first["accuracy"]) == 2_000


@pytest.mark.parametrize("name", [metric.name for metric in AVERAGES])
def test_very_many_cells_are_resampled_by_their_linear_part(name: str) -> None:
    """Its spread, alone and paired, is that of drawing rows, to 5 %."""
    rng = np.random.default_rng(0)
    shares = np.array([0.4, 0.2, 0.1, 0.1, 0.05, 0.05, 0.04, 0.03, 0.03])
    truth = rng.choice(9, size=6_000, p=shares)
    first, second = (
        np.where(rng.random(6_000) < share, truth, rng.integers(0, 3, 6_000))
        for share in (0.6, 0.7)
    )
    table = cells(truth, first, second, 9)
    boot = bootstrap(table, np.random.default_rng(1), 4_000)
    linear = linear_draws(table, np.random.default_rng(2), 4_000)
    for one, other in zip((boot.first, boot.second), linear, strict=True):
        assert np.std(other[name]) == pytest.approx(np.std(one[name]), rel=0.05)
        assert np.mean(other[name]) == pytest.approx(np.mean(one[name]), abs=2e-3)
    change = linear[1][name] - linear[0][name]
    assert np.std(change) == pytest.approx(
        np.std(boot.second[name] - boot.first[name]), rel=0.05
    )


def test_a_class_that_is_absent_moves_nothing() -> None:
    """Neither true nor predicted, it has no part in an average."""
    truth, first, second = drawn(500)
    with_it, without = (
        linear_draws(cells(truth, first, second, n), np.random.default_rng(1), 50)
        for n in (4, 3)
    )
    for name in (metric.name for metric in AVERAGES):
        np.testing.assert_allclose(np.std(with_it[0][name]), np.std(without[0][name]))


def test_more_cells_than_can_be_drawn_take_the_linear_part() -> None:
    """Over 4,000 of them, with the default number of draws."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 100, (3, 5_000)).astype(np.int32)
    table = cells(codes[0], codes[1], codes[2], 100)
    assert len(table.counts) > MAX_CELLS
    boot = bootstrap(table, np.random.default_rng(3))
    expected = linear_draws(table, np.random.default_rng(3), 2_000)
    np.testing.assert_array_equal(boot.first["f1_macro"], expected[0]["f1_macro"])
