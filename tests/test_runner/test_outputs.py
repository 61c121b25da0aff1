"""Rows of probabilities: kept, divided by their sum, or refused."""

import numpy as np
import pytest

from tunecard.runner.outputs import SUM_TOLERANCE, unit_rows


def test_rows_of_float32_naive_bayes_sum_to_one() -> None:
    """1.0025, as Gaussian naive Bayes gives on the digits: each share over the sum."""
    rows = np.array([[0.6015, 0.401], [0.5, 0.5]], dtype=np.float32)
    np.testing.assert_allclose(unit_rows(rows)[0], [0.6, 0.4], rtol=1e-6)


def test_rows_within_rounding_are_kept_to_the_bit() -> None:
    """Metrics of them stay scikit-learn's own."""
    rows = np.array([[0.6001, 0.4001], [1.0, 0.0]])
    np.testing.assert_array_equal(unit_rows(rows), rows)


@pytest.mark.parametrize(
    ("off", "total"), [([0.5, 0.49 - SUM_TOLERANCE], 0.98), ([1.1, -0.1], 1.0)]
)
def test_what_is_not_probabilities_is_refused(off: list[float], total: float) -> None:
    """With its row, its sum and the lowest value."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 # the caller words it
        unit_rows(np.array([[1.0, 0.0], off]))
    row, found, lowest = caught.value.args
    assert (row, lowest) == (1, min(0.0, off[1]))
    assert found == pytest.approx(total)
