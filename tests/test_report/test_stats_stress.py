"""Coverage of every interval of one case, and gates at their limit, simulated.

Run by ``tox run -e stress``. The seed is printed and taken from
TUNECARD_STRESS_SEED. A line gives the shares of studies in which the interval lies
wholly above and wholly below the truth (a gate there that is wrongly passed, or wrongly
failed), and what it covers. Accuracy is enumerated, not simulated.
"""

import os
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from tunecard.report.stats.auc import auc_interval
from tunecard.report.stats.binomial import clopper_pearson_ends
from tunecard.report.stats.calibration import calibration_error
from tunecard.report.stats.class_intervals import class_metric_ends
from tunecard.report.stats.losses import mean_loss_ends
from tunecard.runner.metrics import Confusion, Metric
from tunecard.runner.metrics.labels import AVERAGES, POSITIVE

pytestmark = pytest.mark.stress

SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
STUDIES = int(os.environ.get("TUNECARD_STRESS_STUDIES", "1000"))
#: Bars. On fewer informative rows than FEW more than 97 % is allowed.
GATE, COVERED, FEW = 0.030, (0.93, 0.97), 50
#: Three standard errors of a gate's and of an interval's share.
NOISE_GATE = 3 * (0.03 * 0.97 / STUDIES) ** 0.5
NOISE = 3 * (0.05 * 0.95 / STUDIES) ** 0.5
ROWS = (40, 150, 1_000, 10_000)

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


def line(name: str, above: float, below: float) -> str:
    """Both sides and the coverage in percent."""
    covers = 100 * (1 - above - below)
    return f"{name} above {100 * above:.1f}, below {100 * below:.1f}, covers {covers:.1f} %"


def matthews(confusion: Confusion) -> Floats:
    """The correlation coefficient of Matthews (Gorodkin 2004, equation 8)."""
    n, right = confusion.n, confusion.n_right
    chance = (confusion.predicted * confusion.support).sum(axis=-1)
    spread = [(each**2).sum(axis=-1) for each in (confusion.predicted, confusion.support)]
    root = np.sqrt((n**2 - spread[0]) * (n**2 - spread[1]))
    values: Floats = np.divide(
        n * right - chance, root, out=np.zeros_like(root), where=root > 0
    )
    return values


MATTHEWS = Metric(
    name="matthews", label="Matthews", range=(-1.0, 1.0), of_confusion=matthews
)
METRICS = (*AVERAGES, *POSITIVE, MATTHEWS)


@pytest.mark.parametrize("n", ROWS)
def test_accuracy(n: int, say: Say) -> None:
    """Every number of right rows, weighted by its probability, for 200 shares."""
    right = np.arange(n + 1)
    low, high = clopper_pearson_ends(right, np.full(n + 1, n))
    worst = [0.0, 0.0]
    for share in np.linspace(0.5, 1 - 1 / n, 200):
        chances = stats.binom.pmf(right, n, share)
        above, below = chances[low > share].sum(), chances[high < share].sum()
        worst = [max(worst[0], above), max(worst[1], below)]
        assert max(above, below) <= GATE
        assert n * (1 - share) < FEW or above + below >= 1 - COVERED[1]
    say(line("at worst", *worst))


def class_shares(n_classes: int, rare: float) -> Floats:
    """Classes of equal size, or the last ones, of two classes one, that are rare."""
    if rare == 0:
        return np.full(n_classes, 1 / n_classes)
    return np.array([1 - rare] + [rare / (n_classes - 1)] * (n_classes - 1))


@pytest.mark.parametrize("accuracy", [0.8, 0.97])
@pytest.mark.parametrize("rare", [0.0, 0.05])
@pytest.mark.parametrize("n_classes", [2, 10])
@pytest.mark.parametrize("n", ROWS)
def test_rows_drawn_at_random(
    n: int, n_classes: int, rare: float, accuracy: float, say: Say
) -> None:
    """Functions of the confusion matrix; class sizes are as random as the rows."""
    shares = class_shares(n_classes, rare)
    if n * shares.min() < 8:
        pytest.skip("a class may have no row, and the metric is of other classes then")
    rates = np.full((n_classes, n_classes), (1 - accuracy) / (n_classes - 1))
    np.fill_diagonal(rates, accuracy)
    rng = generator(n, n_classes, rare, accuracy)
    joint = shares[:, None] * rates
    drawn = rng.multinomial(n, joint.ravel(), STUDIES).reshape(-1, n_classes, n_classes)
    few = n * shares.min() * (1 - accuracy) * (n_classes if rare == 0 else 1) < FEW
    check_class_metrics(drawn, joint, few=few, say=say)


@pytest.mark.parametrize("accuracy", [0.8, 0.97])
@pytest.mark.parametrize("rare", [0.0, 0.05])
@pytest.mark.parametrize("n_classes", [2, 10])
@pytest.mark.parametrize("n", ROWS)
def test_class_sizes_fixed(
    n: int, n_classes: int, rare: float, accuracy: float, say: Say
) -> None:
    """The same in a stratified split."""
    shares = class_shares(n_classes, rare)
    sizes = np.maximum(np.round(n * shares), 1).astype(int)
    sizes[0] += n - sizes.sum()
    rates = np.full((n_classes, n_classes), (1 - accuracy) / (n_classes - 1))
    np.fill_diagonal(rates, accuracy)
    rng = generator(n, n_classes, rare, accuracy)
    drawn = [
        rng.multinomial(size, rate, STUDIES)
        for size, rate in zip(sizes, rates, strict=True)
    ]
    joint = sizes[:, None] / n * rates
    # With a row or two of a class, F1 of the expected counts is not what F1 is about.
    only = ("recall_macro", "balanced_accuracy") if sizes.min() < 5 else ()
    few = sizes.min() < FEW or sizes.min() * (1 - accuracy) < FEW
    check_class_metrics(
        np.stack(drawn, axis=1), joint, few=few, fixed=True, say=say, only=only
    )


