"""TC038: test rows outside a column's range of training."""

import numpy as np

from tests.findings import of_values, plain

TRAIN = np.linspace(0.0, 100.0, 400)
TRUE = np.linspace(100.0, 300.0, 200)
GUESSES = {
    "ridge/tuned": TRUE + np.repeat([1.0, 9.0], [188, 12]),
    "knn/tuned": TRUE + 2.0,
}


def _areas(n_beyond: int) -> tuple[np.ndarray, np.ndarray]:
    """Areas in training and test, some of the test rows larger than all of training."""
    tested = np.linspace(1.0, 99.0, 200)
    tested[200 - n_beyond :] = 150.0
    return TRAIN, tested


def test_many_rows_beyond_are_an_issue() -> None:
    """Counted on both sides, with the mean absolute error on them and on the others."""
    (finding,) = of_values(
        "TC038", true=TRUE, predicted=GUESSES, columns={"area": _areas(12)}
    )
    text = plain(finding.evidence)
    assert text == (
        '"area": 12 of 200 test rows (6 %) outside 0 to 100, 0 below and 12 above; mean '
        "absolute error on them: ridge regression 9 EUR against 1 EUR on the others and "
        "k-nearest neighbors 2 EUR against 2 EUR on the others."
    )


def test_a_few_as_chance_brings_are_no_finding() -> None:
    """Two of 200 beyond 400 training rows."""
    assert of_values("TC038", true=TRUE, columns={"area": _areas(2)}) == []


def test_the_p_value_is_adjusted_for_the_columns() -> None:
    """Six of 200 beyond 400: p is 2 / 3 ** 6 nearly, and 0.01 times 50 columns is less."""
    rng = np.random.default_rng(0)
    others = {f"x{n}": (rng.normal(size=400), np.zeros(200)) for n in range(49)}
    assert of_values("TC038", true=TRUE, columns={"area": _areas(6)}) != []
    assert of_values("TC038", true=TRUE, columns={"area": _areas(6), **others}) == []


def test_a_run_without_columns_has_none() -> None:
    """As of an earlier version."""
    assert of_values("TC038", true=TRUE) == []
