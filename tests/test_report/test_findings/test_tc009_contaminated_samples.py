"""TC009: other processes ran during timed calls."""

import pytest

from tests.builders import make_run, make_sample
from tests.findings import found, only, plain


def test_tc009_contaminated_samples() -> None:
    """Disturbed calls beside clean ones of the same worker are a note."""
    timings = make_run().results.cases[0].timings
    dirty = (make_sample(0.008, contaminated=True), make_sample(0.004))
    both = timings[0].model_copy(update={"samples": dirty})
    finding = only("TC009", case={"knn/baseline": {"timings": (both, *timings[1:])}})
    assert plain(finding.evidence) == (
        "K-nearest neighbors: 1 of 24 timed calls (4.2 %); every round has undisturbed "
        "calls."
    )
    assert (finding.severity, finding.model) == ("note", "knn")


@pytest.mark.parametrize(("n_rounds", "severity"), [(2, "note"), (3, "issue")])
def test_tc009_is_an_issue_where_rounds_have_nothing_else(
    n_rounds: int, severity: str
) -> None:
    """From a fifth of the 12 values of a round that rest on disturbed calls."""
    timings = list(make_run().results.cases[0].timings)
    for place in range(n_rounds):
        samples = [
            sample.model_copy(update={"contaminated": True})
            for sample in timings[place].samples
        ]
        timings[place] = timings[place].model_copy(update={"samples": tuple(samples)})
    finding = only("TC009", case={"knn/baseline": {"timings": tuple(timings)}})
    assert finding.severity == severity
    assert f"{n_rounds} of 12 round values rest on disturbed calls only" in plain(
        finding.evidence
    )


def test_tc009_is_silent_on_a_quiet_machine() -> None:
    """A cold call that was disturbed counts for nothing, and says nothing."""
    timings = make_run().results.cases[0].timings
    cold = timings[0].samples[0].model_copy(update={"contaminated": True})
    assert cold.cold
    changed = timings[0].model_copy(update={"samples": (cold, *timings[0].samples[1:])})
    assert not found("TC009", case={"knn/baseline": {"timings": (changed, *timings[1:])}})
