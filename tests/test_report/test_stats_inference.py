"""One confidence distribution a question: word, interval and gate cannot contradict."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from tunecard.report.stats.families import decide, step_down
from tunecard.report.stats.inference import PairedInference, student
from tunecard.report.stats.power import (
    can_decide,
    rows_for_equivalence,
    rows_to_decide,
    rows_to_detect,
    rows_to_distinguish,
)
from tunecard.report.stats.shares import share_difference

tables = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 400)).filter(
    lambda table: sum(table) > 0
)


def agree(inference: PairedInference, level: float, shift: float) -> None:
    """An interval leaves a shift out exactly where the test rejects it."""
    p, interval = inference.p(shift), inference.interval(level)
    assume(abs(p - (1 - level)) > 1e-9)  # at the very end both are right
    assert (p < 1 - level) == (not interval.low <= shift <= interval.high)


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


@given(tables)
def test_both_directions_are_mirror_images(table: tuple[int, int, int]) -> None:
    """Exchanging the two models turns the interval around and keeps p."""
    first, second, rest = table
    n = first + second + rest
    one, two = share_difference(first, second, n), share_difference(second, first, n)
    assert one.p() == pytest.approx(two.p(), rel=1e-9)
    assert one.interval().low == pytest.approx(-two.interval().high, abs=1e-11)


@pytest.mark.parametrize("counts", [(40, 60), (100, 130), (8, 20), (3, 10)])
def test_at_no_difference_it_is_near_mcnemars_mid_p(counts: tuple[int, int]) -> None:
    """Within 0.006 of statsmodels' exact p less the probability of the table."""
    b, c = counts
    exact = float(mcnemar(np.array([[0, b], [c, 0]]), exact=True).pvalue)
    mid_p = exact - stats.binom.pmf(b, b + c, 0.5)
    assert share_difference(b, c, 10_000).p() == pytest.approx(mid_p, abs=0.006)


def test_the_interval_is_near_tangos() -> None:
    """Fagerland, Lydersen and Laake (2014), Table 2: 7 and 1 of 21 rows."""
    interval = share_difference(7, 1, 21).interval()
    assert (interval.low, interval.high) == pytest.approx((-0.517, -0.026), abs=0.02)


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


@settings(max_examples=min(25, settings().max_examples))
@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=6))
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


def test_rows_to_decide_are_those_of_the_margin_or_of_the_observed_difference() -> None:
    """The margin where it needs more rows than there are; else the way that is nearer."""
    gain = student(0.02, 0.02, 99, method="t", n_units=100)  # sd of one row: 0.2
    expected = rows_to_detect(0.2, 0.03)
    assert rows_to_decide(gain, 0.03) == (expected, "margin")
    assert rows_to_decide(gain, None) == (rows_to_detect(0.2, 0.02), "observed")
    near = rows_for_equivalence(0.2, 0.06, 0.02)
    assert rows_to_decide(gain, 0.06) == (near, "observed")
    assert rows_to_decide(student(0.0, 0.02, 99, method="t", n_units=100), None) == (
        None,
        None,
    )


def test_a_family_decides_words_and_intervals_at_one_level() -> None:
    """Of three models at 98.33 %: better, equivalent and open."""
    gains = {
        name: student(estimate, 0.01, 1e6, method="t", n_units=100)
        for name, estimate in (("better", 0.05), ("equivalent", 0.0), ("open", 0.02))
    }
    decisions = decide(gains, 0.03)
    assert {name: each.word() for name, each in decisions.items()} == {
        "better": "better", "equivalent": "equivalent", "open": "inconclusive",
    }  # fmt: skip
    assert {round(each.interval.level, 4) for each in decisions.values()} == {0.9833}
    assert {round(each.equivalence.level, 4) for each in decisions.values()} == {0.9667}


def test_members_that_are_decided_elsewhere_take_their_share() -> None:
    """One of two: at 97.5 %, and its p-value is doubled."""
    alone = {0: student(0.03, 0.01, 30, method="t", n_units=31)}
    decision = decide(alone, None, n_others=1)[0]
    assert decision.interval.level == pytest.approx(0.975)
    assert decision.p_adjusted == pytest.approx(2 * alone[0].p())
    assert decision.n_tests == 2


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
