"""summary.json: verdicts, intervals, gates and findings of a run, short, for programs."""

import json
import math
from collections.abc import Sequence
from typing import Any

from tunecard.report.analyze.types import Analysis, ModelAnalysis, QualityTest
from tunecard.report.conclusion import Conclusion
from tunecard.report.findings import Finding
from tunecard.report.gates import GateResult
from tunecard.report.view.gates import rule
from tunecard.runner.schema import Results

#: Of the shape of the file: it grows where a field is removed or changes its meaning.
VERSION = 1


def summary_json(
    results: Results,
    analysis: Analysis,
    conclusion: Conclusion,
    findings: Sequence[Finding],
    gates: Sequence[GateResult],
) -> str:
    """Write what a program needs to act on a run.

    Parameters
    ----------
    results : Results
        The run.
    analysis : Analysis
        Its numbers and words.
    conclusion : Conclusion
        Its verdicts in sentences.
    findings : sequence of Finding
        In the order of the page.
    gates : sequence of GateResult
        What became of the study's gates.

    Returns
    -------
    str
        JSON. Differences of metrics are in the metric's own unit (0.01 is one
        percentage point of a share), times in seconds, levels as shares. What was not
        measured is null.
    """
    content = {
        "version": VERSION,
        "run_id": results.run_id,
        "study": results.study.name,
        "title": results.study.title,
        "metric": analysis.metric.name,
        "summary": conclusion.summary,
        "models": [_model(model) for model in analysis.models],
        "gates": [_gate(gate) for gate in gates],
        "findings": [_finding(finding) for finding in findings],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _model(model: ModelAnalysis) -> dict[str, Any]:
    return {
        "name": model.name,
        "label": model.label,
        "verdict": model.word,
        "reason": model.quality_reason,
        "change": _change(model.quality.test) if model.quality is not None else None,
        "metrics": {
            value.spec.name: {
                case.variant: _number(own.test) if (own := case.metric(value.spec.name))
                else None
                for case in model.cases
            }
            for value in (model.cases[0].metrics if model.cases else ())
        },
        "times": [
            {
                "operation": time.operation,
                "verdict": time.word,
                "baseline_seconds": _number(time.baseline),
                "tuned_seconds": _number(time.tuned),
                "ratio": _number(time.ratio),
                "low": _number(time.interval.low) if time.interval else None,
                "high": _number(time.interval.high) if time.interval else None,
                "rounds": time.n_rounds,
            }
            for time in model.times
        ],
    }  # fmt: skip


def _change(test: QualityTest) -> dict[str, Any]:
    return {
        "value": _number(test.delta),
        "low": _number(test.interval.low),
        "high": _number(test.interval.high),
        "level": _number(test.interval.level),
        "p": _number(test.p),
        "p_holm": _number(test.p_holm),
        "test": test.method,
        "margin": _number(test.margin),
        "reason": test.reason,
    }


def _gate(gate: GateResult) -> dict[str, Any]:
    ends = gate.observed.interval
    return {
        "gate": rule(gate),
        "status": gate.status,
        "observed": _number(gate.observed.value),
        "low": _number(ends.low) if ends else None,
        "high": _number(ends.high) if ends else None,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "model": finding.model,
        "title": finding.title,
        "evidence": finding.evidence,
        "what_to_do": finding.what_to_do,
        "ignored": finding.ignored,
    }


def _number(value: float | None) -> float | None:
    """Return a number that JSON can hold."""
    return None if value is None or not math.isfinite(value) else float(value)
