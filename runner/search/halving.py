"""Successive halving: how many candidates go on, and on how much; scikit-learn's rules.

K. Jamieson and A. Talwalkar (2016), "Non-stochastic best arm identification and
hyperparameter optimization", AISTATS; the rounding is HalvingRandomSearchCV's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tunecard.runner.errors import StudyError
from tunecard.runner.metrics import Labels
from tunecard.runner.schema import HalvingRandomSearch
from tunecard.runner.search.candidates import n_points
from tunecard.runner.search.scoring import Fold

ROWS = "n_samples"


@dataclass(frozen=True)
class Schedule:
    """The iterations of a search.

    ``candidates`` is the number in each, ``resources`` what each of them has: rows,
    or the value of the parameter that is the resource.
    """

    candidates: tuple[int, ...]
    resources: tuple[int, ...]


def schedule(search: HalvingRandomSearch, y: Labels) -> Schedule:
    """Decide the iterations of a search before its first.

    Parameters
    ----------
    search : HalvingRandomSearch
        What the study says.
    y : ndarray of int, shape (n_samples,)
        Class codes of the search's rows.

    Raises
    ------
    StudyError
        If there are fewer rows than the first iteration takes.
    """
    factor = search.factor
    least, most = _bounds(search, y)
    drawn = most // least if search.n_candidates == "exhaust" else search.n_candidates
    n_candidates = n_points(search.space, drawn)
    # The last iteration needed is the one that scores fewer than `factor` candidates.
    n_needed = 1 + math.floor(math.log(n_candidates, factor))
    if search.min_resources == "exhaust":
        least = max(least, int(most // factor ** (n_needed - 1)))
    n_possible = 1 + math.floor(math.log(most // least, factor))
    n_iterations = n_needed if search.aggressive_elimination else min(n_needed, n_possible)
    candidates, resources = [n_candidates], []
    for iteration in range(n_iterations):
        power = iteration
        if search.aggressive_elimination:
            power = max(0, iteration - n_needed + n_possible)
        resources.append(min(int(factor**power * least), most))
        candidates.append(math.ceil(candidates[-1] / factor))
    return Schedule(tuple(candidates[:-1]), tuple(resources))


def subsample(
    folds: Sequence[Fold], n_resources: int, n_rows: int, seed: int
) -> tuple[Fold, ...]:
    """Keep a part of each fold, to fit on and to score on, drawn by the seed.

    Parameters
    ----------
    folds : sequence of (ndarray, ndarray)
        Whole folds.
    n_resources, n_rows : int
        Rows of the iteration, of all the search's rows.
    seed : int
        For the draws.
    """
    from sklearn.utils import resample

    share = n_resources / n_rows

    def part(rows: np.ndarray) -> np.ndarray:
        kept: np.ndarray = resample(
            rows, replace=False, random_state=seed, n_samples=int(share * len(rows))
        )
        return kept

    return tuple((part(train), part(valid)) for train, valid in folds)


def survivors(means: Sequence[float], n_kept: int) -> list[int]:
    """Return the positions of the candidates that go on, the best one last.

    Parameters
    ----------
    means : sequence of float
        Mean scores; NaN for a candidate that failed, which goes on last of all.
    n_kept : int
        How many.
    """
    # As scikit-learn has it: NaN, which argsort puts last, is moved to the front.
    scores = np.asarray(means, dtype=float)
    ordered = np.roll(np.argsort(scores), np.count_nonzero(np.isnan(scores)))
    return [int(position) for position in ordered[-n_kept:]]


def _bounds(search: HalvingRandomSearch, y: Labels) -> tuple[int, int]:
    """Return the resources of the first iteration, and the most of any."""
    of_rows = search.resource == ROWS
    most = len(y) if search.max_resources == "auto" else search.max_resources
    if of_rows and most > len(y):
        raise StudyError(
            f"search.max_resources = {most:,} is more than the {len(y):,} training rows; "
            "give fewer, or leave it out."
        )
    least = 2 * search.folds * len(np.unique(y)) if of_rows else 1
    if isinstance(search.min_resources, int):
        least = search.min_resources
    # A fold is thinned to the same share as the whole, and must keep a row to score on.
    fewest = math.ceil(len(y) / (len(y) // search.folds)) if of_rows else 1
    if least < fewest:
        raise StudyError(
            f"search.min_resources = {least:,}: leaves no row to score on in a fold of "
            f"{len(y) // search.folds:,}; use {fewest:,} or more."
        )
    if least > most:
        what = "training rows" if search.max_resources == "auto" else "max_resources"
        raise StudyError(
            f"search.min_resources: the first iteration takes {least:,}, which is more "
            f"than the {most:,} of {what}. Use fewer folds, more rows, or another strategy."
        )
    return least, most
