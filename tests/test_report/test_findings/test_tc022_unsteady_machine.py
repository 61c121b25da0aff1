"""TC022: the machine's own speed moved during the run."""

import dataclasses

import pytest

from tests.builders import make_run
from tests.findings import plain
from tunecard.report.analyze import analyze
from tunecard.report.findings import Finding, find
from tunecard.runner.schema import Calibration


def at(moment: str, sgemm: int, copy: int) -> Calibration:
    """The kernel at a moment, in milliseconds."""
    return Calibration(moment=moment, sgemm_ns=sgemm * 10**6, copy_ns=copy * 10**6)


def told(*calibrations: Calibration) -> list[Finding]:
    """Findings about the machine."""
    run = make_run()
    results = run.results.model_copy(update={"calibrations": calibrations})
    findings = find(analyze(dataclasses.replace(run, results=results)))
    return [finding for finding in findings if finding.code == "TC022"]


def test_tc022_unsteady_machine() -> None:
    """What moved is named, with its extremes; what did not is not."""
    (finding,) = told(at("start", 100, 20), at("round 1", 125, 21), at("round 2", 110, 20))
    assert plain(finding.evidence) == (
        "At 3 moments of the run a matrix product took 100 ms to 125 ms (25 % apart)."
    )
    assert (finding.severity, finding.model, finding.anchor) == ("note", None, "time")


def test_tc022_names_both_where_both_moved() -> None:
    """The copy tells of memory, the product of the cores."""
    (finding,) = told(at("start", 100, 20), at("round 1", 125, 25))
    assert "and copying 200 MB took 20.0 ms to 25.0 ms" in plain(finding.evidence)


@pytest.mark.parametrize(
    "calibrations",
    [(), (at("start", 100, 20),), (at("start", 100, 20), at("round 1", 110, 22))],
    ids=["none", "one moment", "exactly 10 %"],
)
def test_tc022_is_silent_on_a_steady_machine(
    calibrations: tuple[Calibration, ...],
) -> None:
    """Up to 10 % is a machine at work."""
    assert not told(*calibrations)
