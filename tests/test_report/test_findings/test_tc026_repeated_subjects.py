"""TC026: rows that belong together."""

from tests.findings import found, only
from tunecard.runner.schema.data import RepeatedColumn

REPEATED = RepeatedColumn(column="patient", n_values=30, n_rows=360)


def test_a_column_of_subjects_is_an_issue() -> None:
    """The column, its subjects and the rows of each are stated."""
    finding = only("TC026", dataset={"repeated": (REPEATED,)})
    assert finding.severity == "issue"
    assert "patient has 30 values in 360 rows, 12.0 rows for each" in finding.evidence


def test_without_such_a_column_there_is_no_finding() -> None:
    """It needs a column that repeats."""
    assert not found("TC026")
