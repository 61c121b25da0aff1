"""Coded rules that read an Analysis and say what a reader should know."""

from report.findings.explanation import explain
from report.findings.rules import RULES, find
from report.findings.types import Finding, Rule, Severity

__all__ = ["RULES", "Finding", "Rule", "Severity", "explain", "find"]
