"""A model against itself: how often each built-in metric is called better or worse.

Run by ``tox run -e stress``. The seed is printed and taken from TUNECARD_STRESS_SEED.
Two cases with the same chances share most of their noise; class sizes are fixed, as in a
stratified split. A line gives the share of studies with p below 0.05, which is where the
interval excludes 0.
"""

import math
import os
from collections import Counter
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from tests.stress.rankings import Ranked, areas_of_many, average_precisions
from tunecard.report.stats.auc import auc_difference
from tunecard.report.stats.confusion import confusion_differences
from tunecard.report.stats.labels import Cells
from tunecard.report.stats.row_means import mean_difference
from tunecard.report.stats.scorers import jackknife_test
from tunecard.report.stats.shares import share_difference
from tunecard.runner.metrics import Metric, Outputs, get, registered

pytestmark = pytest.mark.stress

SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
#: At 6.0 % the standard error of a share of 4,000 studies is 0.4 points.
STUDIES, FALSE = int(os.environ.get("TUNECARD_STRESS_STUDIES", "4000")), 0.06
ROWS = (40, 150, 1_000, 10_000)
#: The exchanges of a test, a tenth of the product's: their number does not change how
#: often an exact test is wrong, only its power.
EXCHANGES = 400
#: Noise that both cases share, of a variance of 1, and how far the true class stands out.
SHARED, STANDS_OUT = 0.8, {2: 1.5, 10: 2.5}
#: Rows of a class by which its chances are estimated.
_DRAWN = 100_000

Say = Callable[[str], None]
Floats = NDArray[np.float64]
Codes = NDArray[np.int32]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Say:
    """Print a line of the table, whatever pytest captures."""

    def print_line(text: str) -> None:
        with capsys.disabled():
            print(f"\n{request.node.name} (seed {SEED}): {text}", end="")  # noqa: T201 # the table

    return print_line


def label_metrics() -> list[Metric]:
    """Functions of the confusion matrix; macro recall is balanced accuracy here."""
    theirs = ("matthews_corrcoef", "jaccard_macro")
    own = [metric.name for metric in registered() if metric.inference == "confusion"]
    return [get(name) for name in (*own, *theirs) if name != "recall_macro"]


def class_sizes(n: int, n_classes: int, rare: float) -> NDArray[np.int64]:
    """Classes of equal size, or one of 95 % and the others with at least a row each."""
    shares = np.full(n_classes, 1 / n_classes)
    if rare:
        shares = np.array([1 - rare] + [rare / (n_classes - 1)] * (n_classes - 1))
    sizes = np.maximum(np.round(n * shares), 1).astype(np.int64)
    sizes[0] += n - sizes.sum()
    return sizes


def logits(rng: np.random.Generator, truth: Codes, n_classes: int) -> tuple[Floats, Floats]:
    """Two cases' logits, each of shape (n_rows, n_classes).

    They weight classes equally, so that rare ones are predicted as well.
    """
    center = STANDS_OUT[n_classes] * (truth[:, None] == np.arange(n_classes))
    center = center + math.sqrt(SHARED) * rng.normal(size=center.shape)
    own = math.sqrt(1 - SHARED)
    first, second = (center + own * rng.normal(size=center.shape) for _ in range(2))
    return first, second


@cache
def chances(n_classes: int) -> list[Floats]:
    """Of each true class, the chances of both answers; exchanged they are the same."""
    rng = np.random.default_rng([SEED, n_classes])
    tables = []
    for code in range(n_classes):
        truth = np.full(_DRAWN, code, dtype=np.int32)
        first, second = (each.argmax(axis=1) for each in logits(rng, truth, n_classes))
        table = np.bincount(first * n_classes + second, minlength=n_classes**2)
        square = table.reshape(n_classes, n_classes) / _DRAWN
        tables.append(((square + square.T) / 2).ravel())
    return tables


def drawn_counts(
    rng: np.random.Generator, n: int, n_classes: int, rare: float
) -> tuple[int, ...]:
    """Draw one study's rows, counted by truth and both answers."""
    sizes = class_sizes(n, n_classes, rare)
    return tuple(
        np.concatenate(
            [
                rng.multinomial(size, each)
                for size, each in zip(sizes, chances(n_classes), strict=True)
            ]
        ).tolist()
    )


def as_cells(drawn: tuple[int, ...], n_classes: int) -> Cells:
    """Return the cells that occur."""
    counts = np.array(drawn)
    places = np.flatnonzero(counts)
    true, answers = np.divmod(places, n_classes**2)
    first, second = np.divmod(answers, n_classes)
    return Cells(true, first, second, counts[places], n_classes, positive=1)


