"""Proportions and their differences, against statsmodels and published examples."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from tunecard.report.stats.proportions import (
    detectable_difference,
    holm,
    mcnemar_mid_p,
    tango,
)


def test_mid_p_of_the_paper() -> None:
    """Fagerland, Lydersen and Laake 2013: b = 1, c = 7 has exact 0.0703, mid-p 0.0391."""
    assert mcnemar(np.array([[0, 1], [7, 0]]), exact=True).pvalue == pytest.approx(
        0.0703, abs=5e-5
    )
    assert mcnemar_mid_p(1, 7) == pytest.approx(0.0391, abs=5e-5)


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_mid_p_is_the_exact_p_less_the_observed_probability(b: int, c: int) -> None:
    """For every table, with half of it where both sides are equal, and 1 for none."""
    p = mcnemar_mid_p(b, c)
    if b + c == 0:
        assert p == 1
        return
    exact = float(mcnemar(np.array([[0, b], [c, 0]]), exact=True).pvalue)
    observed = math.comb(b + c, b) / 2 ** (b + c)
    expected = 1 - observed / 2 if b == c else exact - observed
    assert p == pytest.approx(expected, rel=1e-9)
    assert p == mcnemar_mid_p(c, b)


def test_mid_p_is_never_0() -> None:
    """Not even where it is far below the smallest float."""
    assert 0 < mcnemar_mid_p(0, 50_000) < 1e-300


@pytest.mark.parametrize(
    ("first", "second", "n", "level", "low", "high"),
    [
        # Airway hyper-responsiveness (Bentur et al. 2009) in Fagerland, Lydersen and
        # Laake 2014, "Recommended tests and confidence intervals for paired binomial
        # proportions", Statistics in Medicine 33.
        (7, 1, 21, 0.95, -0.517, -0.026),
        # R's PropCIs::scoreci.mp(25, 28, 618, conf.level = 0.9).
        (25, 28, 618, 0.90, -0.0148, 0.0247),
    ],
)
def test_tango_is_the_published_interval(
    first: int, second: int, n: int, level: float, low: float, high: float
) -> None:
    """Values of other people's code, to their last digit."""
    interval = tango(first, second, n, level)
    digits = 3 if n == 21 else 4
    assert (round(interval.low, digits), round(interval.high, digits)) == (low, high)


def pearson(delta: float, first: int, second: int, n: int) -> float:
    """Score statistic of a difference, as Pearson's chi-square of the fitted trinomial.

    The restricted probabilities are found by maximizing the likelihood
    numerically, not by Tango's formula.
    """
    same = n - first - second

    def unlikely(share: float) -> float:
        probabilities = (share, share + delta, 1 - 2 * share - delta)
        counts = (first, second, same)
        return -sum(
            k * math.log(p) for k, p in zip(counts, probabilities, strict=True) if k
        )

    low, high = max(0.0, -delta), (1 - delta) / 2
    share = optimize.minimize_scalar(
        unlikely,
        bounds=(low + 1e-12, high - 1e-12),
        method="bounded",
        options={"xatol": 1e-13},
    ).x
    fitted = np.array([share, share + delta, 1 - 2 * share - delta]) * n
    return float(((np.array([first, second, same]) - fitted) ** 2 / fitted).sum())


@pytest.mark.parametrize(
    ("first", "second", "n"), [(10, 36, 10_000), (3, 4, 60), (1, 12, 40), (30, 5, 200)]
)
def test_tangos_ends_solve_the_score_equation(first: int, second: int, n: int) -> None:
    """At both ends Pearson's chi-square of the restricted fit is the 95 % quantile."""
    interval = tango(first, second, n)
    quantile = stats.chi2.ppf(0.95, 1)
    for end in (interval.low, interval.high):
        assert pearson(end, first, second, n) == pytest.approx(quantile, rel=1e-4)


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 300))
def test_tango_holds_the_estimate_and_is_symmetric(b: int, c: int, rest: int) -> None:
    """Any table's interval lies in [-1, 1] around the difference; swapping mirrors it."""
    n = b + c + rest
    if n == 0:
        return
    interval, mirrored = tango(b, c, n), tango(c, b, n)
    assert -1 <= interval.low <= (c - b) / n <= interval.high <= 1
    assert (mirrored.low, mirrored.high) == pytest.approx((-interval.high, -interval.low))


@pytest.mark.parametrize("n", [1, 200, 10_000, 1_000_000])
def test_tango_without_a_differing_row(n: int) -> None:
    """With b = c = 0 the equation has the closed solution z**2 / (n + z**2)."""
    z = stats.norm.ppf(0.975)
    assert tango(0, 0, n).high == pytest.approx(z**2 / (n + z**2))
    assert tango(0, 0, n).low == pytest.approx(-(z**2) / (n + z**2))


@pytest.mark.parametrize(("discordant", "n"), [(0.01, 10_000), (0.05, 1_000), (0.2, 200)])
def test_the_detectable_difference_solves_connors_equation(
    discordant: float, n: int
) -> None:
    """Put into Connor's formula it needs exactly the rows that there are."""
    delta = detectable_difference(discordant, n)
    assert delta is not None
    z_alpha, z_beta = stats.norm.ppf(0.975), stats.norm.ppf(0.8)
    needed = (
        z_alpha * math.sqrt(discordant) + z_beta * math.sqrt(discordant - delta**2)
    ) ** 2 / delta**2
    assert needed == pytest.approx(n)


def test_the_detectable_difference_is_found_4_times_in_5() -> None:
    """Simulated McNemar tests at the detectable difference have 80 % power, nearly."""
    n, discordant = 2_000, 0.05
    delta = detectable_difference(discordant, n)
    assert delta is not None
    rng = np.random.default_rng(0)
    shares = [(discordant - delta) / 2, (discordant + delta) / 2, 1 - discordant]
    drawn = rng.multinomial(n, shares, size=2_000)
    power = np.mean([mcnemar_mid_p(int(b), int(c)) < 0.05 for b, c, _ in drawn])
    assert 0.77 < power < 0.83


@pytest.mark.parametrize("discordant", [0.0, 1 / 10_000, 5 / 10_000])
def test_nothing_is_detectable_where_hardly_a_row_differs(discordant: float) -> None:
    """Five differing rows cannot be significant whichever way they fall."""
    assert detectable_difference(discordant, 10_000) is None


@pytest.mark.parametrize(
    "p_values", [[0.04], [0.01, 0.04, 0.03], [0.5, 0.001, 0.5, 0.2], [1.0, 0.0, 0.02, 0.02]]
)
def test_holm_is_statsmodels(p_values: list[float]) -> None:
    """The adjusted p-values are those of statsmodels, in the same order."""
    expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(list(expected))


def test_holm_of_no_test_is_nothing() -> None:
    """A run without a comparison has an empty family."""
    assert holm([]) == []


@pytest.mark.parametrize("n", range(1, 8))
def test_nothing_is_detectable_on_a_handful_of_rows(n: int) -> None:
    """Connor's equation has no real solution there, however many rows differ."""
    assert all(
        detectable_difference(d / n, n, alpha=0.001) is None for d in range(1, n + 1)
    )
