"""TC039: the search chose by another metric."""

from dataclasses import replace

from tests.builders import KNN, make_run
from tests.findings import plain
from tunecard.report.analyze.run import analyze
from tunecard.report.findings import find


def test_a_search_by_another_metric_is_named() -> None:
    """The winner's metric and that of the verdict both stand there; equal ones are none."""
    analysis = analyze(make_run(models=(KNN,)))
    assert "TC039" not in {finding.code for finding in find(analysis)}
    other = next(spec for spec in analysis.metrics if spec.name == "f1_macro")
    evidence = [
        plain(finding.evidence)
        for finding in find(replace(analysis, metric=other))
        if finding.code == "TC039"
    ]
    assert evidence == [
        (
            "The search for k-nearest neighbors chose by accuracy; the verdict is about "
            "F1 (macro)."
        )
    ]
