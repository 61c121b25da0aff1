"""Coverage of the interval of one case's average precision and many-class AUC, simulated.

Run by ``tox run -e stress``. The seed is printed and taken from TUNECARD_STRESS_SEED. A
line gives the shares of studies in which the interval lies wholly above and wholly below
the truth, and what it covers. Class sizes are fixed, as in a stratified split.
"""

import math
import os
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from tests.stress.rankings import Ranked, areas_of_many, average_precisions
from tunecard.report.stats.scorers import jackknife_interval

pytestmark = pytest.mark.stress

SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
STUDIES = int(os.environ.get("TUNECARD_STRESS_STUDIES", "2000"))
#: Bars; on fewer rows of the smallest class than FEW more than 97 % is allowed.
GATE, COVERED, FEW = 0.030, (0.93, 0.97), 50
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


def true_precision(share: float, distance: float) -> float:
    """Average precision of normal scores that are ``distance`` apart."""
    scores = stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000) + distance
    positive = share * special.ndtr(distance - scores)
    return float(np.mean(positive / (positive + (1 - share) * special.ndtr(-scores))))


@pytest.mark.parametrize("distance", [1.5, 3.0])
@pytest.mark.parametrize("rare", [0.5, 0.05])
@pytest.mark.parametrize("n", ROWS)
def test_average_precision(n: int, rare: float, distance: float, say: Say) -> None:
    """Normal scores of two classes."""
    rng = np.random.default_rng([SEED, n, round(100 * rare), round(10 * distance)])
    truth = np.arange(n) < round(n * rare)
    expected = true_precision(rare, distance)
    studies = STUDIES if n < 10_000 else STUDIES // 4
    ranked = [
        average_precisions(truth, [rng.normal(size=n) + distance * truth])
        for _ in range(studies)
    ]
    check(ranked, expected, int(truth.sum()), say)


def answers(
    rng: np.random.Generator, sizes: NDArray[np.int64], distance: float
) -> tuple[NDArray[np.int32], Floats]:
    """True classes, and logits of which that of the true class stands out."""
    truth = np.repeat(np.arange(len(sizes)), sizes).astype(np.int32)
    stands_out = distance * (truth[:, None] == np.arange(len(sizes)))
    logits = stands_out + rng.normal(size=(len(truth), len(sizes)))
    return truth, special.softmax(logits, axis=1)


@pytest.mark.parametrize("distance", [1.5, 3.5])
@pytest.mark.parametrize("rare", [0.0, 0.05])
@pytest.mark.parametrize("n", ROWS)
def test_area_of_ten_classes(n: int, rare: float, distance: float, say: Say) -> None:
    """One class against the rest, the mean of ten areas."""
    rng = np.random.default_rng([SEED, n, round(100 * rare), round(10 * distance), 1])
    shares = np.array([1 - rare] + [rare / 9] * 9) if rare else np.full(10, 0.1)
    sizes = np.maximum(np.round(n * shares), 1).astype(np.int64)
    sizes[0] += n - sizes.sum()
    large = areas_of_many(*_cases(answers(rng, sizes * (400_000 // n), distance)))
    expected = large.left.estimate
    studies = STUDIES if n < 10_000 else STUDIES // 4
    ranked = [areas_of_many(*_cases(answers(rng, sizes, distance))) for _ in range(studies)]
    check(ranked, expected, int(sizes.min()), say)


def _cases(
    drawn: tuple[NDArray[np.int32], Floats],
) -> tuple[NDArray[np.int32], list[Floats]]:
    return drawn[0], [drawn[1]]


def check(ranked: list[Ranked], truth: float, n_smallest: int, say: Say) -> None:
    """Print how often each end is wrong, and compare with the bars."""
    ends = []
    for each in ranked:
        interval = jackknife_interval(each.left, (0.0, 1.0), each.row_effect)
        if interval is not None:
            ends.append((interval.low, interval.high))
    low, high = np.array(ends).T
    above, below = float(np.mean(low > truth)), float(np.mean(high < truth))
    covers = 1 - above - below
    say(
        f"truth {truth:.4f}, above {100 * above:.1f}, below {100 * below:.1f}, "
        f"covers {100 * covers:.1f} %; given in {100 * len(ends) / len(ranked):.0f} %"
    )
    noise = 3 / math.sqrt(len(ends))
    assert max(above, below) <= GATE + noise * math.sqrt(GATE * (1 - GATE))
    assert covers >= COVERED[0] - noise * math.sqrt(0.05 * 0.95)
    assert len(ranked[0].left.without) < 1_000 or covers <= COVERED[1] + noise * math.sqrt(
        0.05 * 0.95
    )
