"""How much of a search's gain is luck, before and after correction: simulates and writes.

``python -m tests.stress.search_luck`` simulates searches of five kinds and writes
``docs/explanation/search-luck.md``.
"""

import argparse
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
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
    tasks, studies : int
        Tasks, and studies of each.
    noise : bool
        Whether no candidate is better than another: the true gain is 0, and every study
        fits all candidates. Else a task's are fitted in five folds, and every study draws
        rows that none of them was fitted on.
    """

    title: str
    make: Callable[[np.random.Generator], Task]
    tasks: int
    studies: int = 1
    noise: bool = False


SETTINGS = (
    Setting("noise, 100 rows, 50 discriminants", noise_100, 200, noise=True),
    Setting("noise, 400 rows, 50 discriminants", noise_400, 150, noise=True),
    Setting("breast cancer, 170 rows, 30 SVMs", breast_cancer, 12, 20),
    Setting("digits, 450 rows, 20 nearest-neighbor models", digits, 8, 20),
    Setting("synthetic, 1,000 rows, 200 boosting models", boosting, 2, 30),
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
        Gain of a nested cross-validation.
    nested_covered : bool
        Whether its interval contains the truth: normal, from the rows.
    """

    naive: float
    corrected: float
    by_folds: float
    truth: float
    covered: bool
    nested: float = 0.0
    nested_covered: bool = False


def _folds(y: NDArray[np.int64], rows: Rows, seed: int) -> list[tuple[Rows, Rows]]:
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    return [(rows[a], rows[b]) for a, b in splitter.split(rows, y[rows])]


def _search(task: Task, rows: Rows, seed: int) -> tuple[Flags, Rows]:
    """Return who is right out of fold, (n_rows, 1 + n_candidates), and each row's fold."""
    which = range(1 + task.n_candidates)
    right = np.empty((len(rows), len(which)), dtype=bool)
    fold = np.empty(len(rows), dtype=np.intp)
    for number, (train, valid) in enumerate(_folds(task.y, rows, seed)):
        places = np.searchsorted(rows, valid)
        right[places] = task.answer(train, valid, which)
        fold[places] = number
    return right, fold


def _winner(right: Flags) -> int:
    return 1 + int(right[:, 1:].mean(axis=0).argmax())


def refitted(task: Task, seed: int, rng: np.random.Generator) -> Outcome:
    """Search on noise, with every fit of a nested cross-validation."""
    rows = np.arange(task.n)
    right, fold = _search(task, rows, seed)
    gains = np.empty(task.n)
    for train, valid in _folds(task.y, rows, seed):
        inner, _ = _search(task, np.sort(train), seed)
        first, second = task.answer(train, valid, [0, _winner(inner)]).T.astype(float)
        gains[valid] = second - first
    return _outcome(right, fold, gains, 0.0, rng)


def drawn(
    task: Task, seed: int, studies: int, rng: np.random.Generator
) -> Iterator[Outcome]:
    """Fit the candidates in five folds, and draw the rows of each study from the others.

    What a candidate gains on all of these rows is the truth. Nothing is fitted again, so
    that a nested cross-validation chooses on four fifths of a study's rows.
    """
    rows, new = np.arange(task.n), np.arange(task.n, len(task.y))
    every = range(1 + task.n_candidates)
    answers = np.stack(
        [task.answer(train, new, every) for train, _ in _folds(task.y, rows, seed)]
    )
    accuracy = answers.mean(axis=(0, 1))
    fold = rows % FOLDS
    for _ in range(studies):
        right = answers[fold, rng.integers(0, len(new), task.n)]
        gains = np.empty(task.n)
        for number in range(FOLDS):
            valid = fold == number
            second = right[valid, _winner(right[~valid])].astype(float)
            gains[valid] = second - right[valid, 0]
        truth = float(accuracy[_winner(right)] - accuracy[0])
        yield _outcome(right, fold, gains, truth, rng)


