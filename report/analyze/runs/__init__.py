"""Two runs compared by the verdict engine of one: quality row by row, times by kernel."""

from tunecard.report.analyze.runs.compare import compare_runs

__all__ = ["compare_runs"]
