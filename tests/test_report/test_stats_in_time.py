"""Sums of terms that depend on those before them."""

import numpy as np
import pytest
from scipy import fft, stats

from tunecard.report.stats.grouped import (
    grouped_auc_difference,
    grouped_confusion_difference,
    grouped_mean_difference,
)
from tunecard.report.stats.in_time import block_length, blocks_of, error_of_sum, n_cosines
from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.scorers import jackknife_test, leave_out
from tunecard.runner.metrics import find


def test_blocks_are_consecutive_in_time() -> None:
    """Of 400 rows 200 blocks of 2, whatever the order of the file."""
    moments = np.random.default_rng(0).permutation(400)
    blocks = blocks_of(moments)
    np.testing.assert_array_equal(np.bincount(blocks), np.full(200, 2))
    assert (np.diff(blocks[np.argsort(moments)]) >= 0).all()


def test_the_error_is_that_of_the_slowest_cosines() -> None:
    """SciPy's orthonormal cosine transform: the mean of its first squares."""
    shocks = np.random.default_rng(1).normal(size=200)
    shocks[1::2] -= shocks[::2]  # neighbors are not alike, so all 8 cosines are used
    error, freedom = error_of_sum(shocks, 200)
    slow = fft.dct(shocks, norm="ortho")[1 : n_cosines(200) + 1]
    assert error == pytest.approx(np.sqrt(200 * np.mean(slow**2)))
    assert freedom == 8
    assert block_length(200) == 25


def test_rows_that_are_alike_have_fewer_cosines() -> None:
    """An autoregression of 0.8 hides 5 % of its variance from about 5 of 200 rows."""
    series = np.zeros(200)
    for at, shock in enumerate(np.random.default_rng(7).normal(size=200)):
        series[at] = 0.8 * series[at - 1] + shock
    _, freedom = error_of_sum(series, 200)
    assert 4 <= freedom < 8


def test_every_kind_of_metric_is_tested_in_time() -> None:
    """Errors of 40 rows in a row: each interval is wider than that of single rows."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 400)
    slow = np.repeat(rng.normal(size=(2, 10)), 40, axis=1)
    scores = y - 0.5 + slow + 0.3 * rng.normal(size=(2, 400))
    labels = (scores > 0).astype(np.int64)
    f1 = find("f1_macro")
    assert f1 is not None
    groups = blocks_of(np.arange(400))

    def losses(rows: np.ndarray) -> float:
        lost = np.log1p(np.exp(-np.where(y[rows] == 1, scores[:, rows], -scores[:, rows])))
        return float(lost[1].mean() - lost[0].mean())

    def tests(*, in_time: bool) -> list[PairedInference | None]:
        left = leave_out(losses, groups, alike=False, n_units=200)
        return [
            grouped_mean_difference(
                labels[0] == y, labels[1] == y, groups, in_time=in_time
            ),
            grouped_auc_difference(y == 1, scores[0], scores[1], groups, in_time=in_time),
            grouped_confusion_difference(
                y, (labels[0], labels[1]), groups, f1, n_classes=2, in_time=in_time
            ),
            jackknife_test(left, (-9, 9), 0.0, n_rows_in_time=400 if in_time else None),
        ]

    for alone, slowly in zip(tests(in_time=False), tests(in_time=True), strict=True):
        assert alone is not None
        assert slowly is not None
        assert slowly.estimate == alone.estimate
        assert slowly.sd > 1.2 * alone.sd


def test_independent_rows_lose_little() -> None:
    """On 1,000 of them the interval is at most a fifth wider, mean over 50 studies."""
    rng = np.random.default_rng(4)
    ratios = []
    for _ in range(50):
        gaps = rng.normal(size=1_000)
        test = grouped_mean_difference(
            np.zeros(1_000), gaps, blocks_of(np.arange(1_000)), in_time=True
        )
        assert test is not None
        plain = stats.ttest_1samp(gaps, 0).confidence_interval()
        ends = test.interval()
        ratios.append((ends.high - ends.low) / float(plain.high - plain.low))
    assert 0.8 < np.mean(ratios) < 1.2
