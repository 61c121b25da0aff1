"""How much of a search's gain is luck, before and after correction: simulates and writes.

``python -m tests.stress.search_luck`` simulates searches of five kinds and writes
``docs/explanation/search-luck.md``.
"""

import argparse
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import special
from sklearn import config_context
from sklearn.model_selection import StratifiedKFold

from tests.stress.searches import (
    Rows,
    Task,
    boosting,
    breast_cancer,
    digits,
    noise_100,
    noise_400,
)
from tunecard.report.stats.selection import corrected_gain, fold_bias, resample_gains

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "search-luck.md"
SEED, FOLDS = 0, 5
#: Resamples of a correction: half of the product's.
RESAMPLES = 500

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Setting:
    """A kind of search, and how many of them are simulated.

    Attributes
    ----------
    title : str
        As the table names it.
    make : callable
        Draws a task.
    studies, nested : int
        Studies, and how many of them also have a nested cross-validation, which is
        five more searches.
    noise : bool
        Whether no candidate is better than another, so that the true gain is 0.
    """

    title: str
    make: Callable[[np.random.Generator], Task]
    studies: int
    nested: int
    noise: bool = False


SETTINGS = (
    Setting("noise, 100 rows, 50 trees", noise_100, 100, 25, noise=True),
    Setting("noise, 400 rows, 50 trees", noise_400, 40, 10, noise=True),
    Setting("breast cancer, 170 rows, 30 SVMs", breast_cancer, 150, 20),
    Setting("digits, 450 rows, 20 nearest-neighbor models", digits, 100, 40),
    Setting("synthetic, 1,000 rows, 200 boosting models", boosting, 10, 2),
)


@dataclass(frozen=True)
class Outcome:
    """One study; gains are shares of rows.

    Attributes
    ----------
    naive, corrected, by_folds, truth : float
        The winner's gain over the folds, after correction by resampled rows, by fold
        scores alone, and on rows that the search never used.
    covered : bool
        Whether the interval of the corrected gain contains the truth.
    nested : float
        Gain of a nested cross-validation; NaN without one.
    nested_covered : float
        Whether its interval contains the truth, 1 or 0: normal, from the rows.
    """

    naive: float
    corrected: float
    by_folds: float
    truth: float
    covered: bool
    nested: float = math.nan
    nested_covered: float = math.nan


def _folds(y: NDArray[np.int64], rows: Rows, seed: int) -> list[tuple[Rows, Rows]]:
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    return [(rows[a], rows[b]) for a, b in splitter.split(rows, y[rows])]


def _search(task: Task, rows: Rows, seed: int) -> tuple[Flags, list[Rows]]:
    """Return who is right out of fold, (n_rows, 1 + n_candidates), and places of folds."""
    which = range(1 + task.n_candidates)
    right = np.empty((len(rows), len(which)), dtype=bool)
    places = []
    for train, valid in _folds(task.y, rows, seed):
        places.append(np.searchsorted(rows, valid))
        right[places[-1]] = task.answer(train, valid, which)
    return right, places


def _nested(task: Task, rows: Rows, seed: int) -> NDArray[np.float64]:
    """Return each row's gain: of the winner of a search on the other folds."""
    gains = np.empty(len(rows))
    for train, valid in _folds(task.y, rows, seed):
        inner, _ = _search(task, np.sort(train), seed)
        winner = 1 + int(inner[:, 1:].mean(axis=0).argmax())
        first, second = task.answer(train, valid, [0, winner]).T.astype(float)
        gains[np.searchsorted(rows, valid)] = second - first
    return gains


def study(setting: Setting, key: int, seed: int) -> Outcome:
    """Search once, with a nested cross-validation in the first studies."""
    rng = np.random.default_rng([seed, key])
    task = setting.make(rng)
    rows = np.arange(task.n)
    right, places = _search(task, rows, key)
    candidates, baseline = right[:, 1:], right[:, 0]
    winner = 1 + int(candidates.mean(axis=0).argmax())
    truth = 0.0
    if not setting.noise:
        new = np.arange(task.n, len(task.y))
        first, second = task.answer(rows, new, [0, winner]).mean(axis=0)
        truth = float(second - first)
    gain = corrected_gain(resample_gains(candidates, baseline, rng, n_resamples=RESAMPLES))
    by_folds = gain.naive - fold_bias([candidates[part].mean(axis=0) for part in places])
    nested = covered = math.nan
    if key < setting.nested:
        gains = _nested(task, rows, key)
        nested = float(gains.mean())
        half = special.ndtri(0.975) * float(gains.std(ddof=1)) / math.sqrt(len(gains))
        covered = float(abs(nested - truth) <= half)
    held = gain.interval.contains(truth)
    return Outcome(gain.naive, gain.corrected, by_folds, truth, held, nested, covered)


