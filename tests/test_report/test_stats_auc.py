"""ROC AUC: DeLong's variance against pairs of rows, and intervals near 1."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics import roc_auc_score

from tunecard.report.stats.auc import (
    auc_difference,
    auc_interval,
    delong_covariance,
    placements,
)

Floats = NDArray[np.float64]


def rows(seed: int, n: int = 60, *, ties: bool = True) -> tuple[NDArray[np.bool_], Floats]:
    """Draw the classes and two correlated scores, with ties where they are rounded."""
    rng = np.random.default_rng(seed)
    positive = np.arange(n) < n // 3
    scores = rng.normal(size=(2, n)) + rng.normal(size=n) + positive
    return positive, np.round(scores, 1) if ties else scores


def by_pairs(positive: NDArray[np.bool_], scores: Floats) -> tuple[Floats, Floats]:
    """AUCs and their covariance, from all pairs of a positive and a negative row."""
    pairs = scores[:, positive][:, :, None] - scores[:, ~positive][:, None, :]
    kernel = (pairs > 0) + 0.5 * (pairs == 0)
    n_positive, n_negative = kernel.shape[1:]
    auc = kernel.mean(axis=(1, 2))
    ten = kernel.mean(axis=2) - auc[:, None]
    one = kernel.mean(axis=1) - auc[:, None]
    return auc, ten @ ten.T / (n_positive - 1) / n_positive + one @ one.T / (
        n_negative - 1
    ) / n_negative


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_delong_is_that_of_all_pairs(seed: int, *, ties: bool) -> None:
    """AUC and covariance of two cases, to 1e-8, with ties and without."""
    positive, scores = rows(seed, ties=ties)
    placed = placements(positive, scores)
    auc, covariance = by_pairs(positive, scores)
    assert placed.auc == pytest.approx(auc, abs=1e-12)
    assert delong_covariance(placed) == pytest.approx(covariance, abs=1e-8)
    assert placed.auc[0] == pytest.approx(roc_auc_score(positive, scores[0]), abs=1e-12)


def test_on_many_rows_the_test_is_delongs() -> None:
    """On 20,000 rows, p is that of the normal test with DeLong's variance, to 1 %."""
    positive, scores = rows(1, 20_000)
    scores[1] += 0.02 * positive
    auc, covariance = placements(positive, scores).auc, None
    covariance = delong_covariance(placements(positive, scores))
    error = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    z = (auc[1] - auc[0]) / error
    found = auc_difference(positive, scores[0], scores[1])
    assert found.p() == pytest.approx(2 * stats.norm.sf(abs(z)), rel=0.01)


@given(st.integers(0, 10_000), st.integers(6, 80), st.floats(0.5, 0.999))
def test_the_word_and_the_interval_agree(seed: int, n: int, level: float) -> None:
    """The interval leaves 0 out exactly where p is below its level."""
    positive, scores = rows(seed, n)
    found = auc_difference(positive, scores[0], scores[1])
    p, interval = found.p(), found.interval(level)
    assume(abs(p - (1 - level)) > 1e-9)
    assert (p < 1 - level) == (not interval.low <= 0 <= interval.high)


def test_perfect_scores_are_not_proof_of_perfection() -> None:
    """An AUC of 1 on 20 and 20 rows has an interval that begins below 0.95."""
    positive = np.arange(40) < 20
    interval = auc_interval(positive, positive.astype(float))
    assert interval.high == 1
    assert 0.7 < interval.low < 0.95


def test_equal_ranks_are_not_proof_of_equivalence() -> None:
    """P is 1 at no difference, and an interval remains on both sides."""
    positive, scores = rows(2)
    found = auc_difference(positive, scores[0], np.exp(scores[0]))
    interval = found.interval()
    assert found.p() == 1
    assert interval.low < -0.01
    assert interval.high == pytest.approx(-interval.low)


@pytest.mark.parametrize("n_positive", [1, 2])
def test_a_class_of_one_or_two_rows_decides_nothing(n_positive: int) -> None:
    """However far the two are apart, 0 stays in the interval."""
    positive = np.arange(40) < n_positive
    scores = np.random.default_rng(0).normal(size=40)
    found = auc_difference(positive, scores, scores + 0.5 * positive)
    assert found.p() > 0.05


def test_reversed_scores_mirror_the_interval() -> None:
    """1 minus the AUC, and the ends exchanged."""
    positive, scores = rows(3)
    one, two = auc_interval(positive, scores[0]), auc_interval(positive, -scores[0])
    assert (one.low, one.high) == pytest.approx((1 - two.high, 1 - two.low), abs=1e-9)
