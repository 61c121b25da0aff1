"""Functions of the confusion matrix: values, paired permutation, one interval."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics

from tunecard.report.stats.class_intervals import class_metric_interval
from tunecard.report.stats.confusion import (
    CLASS_METRICS,
    binary_metric,
    class_counts,
    confusion_difference,
)
from tunecard.report.stats.labels import Cells, cells, confusion
from tunecard.report.stats.proportions import mcnemar_mid_p, wilson
from tunecard.report.stats.references import symmetric_reference


def drawn(seed: int, n: int = 200, n_classes: int = 3) -> tuple[Cells, NDArray[np.int64]]:
    """Draw a truth and two cases' answers, a fifth of them wrong."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, n_classes, n)
    answers = [
        np.where(rng.random(n) < 0.2, rng.integers(0, n_classes, n), truth)
        for _ in range(2)
    ]
    table = cells(truth, answers[0], answers[1], n_classes)
    return table, np.stack([truth, *answers])


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("matthews_corrcoef", metrics.matthews_corrcoef),
        ("cohen_kappa", metrics.cohen_kappa_score),
        ("balanced_accuracy", metrics.balanced_accuracy_score),
        ("f1_macro", lambda y, p: metrics.f1_score(y, p, average="macro")),
        ("jaccard_macro", lambda y, p: metrics.jaccard_score(y, p, average="macro")),
    ],
)
def test_values_are_those_of_scikit_learn(
    name: str, expected: Callable[..., float], which: int
) -> None:
    """From counts of right, predicted and true rows alone."""
    table, rows = drawn(0)
    value = CLASS_METRICS[name](*class_counts(table, table.counts, which))
    assert float(value) == pytest.approx(expected(rows[0], rows[1 + which]), abs=1e-12)


@pytest.mark.parametrize("name", ["precision", "recall", "f1", "jaccard"])
def test_metrics_of_the_positive_class_are_scikit_learns(name: str) -> None:
    """With class 1 of two as the positive one."""
    table, rows = drawn(1, n_classes=2)
    value = binary_metric(name, 1)(*class_counts(table, table.counts, 0))
    score = getattr(metrics, f"{name}_score")
    assert float(value) == pytest.approx(score(rows[0], rows[1]), abs=1e-12)


def test_of_accuracy_it_is_mcnemars_test() -> None:
    """30 against 55 discordant rows of two classes: mid-p within the added rows' care."""
    truth = np.zeros(400, dtype=int)
    truth[200:] = 1
    first, second = truth.copy(), truth.copy()
    first[:55] = 1
    second[200:230] = 0
    found = confusion_difference(
        cells(truth, first, second, 2),
        CLASS_METRICS["accuracy"],
        np.random.default_rng(0),
        n_permutations=20_000,
    )
    assert found.estimate == pytest.approx(25 / 400)
    assert found.p() == pytest.approx(mcnemar_mid_p(30, 55), abs=0.004)


@pytest.mark.parametrize("name", ["f1_macro", "balanced_accuracy", "matthews_corrcoef"])
@pytest.mark.parametrize("seed", range(3))
def test_word_and_interval_agree(name: str, seed: int) -> None:
    """At 90, 95 and 99 %, the interval leaves 0 out exactly where p is below."""
    table, _ = drawn(seed, 60)
    rng = np.random.default_rng(seed)
    found = confusion_difference(
        table, CLASS_METRICS[name], rng, bounds=(-2, 2), n_permutations=500
    )
    for level in (0.90, 0.95, 0.99):
        interval = found.interval(level)
        assert (found.p() < 1 - level) == (not interval.low <= 0 <= interval.high)
        assert interval.low <= found.estimate <= interval.high


def test_the_same_seed_gives_the_same_ends() -> None:
    """And 4,000 exchanges move them by less than 8 % between two seeds."""
    table, _ = drawn(5)

    def ends(seed: int) -> tuple[float, float]:
        rng = np.random.default_rng(seed)
        found = confusion_difference(table, CLASS_METRICS["f1_macro"], rng).interval()
        return found.low, found.high

    assert ends(1) == ends(1)
    width = ends(1)[1] - ends(1)[0]
    assert ends(1) == pytest.approx(ends(2), abs=0.04 * width)


def test_identical_answers_leave_an_interval() -> None:
    """Equal predictions on 38 and 2 rows: p is 1, and the rare class stays open."""
    truth = np.array([0] * 38 + [1] * 2)
    found = confusion_difference(
        cells(truth, truth, truth, 2),
        CLASS_METRICS["balanced_accuracy"],
        np.random.default_rng(0),
    )
    assert found.p() == 1
    assert found.interval().high > 0.3


def test_one_class_of_two_rows_keeps_the_interval_wide() -> None:
    """38 and 2 rows without an error: Wilson's ends of 2 rows, halved, are in it."""
    interval = class_metric_interval(
        np.array([[38, 0], [0, 2]]), CLASS_METRICS["balanced_accuracy"]
    )
    gaps = [1 - wilson(38, 38).low, 1 - wilson(2, 2).low]
    assert interval.high == 1
    assert interval.low == pytest.approx(1 - math.hypot(*gaps) / 2, abs=0.005)


def test_the_interval_of_an_accuracy_is_near_wilson() -> None:
    """Of 1,000 rows of two classes, to a tenth of the width."""
    _, rows = drawn(3, 1_000, 2)
    matrix = confusion(rows[0], rows[1], 2)
    found = class_metric_interval(matrix, CLASS_METRICS["accuracy"])
    expected = wilson(int(np.trace(matrix)), 1_000)
    width = expected.high - expected.low
    assert (found.low, found.high) == pytest.approx(
        (expected.low, expected.high), abs=width / 10
    )


def test_a_reference_is_a_mid_p_value() -> None:
    """Of draws 1, 1, 2, 4: beyond 2 lies one, and half of the one at 2."""
    reference = symmetric_reference(np.array([1.0, -1.0, 2.0, -4.0]))
    assert reference is not None
    assert reference.tails.tolist() == pytest.approx([1.0, 3.5 / 5, 2 / 5, 1 / 5])
    assert reference.root(0.0) == 0
    assert reference.root(-2.0) == -reference.root(2.0)
    assert reference.root(8.0) == pytest.approx(2 * reference.root(4.0))
    assert symmetric_reference(np.zeros(3)) is None
