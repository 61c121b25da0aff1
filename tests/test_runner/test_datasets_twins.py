"""Test rows that training holds too: which, and copies apart from coincidences."""

import numpy as np
import pytest

from tunecard.runner.datasets.twins import find_twins

RNG = np.random.default_rng(0)


def test_rows_with_a_twin_are_named() -> None:
    """The second and the fourth."""
    train = np.array([[1.0, 2.0], [3.0, 4.0]])
    test = np.array([[1.0, 4.0], [3.0, 4.0], [5.0, 2.0], [1.0, 2.0]])
    number, twins = find_twins(test, train)
    assert twins is not None
    assert (number, twins.rows, twins.pairs) == (2, (1, 3), 2)


def test_no_twin_is_none() -> None:
    """There is nothing to record."""
    assert find_twins(np.ones((3, 2)), np.zeros((3, 2))) == (0, None)


def test_pairs_and_near_pairs_are_those_of_plain_counting() -> None:
    """Against a comparison of every test row with every training row."""
    train, test = RNG.integers(0, 3, (60, 4)), RNG.integers(0, 3, (40, 4))
    same = (test[:, None, :] == train[None, :, :]).sum(axis=2)
    _, twins = find_twins(test.astype(float), train.astype(float))
    assert twins is not None
    assert twins.pairs == np.count_nonzero(same == 4)
    assert twins.near_pairs == np.count_nonzero(same == 3)


def test_chance_predicts_the_near_pairs_of_independent_columns() -> None:
    """Within a fifth, over 2,000 rows of a column of 20 values and two of 2."""
    rows = np.column_stack(
        [RNG.integers(0, 20, 2000), RNG.integers(0, 2, 2000), RNG.integers(0, 2, 2000)]
    ).astype(float)
    _, twins = find_twins(rows[:500], rows[500:])
    assert twins is not None
    assert twins.near_pairs == pytest.approx(twins.near_pairs_by_chance, rel=0.2)


def test_copies_bring_no_near_pairs() -> None:
    """As in red wine: measured values with copies of whole rows."""
    train = np.round(RNG.normal(size=(1200, 11)), 1)
    test = np.round(RNG.normal(size=(400, 11)), 1)
    test[:88] = train[:88]
    number, twins = find_twins(test, train)
    assert twins is not None
    assert (number, twins.near_pairs) == (88, 0)
