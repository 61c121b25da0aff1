"""TC013: the true class was given probability 0."""

from tests.builders import make_run
from tests.findings import only, plain


def test_tc013_zero_probability() -> None:
    """Counted for each case."""
    quality = make_run().results.cases[0].quality
    assert quality is not None
    changed = quality.model_copy(update={"n_zero_probability": 7})
    finding = only("TC013", case={"knn/baseline": {"quality": changed}})
    assert plain(finding.evidence).endswith("probability 0: baseline on 7 rows of 400.")
