"""How often two equal runs are told apart, and a real change is named: simulated.

Run by ``tox run -e stress``; the table stands in DECISIONS.md. Simulated at the level of
label tables and of rounds, with the noise of times that the intervals are made for
(decision 12) and the calibration kernel's own, as measured in the committed samples.
"""

import math
import os
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.builders import make_results
from tunecard.report.analyze.inference import infer
from tunecard.report.analyze.pairs import Pair
from tunecard.report.analyze.runs import quality
from tunecard.report.analyze.runs.quality import SharedCase
from tunecard.report.analyze.runs.times import OperationSeries, compare_series
from tunecard.report.analyze.types import PairedTable, TimedOperation
from tunecard.report.load import Predictions
from tunecard.report.stats.independent import two_proportions
from tunecard.report.stats.ratios import RHO, time_ratio
from tunecard.report.stats.rounds import BETWEEN, SLOW_BY, SLOW_SHARE, WITHIN
from tunecard.report.stats.verdicts import ratio_word
from tunecard.runner.metrics import get
from tunecard.runner.schema import spec_of

pytestmark = pytest.mark.stress

SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
PAIRS = 2_000
FALSE = 0.06
#: Two models, baseline and tuned, each with these timed calls a round.
CASES = 4
CALLS: Mapping[TimedOperation, int] = {"fit": 5, "predict": 1}
ROUNDS = 3
#: Of the kernel: the fewest that a run has.
MOMENTS = 3
#: Standard deviations of the kernel's two log times from moment to moment: 1.3 and 1.9 %
#: within the committed sample of MNIST, 0.8 and 3.3 % within that of digits.
PRODUCT_NOISE, COPY_NOISE = 0.013, 0.033
#: What a whole run has in common beyond the kernel: how memory lies, what else runs.
RUN_NOISE = 0.02

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
    """A stream of its own for each line."""
    return np.random.default_rng([SEED, *(round(1_000 * part) for part in key)])


# Times.


def rounds(rng: np.random.Generator, n_calls: int) -> Floats:
    """One case's values over the rounds of a run, around 1 s."""
    drift = rng.normal(size=ROUNDS)
    for i in range(1, ROUNDS):
        drift[i] = RHO * drift[i - 1] + math.sqrt(1 - RHO**2) * drift[i]
    calls = rng.normal(scale=WITHIN, size=(ROUNDS, n_calls))
    calls += math.log1p(SLOW_BY) * (rng.random(calls.shape) < SLOW_SHARE)
    values: Floats = np.exp(BETWEEN * drift + np.median(calls, axis=1))
    return values


def kernel(rng: np.random.Generator) -> float:
    """A run's calibration: the medians over its moments, as kernel_seconds takes them."""
    product = np.median(rng.normal(scale=PRODUCT_NOISE, size=MOMENTS))
    copy = np.median(rng.normal(scale=COPY_NOISE, size=MOMENTS))
    return math.exp((float(product) + float(copy)) / 2)


def simulated_run(
    rng: np.random.Generator, run_noise: float, slower: float = 1.0
) -> list[dict[TimedOperation, OperationSeries]]:
    """Every case of a run; the machine's speed is another in each and cancels."""
    speed = math.exp(rng.normal(scale=0.05))
    calibration = speed * kernel(rng)
    cases: list[dict[TimedOperation, OperationSeries]] = []
    for number in range(CASES):
        case: dict[TimedOperation, OperationSeries] = {}
        for operation, n_calls in CALLS.items():
            own = math.exp(rng.normal(scale=run_noise)) * (slower if number == 0 else 1.0)
            seconds = rounds(rng, n_calls) * speed * own
            case[operation] = OperationSeries(seconds, n_calls, calibration, seconds)
        both = case["fit"].seconds + case["predict"].seconds
        case["fit+predict"] = OperationSeries(both, CALLS["predict"], calibration, both)
        cases.append(case)
    return cases


def words_of_pair(
    rng: np.random.Generator, n_earlier: int, run_noise: float, slower: float = 1.0
) -> list[list[str]]:
    """The words on every time of a pair of runs, case by case."""
    first = simulated_run(rng, run_noise)
    second = simulated_run(rng, run_noise, slower)
    before = [simulated_run(rng, run_noise) for _ in range(n_earlier)]
    n_tests = CASES * len(first[0])
    return [
        [
            compare_series(
                name,
                one[name],
                two[name],
                [float(np.log(run[number][name].relative).mean()) for run in before],
                CASES,
                n_tests,
            ).word
            for name in one
        ]
        for number, (one, two) in enumerate(zip(first, second, strict=True))
    ]


@pytest.mark.parametrize("run_noise", [0.0, RUN_NOISE])
@pytest.mark.parametrize("n_earlier", [0, 5, 10, 20])
def test_equal_runs_are_seldom_faster_or_slower(
    n_earlier: int, run_noise: float, say: Say
) -> None:
    """All twelve times of a pair together; without and with noise of whole runs."""
    rng = generator(n_earlier, run_noise)
    wrong = 0
    for _ in range(PAIRS):
        words = words_of_pair(rng, n_earlier, run_noise)
        wrong += any(word in ("faster", "slower") for case in words for word in case)
    say(f"{100 * wrong / PAIRS:.1f} % of pairs")
    assert wrong / PAIRS <= FALSE


