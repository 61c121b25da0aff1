"""Applies every rule to an analysis."""

from collections.abc import Iterator
from dataclasses import replace

from tunecard.report.analyze.types import Analysis, SeedsAnalysis
from tunecard.report.findings.rules import all_rules
from tunecard.report.findings.types import Finding, Severity

_ORDER: dict[Severity, int] = {"issue": 0, "tip": 1, "note": 2}


def find(analysis: Analysis) -> tuple[Finding, ...]:
    """Apply every rule.

    Parameters
    ----------
    analysis : Analysis
        Of one run.

    Returns
    -------
    tuple of Finding
        Issues first, then tips, then notes; by code and model within. Those
        that the study ignores are notes and stand last.
    """
    findings = [finding for rule in all_rules() for finding in rule.findings(analysis)]
    if analysis.seeds is not None:
        findings = [finding for finding in findings if finding.anchor != "search"]
        findings += _merge_searches(analysis.seeds)
    return tuple(
        sorted(findings, key=lambda finding: (finding.ignored, _ORDER[finding.severity]))
    )


def _merge_searches(seeds: SeedsAnalysis) -> Iterator[Finding]:
    """Yield what rules detect in the searches, which each seed has for itself."""
    by_rule: dict[tuple[str, str | None], list[tuple[int, Finding]]] = {}
    for seed, analysis in zip(seeds.seeds, seeds.analyses, strict=True):
        for rule in all_rules():
            for finding in rule.findings(analysis):
                if finding.anchor == "search":
                    key = (finding.code, finding.model)
                    by_rule.setdefault(key, []).append((seed, finding))
    for of_rule in by_rule.values():
        # The most severe stands for all; of equally severe ones the first.
        first, finding = min(of_rule, key=lambda entry: _ORDER[entry[1].severity])
        evidence = f"With {seeds.name_of(first)}: {finding.evidence}"
        others = [seed for seed, _ in of_rule if seed != first]
        if others:
            evidence += f" Similar with {seeds.name_of(*others)}."
        yield replace(finding, evidence=evidence)
