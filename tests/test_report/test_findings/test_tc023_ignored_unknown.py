"""TC023: the study ignores a finding that does not exist."""

from tests.findings import found, only
from tunecard.runner.schema.study import Findings


def test_tc023_ignored_unknown() -> None:
    """A code that no rule has is said; one that a rule has is not."""
    finding = only("TC023", study={"findings": Findings(ignore=("TC001", "TC777"))})
    assert finding.evidence.startswith("[findings] ignore names TC777; there are TC001 to ")
    assert finding.severity == "tip"
    assert not found("TC023", study={"findings": Findings(ignore=("TC001",))})
