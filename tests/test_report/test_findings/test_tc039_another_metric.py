"""TC039: the search chose by another metric."""

from dataclasses import replace

from tests.builders import KNN, make_run
from tunecard.report.analyze.run import analyze
from tunecard.report.analyze.types import Analysis
from tunecard.report.findings import find


def _evidence(analysis: Analysis) -> list[str]:
    return [finding.evidence for finding in find(analysis) if finding.code == "TC039"]


def test_a_search_by_another_metric_is_named() -> None:
    """The winner's metric and that of the verdict both stand there; equal ones are none."""
    analysis = analyze(make_run(models=(KNN,)))
    assert _evidence(analysis) == []
    (model,) = analysis.models
    assert model.search is not None
    metric = replace_metric(model.search.metric)
    changed = replace(model, search=replace(model.search, metric=metric))
    (evidence,) = _evidence(replace(analysis, models=(changed,)))
    assert "chose by profit; the verdict is about accuracy" in evidence
