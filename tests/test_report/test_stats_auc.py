"""ROC AUC: DeLong's variance against pairs of rows, and intervals near 1."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics import roc_auc_score

from tunecard.report.stats.auc import auc_difference, auc_interval, placements

Floats = NDArray[np.float64]


def rows(seed: int, n: int = 60, *, ties: bool = True) -> tuple[NDArray[np.bool_], Floats]:
    """Draw the classes and two correlated scores, with ties where they are rounded."""
    rng = np.random.default_rng(seed)
    positive = np.arange(n) < n // 3
    scores = rng.normal(size=(2, n)) + rng.normal(size=n) + positive
    return positive, np.round(scores, 1) if ties else scores


def by_pairs(positive: NDArray[np.bool_], scores: Floats) -> tuple[Floats, list[Floats]]:
    """AUCs and both classes' placements, from all pairs of rows: DeLong's equations."""
    pairs = scores[:, positive][:, :, None] - scores[:, ~positive][:, None, :]
    kernel = (pairs > 0) + 0.5 * (pairs == 0)
    return kernel.mean(axis=(1, 2)), [kernel.mean(axis=2), kernel.mean(axis=1)]


def delongs_variance(parts: list[Floats]) -> Floats:
    """DeLong's equation 6: a covariance matrix of the cases."""
    first, second = (np.cov(part) / part.shape[1] for part in parts)
    total: Floats = first + second
    return total


def hanleys_variance(auc: float, n_positive: int, n_negative: int) -> float:
    """Hanley and McNeil's equation 2, for an AUC above one half."""
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    return (
        auc * (1 - auc)
        + (n_positive - 1) * (q1 - auc**2)
        + (n_negative - 1) * (q2 - auc**2)
    ) / (n_positive * n_negative)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_test_is_delongs_of_all_pairs(seed: int, *, ties: bool) -> None:
    """Difference and p by DeLong's own sums with the prior of 4 rows, to 1e-8."""
    positive, scores = rows(seed, ties=ties)
    auc, parts = by_pairs(positive, scores)
    covariance = delongs_variance(parts)
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    gaps = [part[1] - part[0] for part in parts]
    rested = min(np.abs(gap).sum() ** 2 / (gap**2).sum() for gap in gaps)
    prior = hanleys_variance(auc.mean(), 20, 40)
    error = np.sqrt((rested * variance + 4 * prior) / (rested + 4))
    t = (auc[1] - auc[0]) / error
    result = auc_difference(positive, scores[0], scores[1])
    assert result.estimate == pytest.approx(auc[1] - auc[0], abs=1e-12)
    assert result.p() == pytest.approx(
        2 * stats.t.sf(abs(t), min(rested, 19) + 4), abs=1e-8
    )


@pytest.mark.parametrize("ties", [False, True])
def test_the_areas_are_scikit_learns(*, ties: bool) -> None:
    """Of both cases, with ties and without."""
    positive, scores = rows(0, ties=ties)
    expected = [roc_auc_score(positive, values) for values in scores]
    assert placements(positive, scores).auc == pytest.approx(expected, abs=1e-12)


def test_on_many_rows_the_test_is_plain_delong() -> None:
    """On 2,000 rows, p is that of the normal test with DeLong's variance, to 2 %."""
    positive, scores = rows(1, 2_000)
    auc, parts = by_pairs(positive, scores)
    covariance = delongs_variance(parts)
    error = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    z = (auc[1] - auc[0]) / error
    result = auc_difference(positive, scores[0], scores[1])
    assert result.p() == pytest.approx(2 * stats.norm.sf(abs(z)), rel=0.02)


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
