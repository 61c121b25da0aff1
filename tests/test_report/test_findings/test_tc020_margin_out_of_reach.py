"""TC020: too few test rows to detect a difference as small as the margin."""

from tests.builders import KNN, make_run
from tests.findings import found, only, plain


def test_tc020_margin_out_of_reach() -> None:
    """An open verdict on too few rows; with a wide margin it is silent."""
    run = {"accuracy": {"knn/baseline": 0.90, "knn/tuned": 0.91}, "models": (KNN,)}
    wrong = make_run(**run)  # type: ignore[arg-type] # overrides of the builder
    assert wrong.predictions is not None
    guess = wrong.predictions.y_true.copy()
    guess[-36:] = (guess[-36:] + 1) % 4
    predicted = {"knn/tuned": guess.tolist()}
    finding = only("TC020", predicted=predicted, **run)
    assert "as large as the margin of 1.00 points is found with 80 % power" in plain(
        finding.evidence
    )
    assert not found(
        "TC020", study={"margin": 0.1}, predicted={"knn/tuned": guess.tolist()}, **run
    )


def test_tc020_speaks_where_few_rows_differ() -> None:
    """Two discordant rows of 400: Connor's rows at a share as large as the margin.

    ``(1.95996 sqrt(.01) + .84162 sqrt(.01 - .0001))**2 / .0001 = 782.4``.
    """
    truth = [row % 4 for row in range(400)]
    off = [3, 2, *truth[2:]]
    guesses = {"knn/baseline": off, "knn/tuned": truth}
    finding = only("TC020", models=(KNN,), y_true=truth, predicted=guesses)
    assert "about 783 test rows; there are 400" in plain(finding.evidence)
