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

from tunecard.report.stats.interval import Interval
from tunecard.report.stats.labels import Cells, cells
from tunecard.report.stats.proportions import (
    detectable_difference,
    mcnemar_mid_p,
    tango,
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
from tunecard.report.stats.resamples import MIN_RESAMPLES, bootstrap
from tunecard.report.stats.verdicts import ALPHA, quality_word, ratio_word

pytestmark = pytest.mark.stress

SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
#: Simulations with a bootstrap in each, and others.
SIMULATIONS, QUICK = 2_000, 10_000
FALSE, COVERED, FOUND = 0.06, (0.93, 0.97), (0.75, 0.85)
MACRO = ("precision_macro", "recall_macro", "f1_macro")

Say = Callable[[str], None]
Floats = NDArray[np.float64]

tango_95 = cache(tango)


@cache
def tango_90(only_first: int, only_second: int, n: int) -> Interval:
    """Tango's 90 % interval, for equivalence."""
    return tango(only_first, only_second, n, 0.90)


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


# The difference of two proportions on the same rows.


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
    """Tango's interval, without a difference and with one of 0.4 points."""
    drawn = discordant(n, share, delta)
    covered = share_of([inside(tango_95(int(b), int(c), n), delta) for b, c in drawn])
    say(f"coverage {percent(covered)}")
    assert COVERED[0] <= covered <= COVERED[1]


@pytest.mark.parametrize("share", [0.90, 0.97])
@pytest.mark.parametrize("n", [200, 1_000, 10_000])
def test_no_difference_in_accuracy_is_seldom_called_one(
    n: int, share: float, say: Say
) -> None:
    """A/A pairs under McNemar's mid-p test."""
    drawn = discordant(n, share, 0.0)
    found = share_of([mcnemar_mid_p(int(b), int(c)) < ALPHA for b, c in drawn])
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
    found = share_of([mcnemar_mid_p(int(b), int(c)) < ALPHA for b, c, _ in drawn])
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
    words = [
        quality_word(
            (c - b) / n, mcnemar_mid_p(int(b), int(c)), tango_90(int(b), int(c), n), margin
        )
        for b, c, _ in drawn
    ]
    wrong = share_of([word == "equivalent" for word, _ in words])
    say(f"equivalent {percent(wrong)}")
    assert wrong <= FALSE


@pytest.mark.parametrize("own", [0.05, 0.10])
@pytest.mark.parametrize("support", [50, 100, 1_000])
def test_a_classes_change_of_recall_covers(support: int, own: float, say: Say) -> None:
    """Tango's interval on a class's own rows, from 50 of them up."""
    drawn = generator(support, own).multinomial(support, [own, own, 1 - 2 * own], QUICK)
    covered = share_of([inside(tango_95(int(b), int(c), support), 0) for b, c, _ in drawn])
    say(f"coverage {percent(covered)}")
    assert COVERED[0] <= covered <= COVERED[1]


# Macro averages: the paired bootstrap.


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
def test_changes_of_macro_averages_cover_and_seldom_err(
    n: int, share: float, say: Say
) -> None:
    """Their changes from 1,000 rows up, and A/A pairs on macro F1 at any number."""
    rng = generator(n, share)
    paired = np.zeros((SIMULATIONS, len(MACRO)), dtype=bool)
    false = np.zeros(SIMULATIONS, dtype=bool)
    for i in range(SIMULATIONS):
        boot = bootstrap(labels(rng, n, share), rng, MIN_RESAMPLES)
        for j, name in enumerate(MACRO):
            paired[i, j] = inside(boot.difference(name), 0.0)
        false[i] = boot.p_value("f1_macro") < ALPHA
    for j, name in enumerate(MACRO):
        say(f"{name} {percent(paired[:, j].mean())}")
    say(f"false on f1_macro {percent(false.mean())}")
    assert false.mean() <= FALSE
    for covered in paired.mean(axis=0):
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
        boot = bootstrap(labels(rng, n, share, margin), rng, MIN_RESAMPLES)
        p, interval = boot.p_value("f1_macro"), boot.difference("f1_macro", 0.90)
        wrong += quality_word(margin, p, interval, margin)[0] == "equivalent"
    say(f"equivalent {percent(wrong / SIMULATIONS)}")
    assert wrong / SIMULATIONS <= FALSE


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
