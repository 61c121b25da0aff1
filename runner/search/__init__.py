"""tune(): scikit-learn's search semantics, candidate by candidate, fold by fold.

Only the cost differs: for k-nearest neighbours each fold's neighbours are found
once for all candidates (:mod:`tunecard.runner.search.neighbours`); everything else runs
candidates x folds in parallel processes (:mod:`tunecard.runner.search.pool`).
"""

from tunecard.runner.search.halving import schedule
from tunecard.runner.search.neighbours import applies as shares_neighbours
from tunecard.runner.search.tune import Tuned, candidates, check_folds, n_steps, tune

__all__ = [
    "Tuned",
    "candidates",
    "check_folds",
    "n_steps",
    "schedule",
    "shares_neighbours",
    "tune",
]
