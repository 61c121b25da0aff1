"""Do the intervals cover and the verdicts err as often as they say: simulated.

Run by ``tox run -e stress``; each line of its table stands in DECISIONS.md. The
seed is printed and taken from TUNECARD_STRESS_SEED. The limits hold at the seed
that is the default; 2,000 simulations have a standard error of half a point, so
that at another seed a line may lie that far beyond.
"""

import math
import os
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from tunecard.report.stats.confusion import confusion_differences
from tunecard.report.stats.families import decide
from tunecard.report.stats.interval import Interval
from tunecard.report.stats.labels import Cells, cells
from tunecard.report.stats.proportions import (
    detectable_difference,
    wilson,
)
from tunecard.report.stats.ratios import (
    BETWEEN,
    RHO,
    SLOW_BY,
    SLOW_SHARE,
    WITHIN,
    noise_floor,
    paired_ratio,
)
from tunecard.report.stats.reliability import reliability
from tunecard.report.stats.resamples import MIN_RESAMPLES, bootstrap
from tunecard.report.stats.shares import share_difference
from tunecard.report.stats.verdicts import ALPHA, ratio_word
from tunecard.runner.metrics import get

pytestmark = pytest.mark.stress

SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
#: Simulations with a bootstrap in each, and others.
SIMULATIONS, QUICK = 2_000, 10_000
FALSE, COVERED, FOUND = 0.06, (0.93, 0.97), (0.75, 0.85)
MACRO = ("precision_macro", "recall_macro", "f1_macro")
_METRICS = tuple(get(name) for name in MACRO)

Say = Callable[[str], None]
Floats = NDArray[np.float64]


@cache
def share_95(only_first: int, only_second: int, n: int) -> Interval:
    """The 95 % interval of a difference of shares."""
    return share_difference(only_first, only_second, n).interval()


@cache
def p_of_share(only_first: int, only_second: int, n: int) -> float:
    """The p-value of no difference of shares."""
    return share_difference(only_first, only_second, n).p()


@cache
def share_word(only_first: int, only_second: int, n: int, margin: float) -> str:
    """The word of a family of one."""
    change = share_difference(only_first, only_second, n)
    return decide({0: change}, margin)[0].word()


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Say:
    """Print a line of the table, whatever pytest captures."""

    def print_line(text: str) -> None:
        with capsys.disabled():
            print(f"\n{request.node.name} (seed {SEED}): {text}", end="")  # noqa: T201 # the table

    return print_line


def generator(*key: float) -> np.random.Generator:
    """A stream of its own for each case of a test."""
    return np.random.default_rng([SEED, *(round(1_000 * part) for part in key)])


def percent(share: float) -> str:
    """A share with one decimal."""
    return f"{100 * share:.1f} %"


def share_of(hits: Sequence[bool]) -> float:
    """The share of simulations in which something holds."""
    return float(np.mean(hits))


def inside(interval: Interval | None, truth: float) -> bool:
    """Whether an interval holds the truth, its ends included."""
    return interval is not None and interval.low <= truth <= interval.high


# Proportions: accuracy, and the difference of two on the same rows.


@pytest.mark.parametrize("share", [0.90, 0.97])
@pytest.mark.parametrize("n", [1_000, 10_000])
def test_wilson_covers(n: int, share: float, say: Say) -> None:
    """An accuracy of 0.90 and 0.97 on 1,000 and 10,000 rows."""
    right = generator(n, share).binomial(n, share, QUICK)
    covered = share_of([inside(wilson(int(k), n), share) for k in right])
    say(f"coverage {percent(covered)}")
    assert COVERED[0] <= covered <= COVERED[1]


def discordant(n: int, share: float, delta: float) -> NDArray[np.int64]:
    """Draw (only first, only second); half of the errors are a case's own."""
    own = (1 - share) / 2
    chances = [own, own + delta, 1 - 2 * own - delta]
    return generator(n, share, 100 * delta).multinomial(n, chances, QUICK)[:, :2]


@pytest.mark.parametrize("delta", [0.0, 0.004])
@pytest.mark.parametrize("share", [0.90, 0.97])
@pytest.mark.parametrize("n", [1_000, 10_000])
def test_the_difference_of_accuracies_covers(
    n: int, share: float, delta: float, say: Say
) -> None:
    """The interval, without a difference and with one of 0.4 points."""
    drawn = discordant(n, share, delta)
    covered = share_of([inside(share_95(int(b), int(c), n), delta) for b, c in drawn])
    say(f"coverage {percent(covered)}")
    assert COVERED[0] <= covered <= COVERED[1]


