"""TC034: test rows outside the range of training."""

import numpy as np

from tests.findings import of_values, plain

TRAIN = np.linspace(0.0, 100.0, 400)


def test_many_rows_beyond_the_largest_are_an_issue() -> None:
    """Counted on both sides, with the mean absolute error on them and on the others."""
    true = np.concatenate([np.linspace(1.0, 99.0, 190), np.full(10, 150.0)])
    guesses = {"ridge/tuned": np.minimum(true, 100.0), "knn/tuned": true + 1}
    (finding,) = of_values("TC034", true=true, train=TRAIN, predicted=guesses)
    text = plain(finding.evidence)
    assert "10 of 200 test rows (5 %)" in text
    assert "0 below, 10 above" in text
    assert "error 50 EUR on them, 0 EUR on the other rows" in text
    assert "error 1 EUR on them, 1 EUR on the other rows" in text


def test_a_few_as_chance_brings_are_no_finding() -> None:
    """Two of 200 beyond 400 training rows: once in nine draws on either side."""
    true = np.concatenate([np.linspace(1.0, 99.0, 198), np.full(2, 150.0)])
    assert of_values("TC034", true=true, train=TRAIN) == []


def test_none_outside_is_no_finding() -> None:
    """The ends of training belong to its range."""
    assert of_values("TC034", true=np.linspace(0, 100, 200), train=TRAIN) == []
