"""TC027: another metric clearly became worse."""

from dataclasses import replace

import numpy as np

from tests.builders import KNN, make_run
from tests.findings import plain
from tunecard.report.analyze import Analysis, analyze
from tunecard.report.findings import Finding, find
from tunecard.runner.quality import quality, specs

TRUTH = np.arange(1000) % 2
CLASSES = ("no", "yes")


def traded(n_lost: int, n_won: int) -> Analysis:
    """A tuned case that loses rows of the positive class and wins rows of the other."""
    baseline, tuned = TRUTH.copy(), TRUTH.copy()
    yes, no = np.flatnonzero(TRUTH == 1), np.flatnonzero(TRUTH == 0)
    tuned[yes[:n_lost]] = 0
    baseline[no[:n_won]] = 1
    predicted = {"knn/baseline": baseline.tolist(), "knn/tuned": tuned.tolist()}
    run = make_run(
        models=(KNN,),
        classes=CLASSES,
        y_true=TRUTH.tolist(),
        predicted=predicted,
        dataset={"positive": "yes"},
    )
    cases = tuple(
        case.model_copy(
            update={"quality": quality(TRUTH, codes, None, CLASSES, None, "yes")}
        )
        for case, codes in zip(run.results.cases, (baseline, tuned), strict=True)
    )
    results = run.results.model_copy(update={"cases": cases, "metrics": specs("yes")})
    return analyze(replace(run, results=results))


def found(analysis: Analysis) -> list[Finding]:
    """What the rule detects."""
    return [finding for finding in find(analysis) if finding.code == "TC027"]


def test_tc027_another_metric_fell() -> None:
    """Accuracy is open, 45 rows for either; recall of the positive class lost 9 points."""
    (finding,) = found(traded(45, 45))
    text = plain(finding.evidence)
    assert finding.severity == "issue"
    assert "is inconclusive in accuracy, but" in text
    assert "recall of yes \N{MINUS SIGN}9.00 points [" in text


def test_tc027_is_silent_where_nothing_clearly_fell() -> None:
    """One row of 500 is no clear fall."""
    assert not found(traded(1, 1))


def test_tc027_is_a_note_where_the_verdict_is_worse() -> None:
    """The verdict has it already."""
    assert [finding.severity for finding in found(traded(60, 0))] == ["note"]


def test_the_positive_class_is_among_the_headline_metrics() -> None:
    """Precision, recall and F1 of it stand on the card."""
    names = [spec.name for spec in traded(1, 1).headline]
    assert {"precision", "recall", "f1"} <= set(names)
