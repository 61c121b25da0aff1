"""Rank correlation and values beyond another sample, against SciPy and by counting."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from tunecard.report.stats.ranks import (
    beyond_p,
    mean_ranks,
    rank_correlation,
    rank_share,
)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_spearmans_of_scipy(seed: int) -> None:
    """With ties, both the correlation and its p-value."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 20, 60).astype(float)
    y = x + rng.normal(0, 15, 60).round()
    expected = stats.spearmanr(x, y)
    made = rank_correlation(x, y)
    assert made is not None
    assert made.rho == pytest.approx(expected.statistic, rel=1e-12)
    assert made.p == pytest.approx(expected.pvalue, rel=1e-9)


def test_ties_have_their_mean_rank() -> None:
    """As SciPy's rankdata."""
    values = [3.0, 1.0, 3.0, 2.0, 3.0]
    np.testing.assert_array_equal(mean_ranks(values), stats.rankdata(values))


@pytest.mark.parametrize("values", [[1.0, 2.0, 3.0], [2.0] * 9])
def test_few_or_equal_values_have_none(values: list[float]) -> None:
    """No correlation is defined, or its p-value is not."""
    assert rank_correlation(values, list(range(len(values)))) is None


def test_a_perfect_order_has_p_0() -> None:
    """In either direction."""
    up = rank_correlation([1, 2, 3, 4, 5], [-5, -4, -3, -2, -1])
    assert up is not None
    assert (up.rho, up.p) == (1.0, 0.0)


@pytest.mark.parametrize("n_beyond", [0, 1, 2, 3])
def test_the_chance_of_exceedances_is_counted(n_beyond: int) -> None:
    """Of all ways to take 4 of 10 ranks, those that hold the highest."""
    ways = list(combinations(range(10), 4))
    highest = set(range(10 - n_beyond, 10))
    share = sum(highest <= set(way) for way in ways) / len(ways)
    assert beyond_p(n_beyond, 6, 4) == pytest.approx(share)


@pytest.mark.parametrize("seed", range(3))
def test_a_share_of_ranks_is_that_of_scipys_kruskal(seed: int) -> None:
    """With ties: H less what chance brings, over the degrees of freedom that are left."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 4, 80)
    values = (groups + rng.normal(0, 2, 80)).round()
    h = stats.kruskal(*(values[groups == each] for each in range(4))).statistic
    assert rank_share(values, groups) == pytest.approx((h - 3) / 76, rel=1e-12)


def test_a_share_of_ranks_ends_at_0_and_1() -> None:
    """Groups that explain less than chance have 0; no value has more than all of it."""
    assert rank_share([1, 2, 3, 4, 5, 6], [0, 1, 0, 1, 0, 1]) == 0.0
    assert rank_share(np.arange(100), np.repeat(np.arange(50), 2)) == pytest.approx(
        1.0, abs=0.02
    )


@pytest.mark.parametrize("groups", [[0] * 6, [0, 1, 2, 3, 4, 5]])
def test_one_group_or_a_group_a_row_has_no_share(groups: list[int]) -> None:
    """Nothing is between groups, or nothing within."""
    assert rank_share([1, 2, 3, 4, 5, 6], groups) is None
