"""The commands that need the report alone: report, compare, explain, history, prune."""

from tunecard.report.cli.compare import compare
from tunecard.report.cli.explain import explain
from tunecard.report.cli.history import history
from tunecard.report.cli.prune import prune
from tunecard.report.cli.report import report

__all__ = ["compare", "explain", "history", "prune", "report"]