def check_class_metrics(
    drawn: NDArray[np.int64],
    joint: Floats,
    *,
    few: bool,
    fixed: bool = False,
    say: Say,
    only: tuple[str, ...] = (),
) -> None:
    """Compare the intervals with the metric of the true joint distribution."""
    numbers = (np.diag(joint) * 1e6, joint.sum(axis=0) * 1e6, joint.sum(axis=1) * 1e6)
    for metric in METRICS:
        assert metric.of_confusion is not None
        truth = float(metric.of_confusion(Confusion(*numbers, positive=1)))
        low, high = class_metric_ends(drawn, metric, positive=1, fixed_sizes=fixed)
        printed = np.isfinite(low)
        given = float(printed.mean())
        above = float(np.mean(low > truth + 1e-12)) / max(given, 0.5)
        below = float(np.mean(high < truth - 1e-12)) / max(given, 0.5)
        say(f"{line(metric.name, above, below)}; given in {100 * given:.0f} %")
        if (only and metric.name not in only) or given < 0.5:
            continue
        assert max(above, below) <= GATE + NOISE_GATE
        assert 1 - above - below >= COVERED[0] - NOISE
        assert few or 1 - above - below <= COVERED[1] + NOISE


@pytest.mark.parametrize("auc", [0.7, 0.9, 0.97])
@pytest.mark.parametrize("rare", [0.5, 0.05])
@pytest.mark.parametrize("n", ROWS)
def test_auc(n: int, rare: float, auc: float, say: Say) -> None:
    """Binormal scores of two classes."""
    rng = generator(n, rare, auc)
    positive = np.arange(n) < round(n * rare)
    studies = STUDIES // 8
    ends = []
    for _ in range(studies):
        scores = rng.normal(size=n) + np.sqrt(2) * special.ndtri(auc) * positive
        interval = auc_interval(positive, scores)
        ends.append((interval.low, interval.high))
    low, high = np.array(ends).T
    above, below = float(np.mean(low > auc)), float(np.mean(high < auc))
    say(line("AUC", above, below))
    wider = np.sqrt(8)
    assert max(above, below) <= GATE + wider * NOISE_GATE
    assert 1 - above - below >= COVERED[0] - wider * NOISE


@pytest.mark.parametrize("kind", ["log loss", "Brier score"])
@pytest.mark.parametrize("rare", [0.5, 0.05])
@pytest.mark.parametrize("n", ROWS)
def test_losses(n: int, rare: float, kind: str, say: Say) -> None:
    """Noisy logits of two classes."""
    rng = generator(n, rare, len(kind))

    def losses(*shape: int) -> Floats:
        logits = special.logit(rare) + 2 * rng.normal(size=shape)
        sign = np.where(rng.random(shape) < special.expit(logits), 1, -1)
        margins = sign * (logits + rng.normal(size=shape))
        if kind == "log loss":
            return np.logaddexp(0, -margins)
        shares: Floats = 2 * special.expit(-margins) ** 2
        return shares

    truth = float(losses(8_000_000).mean())
    # At 3 % the standard error of 20,000 studies is 0.12 points, of 1,000 it is 0.54.
    studies = 20_000 if n <= 150 else 2_000
    parts = [mean_loss_ends(losses(100, n)) for _ in range(studies // 100)]
    low, high = np.concatenate(parts, axis=1)
    above, below = float(np.mean(low > truth)), float(np.mean(high < truth))
    say(line(kind, above, below))
    smaller = (STUDIES / studies) ** 0.5
    assert max(above, below) <= GATE + NOISE_GATE * smaller
    assert 1 - above - below >= COVERED[0] - NOISE * smaller
    assert n < 1_000 or 1 - above - below <= COVERED[1] + NOISE * smaller


@pytest.mark.parametrize("off", [0.0, 0.005, 0.02, 0.08])
@pytest.mark.parametrize("sharp", [False, True])
@pytest.mark.parametrize("n", ROWS)
def test_calibration(n: int, sharp: bool, off: float, say: Say) -> None:  # noqa: FBT001 # a case
    """Confidence from 0.55 to 1, or mostly near 1, that is too high by so much."""
    rng = generator(n, sharp, off)
    low = high = 0
    studies = STUDIES // 4
    for _ in range(studies):
        confidence = rng.uniform(0.55, 1.0, n)
        if sharp:
            confidence = 1 - np.minimum(rng.exponential(0.02, n), 0.3)
        error = calibration_error(confidence, rng.random(n) < confidence - off)
        assert error is not None
        low += error.interval.low > off
        high += error.interval.high < off
    above, below = low / studies, high / studies
    say(line("calibration error", above, below))
    assert 1 - above - below >= COVERED[0] - 2 * NOISE
