"""TC035: errors that grow or shrink with the predicted value."""

import numpy as np
from scipy import stats

from tests.findings import of_values, plain

RNG = np.random.default_rng(0)
TRUE = RNG.uniform(10, 100, 300)
NOISE = RNG.normal(size=300)


def test_errors_in_proportion_to_the_value_are_a_tip() -> None:
    """The correlation is Spearman's, as SciPy computes it."""
    tuned = TRUE * (1 + 0.2 * NOISE)
    (finding,) = of_values("TC035", true=TRUE, predicted={"ridge/tuned": tuned})
    rho = stats.spearmanr(np.abs(tuned - TRUE), tuned).statistic
    assert finding.severity == "tip"
    assert finding.model == "ridge"
    assert f"tuned {rho:.4f} (p < 0.001)" in plain(finding.evidence)


def test_errors_of_one_size_are_no_finding() -> None:
    """Normal errors of one variance."""
    guesses = {
        f"{name}/{variant}": TRUE + NOISE
        for name in ("ridge", "knn")
        for variant in ("baseline", "tuned")
    }
    assert of_values("TC035", true=TRUE, predicted=guesses) == []
