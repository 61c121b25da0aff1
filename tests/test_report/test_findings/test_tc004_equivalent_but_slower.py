"""TC004: not better, and more expensive."""

from tests.builders import KNN
from tests.findings import found, only


def test_tc004_equivalent_but_slower() -> None:
    """Equivalent and clearly slower; not when it is as fast, nor when it is better."""
    same = {"accuracy": {"knn/tuned": 0.90}, "models": (KNN,)}
    finding = only("TC004", tuned_time=2.0, **same)
    assert "is equivalent in accuracy" in finding.evidence
    assert "predict takes" in finding.evidence
    assert not found("TC004", **same)
    assert not found("TC004", tuned_time=2.0, models=(KNN,))
