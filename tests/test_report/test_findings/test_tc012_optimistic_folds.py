"""TC012: the best fold score is higher than the test rows support."""

from tests.builders import KNN, make_run
from tests.findings import only


def test_tc012_optimistic_folds() -> None:
    """The winner's mean lies above the interval of its test score."""
    run = make_run()
    record = run.results.searches[0]
    lucky = [
        one.model_copy(update={"scores": (0.99,) * 5}) if one.index == record.best else one
        for one in record.candidates
    ]
    changes = {"knn": {"candidates": tuple(lucky)}}
    finding = only("TC012", models=(KNN,), search=changes)
    assert "0.9900 over the folds, 0.9300 [0.90" in finding.evidence
