"""Coded rules that read an Analysis and yield what a reader should know."""

from tunecard.report.findings.apply import find
from tunecard.report.findings.explanation import explain
from tunecard.report.findings.rules import RULES, add_rule, remove_rule
from tunecard.report.findings.types import Evidence, Finding, Rule, Severity

__all__ = [
    "RULES",
    "Evidence",
    "Finding",
    "Rule",
    "Severity",
    "add_rule",
    "explain",
    "find",
    "remove_rule",
]
