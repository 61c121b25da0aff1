"""The commands that need the report alone: report, explain, history, prune."""

from report.cli.explain import explain
from report.cli.history import history
from report.cli.prune import prune
from report.cli.report import report

__all__ = ["explain", "history", "prune", "report"]
