"""The exact interval of one proportion."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from tunecard.report.stats.binomial import clopper_pearson, clopper_pearson_ends


@pytest.mark.parametrize("level", [0.90, 0.95])
@pytest.mark.parametrize(("right", "n"), [(0, 10), (10, 10), (1, 200), (9688, 10_000)])
def test_it_is_statsmodels(right: int, n: int, level: float) -> None:
    """The interval of a proportion is that of statsmodels."""
    interval = clopper_pearson(right, n, level)
    expected = proportion_confint(right, n, alpha=1 - level, method="beta")
    assert (interval.low, interval.high) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684)],
)
def test_it_is_newcombes_table(right: int, n: int, low: float, high: float) -> None:
    """Newcombe 1998, Table I, method 5."""
    interval = clopper_pearson(right, n)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("n", [40, 150])
def test_a_gate_at_the_true_share_is_seldom_wrong(n: int) -> None:
    """Each end errs in at most 2.5 %, whatever the share: enumerated."""
    right = np.arange(n + 1)
    low, high = clopper_pearson_ends(right, np.full(n + 1, n))
    for share in np.linspace(0.005, 0.995, 199):
        chances = stats.binom.pmf(right, n, share)
        assert chances[low > share].sum() <= 0.025
        assert chances[high < share].sum() <= 0.025
