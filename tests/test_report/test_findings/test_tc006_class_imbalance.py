"""TC006: the classes are of very different sizes."""

from typing import Any

from tests.findings import found, only
from tunecard.runner.schema import ClassInfo


def classes(*sizes: int) -> dict[str, Any]:
    """Data whose classes have so many training rows."""
    entries = [ClassInfo(name=str(i), n_train=n, n_test=100) for i, n in enumerate(sizes)]
    return {"classes": tuple(entries)}


def test_tc006_class_imbalance() -> None:
    """Three times the rows of the smallest class, classes without rows aside."""
    finding = only("TC006", dataset=classes(300, 100, 200, 150))
    assert "Class 0 has 300 training rows, class 1 has 100." in finding.evidence
    assert finding.severity == "tip"
    assert not found("TC006", dataset=classes(299, 100, 200, 0))


def test_a_study_of_macro_averages_is_not_told_to_be_one() -> None:
    """Its metric counts each class alike: a note, which says so."""
    study = {"metric": "f1_macro"}
    finding = only("TC006", dataset=classes(300, 100, 200, 150), study=study)
    assert finding.severity == "note"
    assert "metric, F1 (macro), counts each class alike." in finding.evidence
