"""TC015: candidates of the search failed."""

from tests.builders import make_run
from tests.findings import only


def test_tc015_failed_candidates() -> None:
    """Their number and the first one's reason."""
    record = make_run().results.searches[0]
    broken = record.candidates[-1].model_copy(
        update={"status": "failed", "reason": "it broke", "scores": (None,) * 5}
    )
    others = [one for one in record.candidates if one.index != broken.index]
    changes = {"candidates": (*others, broken), "best": 1}
    finding = only("TC015", search={"knn": changes})
    assert "1 of 9 candidates failed" in finding.evidence
    assert "it broke" in finding.evidence
