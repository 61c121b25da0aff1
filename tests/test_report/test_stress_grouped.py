"""Tests of rows in groups, rows in time and outer splits: how often they are wrong.

Run by ``tox run -e stress``. The tables of docs/explanation/honest-splits.md are made by
the same simulations.
"""

import os
import sys
from functools import partial

import numpy as np
import pytest

from tests.stress import dependent_rows, procedures
from tests.stress.dependent_rows import Errors

pytestmark = pytest.mark.stress

SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
STUDIES = int(os.environ.get("TUNECARD_STRESS_STUDIES", "2000"))
#: Two standard errors of a share of 5 % of the studies.
CHANCE = 2 * np.sqrt(0.05 * 0.95 / STUDIES)
FALSE, COVERAGE, CALIBRATED = 0.06, (0.93, 0.97), 0.03


def _check(errors: Errors, title: str, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{title}: {errors}\n")
    assert max(errors.words.values()) <= FALSE + CHANCE
    assert min(errors.coverage.values()) >= COVERAGE[0] - CHANCE
    assert max(errors.coverage.values()) <= COVERAGE[1] + CHANCE


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
    seed = (SEED, n_groups, sizes[1], int(10 * within))

    def draw(rng: np.random.Generator, gain: float) -> dependent_rows.Answers:
        return dependent_rows.in_groups(rng, n_groups, sizes, within, gain)

    errors = dependent_rows.errors_of(draw, STUDIES, seed, time=False)
    _check(errors, f"{n_groups} groups of {sizes}, correlation {within}", capsys)


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.8])
@pytest.mark.parametrize("n_rows", [200, 1_000])
def test_equal_models_in_time_get_no_word(
    n_rows: int, memory: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """Errors that depend on those before them, as an autoregression of first order."""
    draw = partial(_in_time, n_rows, memory)
    seed = (SEED, n_rows, int(10 * memory))
    errors = dependent_rows.errors_of(draw, STUDIES, seed, time=True)
    _check(errors, f"{n_rows} rows in time, autocorrelation {memory}", capsys)


def _in_time(
    n_rows: int, memory: float, rng: np.random.Generator, gain: float
) -> dependent_rows.Answers:
    return dependent_rows.in_time(rng, n_rows, memory, gain)


def test_probabilities_over_outer_splits_are_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """P(worse), P(equivalent) and P(better) within 3 points of how often each is true."""
    bins, wrong = procedures.simulate(10 * STUDIES, SEED)
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(map(str, bins)) + f"\n{wrong}\n")
    for each in bins:
        chance = 2 * np.sqrt(each.stated * (1 - each.stated) / each.n)
        assert abs(each.stated - each.true) <= CALIBRATED + chance
    assert wrong <= FALSE + CHANCE
