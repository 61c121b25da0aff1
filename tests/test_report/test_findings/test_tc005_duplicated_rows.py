"""TC005: test rows also occur in the training data."""

import pytest

from tests.builders import KNN
from tests.findings import found, only, plain
from tunecard.runner.schema import Twins


def twins(n_rows: int, pairs: int, near: int, expected: float = 1e4) -> Twins:
    """The first rows have a twin; so many pairs are equal, and nearly so."""
    return Twins(
        rows=tuple(range(n_rows)),
        pairs=pairs,
        near_pairs=near,
        near_pairs_by_chance=expected,
    )


@pytest.mark.parametrize(("n_rows", "severity"), [(3, "note"), (4, "issue"), (40, "issue")])
def test_tc005_duplicated_rows(n_rows: int, severity: str) -> None:
    """From 1 % of 400 test rows it is an issue."""
    finding = only("TC005", dataset={"n_test_rows_in_train": n_rows})
    assert finding.severity == severity
    assert plain(finding.evidence).startswith(f"{n_rows} of 400 test rows")


def test_tc005_gives_the_metric_with_and_without_a_twin() -> None:
    """Half of 40 twin rows right before and all after; the other 40 rows do not change."""
    truth = [0, 1] * 40
    wrong = [1 - code for code in truth]
    baseline = wrong[:20] + truth[20:40] + truth[40:70] + wrong[70:]
    tuned = truth[:70] + wrong[70:]
    finding = only(
        "TC005",
        models=(KNN,),
        classes=("a", "b"),
        y_true=truth,
        predicted={"knn/baseline": baseline, "knn/tuned": tuned},
        dataset={"n_test_rows_in_train": 40, "twins": twins(40, pairs=40, near=0)},
    )
    assert plain(finding.evidence).endswith(
        "K-nearest neighbors, accuracy baseline → tuned: 0.5000 → 1.0000 on these rows, "
        "0.7500 → 0.7500 on the other 40."
    )


@pytest.mark.parametrize(
    ("pairs", "near", "expected", "speaks"),
    [(83, 0, 30_000, True), (258, 13_146, 12_016, False), (1, 8, 72, False)],
)
def test_tc005_is_silent_on_coincidences(
    pairs: int, near: int, expected: float, *, speaks: bool
) -> None:
    """Copies bring no near pairs; few values, as in iris, bring more than equal ones."""
    fields = {"n_test_rows_in_train": 40, "twins": twins(40, pairs, near, expected)}
    assert bool(found("TC005", dataset=fields)) is speaks
