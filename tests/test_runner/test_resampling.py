"""Resampling: index arrays as scikit-learn's own splitters make them."""

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold, train_test_split

from tunecard.runner.errors import StudyError
from tunecard.runner.resampling import STRATIFIED

Y = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [10, 20, 31]))


def test_the_outer_split_is_train_test_splits() -> None:
    """The same rows with the same seed, ascending; every row is in one part."""
    train, test = STRATIFIED.outer(Y, 0.25, 3)
    theirs = train_test_split(np.arange(61), test_size=0.25, random_state=3, stratify=Y)
    for ours, expected in zip((train, test), theirs, strict=True):
        np.testing.assert_array_equal(ours, np.sort(expected))
    assert sorted([*train, *test]) == list(range(61))
    assert STRATIFIED.unit == "row"


def test_the_inner_folds_are_stratified_k_folds() -> None:
    """Rows to fit on and to score on of each fold, in StratifiedKFold's order."""
    theirs = StratifiedKFold(4, shuffle=True, random_state=3).split(Y, Y)
    for ours, expected in zip(STRATIFIED.inner(Y, 4, 3), theirs, strict=True):
        np.testing.assert_array_equal(ours[0], expected[0])
        np.testing.assert_array_equal(ours[1], expected[1])


def test_more_folds_than_rows_of_a_class_are_refused() -> None:
    """One sentence with the field, its value and what to do."""
    with pytest.raises(StudyError, match=r"search.folds = 32: .* Use fewer folds"):
        STRATIFIED.inner(Y, 32, 0)
