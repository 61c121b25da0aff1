"""TC005: test rows also stand in the training part."""

import pytest

from tests.findings import only, plain


@pytest.mark.parametrize(("n_rows", "severity"), [(3, "note"), (4, "issue"), (40, "issue")])
def test_tc005_duplicated_rows(n_rows: int, severity: str) -> None:
    """From 1 % of 400 test rows it is an issue."""
    finding = only("TC005", dataset={"n_test_rows_in_train": n_rows})
    assert finding.severity == severity
    assert plain(finding.evidence).startswith(f"{n_rows} of 400 test rows")