@pytest.mark.parametrize("n_earlier", [0, 10])
@pytest.mark.parametrize("slower", [1.15, 1.3])
def test_a_slower_case_is_named_across_runs(
    n_earlier: int, slower: float, say: Say
) -> None:
    """A fit that is 30 % slower in the new run, and one that is 15 %."""
    rng = generator(n_earlier, slower)
    named = sum(
        words_of_pair(rng, n_earlier, RUN_NOISE, slower)[0][0] == "slower"
        for _ in range(PAIRS)
    )
    say(f"named in {100 * named / PAIRS:.1f} %")
    assert slower < 1.3 or named / PAIRS >= 0.95


@pytest.mark.parametrize("slower", [1.0, 2.0])
def test_cpu_time_of_runs_on_a_busy_machine(slower: float, say: Say) -> None:
    """Wall time of half the rounds is up to 20 times as long, CPU time of these 10 %.

    Words on one time, by either clock.
    """
    rng = generator(slower)
    words = []
    for _ in range(PAIRS):
        runs = []
        for factor in (1.0, slower):
            slow = rng.random(ROUNDS) < 0.5
            cpu = factor * rounds(rng, 5) * math.exp(rng.normal(scale=RUN_NOISE))
            wall = cpu * np.where(slow, rng.uniform(1.5, 20, ROUNDS), 1.0)
            busy = kernel(rng) * rng.uniform(1, 1.5)
            runs.append(OperationSeries(wall, 5, busy, cpu * np.where(slow, 1.1, 1.0)))
        found = compare_series("fit", runs[0], runs[1], [], CASES, 3 * CASES)
        words.append(found.cpu.word if found.cpu else found.word)
    named = np.mean([word in ("faster", "slower") for word in words])
    say(f"{slower:g} times as long: named in {100 * named:.1f} %")
    assert slower > 1 or named <= 0.02


def test_a_slower_fit_is_named_within_a_run(say: Say) -> None:
    """A tuned fit that takes 15 % longer, over three rounds of five calls."""
    rng = generator(1)
    named = 0
    for _ in range(PAIRS):
        baseline, tuned = rounds(rng, CALLS["fit"]), 1.15 * rounds(rng, CALLS["fit"])
        ratio = time_ratio(baseline, tuned, CALLS["fit"])
        assert ratio is not None
        named += ratio_word(ratio, ratio.floor)[0] == "more"
    say(f"named in {100 * named / PAIRS:.1f} %")
    assert named / PAIRS >= 0.80


# Quality, and both together.

ACCURACY = spec_of(get("accuracy"))
_CASE = make_results().cases[0].model_copy(update={"quality": None})
_NONE = np.array([], dtype=np.int32)
_ROWS = Predictions(index=_NONE.astype(np.int64), y_true=_NONE, predicted={})


def paired_found(rng: np.random.Generator, n: int, share: float) -> dict[str, SharedCase]:
    """Every case of two runs on the same rows: half of the errors are a run's own."""
    own = (1 - share) / 2
    found = {}
    for number in range(CASES):
        b, c, wrong, right = rng.multinomial(n, [own, own, own, 1 - 3 * own])
        table = PairedTable(int(right), int(b), int(c), int(wrong))
        pair = Pair(_CASE, _CASE, _ROWS, table, identical=False)
        found[str(number)] = SharedCase(
            (_CASE, _CASE), pair, None, infer(pair, ACCURACY), (n, n)
        )
    return found


def unpaired_found(rng: np.random.Generator, n: int, share: float) -> dict[str, SharedCase]:
    """Every case of two runs on other rows."""
    found = {}
    for number in range(CASES):
        one, two = (int(k) for k in rng.binomial(n, share, 2))
        change = two_proportions(one, n, two, n)
        found[str(number)] = SharedCase((_CASE, _CASE), None, None, change, (n, n))
    return found


@pytest.mark.parametrize("draw", [paired_found, unpaired_found])
@pytest.mark.parametrize(
    ("n", "share"), [(450, 0.97), (1_000, 0.90), (10_000, 0.97), (10_000, 0.90)]
)
def test_equal_runs_are_seldom_better_or_worse(
    draw: Callable[..., dict[str, SharedCase]], n: int, share: float, say: Say
) -> None:
    """Accuracy of all four cases together, under Holm, with a margin and without."""
    rng = generator(n, share)
    for margin in (None, 0.0025):
        wrong = 0
        for _ in range(PAIRS):
            words = [
                t.word
                for t in quality.tests(draw(rng, n, share), ACCURACY, margin).values()
            ]
            wrong += any(word in ("better", "worse") for word in words)
        say(f"margin {margin}: {100 * wrong / PAIRS:.1f} % of pairs")
        assert wrong / PAIRS <= FALSE


@pytest.mark.parametrize("n_earlier", [0, 5, 10])
def test_two_equal_runs_are_seldom_told_apart(n_earlier: int, say: Say) -> None:
    """Any other word than equivalent, no difference or inconclusive, anywhere in a pair."""
    rng = generator(n_earlier, 7)
    wrong = verdicts = wrong_verdicts = 0
    for _ in range(PAIRS):
        found = paired_found(rng, 10_000, 0.97)
        words = [str(test.word) for test in quality.tests(found, ACCURACY, 0.0025).values()]
        words += [w for case in words_of_pair(rng, n_earlier, RUN_NOISE) for w in case]
        bad = sum(word in ("better", "worse", "faster", "slower") for word in words)
        verdicts += len(words)
        wrong_verdicts += bad
        wrong += bad > 0
    say(
        f"{100 * wrong / PAIRS:.1f} % of pairs, "
        f"{100 * wrong_verdicts / verdicts:.2f} % of verdicts"
    )
    assert wrong / PAIRS <= FALSE
