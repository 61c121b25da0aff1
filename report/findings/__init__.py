"""Coded rules that read an Analysis and say what a reader should know."""

from report.findings.types import Finding, Severity

__all__ = ["Finding", "Severity"]
