"""What the tests of findings share: the findings of one rule in a made run."""

from typing import Any

from tests.builders import make_run
from tests.regressions import made_run
from tunecard.report.analyze import analyze
from tunecard.report.findings import Finding, find


def found(code: str, **overrides: Any) -> list[Finding]:
    """Findings of one rule in a run with these overrides."""
    findings = find(analyze(make_run(**overrides)))
    return [finding for finding in findings if finding.code == code]


def of_values(code: str, **overrides: Any) -> list[Finding]:
    """Findings of one rule in a regression with these overrides."""
    findings = find(analyze(made_run(**overrides)))
    return [finding for finding in findings if finding.code == code]


def only(code: str, **overrides: Any) -> Finding:
    """The one finding of a rule."""
    (finding,) = found(code, **overrides)
    return finding


def plain(text: str) -> str:
    """Text with ordinary spaces."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
