"""TC006: the classes are of very different sizes."""

from typing import Any

from runner.schema import ClassInfo
from tests.findings import found, only


def test_tc006_class_imbalance() -> None:
    """Three times the rows of the smallest class, classes without rows aside."""

    def classes(*sizes: int) -> dict[str, Any]:
        entries = [
            ClassInfo(name=str(i), n_train=n, n_test=100) for i, n in enumerate(sizes)
        ]
        return {"classes": tuple(entries)}

    finding = only("TC006", dataset=classes(300, 100, 200, 150))
    assert "Class 0 has 300 training rows, class 1 100." in finding.evidence
    assert not found("TC006", dataset=classes(299, 100, 200, 0))
