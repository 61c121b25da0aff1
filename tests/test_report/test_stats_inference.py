"""One confidence distribution a question: word, interval and gate cannot contradict."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from tunecard.report.stats.families import step_down
from tunecard.report.stats.inference import PairedInference, student
from tunecard.report.stats.power import (
    can_decide,
    rows_for_equivalence,
    rows_to_detect,
    rows_to_distinguish,
)
from tunecard.report.stats.proportions import mcnemar_mid_p, tango
from tunecard.report.stats.shares import share_difference

tables = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 400)).filter(
    lambda table: sum(table) > 0
)


def agree(inference: PairedInference, level: float, shift: float) -> None:
    """An interval leaves a shift out exactly where the test rejects it."""
    p, interval = inference.p(shift), inference.interval(level)
    assume(abs(p - (1 - level)) > 1e-9)  # at the very end both are right
    assert (p < 1 - level) == (not interval.low <= shift <= interval.high)


@settings(deadline=None)
@given(tables, st.floats(0.5, 0.999), st.floats(-0.5, 0.5))
def test_a_share_is_rejected_where_its_interval_ends(
    table: tuple[int, int, int], level: float, shift: float
) -> None:
    """At any level and any shift, of any table."""
    first, second, rest = table
    change = share_difference(first, second, first + second + rest)
    agree(change, level, 0.0)
    agree(change, level, shift)


@given(st.floats(-1, 1), st.floats(1e-6, 10), st.integers(1, 500), st.floats(0.5, 0.999))
def test_a_mean_is_rejected_where_its_interval_ends(
    estimate: float, error: float, freedom: int, level: float
) -> None:
    """Student's t, at 0."""
    agree(student(estimate, error, freedom, method="t", n_units=freedom + 1), level, 0.0)


@settings(deadline=None)
@given(tables, st.floats(0.005, 0.5))
def test_equivalence_is_the_interval_within_the_margin(
    table: tuple[int, int, int], margin: float
) -> None:
    """Two one-sided tests at 5 % reject where the 90 % interval is within the margin."""
    first, second, rest = table
    change = share_difference(first, second, first + second + rest)
    p = change.p_equivalent(margin)
    assume(abs(p - 0.05) > 1e-9)
    assert (p < 0.05) == change.interval(0.90).inside(-margin, margin)


@settings(deadline=None)
@given(tables)
def test_both_directions_are_mirror_images(table: tuple[int, int, int]) -> None:
    """Exchanging the two models turns the interval around and keeps p."""
    first, second, rest = table
    n = first + second + rest
    one, two = share_difference(first, second, n), share_difference(second, first, n)
    assert one.p() == pytest.approx(two.p(), rel=1e-9)
    assert one.interval().low == pytest.approx(-two.interval().high, abs=1e-11)


@pytest.mark.parametrize("counts", [(40, 60), (100, 130), (15, 15), (8, 20)])
def test_at_no_difference_it_is_mcnemar_and_near_tango(counts: tuple[int, int]) -> None:
    """From 20 discordant rows up: p within 0.006, ends within 3 % of the width."""
    change, interval = share_difference(*counts, 10_000), tango(*counts, 10_000)
    if counts[0] != counts[1]:
        assert change.p() == pytest.approx(mcnemar_mid_p(*counts), abs=0.006)
    ends = change.interval()
    width = interval.high - interval.low
    assert ends.low == pytest.approx(interval.low, abs=0.03 * width)
    assert ends.high == pytest.approx(interval.high, abs=0.03 * width)


def exact_mid_tail(first: int, second: int, n: int, shift: float) -> float:
    """P(D > d) + P(D = d) / 2 by convolution, at the maximum of the likelihood."""
    grid = np.linspace(max(0, -shift), (1 - shift) / 2, 200_001)[1:-1]
    likelihood = stats.multinomial.logpmf(
        np.array([[first, second, n - first - second]]),
        n,
        np.column_stack([grid, grid + shift, 1 - 2 * grid - shift]),
    )
    loss = grid[np.argmax(likelihood)]
    mass = np.array([1.0])
    for _ in range(n):
        mass = np.convolve(mass, [loss, 1 - 2 * loss - shift, loss + shift])
    place = second - first + n
    return float(mass[place + 1 :].sum() + mass[place] / 2)


@pytest.mark.parametrize(
    ("first", "second", "n", "shift"),
    [(2, 9, 40, 0.0), (2, 9, 40, 0.05), (2, 9, 40, 0.4), (10, 25, 150, 0.01)],
)
def test_the_tail_is_that_of_the_trinomial_distribution(
    first: int, second: int, n: int, shift: float
) -> None:
    """Within 3 % of the exact mid-p tail, by convolution of the rows' distribution."""
    change = share_difference(first, second, n)
    expected = exact_mid_tail(first, second, n, shift)
    assert change.below(shift) == pytest.approx(expected, rel=0.03)


