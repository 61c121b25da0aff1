"""Error rates, coverage and power of each kind of inference, simulated.

Run by ``tox run -e stress``. The seed is printed and taken from
TUNECARD_STRESS_SEED. A line gives the shares of studies in which the interval lies
wholly above and wholly below the truth (a gate there that is wrongly passed, or wrongly
failed), and what it covers. Shares of right rows are enumerated, not simulated.
"""

import math
import os
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from tunecard.report.stats.auc import auc_difference, auc_interval
from tunecard.report.stats.calibration import calibration_error
from tunecard.report.stats.class_intervals import class_metric_interval
from tunecard.report.stats.confusion import CLASS_METRICS, confusion_difference
from tunecard.report.stats.families import step_down
from tunecard.report.stats.grouped import (
    grouped_auc_difference,
    grouped_mean_difference,
)
from tunecard.report.stats.inference import PairedInference, student
from tunecard.report.stats.labels import cells
from tunecard.report.stats.over_splits import three_words
from tunecard.report.stats.power import rows_to_detect, rows_to_distinguish
from tunecard.report.stats.ratios import BETWEEN, SLOW_BY, SLOW_SHARE, WITHIN
from tunecard.report.stats.rounds import autocorrelation, drift_factor, trimmed_mean
from tunecard.report.stats.row_means import mean_difference
from tunecard.report.stats.scorers import scorer_difference
from tunecard.report.stats.selection import corrected_gain
from tunecard.report.stats.shares import share_difference

pytestmark = pytest.mark.stress

SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
STUDIES = 1_000
#: Bars; with 1,000 studies a share of 6 % has a standard error of 0.75 points.
FALSE, LEAST, NOISE = 0.06, 0.93, 0.015
NULL = student(0.0, 1.0, 9, method="none", n_units=10)

Say = Callable[[str], None]
Floats = NDArray[np.float64]


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


def sides(found: list[PairedInference], truth: float) -> tuple[float, float]:
    """Shares of intervals wholly above and wholly below the truth."""
    above = float(np.mean([each.below(truth) < 0.025 for each in found]))
    below = float(np.mean([each.above(truth) < 0.025 for each in found]))
    return above, below


def line(shares: tuple[float, float]) -> str:
    """Both sides and the coverage in percent."""
    above, below = (100 * share for share in shares)
    return f"above {above:.1f} %, below {below:.1f} %, covers {100 - above - below:.1f} %"


