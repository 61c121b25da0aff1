"""TC028: neighboring rows are alike."""

from dataclasses import replace

import numpy as np
import pytest

from tests.builders import make_run
from tunecard.report.analyze.run import analyze
from tunecard.report.analyze.types import OrderEffect
from tunecard.report.findings import find
from tunecard.report.findings.types import Finding
from tunecard.report.load import Loaded
from tunecard.report.stats.dependence import Dependence

NONE, RUNS = Dependence(40, 1.1, 0.4), Dependence(100, 2.25, 0.005)


def _findings(run: Loaded, errors: Dependence, change: Dependence) -> list[Finding]:
    analysis = replace(analyze(run), order=(OrderEffect("knn", errors, change),))
    return [finding for finding in find(analysis) if finding.code == "TC028"]


@pytest.fixture(scope="module")
def run() -> Loaded:
    """A run of 400 test rows in a random order."""
    return make_run()


def test_runs_of_differences_make_the_verdict_too_sure(run: Loaded) -> None:
    """The factor is the root of the design effect."""
    (finding,) = _findings(run, NONE, RUNS)
    assert finding.severity == "issue"
    assert "too narrow by a factor of 1.50, and its p-value too small" in finding.evidence


def test_runs_of_errors_alone_leave_the_verdict(run: Loaded) -> None:
    """As on MNIST: each accuracy is less certain, their difference is not."""
    (finding,) = _findings(run, RUNS, NONE)
    assert finding.severity == "tip"
    assert "interval of its accuracy is too narrow by a factor of 1.50" in finding.evidence
    assert "the verdict on the change stands" in finding.evidence


def test_rows_in_a_random_order_have_no_finding(run: Loaded) -> None:
    """Nor has a run whose tests go by groups already."""
    assert not [finding for finding in find(analyze(run)) if finding.code == "TC028"]
    assert run.predictions is not None
    units = np.arange(400) // 10
    grouped = replace(run, predictions=replace(run.predictions, unit=units))
    assert analyze(grouped).order == ()
