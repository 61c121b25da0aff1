"""The interval of one case's macro average, and the like."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tunecard.report.stats.binomial import clopper_pearson
from tunecard.report.stats.class_intervals import class_metric_ends, class_metric_interval
from tunecard.report.stats.interval import Interval
from tunecard.runner.metrics import Confusion, get

RARE = np.array([[35, 3], [0, 2]])


def of(matrix: NDArray[np.int_], name: str) -> Interval:
    """The interval, which there is; the last class is positive."""
    interval = class_metric_interval(matrix, get(name), positive=len(matrix) - 1)
    assert interval is not None
    return interval


@pytest.mark.parametrize(("name", "n"), [("recall", 12), ("precision", 15)])
def test_a_share_has_its_exact_interval(name: str, n: int) -> None:
    """9 of 12 rows of a class are right, of 15 that are predicted as it."""
    interval = of(np.array([[82, 6], [3, 9]]), name)
    expected = clopper_pearson(9, n)
    assert (interval.low, interval.high) == pytest.approx(
        (expected.low, expected.high), abs=1e-5
    )


def test_the_two_rows_of_a_rare_class_count_as_two() -> None:
    """38 against 2 rows: half of what 2 of 2 leave open is in balanced accuracy."""
    interval = of(RARE, "balanced_accuracy")
    assert interval.low == pytest.approx(
        (35 / 38 + clopper_pearson(2, 2).low) / 2, abs=0.02
    )
    assert interval.high == pytest.approx((clopper_pearson(35, 38).high + 1) / 2, abs=0.02)


@pytest.mark.parametrize("name", ["balanced_accuracy", "f1_macro", "precision_macro"])
def test_many_rows_have_the_interval_of_resampled_rows(name: str) -> None:
    """Percentiles of drawing 100,000 rows of three classes again and again."""
    matrix = np.array([[50_000, 6_000, 4_000], [4_000, 23_000, 3_000], [1_500, 500, 8_000]])
    draws = np.random.default_rng(0).multinomial(100_000, matrix.ravel() / 100_000, 20_000)
    drawn = draws.reshape(-1, 3, 3).astype(float)
    hits = np.diagonal(drawn, axis1=1, axis2=2)
    of_confusion = get(name).of_confusion
    assert of_confusion is not None
    values = of_confusion(Confusion(hits, drawn.sum(axis=1), drawn.sum(axis=2)))
    expected = np.quantile(values, [0.025, 0.975])
    interval = of(matrix, name)
    ends = np.array([interval.low, interval.high])
    assert ends == pytest.approx(expected, abs=0.05 * (expected[1] - expected[0]))


@pytest.mark.parametrize("name", ["f1_macro", "precision_macro", "precision"])
def test_fixed_class_sizes_add_nothing(name: str) -> None:
    """Percentiles of drawing 19,000 and 1,000 rows of two classes again and again."""
    matrix = np.array([[15_200, 3_800], [200, 800]])
    rng = np.random.default_rng(0)
    drawn = np.stack(
        [rng.multinomial(row.sum(), row / row.sum(), 20_000) for row in matrix]
    )
    counts = Confusion(
        np.stack([drawn[0, :, 0], drawn[1, :, 1]], axis=-1).astype(float),
        drawn.sum(axis=0).astype(float),
        matrix.sum(axis=1).astype(float),
        1,
    )
    of_confusion = get(name).of_confusion
    assert of_confusion is not None
    expected = np.quantile(of_confusion(counts), [0.025, 0.975])
    interval = class_metric_interval(matrix, get(name), positive=1, fixed_sizes=True)
    assert interval is not None
    ends = np.array([interval.low, interval.high])
    assert ends == pytest.approx(expected, abs=0.05 * (expected[1] - expected[0]))
    assert interval.high - interval.low < 0.8 * (
        of(matrix, name).high - of(matrix, name).low
    )


def test_few_rows_of_a_class_count_as_drawn() -> None:
    """30 rows: as if the split had not fixed them."""
    matrix = np.array([[114, 28], [8, 22]])
    fixed = class_metric_interval(matrix, get("precision"), positive=1, fixed_sizes=True)
    assert fixed == of(matrix, "precision")


def test_macro_precision_of_five_rows_a_class_seldom_lies_above_the_truth() -> None:
    """950 rows of a class beside nine of five or six each, 97 % right, in 4,000 studies."""
    sizes = np.array([950, 6, 6, 6, 6, 6, 5, 5, 5, 5])
    rates = np.full((10, 10), 0.03 / 9) + np.eye(10) * (0.97 - 0.03 / 9)
    rng = np.random.default_rng(0)
    drawn = [rng.multinomial(*each, 4_000) for each in zip(sizes, rates, strict=True)]
    low, high = class_metric_ends(
        np.stack(drawn, axis=1), get("precision_macro"), fixed_sizes=True
    )
    expected = sizes[:, None] * rates
    truth = float(np.mean(np.diag(expected) / expected.sum(axis=0)))
    assert np.mean(low > truth) <= 0.03
    assert np.mean(high < truth) <= 0.03


@pytest.mark.parametrize(("sizes", "n"), [((38, 2), 40), ((142, 8), 150)])
def test_balanced_accuracy_covers_with_few_rows_of_a_class(
    sizes: tuple[int, int], n: int
) -> None:
    """Four of five rows right: 2,000 studies, each end wrong in at most 3 %."""
    rng = np.random.default_rng([0, n])
    rates = [[0.8, 0.2], [0.2, 0.8]]
    drawn = [
        rng.multinomial(size, rate, 2_000) for size, rate in zip(sizes, rates, strict=True)
    ]
    low, high = class_metric_ends(np.stack(drawn, axis=1), get("balanced_accuracy"))
    assert np.mean(low > 0.8) <= 0.03
    assert np.mean(high < 0.8) <= 0.03


def test_a_case_without_an_error_has_an_interval() -> None:
    """20 rows in each of two classes leave open what 20 of 20 do, or less."""
    interval = of(np.diag([20, 20]), "f1_macro")
    assert interval.high == 1
    assert clopper_pearson(20, 20).low < interval.low < clopper_pearson(40, 40).low


def test_a_class_that_is_never_predicted_leaves_its_precision_open() -> None:
    """Its precision counts as 0, and one more row could make it 1."""
    assert of(np.array([[38, 0], [2, 0]]), "precision").high == 1


@pytest.mark.parametrize("name", ["f1_macro", "balanced_accuracy", "precision_macro"])
def test_the_order_of_classes_does_not_matter(name: str) -> None:
    """Nor do classes without a row."""
    matrix = np.array([[50, 4, 2], [1, 20, 3], [0, 1, 6]])
    order = [2, 0, 1]
    other = np.zeros((4, 4), dtype=int)
    other[:3, :3] = matrix[np.ix_(order, order)]
    first, second = of(matrix, name), of(other, name)
    assert (first.low, first.high) == pytest.approx((second.low, second.high))


def test_many_matrices_at_once_are_each_on_its_own() -> None:
    """As the simulations use it."""
    matrices = np.stack([RARE, RARE[::-1, ::-1], np.array([[10, 9], [8, 13]])])
    low, high = class_metric_ends(matrices, get("balanced_accuracy"))
    each = [of(matrix, "balanced_accuracy") for matrix in matrices]
    assert low == pytest.approx([interval.low for interval in each])
    assert high == pytest.approx([interval.high for interval in each])


def test_a_metric_that_is_not_defined_has_no_interval() -> None:
    """Without a single row."""
    empty = np.zeros((2, 2), dtype=int)
    assert class_metric_interval(empty, get("balanced_accuracy")) is None


def test_a_metric_with_a_large_bias_has_no_interval() -> None:
    """Weighted precision on 4 rows in each of ten classes; weighted recall has no bias."""
    matrix = 3 * np.eye(10, dtype=int) + np.roll(np.eye(10, dtype=int), 1, axis=1)
    assert class_metric_interval(matrix, get("precision_weighted")) is None
    assert class_metric_interval(matrix, get("recall_macro")) is not None


def test_a_metric_that_is_biased_upward_seldom_lies_above_the_truth() -> None:
    """60 rows of 3 classes, 70 % right: weighted precision exceeds 0.70."""
    joint = np.full((3, 3), 0.05) + np.eye(3) * (0.7 / 3 - 0.05)
    drawn = np.random.default_rng(0).multinomial(60, joint.ravel(), 4_000)
    low, high = class_metric_ends(drawn.reshape(-1, 3, 3), get("precision_weighted"))
    given = np.isfinite(low)
    assert given.mean() > 0.95
    assert np.mean(low[given] > 0.7) <= 0.03
    assert np.mean(high[given] < 0.7) <= 0.03


def test_precision_of_one_of_ten_classes_seldom_lies_above_the_truth() -> None:
    """100 rows of each of ten classes, 97 % right, so three rows of others."""
    rates = np.full((10, 10), 0.03 / 9) + np.eye(10) * (0.97 - 0.03 / 9)
    rng = np.random.default_rng(0)
    drawn = np.stack([rng.multinomial(100, each, 1_000) for each in rates], axis=1)
    low, high = class_metric_ends(drawn, get("precision"), positive=1, fixed_sizes=True)
    assert np.mean(low > 0.97) <= 0.03
    assert np.mean(high < 0.97) <= 0.03
