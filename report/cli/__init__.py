"""The commands that need the report alone: report, compare, explain, history, prune."""

from report.cli.compare import compare
from report.cli.explain import explain
from report.cli.history import history
from report.cli.prune import prune
from report.cli.report import report

__all__ = ["compare", "explain", "history", "prune", "report"]
