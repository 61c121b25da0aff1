"""Functions of the confusion matrix: paired permutation, one interval."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from tunecard.report.stats.confusion import confusion_differences
from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.labels import cells
from tunecard.report.stats.references import symmetric_reference
from tunecard.runner.metrics import AVERAGES, Codes, get


def drawn(seed: int, n: int = 200, n_classes: int = 3) -> tuple[Codes, Codes, Codes]:
    """Draw a truth and two cases' answers, a fifth of them wrong."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, n_classes, n)
    first, second = (
        np.where(rng.random(n) < 0.2, rng.integers(0, n_classes, n), truth)
        for _ in range(2)
    )
    return truth, first, second


def changes(
    rows: tuple[Codes, Codes, Codes], n_classes: int = 3, seed: int = 0, n: int = 500
) -> dict[str, PairedInference]:
    """The differences in all averages."""
    table = cells(*rows, n_classes)
    return confusion_differences(
        table, AVERAGES, np.random.default_rng(seed), n_permutations=n
    )


def test_the_estimate_is_scikit_learns_difference() -> None:
    """On the rows themselves."""
    truth, first, second = drawn(0)
    scores = [metrics.f1_score(truth, one, average="macro") for one in (first, second)]
    found = changes((truth, first, second))["f1_macro"]
    assert found.estimate == pytest.approx(scores[1] - scores[0])


def test_p_is_that_of_scipys_permutation_test() -> None:
    """Of macro F1, exchanging the answers of rows; the mid-p-value is a little smaller."""
    truth, first, second = drawn(3, 120)
    second = np.where(np.arange(120) < 12, truth, second)

    def score(codes: Codes) -> float:
        right = np.bincount(truth[codes == truth])
        both = np.bincount(truth) + np.bincount(codes)
        return float((2 * right / both).mean())

    def difference(one: Codes, other: Codes) -> float:
        return score(other) - score(one)

    assert score(first) == pytest.approx(metrics.f1_score(truth, first, average="macro"))

    expected = stats.permutation_test(
        (first, second),
        difference,
        permutation_type="samples",
        n_resamples=600,
        rng=np.random.default_rng(0),
    )
    found = changes((truth, first, second), n=4_000)["f1_macro"]
    assert found.p() == pytest.approx(expected.pvalue, abs=0.03)


@pytest.mark.parametrize("seed", range(3))
def test_word_and_interval_agree(seed: int) -> None:
    """At 90, 95 and 99 %, the interval leaves 0 out exactly where p is below."""
    for found in changes(drawn(seed, 60), seed=seed).values():
        for level in (0.90, 0.95, 0.99):
            interval = found.interval(level)
            assert (found.p() < 1 - level) == (not interval.contains(0.0))
            assert interval.contains(found.estimate)


def test_the_same_seed_gives_the_same_ends() -> None:
    """And 4,000 exchanges move them by less than 4 % of the width between two seeds."""
    first, again, other = (
        changes(drawn(5), seed=seed, n=4_000)["f1_macro"].interval() for seed in (1, 1, 2)
    )
    assert first == again
    width = first.high - first.low
    assert (first.low, first.high) == pytest.approx(
        (other.low, other.high), abs=0.04 * width
    )


def test_identical_answers_leave_an_interval() -> None:
    """Equal predictions on 38 and 2 rows: p is 1, and the rare class stays open."""
    truth = np.array([0] * 38 + [1] * 2)
    found = changes((truth, truth, truth), 2)["balanced_accuracy"]
    assert found.p() == 1
    assert found.interval().high > 0.3


def test_five_rows_for_one_side_are_no_proof() -> None:
    """The exact test of 5 to 0 says 0.0625; percentiles of resamples would say 0.01."""
    truth = np.arange(1_000) % 4
    first = truth.copy()
    first[:5] = (first[:5] + 1) % 4
    assert changes((truth, first, truth), 4)["f1_macro"].p() > 0.03


def test_rare_classes_do_not_make_a_difference() -> None:
    """Two of nine rare classes change hands; the permutation test bounds the p-value.

    Ten classes in 40 rows, 38 of them of one: macro averages are not smooth there.
    """
    false = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        truth = rng.choice(10, 40, p=[0.95, *[0.05 / 9] * 9])
        first, second = (
            np.where(rng.random(40) < 0.1, rng.integers(0, 10, 40), truth) for _ in range(2)
        )
        found = changes((truth, first, second), 10, n=200)
        false += found["balanced_accuracy"].p() < 0.05
    assert false <= 6  # P(more) is 3 % at a rate of 5 %


def test_very_many_discordant_cells_have_the_normal_reference() -> None:
    """As the exchanges have it, where there are few enough to draw."""
    truth, first, second = drawn(1, 3_000, 4)
    table = cells(truth, first, second, 4)
    metric = (get("f1_macro"),)
    exchanged = confusion_differences(table, metric, np.random.default_rng(0))["f1_macro"]
    rng = np.random.default_rng(0)
    normal = confusion_differences(table, metric, rng, n_permutations=0)["f1_macro"]
    assert normal.p() == pytest.approx(exchanged.p(), abs=0.03)


def test_a_reference_is_a_mid_p_value() -> None:
    """Of draws 1, 1, 2, 4: beyond 2 lies one, and half of the one at 2."""
    reference = symmetric_reference(np.array([1.0, -1.0, 2.0, -4.0]))
    assert reference is not None
    assert reference.tails.tolist() == pytest.approx([1.0, 3.5 / 5, 2 / 5, 1 / 5])
    assert reference.root(0.0) == 0
    assert reference.root(-2.0) == -reference.root(2.0)
    assert reference.root(8.0) == pytest.approx(2 * reference.root(4.0))
    assert symmetric_reference(np.zeros(3)) is None
