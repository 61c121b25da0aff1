"""The commands that need the report alone, from ``report`` to ``validate``."""

from tunecard.report.cli.compare import compare
from tunecard.report.cli.explain import explain
from tunecard.report.cli.export import export
from tunecard.report.cli.history import history
from tunecard.report.cli.prune import prune
from tunecard.report.cli.report import report
from tunecard.report.cli.validate import validate

__all__ = ["compare", "explain", "export", "history", "prune", "report", "validate"]