@pytest.mark.parametrize("share", [0.90, 0.97])
@pytest.mark.parametrize("n", [200, 1_000, 10_000])
def test_no_difference_in_accuracy_is_seldom_called_one(
    n: int, share: float, say: Say
) -> None:
    """A/A pairs."""
    drawn = discordant(n, share, 0.0)
    found = share_of([p_of_share(int(b), int(c), n) < ALPHA for b, c in drawn])
    say(f"false {percent(found)}")
    assert found <= FALSE


@pytest.mark.parametrize("psi", [0.02, 0.05, 0.10])
@pytest.mark.parametrize("n", [1_000, 10_000])
def test_the_detectable_difference_is_found(n: int, psi: float, say: Say) -> None:
    """At Connor's difference, with psi of the rows telling the two apart."""
    delta = detectable_difference(psi, n)
    assert delta is not None
    chances = [(psi - delta) / 2, (psi + delta) / 2, 1 - psi]
    drawn = generator(n, psi).multinomial(n, chances, QUICK)
    found = share_of([p_of_share(int(b), int(c), n) < ALPHA for b, c, _ in drawn])
    say(f"{100 * delta:.2f} points found {percent(found)}")
    assert FOUND[0] <= found <= FOUND[1]


@pytest.mark.parametrize(
    ("n", "psi", "margin"),
    [
        (1_000, 0.01, 0.01),
        (1_000, 0.05, 0.02),
        (10_000, 0.0025, 0.0025),
        (10_000, 0.01, 0.0025),
        (10_000, 0.05, 0.005),
    ],
)
def test_a_difference_as_large_as_the_margin_is_seldom_equivalent(
    n: int, psi: float, margin: float, say: Say
) -> None:
    """At the margin's edge, for accuracy."""
    chances = [(psi - margin) / 2, (psi + margin) / 2, 1 - psi]
    drawn = generator(n, psi, margin).multinomial(n, chances, QUICK)
    words = [share_word(int(b), int(c), n, margin) for b, c, _ in drawn]
    wrong = share_of([word == "equivalent" for word in words])
    say(f"equivalent {percent(wrong)}")
    assert wrong <= FALSE


@pytest.mark.parametrize("own", [0.05, 0.10])
@pytest.mark.parametrize("support", [50, 100, 1_000])
def test_a_classes_change_of_recall_covers(support: int, own: float, say: Say) -> None:
    """The interval on a class's own rows, from 50 of them up."""
    drawn = generator(support, own).multinomial(support, [own, own, 1 - 2 * own], QUICK)
    covered = share_of([inside(share_95(int(b), int(c), support), 0) for b, c, _ in drawn])
    say(f"coverage {percent(covered)}")
    assert COVERED[0] <= covered <= COVERED[1]


# Macro averages: the paired permutation test.


def labels(
    rng: np.random.Generator, n: int, share: float, delta: float = 0.0, n_classes: int = 10
) -> Cells:
    """Draw a truth and two predictions that share half of their errors.

    Every wrong class is as likely as another, so that precision, recall and F1
    of every class, and their macro averages, are the accuracy.
    """
    truth = rng.integers(0, n_classes, n)
    wrong = (truth + rng.integers(1, n_classes, n)) % n_classes
    own = (1 - share) / 2
    place = rng.random(n)
    first = np.where(place < 2 * own, wrong, truth)
    second = np.where(
        (place < own) | ((place >= 2 * own) & (place < 3 * own - delta)), wrong, truth
    )
    return cells(truth, first, second, n_classes)


@pytest.mark.parametrize("share", [0.90, 0.97])
@pytest.mark.parametrize("n", [200, 1_000, 10_000])
def test_macro_averages_cover_and_seldom_err(n: int, share: float, say: Say) -> None:
    """Their intervals from 1,000 rows up, and A/A pairs on macro F1 at any number."""
    rng = generator(n, share)
    alone, paired = (np.zeros((SIMULATIONS, len(MACRO)), dtype=bool) for _ in range(2))
    false = np.zeros(SIMULATIONS, dtype=bool)
    for i in range(SIMULATIONS):
        table = labels(rng, n, share)
        boot = bootstrap(table, rng, MIN_RESAMPLES)
        changes = confusion_differences(table, _METRICS, rng, n_permutations=1_000)
        for j, name in enumerate(MACRO):
            alone[i, j] = inside(boot.interval("first", name), share)
            paired[i, j] = inside(changes[name].interval(), 0.0)
        false[i] = changes["f1_macro"].p() < ALPHA
    for j, name in enumerate(MACRO):
        say(f"{name} {percent(alone[:, j].mean())}, change {percent(paired[:, j].mean())}")
    say(f"false on f1_macro {percent(false.mean())}")
    assert false.mean() <= FALSE
    for covered in (*alone.mean(axis=0), *paired.mean(axis=0)):
        assert n < 1_000 or COVERED[0] <= covered <= COVERED[1]


