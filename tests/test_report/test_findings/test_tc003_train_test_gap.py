"""TC003: clearly better on training rows than on test rows."""

from tests.builders import make_run
from tests.findings import found, only


def test_tc003_train_test_gap() -> None:
    """At least 2 points, and outside the interval of the test score."""
    quality = make_run(n_test=2000).results.cases[1].quality
    assert quality is not None
    perfect = quality.model_copy(update={"train": {"accuracy": 1.0}})
    finding = only("TC003", n_test=2000, case={"knn/tuned": {"quality": perfect}})
    assert finding.evidence.endswith("tuned 1.0000 against 0.9300.")
    for inside in (0.94, 0.93):
        near = quality.model_copy(update={"train": {"accuracy": inside}})
        assert not found("TC003", n_test=2000, case={"knn/tuned": {"quality": near}})


def test_tc003_is_silent_about_a_gap_of_no_weight() -> None:
    """On 10,000 rows 1.5 points lie outside the interval, and are still no alarm."""
    quality = make_run(n_test=10_000).results.cases[1].quality
    assert quality is not None
    near = quality.model_copy(update={"train": {"accuracy": 0.945}})
    assert not found("TC003", n_test=10_000, case={"knn/tuned": {"quality": near}})
