"""TC016: a case did not end well."""

from tests.findings import only


def test_tc016_failed_cases() -> None:
    """With the runner's reason."""
    finding = only("TC016", failed={"knn/tuned": ("timeout", "over 1800 s")})
    assert finding.evidence == "K-nearest neighbours: tuned: timeout (over 1800 s)."
