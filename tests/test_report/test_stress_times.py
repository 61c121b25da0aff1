"""Verdicts on time on a shared machine: false words, power and coverage, simulated.

Run by ``tox run -e stress``. The seed is printed and taken from TUNECARD_STRESS_SEED. A
case is measured in rounds by workers of their own: AR(1) between its rounds, five calls
a worker of which 5 % are 30 % slower, and workers that a neighbor slows by half.
"""

import math
import os
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from tunecard.report.stats.ratios import LEAST_FLOOR
from tunecard.report.stats.rounds import BETWEEN, SLOW_BY, SLOW_SHARE, WITHIN, log_mean
from tunecard.report.stats.verdicts import CPU_LEVEL, DISTURBED

pytestmark = pytest.mark.stress

SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
STUDIES = 20_000
FALSE, FOUND, COVERED = 0.06, 0.90, 0.925
FLOOR = math.log1p(LEAST_FLOOR)

Say = Callable[[str], None]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


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


def drift(rng: np.random.Generator, n_rounds: int, rho: float) -> Floats:
    """AR(1) over the rounds, (STUDIES, n_rounds), of standard deviation BETWEEN."""
    steps = rng.normal(size=(STUDIES, n_rounds))
    for i in range(1, n_rounds):
        steps[:, i] = rho * steps[:, i - 1] + math.sqrt(1 - rho**2) * steps[:, i]
    return BETWEEN * steps


def workers(
    rng: np.random.Generator, n_rounds: int, rho: float, slowed: float, n_calls: int = 5
) -> tuple[Floats, Flags]:
    """Log times of a case, and which of its workers a neighbor slowed by half."""
    calls = rng.normal(scale=WITHIN, size=(STUDIES, n_rounds, n_calls))
    calls += math.log1p(SLOW_BY) * (rng.random(calls.shape) < SLOW_SHARE)
    slow = rng.random((STUDIES, n_rounds)) < slowed
    times = drift(rng, n_rounds, rho) + np.median(calls, axis=2) + math.log(1.5) * slow
    return times, slow


def differ(mean: Floats, half: Floats) -> Flags:
    """The rule of "faster" and "slower": beyond the interval and the noise floor."""
    size: Floats = np.abs(mean)
    return (size > half) & (size > FLOOR)


@pytest.mark.parametrize("n_calls", [1, 3, 5])
@pytest.mark.parametrize("slowed", [0.0, 0.1])
@pytest.mark.parametrize("rho", [0.0, 0.5, 0.8])
@pytest.mark.parametrize("n_rounds", [3, 4, 5, 6, 8, 10])
def test_a_ratio_of_times(
    n_rounds: int, rho: float, slowed: float, n_calls: int, say: Say
) -> None:
    """A case against itself, and one that takes 20 % longer.

    With one call a worker nothing within it resists the 5 % of slowed calls: they add to
    the slowed workers, and wall time alone shows the change less often.
    """
    rng = generator(n_rounds, rho, slowed, n_calls)
    first, second = (workers(rng, n_rounds, rho, slowed, n_calls)[0] for _ in range(2))
    mean, half, _ = log_mean(second - first, n_calls)
    false, covered = differ(mean, half).mean(), (np.abs(mean) <= half).mean()
    found = (mean + math.log(1.2) > half).mean()
    say(
        f"false {100 * false:.1f} %, covers {100 * covered:.1f} %, "
        f"20 % found in {100 * found:.1f} %, half-width {100 * np.median(half):.1f} %"
    )
    assert false <= FALSE
    assert covered >= COVERED
    assert slowed or rho == 0.0 or covered <= 0.982
    assert n_rounds < 10 or n_calls < 3 or found >= FOUND


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.8])
def test_one_call_a_round_is_decided_by_either_clock(rho: float, say: Say) -> None:
    """10 rounds, a tenth of the workers slowed: CPU time shows what wall time leaves open.

    The CPU time of a slowed worker is 10 % longer, and 5 % of its calls are slow as well.
    """
    rng = generator(rho, 1)
    walls, cpus = [], []
    for _ in range(2):
        times, slow = workers(rng, 10, rho, 0.1, 1)
        walls.append(times)
        cpus.append(workers(rng, 10, rho, 0.0, 1)[0] + slow * math.log1p(0.1))
    wall, half, _ = log_mean(walls[1] - walls[0], 1)
    cpu, cpu_half, _ = log_mean(cpus[1] - cpus[0], 1, CPU_LEVEL)
    shares = []
    for factor in (1.0, 1.2):
        by_wall = differ(wall + math.log(factor), half)
        disturbed = half > math.log1p(DISTURBED)
        by_cpu = ~by_wall & disturbed & differ(cpu + math.log(factor), cpu_half)
        shares.append((by_wall.mean(), (by_wall | by_cpu).mean()))
    false, found = (
        f"{100 * alone:.1f} % by wall time, {100 * either:.1f} % by either"
        for alone, either in shares
    )
    say(f"false {false}; 20 % found {found}")
    assert shares[0][1] <= FALSE
    assert shares[1][1] >= FOUND


@pytest.mark.parametrize("n_rounds", [3, 5, 10])
def test_drift_that_both_cases_share_cancels(n_rounds: int, say: Say) -> None:
    """A machine that becomes 20 times slower during the run does not hide 20 %."""
    rng = generator(n_rounds)
    first, second = (workers(rng, n_rounds, 0.5, 0.0)[0] for _ in range(2))
    common = np.linspace(0, math.log(20), n_rounds)
    gap = (second + common) - (first + common)
    mean, half, noise = log_mean(gap, 5)
    found = differ(mean + math.log(1.2), half).mean()
    say(f"found in {100 * found:.1f} %, noise floor {100 * np.median(noise):.1f} %")
    assert found >= FOUND


@pytest.mark.parametrize("n_rounds", [3, 5, 10])
@pytest.mark.parametrize("slowed", [0.0, 0.1, 0.25])
@pytest.mark.parametrize("shared", [0.0, 0.1])
def test_wall_and_cpu_time_together(
    shared: float, slowed: float, n_rounds: int, say: Say
) -> None:
    """False words of either clock, and a doubling that wall time alone often misses.

    A neighbor slows a worker by half or by up to 20 times; of that its CPU time has
    nothing or, through caches, 10 %. The two clocks have noise of their own, which is
    the worst case: where they agree, CPU time adds no false word.
    """
    rng = generator(n_rounds, slowed, shared)
    walls, cpus = [], []
    for _ in range(2):
        times, slow = workers(rng, n_rounds, 0.8, slowed)
        walls.append(times + slow * rng.uniform(0, math.log(20 / 1.5), slow.shape))
        cpu_times, _ = workers(rng, n_rounds, 0.8, 0.0)
        cpus.append(cpu_times + slow * math.log1p(shared))
    wall, half, _ = log_mean(walls[1] - walls[0], 5)
    cpu, cpu_half, _ = log_mean(cpus[1] - cpus[0], 5, CPU_LEVEL)
    for factor, name in ((1, "equal"), (2, "doubled")):
        by_wall = differ(wall + math.log(factor), half)
        disturbed = ~by_wall & (half > math.log1p(DISTURBED))
        by_cpu = disturbed & differ(cpu + math.log(factor), cpu_half)
        shares = by_wall.mean(), by_cpu.mean()
        each = [f"{100 * share:.1f} %" for share in shares]
        say(f"{name}: by wall time {each[0]}, by CPU time {each[1]}")
        assert factor == 2 or sum(shares) <= FALSE
        assert factor == 1 or sum(shares) >= FOUND
