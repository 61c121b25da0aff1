"""The commands that need the report alone: report, explain."""

from report.cli.explain import explain
from report.cli.report import report

__all__ = ["explain", "report"]
