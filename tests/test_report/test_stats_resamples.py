"""The bootstrap of label metrics over the test rows."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from sklearn import metrics

from tunecard.report.stats.labels import cells
from tunecard.report.stats.linear import linear_draws
from tunecard.report.stats.proportions import tango
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
    """Every resample gives 0, so p is 1; the interval is what 200 rows leave open."""
    truth, first, _ = drawn(200)
    boot = bootstrap(cells(truth, first, first, 3), np.random.default_rng(1))
    interval = boot.difference("f1_macro")
    unseen = tango(0, 0, 200).high * boot.row_weight
    assert (interval.low, interval.high) == pytest.approx((-unseen, unseen))
    assert boot.p_value("f1_macro") == pytest.approx(1)


@pytest.mark.parametrize("n_gained", [0, 1, 3, 4, 8, 9])
def test_few_rows_have_an_interval_that_agrees_with_their_p(n_gained: int) -> None:
    """All of them in favor: 0 lies outside exactly where the p-value is below 5 %."""
    truth = np.arange(400) % 4
    first = truth.copy()
    first[:n_gained] = (first[:n_gained] + 1) % 4
    boot = bootstrap(cells(truth, first, truth, 4), np.random.default_rng(0))
    for name in ("f1_macro", "recall_macro"):
        interval = boot.difference(name)
        assert (interval.low > 0) == (boot.p_value(name) < 0.05)
        assert interval.high >= tango(0, 0, 400).high


def test_a_plain_difference_has_a_small_p_that_is_not_0() -> None:
    """With B resamples on one side p is 2 / (B + 1), expanded by Student's t."""
    truth, first, _ = drawn(500)
    boot = bootstrap(cells(truth, first, truth, 3), np.random.default_rng(1), 999)
    n = int(np.count_nonzero(first != truth))
    t = stats.norm.ppf(0.001) * np.sqrt((n - 1) / n)
    assert boot.p_value("recall_macro") == pytest.approx(2 * stats.t.cdf(t, n - 1))
    assert 0.002 < boot.p_value("recall_macro") < 0.003


def test_the_interval_is_hesterbergs_expanded_percentile() -> None:
    """As ExpandProbs of his R package resample: for 10 rows 0.86 % a side, not 2.5."""
    truth, first, second = drawn(300)
    boot = bootstrap(cells(truth, first, second, 3), np.random.default_rng(1))
    ten = dataclasses.replace(boot, informative={"first": 10, "second": 10, "delta": 10})
    interval = ten.difference("f1_macro")
    tail = stats.norm.cdf(-np.sqrt(10 / 9) * stats.t.ppf(0.975, 9))
    expected = np.quantile(boot.delta("f1_macro"), [tail, 1 - tail])
    assert (interval.low, interval.high) == pytest.approx(tuple(expected))
    assert tail == pytest.approx(0.0086, abs=1e-4)


def test_rows_that_inform_are_counted() -> None:
    """Wrong ones of a case, right ones where they are fewer, differing ones of both."""
    truth = np.zeros(10, dtype=np.int32)
    first = np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], dtype=np.int32)
    second = np.array([1, 2, 1, 1, 1, 1, 1, 0, 0, 0], dtype=np.int32)
    boot = bootstrap(cells(truth, first, second, 3), np.random.default_rng(1), 10)
    assert boot.informative == {"first": 2, "second": 3, "delta": 6}


def test_a_row_of_a_small_class_weighs_more() -> None:
    """Of 100 rows in two classes 10 in the smaller: each moves an average 5 times."""
    truth = (np.arange(100) < 10).astype(np.int32)
    boot = bootstrap(cells(truth, truth, truth, 2), np.random.default_rng(1), 10)
    assert boot.row_weight == pytest.approx(5)


def test_five_rows_for_one_side_are_no_proof() -> None:
    """Plain percentiles would say p = 0.01; the exact test of 5 to 0 says 0.0625."""
    truth = np.arange(1_000).astype(np.int32) % 4
    first = truth.copy()
    first[:5] = (first[:5] + 1) % 4
    boot = bootstrap(cells(truth, first, truth, 4), np.random.default_rng(1))
    assert boot.p_value("f1_macro") > 0.05


def test_the_same_seed_gives_the_same_bootstrap() -> None:
    """Two runs agree to the bit."""
    table = cells(*drawn(200), 3)
    first, second = (bootstrap(table, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first.delta("f1_macro"), second.delta("f1_macro"))


def test_many_cells_are_resampled_less_often() -> None:
    """Twenty classes keep at least 2,000 resamples."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 20, (3, 3_500)).astype(np.int32)
    table = cells(codes[0], codes[1], codes[2], 20)
    assert 2_000 < len(table.counts) < MAX_CELLS
    assert len(bootstrap(table, rng).delta("accuracy")) == 2_000


def test_the_estimate_is_scikit_learns_difference() -> None:
    """On the rows themselves, not the mean of the resamples."""
    truth, first, second = drawn(200)
    boot = bootstrap(cells(truth, first, second, 3), np.random.default_rng(1), 10)
    scores = [metrics.f1_score(truth, one, average="macro") for one in (first, second)]
    assert boot.estimate("f1_macro") == pytest.approx(scores[1] - scores[0])


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
    assert np.std(change) == pytest.approx(np.std(boot.delta(name)), rel=0.05)


def test_no_difference_is_wider_than_all_or_nothing() -> None:
    """A class of one test row in 51 says nothing, and no more than nothing."""
    truth = np.array([0] * 30 + [1] * 20 + [2])
    table = cells(truth, np.zeros(51, dtype=int), np.zeros(51, dtype=int), 3)
    found = bootstrap(table, np.random.default_rng(0), 200).difference("f1_macro")
    assert (found.low, found.high) == (-1.0, 1.0)


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
