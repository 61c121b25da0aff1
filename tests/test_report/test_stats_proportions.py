"""The difference that a test of paired proportions could detect, by Connor's equation."""

import math

import numpy as np
import pytest
from scipy import stats

from tunecard.report.stats.proportions import detectable_difference
from tunecard.report.stats.shares import share_difference


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
    power = np.mean([share_difference(int(b), int(c), n).p() < 0.05 for b, c, _ in drawn])
    assert 0.77 < power < 0.83


@pytest.mark.parametrize("discordant", [0.0, 1 / 10_000, 5 / 10_000])
def test_nothing_is_detectable_where_hardly_a_row_differs(discordant: float) -> None:
    """Five differing rows cannot be significant whichever way they fall."""
    assert detectable_difference(discordant, 10_000) is None


@pytest.mark.parametrize("n", range(1, 8))
def test_nothing_is_detectable_on_a_handful_of_rows(n: int) -> None:
    """Connor's equation has no real solution there, however many rows differ."""
    assert all(
        detectable_difference(d / n, n, alpha=0.001) is None for d in range(1, n + 1)
    )
