"""Contradictions, errors of families and power at the stated rows: simulated.

Run by ``tox run -e stress``. The seed is printed and taken from TUNECARD_STRESS_SEED.
"""

import math
import os
from collections.abc import Callable

import numpy as np
import pytest

from tests.studies import (
    GAINS,
    METRICS,
    SIZES,
    contradictions,
    models_of,
    page_contradictions,
    simulated,
)
from tunecard.report.analyze.family import to_test
from tunecard.report.stats.auc import auc_difference
from tunecard.report.stats.confusion import confusion_differences
from tunecard.report.stats.families import decide
from tunecard.report.stats.inference import PairedInference, student
from tunecard.report.stats.labels import cells
from tunecard.report.stats.power import rows_to_decide
from tunecard.report.stats.row_means import mean_difference
from tunecard.report.stats.shares import share_difference
from tunecard.runner.metrics import get
from tunecard.runner.schema import spec_of

pytestmark = pytest.mark.stress

SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
#: Studies of each number of models and metric; nine lines of them are 20,000.
STUDIES, FALSE = 2_223, 0.06
#: Half of the studies have one that few of these rows can rule out.
MARGINS = (None, 0.02, 0.1, 0.1)
#: A study of three kinds is simulated whole, with its pages.
PAGES = 5

Say = Callable[[str], None]


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


def inference(
    rng: np.random.Generator, metric: str, n: int, gain: float
) -> PairedInference:
    """The difference of two cases of two classes that share most of their noise."""
    truth = rng.random(n) < 0.5
    truth[:2] = False, True
    common = rng.normal(size=n)
    logits = [
        (2 * truth - 1) * (1 + more)
        + math.sqrt(0.8) * common
        + math.sqrt(0.2) * rng.normal(size=n)
        for more in (0.0, gain)
    ]
    first, second = (values > 0 for values in logits)
    if metric == "roc_auc":
        return auc_difference(truth, *logits)
    right = first == truth, second == truth
    if metric == "accuracy":
        b, c = int((right[0] & ~right[1]).sum()), int((~right[0] & right[1]).sum())
        return share_difference(b, c, n)
    table = cells(truth.astype(int), first.astype(int), second.astype(int), 2)
    spec = (get(metric),)
    return confusion_differences(table, spec, rng, n_permutations=500)[metric]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("n_models", [1, 2, 5])
def test_studies_do_not_contradict_themselves(n_models: int, metric: str, say: Say) -> None:
    """Word, p-value, interval as printed and gates, with a margin and without."""
    rng, spec = generator(n_models, METRICS.index(metric)), spec_of(get(metric))
    found: list[str] = []
    words: dict[str, int] = {}
    for _ in range(STUDIES):
        n, gain = int(rng.choice(SIZES)), float(rng.choice(GAINS))
        margin = MARGINS[rng.integers(len(MARGINS))]
        family = {i: inference(rng, metric, n, gain) for i in range(n_models)}
        for i, decision in decide(family, margin).items():
            test = to_test(family[i], decision, spec, margin)
            found += contradictions(test)
            words[test.word] = words.get(test.word, 0) + 1
    say(f"{STUDIES} studies, contradictions {len(found)}; {words}")
    assert found == []


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("n_models", [1, 2, 5])
def test_pages_do_not_contradict_themselves(n_models: int, metric: str) -> None:
    """Card, Markdown, gates, verdicts, CSV and JUnit of whole pages."""
    for number in range(PAGES):
        run = simulated(SEED + number, n_models, metric)
        assert len(run.results.study.models) == len(models_of(n_models))
        assert list(page_contradictions(run)) == []


@pytest.mark.parametrize("at_margin", [0, 2, 5])
def test_families(at_margin: int, say: Say) -> None:
    """Five models, some at the margin and the others without a difference."""
    rng = generator(at_margin)
    margin, wrong, studies = 4.0, 0, 5_000
    truths = np.array([margin] * at_margin + [0.0] * (5 - at_margin))
    for _ in range(studies):
        shared = rng.normal()
        values = truths + math.sqrt(0.5) * (shared + rng.normal(size=5))
        family = {
            i: student(value, 1.0, math.inf, method="z", n_units=1)
            for i, value in enumerate(values)
        }
        wrong += any(
            decision.word() == "equivalent" if truths[i] else decision.different
            for i, decision in decide(family, margin).items()
        )
    say(f"any false word {100 * wrong / studies:.1f} %")
    assert wrong / studies <= FALSE


def shares(rng: np.random.Generator, n: int, gain: float) -> PairedInference:
    """A tenth of the rows is discordant."""
    b, c, _ = rng.multinomial(n, [(0.1 - gain) / 2, (0.1 + gain) / 2, 0.9])
    return share_difference(int(b), int(c), n)


def losses(rng: np.random.Generator, n: int, gain: float) -> PairedInference:
    """Differences of losses with heavy tails, of standard deviation 0.3."""
    change = mean_difference(np.zeros(n), rng.laplace(gain, 0.3 / math.sqrt(2), n))
    assert change is not None
    return change


def areas(rng: np.random.Generator, n: int, gain: float) -> PairedInference:
    """Two areas of 0.76 and 0.76 + gain, binormal."""
    truth = np.arange(n) % 2 == 0
    common = rng.normal(size=n)
    slope = [1.0, 1.0 + gain / 0.22]  # d AUC / d shift = phi(0.707) / sqrt(2) = 0.22
    scores = [truth * s + (common + rng.normal(size=n)) / math.sqrt(2) for s in slope]
    return auc_difference(truth, *scores)


@pytest.mark.parametrize("draw", [shares, losses, areas])
def test_power_at_the_stated_rows(
    draw: Callable[[np.random.Generator, int, float], PairedInference], say: Say
) -> None:
    """The rows that an open verdict names find a difference as large as the margin."""
    rng = generator(len(draw.__name__))
    margin = 0.03
    pilot = draw(rng, 2_000, 0.0)
    discordant = 0.1 if draw is shares else None
    # Spread over 50 pilots: one of them is an estimate.
    needed = [
        rows_to_decide(draw(rng, 400, 0.0), margin, discordant=discordant)
        for _ in range(50)
    ]
    numbers = [rows for rows, target in needed if rows is not None and target == "margin"]
    n = round(float(np.mean(numbers)))
    found = np.mean([draw(rng, n, margin).p() < 0.05 for _ in range(2_000)])
    say(f"{n} rows (spread of a row {pilot.sd:.3f}): found in {100 * found:.1f} %")
    assert 0.77 <= found <= 0.85
