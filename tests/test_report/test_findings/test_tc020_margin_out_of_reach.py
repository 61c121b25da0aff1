"""TC020: too few test rows to detect a difference as small as the margin."""

from tests.builders import KNN, make_run
from tests.findings import found, only


def test_tc020_margin_out_of_reach() -> None:
    """An open verdict on too few rows; with a wide margin it is silent."""
    run = {"accuracy": {"knn/baseline": 0.90, "knn/tuned": 0.91}, "models": (KNN,)}
    wrong = make_run(**run)  # type: ignore[arg-type] # overrides of the builder
    assert wrong.predictions is not None
    guess = wrong.predictions.y_true.copy()
    guess[-36:] = (guess[-36:] + 1) % 4
    predicted = {"knn/tuned": guess.tolist()}
    finding = only("TC020", predicted=predicted, **run)
    assert "points; the margin is 1.00 points" in finding.evidence
    assert not found(
        "TC020", study={"margin": 0.1}, predicted={"knn/tuned": guess.tolist()}, **run
    )