def _outcome(
    right: Flags,
    fold: Rows,
    nested: NDArray[np.float64],
    truth: float,
    rng: np.random.Generator,
) -> Outcome:
    candidates = right[:, 1:]
    gain = corrected_gain(
        resample_gains(candidates, right[:, 0], rng, n_resamples=RESAMPLES)
    )
    scores = [candidates[fold == number].mean(axis=0) for number in range(FOLDS)]
    mean = float(nested.mean())
    half = special.ndtri(0.975) * float(nested.std(ddof=1)) / math.sqrt(len(nested))
    return Outcome(
        gain.naive,
        gain.corrected,
        gain.naive - fold_bias(scores),
        truth,
        gain.interval.contains(truth),
        mean,
        bool(abs(mean - truth) <= half),
    )


def simulate(setting: Setting, seed: int = SEED) -> list[Outcome]:
    """Simulate a setting."""
    outcomes: list[Outcome] = []
    with (
        warnings.catch_warnings(),
        config_context(assume_finite=True, skip_parameter_validation=True),
    ):
        warnings.simplefilter("ignore")
        for key in range(setting.tasks):
            rng = np.random.default_rng([seed, key])
            task = setting.make(rng)
            if setting.noise:
                outcomes.append(refitted(task, key, rng))
            else:
                outcomes += drawn(task, key, setting.studies, rng)
    return outcomes


def mean(outcomes: Sequence[Outcome], name: str) -> float:
    """Return the mean of a field over the studies."""
    return float(np.mean([getattr(each, name) for each in outcomes]))


def removed(outcomes: Sequence[Outcome], name: str) -> tuple[float, float]:
    """Return the share of the winner's luck that an estimate removes, and its error.

    Luck is the mean of the naive gain minus the truth; the standard error is that of the
    mean of what remains, over the luck.
    """
    luck = np.array([each.naive - each.truth for each in outcomes])
    left = np.array([getattr(each, name) - each.truth for each in outcomes])
    share = 1 - left.mean() / luck.mean()
    residual = left - (1 - share) * luck
    error = residual.std(ddof=1) / math.sqrt(len(outcomes)) / abs(luck.mean())
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
        share = mean(outcomes, name)
        error = math.sqrt(share * (1 - share) / len(outcomes))
        numbers.append(f"{100 * share:.1f} ± {100 * error:.1f}")
    cells = [setting.title, str(len(outcomes)), *gains, *shares, *numbers]
    return f"| {' | '.join(cells)} |"


@cache
def header() -> str:
    """Write the head of the table."""
    names = ["Search", "Studies", "Over the folds", "Corrected", "By fold scores"]
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

Every correction removes at least three quarters of the luck. On digits the luck is a third
of a point, so its share is uncertain. The interval of the corrected gain covers at least
95 %; that of nested cross-validation, which takes rows as independent, 84 to 92 %.

## The corrections

- **Corrected**: bootstrap bias-corrected cross-validation (Tsamardinos, Greasidou and
  Borboudakis 2018) of the gain over the baseline. It needs no further fit. Its interval is
  that of the resamples, each of which judges the winner on 37 % of the rows, so it is wide;
  the effect of two rows is added to its variance.
- **By fold scores**: the correction of Tibshirani and Tibshirani (2009), for searches that
  stored fold scores alone. It has no interval.
- **Nested**: nested cross-validation, 5 by 5 folds: five more searches. Its interval is
  the normal one of the rows' gains.

## The searches

Every search has 5 folds. On noise every study fits all candidates, also for the nested
cross-validation, and the true gain is 0. Of the other tasks several are drawn; the
candidates are fitted on the training rows of five folds, and each study draws as many of
the rows that no candidate was fitted on as a search has. The truth is the winner's gain on
all of these rows. So these studies show the luck of the rows that judge, with the models
as they are.

- **Noise**: 20 normal columns, labels that do not depend on them; 50 linear discriminants
  with random columns and ridge penalties; the baseline has all columns.
- **Breast cancer**: 170 random rows, standardized; 30 support vector machines with random
  `C` and `gamma`; 399 other rows; 12 tasks.
- **Digits**: 450 random rows; 1 to 10 neighbors, equal or distance weights; 1,347 other
  rows; 8 tasks.
- **Synthetic**: 20 columns, 6 informative, 10 % of the labels flipped; 10 random gradient
  boosting models with 20 random numbers of stages each; 4,000 other rows; 2 tasks.
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
