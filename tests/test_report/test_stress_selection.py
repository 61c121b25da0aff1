"""Simulated searches: how much of the winner's luck the correction takes away.

Run by ``tox run -e stress``; ``python -m tests.stress.search_luck`` writes the same figures
into the documentation. The seed is taken from TUNECARD_STRESS_SEED.
"""

import math
import os

import pytest

from tests.stress.search_luck import (
    SETTINGS,
    Setting,
    header,
    line,
    mean,
    removed,
    simulate,
)

pytestmark = pytest.mark.stress

SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
#: Share of the luck that is taken away, at least, and coverage of the interval.
REMOVED, COVERED = 0.75, 0.93


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.make.__name__)
def test_luck_is_taken_away(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    """At least 75 % of it, and 93 of 100 intervals contain the truth."""
    outcomes = simulate(setting, SEED)
    with capsys.disabled():
        print(f"\n{header()}\n{line(setting, outcomes)}")  # noqa: T201 # the table
    share, error = removed(outcomes, "corrected")
    assert share >= REMOVED - 2 * error
    noise = math.sqrt(COVERED * (1 - COVERED) / len(outcomes))
    assert mean(outcomes, "covered") >= COVERED - 2 * noise
