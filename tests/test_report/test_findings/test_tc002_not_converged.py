"""TC002: a fit stopped before it converged."""

from tests.builders import make_run
from tests.findings import only


def test_tc002_not_converged() -> None:
    """Cases are an issue; candidates alone a tip."""
    finding = only("TC002", case={"logreg/baseline": {"converged": False, "n_iter": 100}})
    assert finding.severity == "issue"
    assert "the baseline fit stopped after 100 iterations" in finding.evidence
    run = make_run()
    candidates = [
        one.model_copy(update={"converged": one.index > 2})
        for one in run.results.searches[1].candidates
    ]
    finding = only("TC002", search={"logreg": {"candidates": tuple(candidates)}})
    assert finding.severity == "tip"
    assert finding.evidence.endswith(
        ": 2 of 6 candidates of the search stopped at their iteration limit."
    )
