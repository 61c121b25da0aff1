"""TC008: too few rounds for a verdict on time."""

from tests.findings import only, plain


def test_tc008_few_rounds() -> None:
    """Two rounds are named for each model, once for the run."""
    finding = only("TC008", rounds=2)
    assert plain(finding.evidence) == (
        "K-nearest neighbors: 2 rounds; logistic regression: 2 rounds; a verdict needs 3."
    )
    assert finding.model is None
