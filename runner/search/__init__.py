"""tune(): scikit-learn's search semantics, candidate by candidate, fold by fold.

Only the cost differs: for k-nearest neighbors each fold's neighbors are found
once for all candidates (:mod:`tunecard.runner.search.neighbors`); everything else runs
candidates x folds in parallel processes (:mod:`tunecard.runner.search.pool`).
"""

from tunecard.runner.search.candidates import own_values
from tunecard.runner.search.extent import check_folds, n_steps, shares, strata_of
from tunecard.runner.search.tune import Tuned, tune

__all__ = ["Tuned", "check_folds", "n_steps", "own_values", "shares", "strata_of", "tune"]
