"""TC025: one column alone decides the target."""

import pytest

from tests.findings import found, only, plain
from tunecard.runner.schema import ClassInfo, ColumnRule

BALANCED = tuple(ClassInfo(name=c, n_train=600, n_test=200) for c in "ab")
RARE = (
    ClassInfo(name="a", n_train=1188, n_test=396),
    ClassInfo(name="b", n_train=12, n_test=4),
)


def data(accuracy: float, classes: tuple[ClassInfo, ...] = BALANCED) -> dict[str, object]:
    """The fields of a dataset whose best rule has this accuracy."""
    rule = ColumnRule(column="risk_score", thresholds=(1.5,), accuracy=accuracy)
    return {"column_rule": rule, "classes": classes}


def test_tc025_one_column_decides() -> None:
    """An issue that names the column, the threshold and what the rule gets right."""
    finding = only("TC025", classes=("a", "b"), dataset=data(0.995))
    assert finding.severity == "issue"
    assert plain(finding.evidence).startswith(
        "Column risk_score alone (threshold 1.5) is right on 99.5 % of the training "
        "rows, the most frequent class on 50 %."
    )


@pytest.mark.parametrize(
    ("accuracy", "score", "speaks"),
    [(0.985, 0.995, True), (0.985, 0.93, False), (0.98, 0.995, False)],
)
def test_tc025_a_near_perfect_score_that_one_column_explains(
    accuracy: float, score: float, *, speaks: bool
) -> None:
    """A model at 0.99 or more, and the rule within 1 point of it."""
    scores = dict.fromkeys(("knn/baseline", "knn/tuned"), score)
    scores |= dict.fromkeys(("logreg/baseline", "logreg/tuned"), 0.9)
    findings = found("TC025", classes=("a", "b"), accuracy=scores, dataset=data(accuracy))
    assert bool(findings) is speaks


def test_tc025_is_silent_where_the_most_frequent_class_does_as_well() -> None:
    """99 % of one class: a rule that is right on 99.5 % halves the errors, no more."""
    assert not found("TC025", classes=("a", "b"), dataset=data(0.995, RARE))
    assert found("TC025", classes=("a", "b"), dataset=data(1.0, RARE))


def test_tc025_is_silent_without_a_recorded_rule() -> None:
    """A file of an earlier version."""
    assert not found("TC025")
