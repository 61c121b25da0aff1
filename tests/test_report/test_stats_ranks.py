"""Rank correlation and values beyond another sample, against SciPy and by counting."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from tunecard.report.stats.ranks import beyond_p, mean_ranks, rank_correlation


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
