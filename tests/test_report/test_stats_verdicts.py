"""The words, from intervals and tests."""

import pytest

from tunecard.report.stats.interval import Interval
from tunecard.report.stats.ratios import Ratio
from tunecard.report.stats.verdicts import quality_word, ratio_word


@pytest.mark.parametrize(
    ("ends", "inner", "margin", "word"),
    [
        ((0.004, 0.016), (0.005, 0.015), 0.0025, "better"),
        ((-0.016, -0.004), (-0.015, -0.005), 0.0025, "worse"),
        ((-0.002, 0.003), (-0.001, 0.002), 0.0025, "equivalent"),
        ((0.0002, 0.003), (0.0005, 0.002), 0.0025, "equivalent"),
        ((-0.002, 0.003), (-0.001, 0.002), None, "inconclusive"),
        ((0.0002, 0.003), (0.0005, 0.002), None, "better"),
        ((-0.002, 0.005), (-0.001, 0.004), 0.0025, "inconclusive"),
        ((0.0, 0.016), (0.001, 0.015), 0.0025, "inconclusive"),
        ((-0.003, 0.003), (-0.0025, 0.002), 0.0025, "inconclusive"),
    ],
)
def test_the_word_of_a_difference(
    ends: tuple[float, float],
    inner: tuple[float, float],
    margin: float | None,
    word: str,
) -> None:
    """Equivalent first, then a difference, else open; a limit itself claims nothing."""
    assert quality_word(Interval(*ends), Interval(*inner, 0.9), margin) == word


def test_less_is_better_for_a_loss() -> None:
    """The metric's direction decides which side is better."""
    interval = Interval(-0.2, -0.1)
    assert quality_word(interval, interval, None, greater_is_better=False) == "better"


def ratio(value: float, low: float, high: float, n_rounds: int = 5) -> Ratio:
    """A ratio with an interval."""
    return Ratio(value, Interval(low, high), high / value - 1, n_rounds)


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (ratio(1.30, 1.20, 1.40), "more"),
        (ratio(0.70, 0.60, 0.80), "less"),
        (ratio(1.01, 0.98, 1.04), "no difference"),
        (ratio(1.015, 1.01, 1.02), "no difference"),
        (ratio(0.985, 0.98, 0.99), "no difference"),
        (ratio(1.10, 0.90, 1.30), "inconclusive"),
        (ratio(1.30, 1.20, 1.40, n_rounds=2), "inconclusive"),
    ],
)
def test_the_word_of_a_ratio(found: Ratio, word: str) -> None:
    """It needs 3 rounds, an interval that leaves out 1, and more than the noise floor."""
    assert ratio_word(found, 0.02)[0] == word


def test_no_difference_names_how_far_it_holds() -> None:
    """The far end of the interval, on whichever side, and at least the floor."""
    assert ratio_word(ratio(1.01, 0.98, 1.04), 0.02)[1] == pytest.approx(0.04)
    assert ratio_word(ratio(0.99, 0.96, 1.01), 0.02)[1] == pytest.approx(1 / 0.96 - 1)
    assert ratio_word(ratio(1.00, 0.999, 1.001), 0.02)[1] == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (None, "no round has a value for both"),
        (Ratio(1.5, None, None, 1), "1 round, and at least 3 are needed"),
        (ratio(1.3, 1.2, 1.4, 2), "2 rounds, and at least 3 are needed"),
        (ratio(1.1, 0.9, 1.3), "the rounds differ too much from one another"),
    ],
)
def test_inconclusive_says_why(found: Ratio | None, reason: str) -> None:
    """One phrase each."""
    assert ratio_word(found, 0.02) == ("inconclusive", None, reason)