@pytest.mark.parametrize("tilt", [0.0, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("discordant", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("n", [40, 150, 1_000])
def test_shares(n: int, discordant: float, tilt: float, say: Say) -> None:
    """Every table of discordant rows, weighted by its probability."""
    truth = tilt * discordant
    chances = [(discordant - truth) / 2, (discordant + truth) / 2]
    ranges = [
        np.arange(
            stats.binom.ppf(5e-6, n, chance), stats.binom.ppf(1 - 5e-6, n, chance) + 1
        )
        for chance in chances
    ]
    first, second = (grid.ravel() for grid in np.meshgrid(*ranges))
    both = first + second <= n
    drawn = np.column_stack([first, second, n - first - second])[both]
    weights = stats.multinomial.pmf(drawn, n, [*chances, 1 - discordant])
    above = below = 0.0
    for (b, c, _), weight in zip(drawn, weights, strict=True):
        if weight > 1e-7:
            found = share_difference(int(b), int(c), n)
            above += weight * (found.below(truth) < 0.025)
            below += weight * (found.above(truth) < 0.025)
    say(f"{n * discordant:.0f} discordant: {line((above, below))}")
    assert max(above, below) <= 0.031
    assert 1 - above - below >= LEAST


@pytest.mark.parametrize("gain", [0.0, 0.4])
@pytest.mark.parametrize("balance", [0.5, 0.95])
@pytest.mark.parametrize("n", [40, 150, 1_000])
def test_log_loss(n: int, balance: float, gain: float, say: Say) -> None:
    """Noisy logits; the second case's noise is smaller by the gain."""
    rng = generator(n, balance, gain)

    def losses(size: int) -> tuple[Floats, Floats]:
        logits = special.logit(balance) + 2 * rng.normal(size=size)
        sign = np.where(rng.random(size) < special.expit(logits), 1, -1)
        guesses = [logits + scale * rng.normal(size=size) for scale in (1, 1 - gain)]
        first, second = (np.logaddexp(0, -sign * guess) for guess in guesses)
        return first, second

    first, second = losses(4_000_000)
    truth = float((second - first).mean()) if gain else 0.0
    found = [mean_difference(*losses(n)) or NULL for _ in range(STUDIES)]
    shares = sides(found, truth)
    say(line(shares))
    assert gain or sum(shares) <= FALSE + NOISE
    assert 1 - sum(shares) >= LEAST - NOISE


def scores(
    rng: np.random.Generator, n_positive: int, n_negative: int, aucs: tuple[float, float]
) -> tuple[NDArray[np.bool_], Floats]:
    """Binormal scores of two cases whose noise is half shared."""
    positive = np.arange(n_positive + n_negative) < n_positive
    noise = rng.normal(size=(2, len(positive))) + rng.normal(size=len(positive))
    shift = 2 * special.ndtri(np.array(aucs))
    return positive, noise + shift[:, None] * positive


@pytest.mark.parametrize("aucs", [(0.7, 0.7), (0.9, 0.9), (0.7, 0.75), (0.97, 0.99)])
@pytest.mark.parametrize(
    ("n_positive", "n_negative"), [(20, 20), (2, 38), (75, 75), (8, 142), (50, 950)]
)
def test_auc(n_positive: int, n_negative: int, aucs: tuple[float, float], say: Say) -> None:
    """The difference of two, and the interval of the second."""
    rng = generator(n_positive, n_negative, *aucs)
    found, low, high = [], 0.0, 0.0
    for _ in range(STUDIES):
        positive, values = scores(rng, n_positive, n_negative, aucs)
        found.append(auc_difference(positive, values[0], values[1]))
        interval = auc_interval(positive, values[1])
        low += (interval.low > aucs[1]) / STUDIES
        high += (interval.high < aucs[1]) / STUDIES
    shares = sides(found, aucs[1] - aucs[0])
    say(f"change {line(shares)}; alone {line((low, high))}")
    assert aucs[0] != aucs[1] or sum(shares) <= FALSE + NOISE
    assert 1 - max(sum(shares), low + high) >= LEAST - NOISE


@pytest.mark.parametrize("name", ["balanced_accuracy", "f1_macro", "matthews_corrcoef"])
@pytest.mark.parametrize("rare", [0.5, 0.05])
@pytest.mark.parametrize("n", [40, 150, 1_000])
def test_confusion(n: int, rare: float, name: str, say: Say) -> None:
    """Two classes, a fifth wrong, A/A; and the interval of one case."""
    rng = generator(n, rare)
    sizes = [n - round(n * rare), round(n * rare)]
    truth = np.repeat([0, 1], sizes)
    metric = CLASS_METRICS[name]
    share = np.array(sizes) / n
    matrix = np.array([[0.8, 0.2], [0.2, 0.8]]) * share[:, None]
    numbers = (np.diag(matrix), matrix.sum(axis=0), share)
    value = float(metric(*(each[None, :] for each in numbers))[0])
    found, low, high, studies = [], 0.0, 0.0, STUDIES // 4
    for _ in range(studies):
        place = rng.random(n)
        wrong = [place < 0.2, (place < 0.1) | ((place >= 0.2) & (place < 0.3))]
        first, second = (np.where(each, 1 - truth, truth) for each in wrong)
        table = cells(truth, first, second, 2)
        found.append(
            confusion_difference(table, metric, rng, bounds=(-2, 2), n_permutations=400)
        )
        counts = np.bincount(2 * truth + first, minlength=4).reshape(2, 2)
        interval = class_metric_interval(counts, metric, bounds=(-1, 1))
        low += (interval.low > value) / studies
        high += (interval.high < value) / studies
    shares = sides(found, 0.0)
    say(f"change {line(shares)}; alone {line((low, high))}")
    assert sum(shares) <= FALSE + 2 * NOISE
    assert 1 - low - high >= LEAST - 2 * NOISE


def average_precision(target: NDArray[np.bool_], values: Floats) -> float:
    """scikit-learn's, without ties and its checks: 30 times as fast."""
    hits = target[np.argsort(-values)]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


def root_mean_square(target: Floats, values: Floats) -> float:
    """The error of predicted values."""
    return math.sqrt(float(((target - values) ** 2).mean()))


@pytest.mark.parametrize("n", [40, 150])
@pytest.mark.parametrize("kind", ["average precision", "RMSE"])
def test_scorers(kind: str, n: int, say: Say) -> None:
    """A/A of average precision (half positive) and RMSE."""
    rng = generator(n)
    found = []
    for _ in range(STUDIES // 4):
        noise = rng.normal(size=(2, n)) + rng.normal(size=n)
        if kind == "RMSE":
            target = rng.standard_t(4, size=n)
            result = scorer_difference(target, noise[0], noise[1], root_mean_square, rng)
        else:
            positive = np.arange(n) < n // 2
            values = noise + 2 * positive
            result = scorer_difference(
                positive, values[0], values[1], average_precision, rng
            )
        found.append(result or NULL)
    shares = sides(found, 0.0)
    say(line(shares))
    assert sum(shares) <= FALSE + 2 * NOISE


@pytest.mark.parametrize("off", [0.0, 0.005, 0.02, 0.08])
@pytest.mark.parametrize("n", [150, 1_000, 10_000])
def test_calibration(n: int, off: float, say: Say) -> None:
    """Confidence from 0.55 to 1 that is too high by so much."""
    rng = generator(n, off)
    low = high = 0.0
    for _ in range(STUDIES):
        confidence = rng.uniform(0.55, 1.0, n)
        found = calibration_error(confidence, rng.random(n) < confidence - off)
        assert found is not None
        low += (found.interval.low > off) / STUDIES
        high += (found.interval.high < off) / STUDIES
    say(line((low, high)))
    assert 1 - low - high >= LEAST - NOISE


def rounds(rng: np.random.Generator, n_rounds: int, rho: float, slowed: float) -> Floats:
    """Log times of 4,000 studies: AR(1) between rounds, five calls, slowed workers."""
    drift = rng.normal(size=(4_000, n_rounds))
    for i in range(1, n_rounds):
        drift[:, i] = rho * drift[:, i - 1] + math.sqrt(1 - rho**2) * drift[:, i]
    calls = rng.normal(scale=WITHIN, size=(*drift.shape, 5))
    calls += math.log1p(SLOW_BY) * (rng.random(calls.shape) < SLOW_SHARE)
    slow = math.log(1.5) * (rng.random(drift.shape) < slowed)
    times: Floats = BETWEEN * drift + np.median(calls, axis=2) + slow
    return times


@pytest.mark.parametrize("slowed", [0.0, 0.1])
@pytest.mark.parametrize("rho", [0.0, 0.5, 0.8])
@pytest.mark.parametrize("n_rounds", [3, 5, 10])
def test_times(n_rounds: int, rho: float, slowed: float, say: Say) -> None:
    """A/A, and a true change of 20 %; a verdict is beyond 2 %."""
    rng = generator(n_rounds, rho, slowed)
    logs = rounds(rng, n_rounds, rho, slowed) - rounds(rng, n_rounds, rho, slowed)
    mean, error, kept = trimmed_mean(logs)
    half = error * drift_factor(autocorrelation(logs), n_rounds, 5)
    half = half * special.stdtrit(kept - 1, 0.975)
    false = np.mean((np.abs(mean) > half) & (np.abs(mean) > math.log(1.02)))
    power = np.mean(mean + math.log(1.2) > half)
    say(f"false {100 * false:.1f} %, 20 % found in {100 * power:.1f} %")
    assert false <= FALSE
    assert n_rounds < 10 or power >= 0.90


@pytest.mark.parametrize("at_margin", [0, 2, 5])
def test_families(at_margin: int, say: Say) -> None:
    """Five models, some at the margin and the others without a difference."""
    rng = generator(at_margin)
    margin, wrong, apart = 4.0, 0, 0
    truths = np.array([margin] * at_margin + [0.0] * (5 - at_margin))
    for _ in range(5 * STUDIES):
        shared = rng.normal()
        values = truths + math.sqrt(0.5) * (shared + rng.normal(size=5))
        models = [student(value, 1.0, math.inf, method="z", n_units=1) for value in values]
        family = step_down([(each.p(), each.p_equivalent(margin)) for each in models])
        wrong += any(
            words[1] if truth else words[0]
            for truth, words in zip(truths, family.rejected, strict=True)
        )
        for each, words in zip(models, family.rejected, strict=True):
            interval = each.interval(1 - family.alpha)
            apart += words[0] == (interval.low <= 0 <= interval.high)
    say(f"any false word {100 * wrong / (5 * STUDIES):.1f} %, contradictions {apart}")
    assert wrong / (5 * STUDIES) <= FALSE
    assert apart == 0


@pytest.mark.parametrize("kind", ["shares", "means"])
def test_power_at_the_stated_rows(kind: str, say: Say) -> None:
    """On the rows that are said to be needed, a true difference is found."""
    rng = generator(len(kind))
    if kind == "shares":
        n = rows_to_distinguish(0.1, 0.03) or 0
        drawn = rng.multinomial(n, [0.035, 0.065, 0.9], 2 * STUDIES)
        found = [share_difference(int(b), int(c), n).p() < 0.05 for b, c, _ in drawn]
    else:
        n = rows_to_detect(1.0, 0.2) or 0
        gaps = rng.laplace(0.2, math.sqrt(0.5), (2 * STUDIES, n))
        zeros = np.zeros(n)
        found = [(mean_difference(zeros, each) or NULL).p() < 0.05 for each in gaps]
    say(f"{n} rows: found in {100 * np.mean(found):.1f} %")
    assert 0.77 <= np.mean(found) <= 0.85


@pytest.mark.parametrize("correlation", [0.0, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("kind", ["mean", "AUC"])
def test_groups(kind: str, correlation: float, say: Say) -> None:
    """60 groups of 5 to 20 rows, A/A; beside it what a test of rows would say."""
    rng = generator(len(kind), correlation)
    found, rowwise = [], []
    for _ in range(STUDIES // 2):
        sizes = rng.integers(5, 21, 60)
        groups = np.repeat(np.arange(60), sizes)
        noise = math.sqrt(correlation) * rng.normal(size=(2, 60))[:, groups]
        noise += math.sqrt(1 - correlation) * rng.normal(size=(2, len(groups)))
        if kind == "mean":
            grouped = grouped_mean_difference(noise[0], noise[1], groups)
            single = mean_difference(noise[0], noise[1])
        else:
            positive = (rng.random(60) < 0.4)[groups]
            values = noise + positive
            grouped = grouped_auc_difference(positive, values[0], values[1], groups)
            single = auc_difference(positive, values[0], values[1])
        found.append(grouped or NULL)
        rowwise.append(single or NULL)
    shares = sides(found, 0.0)
    say(f"{line(shares)}; by rows false {100 * sum(sides(rowwise, 0.0)):.1f} %")
    assert sum(shares) <= FALSE + NOISE


@pytest.mark.parametrize(("n_rows", "n_candidates"), [(100, 50), (400, 50)])
def test_luck(n_rows: int, n_candidates: int, say: Say) -> None:
    """A search among candidates that are all as good as the baseline."""
    rng = generator(n_rows)
    naive, corrected, covered, studies = 0.0, 0.0, 0, 200
    for _ in range(studies):
        rows = rng.random((n_rows, n_candidates)) < 0.5
        gain = corrected_gain(rows, rng.random(n_rows) < 0.5, rng, n_resamples=300)
        naive += gain.naive / studies
        corrected += gain.corrected / studies
        covered += gain.interval.low <= 0 <= gain.interval.high
    removed = 1 - abs(corrected) / naive
    say(f"bias removed {100 * removed:.0f} %, covers {100 * covered / studies:.1f} %")
    assert removed >= 0.75
    assert covered / studies >= LEAST


def test_three_words_over_splits(say: Say) -> None:
    """Ten outer splits of one sample's rows, no difference: P(better) is calibrated."""
    rng = generator(1)
    sure = 0
    for _ in range(STUDIES):
        rows = rng.normal(size=400)
        values = [rows[rng.permutation(400)[:100]].mean() for _ in range(10)]
        words = three_words(values, 1 / 3, 0.0)
        assert words is not None
        sure += max(words.better, words.worse) > 0.975
    say(f"sure of a difference that is none {100 * sure / STUDIES:.1f} %")
    assert sure / STUDIES <= FALSE
