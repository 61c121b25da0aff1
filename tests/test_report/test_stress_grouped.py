"""How often equal models get a word, and what intervals hold, on rows in groups: simulated.

Run by ``tox run -e stress``; the table stands in the docs, beside the tests that take
rows for independent.
"""

import os
import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from tunecard.report.stats.grouped import (
    grouped_auc_difference,
    grouped_confusion_difference,
    grouped_mean_difference,
)
from tunecard.report.stats.in_time import blocks_of
from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.over_splits import three_words
from tunecard.report.stats.seeds import over_seeds
from tunecard.report.stats.shares import share_difference
from tunecard.runner.metrics import find

pytestmark = pytest.mark.stress

SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
STUDIES = int(os.environ.get("TUNECARD_STRESS_STUDIES", "2000"))
FALSE = 0.06

Floats = NDArray[np.float64]
Answers = tuple[NDArray[np.int64], Floats, NDArray[np.intp]]


def draw(
    rng: np.random.Generator, n_groups: int, sizes: tuple[int, int], within: float
) -> Answers:
    """Draw classes, the log odds of two equal models, and groups.

    ``within`` is the correlation of a model's errors inside a group, a model and a group
    for itself; half of all rows' noise is common to both models.
    """
    counts = rng.integers(sizes[0], sizes[1] + 1, n_groups)
    groups = np.repeat(np.arange(n_groups), counts)
    n_rows = len(groups)
    y = (rng.random(n_groups)[groups] < 0.5) ^ (rng.random(n_rows) < 0.25)
    common = rng.normal(size=n_rows)
    own = rng.normal(size=(2, n_rows))
    noise = np.sqrt(0.5) * common + np.sqrt(0.5) * own
    of_group = rng.normal(size=(2, n_groups))[:, groups]
    errors = np.sqrt(within) * of_group + np.sqrt(1 - within) * noise
    logits = 1.5 * np.where(y, 1.0, -1.0) + 1.5 * errors
    return y.astype(np.int64), logits, groups


def by_metric(answers: Answers) -> dict[str, PairedInference | None]:
    """Test the difference of the two models on four metrics, by groups."""
    y, logits, groups = answers
    labels = (logits > 0).astype(np.int64)
    right = (labels == y).astype(float)
    shares = special.expit(np.where(y, logits, -logits))
    losses = -np.log(shares)
    f1 = find("f1_macro")
    assert f1 is not None
    return {
        "accuracy": grouped_mean_difference(right[0], right[1], groups, bounds=(-1, 1)),
        "f1_macro": grouped_confusion_difference(
            y, (labels[0], labels[1]), groups, f1, n_classes=2
        ),
        "roc_auc": grouped_auc_difference(y == 1, logits[0], logits[1], groups),
        "log_loss": grouped_mean_difference(losses[0], losses[1], groups),
    }


@pytest.mark.parametrize("within", [0.0, 0.1, 0.3, 0.5])
@pytest.mark.parametrize(
    ("n_groups", "sizes"), [(50, (5, 20)), (50, (10, 10)), (200, (5, 5))]
)
def test_equal_models_on_groups_get_no_word(
    n_groups: int,
    sizes: tuple[int, int],
    within: float,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """At most 6 % of studies name a difference; intervals at 95 % hold 93 to 97 %."""
    rng = np.random.default_rng([SEED, n_groups, sizes[1], int(10 * within)])
    words = dict.fromkeys(("accuracy", "f1_macro", "roc_auc", "log_loss"), 0)
    row_wise = 0
    for _ in range(STUDIES):
        answers = draw(rng, n_groups, sizes, within)
        for name, inference in by_metric(answers).items():
            assert inference is not None
            words[name] += inference.p() < 0.05
        y, logits, _ = answers
        right = (logits > 0) == (y == 1)
        only_first = int(np.count_nonzero(right[0] & ~right[1]))
        only_second = int(np.count_nonzero(~right[0] & right[1]))
        row_wise += share_difference(only_first, only_second, len(y)).p() < 0.05
    shares = {name: count / STUDIES for name, count in words.items()}
    with capsys.disabled():
        listed = ", ".join(f"{name} {share:.1%}" for name, share in shares.items())
        sys.stdout.write(
            f"\n{n_groups} groups of {sizes[0]} to {sizes[1]}, correlation {within}: "
            f"{listed}; accuracy row by row {row_wise / STUDIES:.1%}\n"
        )
    for share in shares.values():
        assert 0.03 <= share <= FALSE + 2 * np.sqrt(0.05 * 0.95 / STUDIES)


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.8])
@pytest.mark.parametrize("n_rows", [200, 1_000])
def test_equal_models_in_time_get_no_word(
    n_rows: int, memory: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """Losses that depend on those before them, as AR(1): tested in time."""
    rng = np.random.default_rng([SEED, n_rows, int(10 * memory)])
    words = 0
    for _ in range(STUDIES):
        shocks = rng.normal(size=(2, n_rows + 50))
        losses = np.zeros_like(shocks)
        for at in range(1, n_rows + 50):
            losses[:, at] = memory * losses[:, at - 1] + shocks[:, at]
        blocks = blocks_of(np.arange(n_rows))
        inference = grouped_mean_difference(
            losses[0, 50:], losses[1, 50:], blocks, in_time=True
        )
        assert inference is not None
        words += inference.p() < 0.05
    with capsys.disabled():
        sys.stdout.write(
            f"\n{n_rows} rows in time, AR(1) of {memory}: {words / STUDIES:.1%}\n"
        )
    assert words / STUDIES <= FALSE + 2 * np.sqrt(0.05 * 0.95 / STUDIES)


def test_equal_procedures_over_splits_get_no_word(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Two equal procedures on ten holdouts of the same 150 rows, each time new rows."""
    rng = np.random.default_rng([SEED, 77])
    words, sure = 0, 0
    for _ in range(STUDIES):
        x = rng.normal(size=(150, 6))
        y = x @ np.ones(6) + 2 * rng.normal(size=150) > 0
        deltas = [_gain(rng, x, y) for _ in range(10)]
        inference = over_seeds(deltas, 112, 38)
        probabilities = three_words(deltas, 112, 38, 0.0)
        assert inference is not None
        assert probabilities is not None
        words += inference.p() < 0.05
        sure += max(probabilities.better, probabilities.worse) > 0.975
    with capsys.disabled():
        sys.stdout.write(
            f"\n10 holdouts of 150 rows: {words / STUDIES:.1%} words, "
            f"{sure / STUDIES:.1%} with P above 97.5 %\n"
        )
    assert words / STUDIES <= FALSE + 0.01


def _gain(rng: np.random.Generator, x: Floats, y: NDArray[np.bool_]) -> float:
    """Return the difference of least squares on the first and on the last features."""
    order = rng.permutation(len(x))
    train, test = order[:112], order[112:]
    target = np.where(y, 1.0, -1.0)

    def accuracy(columns: slice) -> float:
        weights = np.linalg.lstsq(x[train][:, columns], target[train], rcond=None)[0]
        return float(np.mean((x[test][:, columns] @ weights > 0) == y[test]))

    return accuracy(slice(3, 6)) - accuracy(slice(3))
