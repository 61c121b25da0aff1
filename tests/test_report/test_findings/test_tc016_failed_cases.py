"""TC016: a case failed."""

from tests.findings import only


def test_tc016_failed_cases() -> None:
    """With the runner's reason."""
    finding = only("TC016", failed={"knn/tuned": ("timeout", "over 1800 s")})
    assert finding.evidence == (
        "K-nearest neighbors: the tuned case ran out of time (over 1800 s)."
    )
