"""TC027: another metric clearly became worse."""

import numpy as np

from tests.builders import KNN
from tests.findings import found, only, plain

TRUTH = np.arange(1000) % 2


def traded(n_lost: int, n_won: int) -> dict[str, object]:
    """A tuned case that loses rows of "yes" and wins rows of "no"."""
    baseline, tuned = TRUTH.copy(), TRUTH.copy()
    yes, no = np.flatnonzero(TRUTH == 1), np.flatnonzero(TRUTH == 0)
    tuned[yes[:n_lost]] = 0
    baseline[no[:n_won]] = 1
    return {
        "models": (KNN,),
        "classes": ("no", "yes"),
        "y_true": TRUTH.tolist(),
        "predicted": {"knn/baseline": baseline.tolist(), "knn/tuned": tuned.tolist()},
        "dataset": {"positive": "yes"},
    }


def test_tc027_another_metric_fell() -> None:
    """Accuracy is open, 45 rows for either; recall of the positive class lost 9 points."""
    finding = only("TC027", **traded(45, 45))
    text = plain(finding.evidence)
    assert finding.severity == "issue"
    assert "is inconclusive in accuracy" in text or "is equivalent in accuracy" in text
    assert "recall of yes \N{MINUS SIGN}9.00 points [" in text


def test_tc027_is_silent_where_nothing_clearly_fell() -> None:
    """One row of 500 is no clear fall."""
    assert not found("TC027", **traded(1, 1))


def test_tc027_is_a_note_where_the_verdict_is_worse() -> None:
    """The verdict has it already."""
    assert only("TC027", **traded(60, 0)).severity == "note"
