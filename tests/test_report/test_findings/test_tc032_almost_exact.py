"""TC032: a target that is predicted almost exactly."""

import numpy as np
import pytest

from tests.findings import found, of_values, plain

TRUE = np.linspace(0.0, 100.0, 200)


def _with_r2(share: float) -> np.ndarray:
    """Predictions whose R2 is 1 minus the share, by the definition of R2."""
    size = np.sqrt(share * ((TRUE - TRUE.mean()) ** 2).mean())
    guess: np.ndarray = TRUE + size * np.where(np.arange(200) % 2, 1.0, -1.0)
    return guess


def test_an_r2_of_nearly_1_is_an_issue() -> None:
    """The case is named with its R2."""
    (finding,) = of_values("TC032", true=TRUE, predicted={"ridge/tuned": _with_r2(5e-4)})
    assert finding.severity == "issue"
    assert plain(finding.evidence) == "Ridge regression: R² on the test rows tuned 0.9995."


@pytest.mark.parametrize("share", [2e-3, 0.5])
def test_an_r2_that_data_allow_is_no_finding(share: float) -> None:
    """Below 0.999."""
    guesses = {"ridge/tuned": _with_r2(share)}
    assert of_values("TC032", true=TRUE, predicted=guesses) == []


def test_a_perfect_classifier_has_no_such_finding() -> None:
    """Classes have TC025 in its place."""
    assert found("TC032", accuracy={"knn/tuned": 1.0}) == []
