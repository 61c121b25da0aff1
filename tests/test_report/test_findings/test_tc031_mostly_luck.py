"""TC031: the gain of a search is mostly luck."""

from dataclasses import replace

import pytest

from tests.builders import KNN, make_run
from tunecard.report.analyze.run import analyze
from tunecard.report.analyze.types import Analysis
from tunecard.report.findings import find
from tunecard.report.findings.types import Finding


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    """One searched model."""
    return analyze(make_run(models=(KNN,)))


def _findings(analysis: Analysis, cv: float, corrected: float) -> list[Finding]:
    """The findings of a gain that is ``cv`` over the folds and ``corrected`` after."""
    (model,) = analysis.models
    assert model.search is not None
    assert model.search.gain is not None
    gain = replace(
        model.search.gain,
        cv=replace(model.search.gain.cv, value=cv),
        corrected=replace(model.search.gain.corrected, value=corrected, interval=None),
        luck=1 - corrected / cv,
    )
    changed = replace(model, search=replace(model.search, gain=gain))
    found = find(replace(analysis, models=(changed,)))
    return [finding for finding in found if finding.code == "TC031"]


def test_a_gain_that_goes_away_is_reported_with_both_numbers(analysis: Analysis) -> None:
    """Two points of the folds' gain, half a point after correction."""
    (finding,) = _findings(analysis, 0.02, 0.005)
    assert "of +2.00 points over the folds, +0.50 points" in finding.evidence


def test_a_gain_that_stays_is_no_finding(analysis: Analysis) -> None:
    """Three quarters of the gain are left."""
    assert _findings(analysis, 0.02, 0.015) == []
