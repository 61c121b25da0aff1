"""TC011: other data was used instead of the requested data."""

from tests.findings import found, only


def test_tc011_fallback_data() -> None:
    """Data that stands in for other data is an issue, with the reason."""
    finding = only("TC011", dataset={"fallback_reason": "MNIST is out of reach."})
    assert finding.severity == "issue"
    assert finding.evidence == "Handwritten digits was used: MNIST is out of reach."
    assert not found("TC011")
