"""TC014: the tuned model has the baseline's parameters."""

from tests.builders import make_run
from tests.findings import only


def test_tc014_same_parameters() -> None:
    """The lines that build both are the same."""
    python = make_run().results.cases[0].python
    assert only("TC014", case={"knn/tuned": {"python": python}}).severity == "note"
