"""TC010: the data is a subset."""

from tests.findings import found, only, plain


def test_tc010_subset_data() -> None:
    """The rows that were taken and the whole are named."""
    finding = only("TC010", dataset={"subset_of": "MNIST"})
    assert plain(finding.evidence) == (
        "1 200 training rows and 400 test rows were taken from MNIST."
    )
    assert finding.severity == "note"
    assert not found("TC010")
