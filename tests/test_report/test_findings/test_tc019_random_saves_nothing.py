"""TC019: the randomized search saved nothing compared with a grid."""

from tests.findings import only


def test_tc019_random_saves_nothing() -> None:
    """One drawn parameter: a grid of as many values costs the same."""
    finding = only("TC019")
    assert "the search drew 6 values of C" in finding.evidence
    assert finding.model == "logreg"
