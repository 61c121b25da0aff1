"""TC029: rows in the order of time."""

from tests.findings import found, only


def test_rows_sorted_by_a_date_are_a_tip() -> None:
    """The column is named."""
    finding = only("TC029", dataset={"ordered": "day"})
    assert finding.severity == "tip"
    assert "sorted by day" in finding.evidence


def test_without_such_a_column_there_is_no_finding() -> None:
    """Most tables have no dates, or in no order."""
    assert not found("TC029")