def simulate(setting: Setting, seed: int = SEED) -> list[Outcome]:
    """Simulate a setting."""
    with (
        warnings.catch_warnings(),
        config_context(assume_finite=True, skip_parameter_validation=True),
    ):
        warnings.simplefilter("ignore")
        return [study(setting, key, seed) for key in range(setting.studies)]


def mean(outcomes: Sequence[Outcome], name: str) -> float:
    """Return the mean of a field over the studies that have it."""
    return float(np.nanmean([getattr(each, name) for each in outcomes]))


def removed(outcomes: Sequence[Outcome], name: str) -> tuple[float, float]:
    """Return the share of the winner's luck that an estimate removes, and its error.

    Luck is the mean of the naive gain minus the truth, over the studies that have the
    estimate; the standard error is that of the mean of what remains, over the luck.
    """
    having = [each for each in outcomes if not math.isnan(getattr(each, name))]
    luck = np.array([each.naive - each.truth for each in having])
    left = np.array([getattr(each, name) - each.truth for each in having])
    share = 1 - left.mean() / luck.mean()
    residual = left - (1 - share) * luck
    error = residual.std(ddof=1) / math.sqrt(len(having)) / abs(luck.mean())
    return float(share), float(error)


def line(setting: Setting, outcomes: Sequence[Outcome]) -> str:
    """Write a setting's line of the table, gains in points."""
    gains = [
        f"{100 * mean(outcomes, name):+.2f}"
        for name in ("naive", "corrected", "by_folds", "nested", "truth")
    ]
    shares = []
    for name in ("corrected", "by_folds", "nested"):
        share, error = removed(outcomes, name)
        shares.append(f"{100 * share:.0f} ± {100 * error:.0f}")
    numbers = []
    for name in ("covered", "nested_covered"):
        n = sum(not math.isnan(getattr(each, name)) for each in outcomes)
        share = mean(outcomes, name)
        error = math.sqrt(share * (1 - share) / n)
        numbers.append(f"{100 * share:.1f} ± {100 * error:.1f}")
    count = f"{setting.studies} ({setting.nested})"
    return f"| {' | '.join([setting.title, count, *gains, *shares, *numbers])} |"


@cache
def header() -> str:
    """Write the head of the table."""
    names = ["Search", "Studies (nested)", "Over the folds", "Corrected", "By fold scores"]
    names += ["Nested", "Truth", "Removed", "By fold scores", "Nested"]
    names += ["Covered", "Nested"]
    return f"| {' | '.join(names)} |\n| --- |{' ---: |' * (len(names) - 1)}"


_TEXT = """\
# How much of a search's gain is luck?

The winner of a search was chosen because it scored best, so its score is partly luck. The
page of a run prints the gain over the baseline before and after correction for that. This
table shows on simulated searches, whose true gain is known, how much of the luck the
correction removes, and how often its 95 % interval contains the truth. All of it is
simulated (seed {seed}) and written by

    python -m tests.stress.search_luck

{table}

Gains are in points of accuracy, means over the studies. "Removed" is the percentage of the
luck (the gain over the folds minus the truth) that each correction removes; above 100 it
removes too much. "Covered" is the percentage of studies in which the interval contains the
truth. The figure after ± is the Monte Carlo standard error.

## The corrections

- **Corrected**: bootstrap bias-corrected cross-validation (Tsamardinos, Greasidou and
  Borboudakis 2018) of the gain over the baseline. It needs no further fit. Its interval is
  that of the resamples, each of which judges the winner on 37 % of the rows, so it is wide.
- **By fold scores**: the correction of Tibshirani and Tibshirani (2009), for searches that
  stored fold scores alone. It has no interval.
- **Nested**: nested cross-validation, 5 by 5 folds: five more searches. Its interval is
  the normal one of the rows' gains. It was computed in as many studies as the parentheses
  state, and its share is of the luck in these studies.

## The searches

Every search has 5 stratified folds. The truth is the gain in accuracy of the winner over
the baseline, both fitted on all rows of the search, on rows that the search never used; on
noise it is 0.

- **Noise**: 10 normal columns, labels that do not depend on them, 50 random decision trees;
  the baseline is scikit-learn's default tree.
- **Breast cancer**: 170 random rows, standardized; 30 support vector machines with random
  `C` and `gamma`; 399 rows show the truth.
- **Digits**: 450 random rows; 1 to 10 neighbors, equal or distance weights; 1,347 rows show
  the truth.
- **Synthetic**: 20 columns, 6 informative, 10 % of the labels flipped; 20 random gradient
  boosting models with 10 random numbers of stages each; 4,000 rows show the truth.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate all settings and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--output", type=Path, default=PAGE, help="the page to write")
    given = parser.parse_args(arguments)
    lines = []
    for setting in SETTINGS:
        lines.append(line(setting, simulate(setting, given.seed)))
        print(lines[-1], flush=True)  # noqa: T201 # progress
    table = "\n".join([header(), *lines])
    given.output.write_text(_TEXT.format(table=table, seed=given.seed), "utf-8")


if __name__ == "__main__":
    main()
