"""TC024: a budget left candidates of a search out."""

from tests.builders import make_run
from tests.findings import found, only
from tunecard.report.analyze import analyze
from tunecard.report.conclusion import conclude
from tunecard.report.render.lines import cut_lines
from tunecard.report.view.top import verdicts
from tunecard.runner.schema import Cut

CUT = Cut(planned=15, run=6, reason="a budget of 40 s for the run")


def test_tc024_cut_by_budget() -> None:
    """What was planned and run, and why, of the model that was cut alone."""
    finding = only("TC024", search={"logreg": {"cut": CUT}})
    assert (finding.severity, finding.model) == ("issue", "logreg")
    assert "6 of 15 candidates were run" in finding.evidence
    assert "a budget of 40 s for the run" in finding.evidence
    assert not found("TC024")


def test_few_draws_that_a_budget_left_are_not_blamed_on_the_study() -> None:
    """TC019, of a search whose draws were a choice, is silent."""
    assert found("TC019")
    assert not found("TC019", search={"logreg": {"cut": CUT}})


def test_a_cut_stands_on_the_card_and_in_the_terminal() -> None:
    """One line each, with the same numbers; a model that was not cut has none."""
    run = make_run(search={"logreg": {"cut": CUT}})
    analysis = analyze(run)
    knn, logreg = verdicts(analysis, conclude(analysis))
    (line,) = (cost for cost in logreg.costs if cost.name == "Candidates")
    assert (line.text, line.word) == ("6 of 15", "run")
    assert CUT.reason in line.detail
    assert all(cost.name != "Candidates" for cost in knn.costs)
    (told,) = cut_lines(run.results).splitlines()
    assert "6 of 15" in told