def test_no_discordant_row_leaves_room_for_three_in_n() -> None:
    """The ends solve ``(1 - d)**n / 2 = 0.025``: the rule of three."""
    interval = share_difference(0, 0, 200).interval(0.95)
    assert interval.high == pytest.approx(1 - 0.05 ** (1 / 200), abs=1e-12)
    assert interval.low == -interval.high


@pytest.mark.parametrize("table", [(0, 10, 10), (10, 0, 10), (5, 5, 10), (0, 1, 1)])
def test_tables_without_a_concordant_row_have_an_interval(
    table: tuple[int, int, int],
) -> None:
    """It holds the estimate and stays between -1 and 1."""
    change = share_difference(*table)
    interval = change.interval()
    assert -1 <= interval.low <= change.estimate <= interval.high <= 1


def test_without_spread_nothing_is_decided() -> None:
    """Where no unit differs from another, p is 1 and the interval is all there is."""
    same = student(0.0, 0.0, 9, method="t", n_units=10, bounds=(-1, 1))
    assert same.p() == 1
    assert (same.interval().low, same.interval().high) == (-1, 1)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=8))
def test_one_hypothesis_a_model_is_holm(p_values: list[float]) -> None:
    """As statsmodels adjusts, and the common level separates the p-values."""
    family = step_down([(p,) for p in p_values])
    reject, adjusted, _, _ = multipletests(p_values, 0.05, method="holm")
    for p, (rejected,), (value,), expected in zip(
        p_values, family.rejected, family.adjusted, adjusted, strict=True
    ):
        assert value == pytest.approx(expected, rel=1e-9) or value == 0.05
        assert rejected == (p < family.alpha)
    assert [rejected for (rejected,) in family.rejected] == list(reject) or any(
        math.isclose(p, 0.05) for p in adjusted
    )


@given(st.lists(st.tuples(st.floats(1e-6, 1), st.floats(1e-6, 1)), min_size=1, max_size=6))
def test_one_level_separates_all_words_of_a_family(
    p_values: list[tuple[float, float]],
) -> None:
    """Rejected exactly where below the family's level, and never below Bonferroni's."""
    family = step_down(p_values)
    for values, rejected in zip(p_values, family.rejected, strict=True):
        assert rejected == tuple(p < family.alpha for p in values)
    assert 0.05 / len(p_values) <= family.alpha <= 0.05


def test_a_model_counts_until_both_of_its_hypotheses_are_rejected() -> None:
    """Different and equivalent: no null of it is left, and the other has all of alpha."""
    assert step_down([(0.001, 0.001), (0.04, 0.9)]).rejected == (
        (True, True),
        (True, False),
    )
    assert step_down([(0.001, 0.9), (0.04, 0.9)]).rejected == (
        (True, False),
        (False, False),
    )


@pytest.mark.parametrize("ratio", [0.05, 0.1, 0.5])
def test_rows_to_detect_are_statsmodels(ratio: float) -> None:
    """Of a paired t-test with 80 % power, to a row in a hundred."""
    expected = TTestPower().solve_power(ratio, alpha=0.05, power=0.8)
    assert rows_to_detect(1.0, ratio) == pytest.approx(expected, rel=0.01, abs=1)


def test_connors_rows() -> None:
    """``(1.95996 sqrt(.1) + .84162 sqrt(.1 - .0004))**2 / .0004``, by hand: 1,959.9."""
    assert rows_to_distinguish(0.1, 0.02) == 1960
    assert rows_to_distinguish(0.01, 0.02) is None


def test_rows_for_equivalence_by_hand() -> None:
    """``(1.6449 + 1.2816)**2 (0.3 / 0.01)**2 + 1.35`` are 7,709 rows."""
    assert rows_for_equivalence(0.3, 0.01) == pytest.approx(7709, abs=1)
    assert rows_for_equivalence(0.0, 0.01) is None


@pytest.mark.parametrize("n", [40, 150])
@pytest.mark.parametrize("margin", [None, 0.02, 0.1])
def test_too_few_rows_are_those_on_which_no_split_decides(
    n: int, margin: float | None
) -> None:
    """By trying every split of the discordant rows."""
    for discordant in range(8):
        outcomes = [
            share_difference(first, discordant - first, n)
            for first in range(discordant + 1)
        ]
        decided = any(
            each.p() < 0.05 or (margin is not None and each.p_equivalent(margin) < 0.05)
            for each in outcomes
        )
        assert can_decide(n, discordant, margin) == decided