def settings(test: Callable[..., None]) -> Callable[..., None]:
    """Try rows, classes and class sizes."""
    for name, values in (("rare", (0.0, 0.05)), ("n_classes", (2, 10)), ("n", ROWS)):
        test = pytest.mark.parametrize(name, values)(test)
    return test


@settings
def test_labels(n: int, n_classes: int, rare: float, say: Say) -> None:
    """Accuracy and every function of the confusion matrix."""
    rng = np.random.default_rng([SEED, n, n_classes, round(100 * rare)])
    metrics = label_metrics()
    wrong = dict.fromkeys(["accuracy", *(metric.name for metric in metrics)], 0)
    # Exchanges are exact; only mid-p-values of few discordant rows may exceed 5 %.
    studies = STUDIES if n < 1_000 else STUDIES // 4
    tables = Counter(drawn_counts(rng, n, n_classes, rare) for _ in range(studies))
    for counts, times in tables.items():
        table = as_cells(counts, n_classes)
        tests = dict(confusion_differences(table, metrics, rng, n_permutations=EXCHANGES))
        right = table.first == table.true, table.second == table.true
        gained = int(table.counts[~right[0] & right[1]].sum())
        lost = int(table.counts[right[0] & ~right[1]].sum())
        tests["accuracy"] = share_difference(lost, gained, n)
        for name, test in tests.items():
            wrong[name] += times * (test.p() < 0.05)
    check(wrong, studies, say)


@settings
def test_probabilities(n: int, n_classes: int, rare: float, say: Say) -> None:
    """Log loss, Brier score and ROC AUC, one class against the rest for ten."""
    rng = np.random.default_rng([SEED, n, n_classes, round(100 * rare), 1])
    truth = np.repeat(np.arange(n_classes), class_sizes(n, n_classes, rare)).astype(
        np.int32
    )
    studies = STUDIES if n < 10_000 else STUDIES // 4
    wrong = {"log_loss": 0, "brier": 0, "roc_auc": 0}
    for _ in range(studies):
        both = [special.softmax(each, axis=1) for each in logits(rng, truth, n_classes)]
        for name in ("log_loss", "brier"):
            test = mean_difference(*(row_losses(name, truth, each) for each in both))
            assert test is not None
            wrong[name] += test.p() < 0.05
        if n_classes == 2:
            area = auc_difference(truth == 1, both[0][:, 1], both[1][:, 1])
            wrong["roc_auc"] += area.p() < 0.05
        else:
            wrong["roc_auc"] += p_value(areas_of_many(truth, both)) < 0.05
    check(wrong, studies, say)


def row_losses(name: str, truth: Codes, shares: Floats) -> Floats:
    """What each row adds to a mean loss."""
    of_rows = get(name).row_losses
    assert of_rows is not None
    return of_rows(truth, Outputs(probabilities=shares))


def p_value(ranked: Ranked) -> float:
    """The p-value of no difference, rows left out."""
    test = jackknife_test(ranked.left, (-1.0, 1.0), ranked.row_effect)
    assert test is not None
    return test.p()


@pytest.mark.parametrize("rare", [0.5, 0.05])
@pytest.mark.parametrize("n", ROWS)
def test_average_precision(n: int, rare: float, say: Say) -> None:
    """Average precision of two classes: rows are left out, as for any function."""
    rng = np.random.default_rng([SEED, n, round(100 * rare), 2])
    truth = np.arange(n) < round(n * rare)
    studies = STUDIES if n < 10_000 else STUDIES // 4
    wrong = 0
    for _ in range(studies):
        common = 1.5 * truth + math.sqrt(SHARED) * rng.normal(size=n)
        scores = [common + math.sqrt(1 - SHARED) * rng.normal(size=n) for _ in range(2)]
        wrong += p_value(average_precisions(truth, scores)) < 0.05
    check({"average_precision": wrong}, studies, say)


def check(wrong: dict[str, int], studies: int, say: Say) -> None:
    """Print the shares; none exceeds the bar by more than two standard errors."""
    shares = {name: count / studies for name, count in wrong.items()}
    say(", ".join(f"{name} {100 * share:.1f}" for name, share in shares.items()))
    error = math.sqrt(FALSE * (1 - FALSE) / studies)
    assert {n: s for n, s in shares.items() if s > FALSE + 2 * error} == {}
