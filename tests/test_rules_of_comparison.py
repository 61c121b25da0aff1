"""The rules that docs/explanation/false-better.md compares, and its command."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from tests.stress.false_better import PAGE, SETTINGS, main, simulate
from tests.stress.rules import Measured, bars_apart, fixed_threshold, paired_t_5x2, tunecard


def measured(right: int, gained: int, lost: int = 0, n: int = 200) -> Measured:
    """A study with the baseline right in so many test rows; two changed folds."""
    first = np.arange(n) < right
    second = first.copy()
    second[right : right + gained] = True
    second[:lost] = False
    folds = np.array([[0.80, 0.82], [0.84, 0.86]])
    return Measured(folds, np.zeros((2, 5, 2)), np.stack([first, second]))


def test_the_5x2cv_test_is_mlxtends() -> None:
    """Its loop, step by step: mlxtend/evaluate/ttest.py of mlxtend 0.23."""
    gaps = np.random.default_rng(0).normal(0.02, 0.03, (5, 2))
    variance_sum = 0.0
    for one, other in gaps:
        mean = (one + other) / 2
        variance_sum += (one - mean) ** 2 + (other - mean) ** 2
    expected = gaps[0, 0] / np.sqrt(variance_sum / 5)
    t, p = paired_t_5x2(gaps)
    assert t == pytest.approx(expected)
    assert p == pytest.approx(2 * stats.t.sf(abs(expected), 5))


def test_equal_scores_in_every_half_are_no_difference() -> None:
    """Where mlxtend divides 0 by 0."""
    assert paired_t_5x2(np.zeros((5, 2))) == (0.0, 1.0)


def test_bars_of_one_standard_deviation_must_not_touch() -> None:
    """Means 0.81 and 0.85, each with 0.0141: 0.824 is below 0.836."""
    assert bars_apart(measured(160, 8))
    study = measured(160, 8)
    closer = Measured(study.folds - [[0.0], [0.02]], study.halves, study.right)
    assert not bars_apart(closer)


@pytest.mark.parametrize(("gained", "better"), [(9, True), (7, False)])
def test_the_fixed_threshold_is_five_percent_of_the_score(
    gained: int, *, better: bool
) -> None:
    """160 of 200 rows right: 9 rows more are above 0.04, 5 % of 0.8."""
    assert fixed_threshold(measured(160, gained)) == better


@pytest.mark.parametrize(
    ("gained", "lost", "better"), [(7, 1, True), (6, 1, False), (1, 7, False)]
)
def test_tunecards_rule_is_the_test_of_discordant_rows(
    gained: int, lost: int, *, better: bool
) -> None:
    """7 against 1 has mid-p 0.039 (Fagerland, Lydersen and Laake 2013)."""
    assert tunecard(measured(160, gained, lost)) == better


def test_two_models_on_columns_of_equal_worth_are_equally_good() -> None:
    """The true gain of 40 studies is 0, and about a known gain where there is one."""
    null, known = simulate(SETTINGS[0], 400, 40, 0), simulate(SETTINGS[-1], 400, 40, 0)
    assert null.gain == pytest.approx(0, abs=0.01)
    assert known.gain == pytest.approx(0.05, abs=0.01)


def test_the_command_writes_the_page_that_is_committed(tmp_path: Path) -> None:
    """With other numbers: two studies a line, on few rows."""
    page = tmp_path / "page.md"
    main(["--studies", "2", "--rows", "60", "--output", str(page)])
    written, committed = (
        re.sub(r"\|.*\n", "", path.read_text("utf-8")).replace(
            "1,000 simulated", "2 simulated"
        )
        for path in (page, PAGE)
    )
    assert written == committed
