"""Rows in groups, and differences over outer splits, as probabilities."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score, roc_auc_score

from tunecard.report.stats.auc import placements
from tunecard.report.stats.grouped import (
    grouped_auc_difference,
    grouped_confusion_difference,
    grouped_mean_difference,
)
from tunecard.report.stats.over_splits import three_words
from tunecard.runner.metrics import find


def test_one_row_a_group_is_the_paired_t_test() -> None:
    """SciPy's p, where the differences have no excess kurtosis."""
    rng = np.random.default_rng(0)
    first, second = rng.random(40), rng.random(40)
    inference = grouped_mean_difference(first, second, np.arange(40))
    assert inference is not None
    expected = stats.ttest_rel(second, first).pvalue
    assert inference.p() == pytest.approx(expected, rel=1e-9)


def test_groups_of_equal_size_are_durkalskis_statistic() -> None:
    """``T**2 = (n - 1) Q / (n - Q)`` with his Q over the groups' sums."""
    rng = np.random.default_rng(1)
    gaps = rng.integers(-1, 2, (30, 5))
    groups = np.repeat(np.arange(30), 5)
    inference = grouped_mean_difference(np.zeros(150), gaps.ravel(), groups)
    assert inference is not None
    sums = gaps.sum(axis=1)
    q = sums.sum() ** 2 / (sums**2).sum()
    error = inference.sd / math.sqrt(30)
    assert (inference.estimate / error) ** 2 == pytest.approx(29 * q / (30 - q))


def test_one_row_a_group_is_delong() -> None:
    """Obuchowski's variance is DeLong's: that of the placements of both classes."""
    rng = np.random.default_rng(2)
    positive = np.arange(300) < 100
    scores = rng.normal(size=(2, 300)) + positive
    inference = grouped_auc_difference(positive, scores[0], scores[1], np.arange(300))
    placed = placements(positive, scores)
    gaps = [values[1] - values[0] for values in (placed.positive, placed.negative)]
    expected = sum(gap.var(ddof=1) / len(gap) for gap in gaps)
    assert inference is not None
    assert inference.sd**2 / 300 == pytest.approx(expected, rel=1e-9)
    by_hand = roc_auc_score(positive, scores[1]) - roc_auc_score(positive, scores[0])
    assert inference.estimate == pytest.approx(by_hand)


@pytest.mark.parametrize("kind", ["mean", "auc", "f1"])
def test_copies_of_rows_make_nothing_more_certain(kind: str) -> None:
    """Every row five times, in a group: the error stays that of the rows once."""
    rng = np.random.default_rng(3)
    positive = np.arange(100) < 40
    scores = rng.normal(size=(2, 100)) + positive
    f1 = find("f1_macro")
    assert f1 is not None

    def error(times: int) -> float:
        y, *cases = (np.repeat(values, times) for values in (positive, *scores))
        groups = np.repeat(np.arange(100), times)
        labels = [(case > 0.5).astype(np.int64) for case in cases]
        inference = {
            "mean": lambda: grouped_mean_difference(labels[0] == y, labels[1] == y, groups),
            "auc": lambda: grouped_auc_difference(y, cases[0], cases[1], groups),
            "f1": lambda: grouped_confusion_difference(
                y.astype(np.int64), labels, groups, f1, n_classes=2
            ),
        }[kind]()
        assert inference is not None
        return inference.sd

    assert error(5) == pytest.approx(error(1), rel=1e-9)


def test_the_jackknife_by_hand() -> None:
    """scikit-learn's F1 without each group: the spread of the pseudo-values."""
    rng = np.random.default_rng(4)
    y, first, second = rng.integers(0, 3, (3, 120))
    groups = rng.integers(0, 15, 120)
    f1 = find("f1_macro")
    assert f1 is not None
    inference = grouped_confusion_difference(y, (first, second), groups, f1, n_classes=3)

    def change(rows: np.ndarray) -> float:
        values = [
            f1_score(y[rows], case[rows], average="macro") for case in (first, second)
        ]
        return float(values[1] - values[0])

    whole = change(np.arange(120))
    left_out = [change(np.flatnonzero(groups != group)) for group in range(15)]
    pseudo = 15 * whole - 14 * np.array(left_out)
    assert inference is not None
    assert inference.estimate == pytest.approx(whole)
    assert inference.sd == pytest.approx(pseudo.std(ddof=1))


def test_identical_predictions_leave_room_for_what_few_groups_hide() -> None:
    """No difference in 12 groups does not prove none: the interval has a width."""
    labels = np.tile([0, 1], 60)
    groups = np.repeat(np.arange(12), 10)
    inference = grouped_mean_difference(labels, labels, groups)
    assert inference is not None
    interval = inference.interval()
    assert interval.low < -0.1
    assert interval.high > 0.1
    assert inference.p() == 1


def test_the_three_words_are_baycomps() -> None:
    """``CorrelatedTTest.probs(x, y, rope=0.01, runs=1)`` of baycomp 1.0.3, to 1e-8."""
    first = [0.804, 0.796, 0.819, 0.803, 0.784, 0.811, 0.839, 0.828, 0.779, 0.762]
    second = [0.802, 0.807, 0.782, 0.809, 0.769, 0.806, 0.838, 0.832, 0.797, 0.793]
    words = three_words(np.subtract(second, first), 9, 1, 0.01)
    assert words is not None
    assert (words.worse, words.equivalent, words.better) == pytest.approx(
        (0.11363947528273825, 0.7280278693692532, 0.15833265534800856), abs=1e-8
    )


def test_a_lower_metric_exchanges_better_and_worse() -> None:
    """And equal differences put everything on one word."""
    higher = three_words([0.02, 0.05, 0.03], 4, 1, 0.01)
    lower = three_words([0.02, 0.05, 0.03], 4, 1, 0.01, greater_is_better=False)
    assert higher is not None
    assert lower is not None
    assert (lower.worse, lower.better) == (higher.better, higher.worse)
    same = three_words([0.02, 0.02], 4, 1, 0.01)
    assert same is not None
    assert same.better == 1
