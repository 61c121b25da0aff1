"""TC036: clearly larger errors in a range of the target."""

import numpy as np
from scipy import stats

from tests.findings import of_values, plain

RNG = np.random.default_rng(1)
TRUE = np.arange(400.0)
BEFORE = RNG.normal(0, 20, 400)


def _after(factor: float) -> np.ndarray:
    """Half the error everywhere; from 360 on the error, times a factor."""
    return TRUE + np.where(TRUE < 360, 0.5, factor) * BEFORE


def test_a_decile_with_larger_errors_is_an_issue_of_a_better_model() -> None:
    """Its interval is a t interval, at 99.5 % for ten deciles."""
    guesses = {"ridge/baseline": TRUE + BEFORE, "ridge/tuned": _after(1.8)}
    (finding,) = of_values("TC036", true=TRUE, predicted=guesses)
    change = 0.8 * np.abs(BEFORE[360:])
    assert finding.severity == "issue"
    assert "360 to 399" in plain(finding.evidence)
    assert f"+{change.mean():.2f}" in finding.evidence
    ends = stats.t.interval(0.995, 39, change.mean(), stats.sem(change))
    assert f"[{ends[0]:.2f}, {ends[1]:.2f}]" in plain(finding.evidence)


def test_smaller_errors_everywhere_are_no_finding() -> None:
    """Nor is a change that the rows do not show."""
    guesses = {"ridge/baseline": TRUE + BEFORE, "ridge/tuned": _after(0.5)}
    assert of_values("TC036", true=TRUE, predicted=guesses) == []


def test_a_model_that_is_worse_has_no_such_finding() -> None:
    """The verdict states it already."""
    guesses = {"ridge/baseline": TRUE + BEFORE, "ridge/tuned": TRUE + 3 * BEFORE}
    assert of_values("TC036", true=TRUE, predicted=guesses) == []


def test_a_rise_of_less_than_5_percent_is_no_finding() -> None:
    """However sure it is: each error from 360 on is larger by 2 %."""
    guesses = {"ridge/baseline": TRUE + BEFORE, "ridge/tuned": _after(1.02)}
    assert of_values("TC036", true=TRUE, predicted=guesses) == []
