"""TC017: no better than always saying the most frequent class."""

from statsmodels.stats.proportion import proportion_confint

from tests.builders import LOGREG
from tests.findings import found, only, plain


def test_tc017_no_better_than_the_most_frequent() -> None:
    """Four equal classes: 27 % of 400 rows is within chance of 25 %."""
    finding = only("TC017", accuracy={"logreg/baseline": 0.27}, models=(LOGREG,))
    low, high = (f"{end:.4f}" for end in proportion_confint(108, 400, method="wilson"))
    assert f"baseline 0.2700 [{low}, {high}]; always saying 0 gets 0.2500" in plain(
        finding.evidence
    )
    assert not found("TC017", accuracy={"logreg/baseline": 0.40}, models=(LOGREG,))