@pytest.mark.parametrize(
    ("n", "share", "margin"), [(1_000, 0.97, 0.01), (10_000, 0.90, 0.01)]
)
def test_a_macro_average_off_by_the_margin_is_seldom_equivalent(
    n: int, share: float, margin: float, say: Say
) -> None:
    """At the margin's edge, for macro F1."""
    rng = generator(n, share, margin)
    wrong = 0
    for _ in range(SIMULATIONS):
        table = labels(rng, n, share, margin)
        change = confusion_differences(table, (get("f1_macro"),), rng, n_permutations=1_000)
        wrong += decide(change, margin)["f1_macro"].word() == "equivalent"
    say(f"equivalent {percent(wrong / SIMULATIONS)}")
    assert wrong / SIMULATIONS <= FALSE


@pytest.mark.parametrize("n", [1_000, 10_000])
def test_the_calibration_error_covers(n: int, say: Say) -> None:
    """Of a classifier that is too sure by 8 points wherever it is over 0.58 sure."""
    rng = generator(n)
    covered = 0
    for _ in range(SIMULATIONS):
        confidence = rng.uniform(0.58, 1.0, n)
        truth = (rng.random(n) > confidence - 0.08).astype(int)
        found = reliability(np.column_stack([confidence, 1 - confidence]), truth)
        covered += inside(found.interval if found else None, 0.08)
    say(f"coverage {percent(covered / SIMULATIONS)}")
    assert COVERED[0] <= covered / SIMULATIONS <= COVERED[1]


# Times: rounds of workers, workers of calls.


def drift(rng: np.random.Generator, n_rounds: int) -> Floats:
    """AR(1) over the rounds, (QUICK, n_rounds), of standard deviation BETWEEN."""
    steps = rng.normal(size=(QUICK, n_rounds))
    for i in range(1, n_rounds):
        steps[:, i] = RHO * steps[:, i - 1] + math.sqrt(1 - RHO**2) * steps[:, i]
    return BETWEEN * steps


def calls(rng: np.random.Generator, n_rounds: int, n_calls: int) -> Floats:
    """The median of a worker's calls, (QUICK, n_rounds): 5 % of them are 30 % slower."""
    logs = rng.normal(scale=WITHIN, size=(QUICK, n_rounds, n_calls))
    logs += math.log1p(SLOW_BY) * (rng.random(logs.shape) < SLOW_SHARE)
    medians: Floats = np.median(logs, axis=2)
    return medians


@pytest.mark.parametrize("drifts", ["own drifts", "one drift"])
@pytest.mark.parametrize("n_calls", [1, 3, 5])
@pytest.mark.parametrize("n_rounds", [3, 4, 5, 10])
def test_a_ratio_of_times_covers_and_seldom_errs(
    n_rounds: int, n_calls: int, drifts: str, say: Say
) -> None:
    """A case against itself: each with a drift of its own, or both with the same.

    A drift that both share cancels in the ratio, and the interval is then wider
    than it had to be: it may cover more than 97 %.
    """
    shared = drifts == "one drift"
    rng = generator(n_rounds, n_calls, shared)
    common = drift(rng, n_rounds)
    first = np.exp(common + calls(rng, n_rounds, n_calls))
    second = np.exp(
        (common if shared else drift(rng, n_rounds)) + calls(rng, n_rounds, n_calls)
    )
    covered, false, halves = 0, 0, []
    for one, two in zip(first, second, strict=True):
        ratio = paired_ratio(one, two, n_calls)
        assert ratio is not None
        assert ratio.half_width is not None
        covered += inside(ratio.interval, 1.0)
        halves.append(ratio.half_width)
        false += ratio_word(ratio, noise_floor(one, two))[0] in ("more", "less")
    covered_share, false_share = covered / QUICK, false / QUICK
    say(
        f"coverage {percent(covered_share)}, false {percent(false_share)}, "
        f"half-width {percent(float(np.median(halves)))}"
    )
    assert false_share <= FALSE
    assert covered_share >= COVERED[0]
    assert shared or covered_share <= COVERED[1]
