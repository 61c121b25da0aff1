"""TC021: probabilities are badly calibrated."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.builders import LOGREG, make_run
from tests.findings import found
from tunecard.report.analyze import analyze
from tunecard.report.findings import Finding, find


def shares(confidence: float, n_rows: int = 2_000) -> NDArray[np.float32]:
    """Say the first class with this confidence, of two."""
    return np.tile(np.array([confidence, 1 - confidence], np.float32), (n_rows, 1))


def told(confidence: float, accuracy: float, n_rows: int = 2_000) -> list[Finding]:
    """Findings about a baseline with this confidence and accuracy."""
    truth = (np.arange(n_rows) >= accuracy * n_rows).astype(int)
    return findings_of(truth, shares(confidence, n_rows))


def findings_of(
    truth: NDArray[np.int_], probabilities: NDArray[np.float32]
) -> list[Finding]:
    """Findings about a baseline that predicts the first class with these shares."""
    n_rows = len(truth)
    run = make_run(
        classes=("yes", "no"),
        models=(LOGREG,),
        y_true=truth.tolist(),
        predicted={"logreg/baseline": [0] * n_rows},
    )
    assert run.predictions is not None
    probability = {"logreg/baseline": probabilities}
    predictions = dataclasses.replace(run.predictions, probability=probability)
    findings = find(analyze(dataclasses.replace(run, predictions=predictions)))
    return [finding for finding in findings if finding.code == "TC021"]


@pytest.mark.parametrize(
    ("confidence", "accuracy", "manner"),
    [(0.95, 0.8, "overconfident"), (0.7, 0.9, "underconfident")],
)
def test_tc021_badly_calibrated(confidence: float, accuracy: float, manner: str) -> None:
    """The error is the gap less the variance of the accuracy; the direction is named."""
    (finding,) = told(confidence, accuracy)
    squared = (confidence - accuracy) ** 2 - accuracy * (1 - accuracy) / 2_000
    assert f"baseline {squared**0.5:.4f} [" in finding.evidence
    assert finding.evidence.replace("\xa0", " ").endswith(
        f"{manner}: average confidence {confidence * 100:g} %, "
        f"accuracy {accuracy * 100:g} %."
    )
    assert (finding.severity, finding.model) == ("tip", "logreg")


def test_tc021_names_no_direction_where_errors_cancel_on_average() -> None:
    """Half of the rows are overconfident by 20 points, the others underconfident."""
    right = (np.arange(2_000) % 1_000) < np.repeat([700, 900], 1_000)
    probabilities = np.concatenate([shares(0.9, 1_000), shares(0.7, 1_000)])
    (finding,) = findings_of((~right).astype(int), probabilities)
    assert finding.evidence.replace("\xa0", " ").endswith(
        ", though average confidence and accuracy are both 80 %."
    )


@pytest.mark.parametrize(
    ("confidence", "accuracy", "n_rows"),
    [(0.85, 0.8, 2_000), (0.84, 0.9, 200), (0.8, 0.8, 2_000)],
)
def test_tc021_is_silent_when_the_interval_reaches_down_to_the_threshold(
    confidence: float, accuracy: float, n_rows: int
) -> None:
    """5 points, or 6 points on 200 rows, are not clearly over 5; 0 are none."""
    assert not told(confidence, accuracy, n_rows)


def test_tc021_is_silent_without_probabilities() -> None:
    """Nothing to calibrate."""
    assert not found("TC021", probabilities=())
