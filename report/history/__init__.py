"""Runs over time: which there are, their trends, and the page that lists them.

Light to import: the statistics load when a run is read for the first time.
"""

from tunecard.report.history.index import INDEX, Indexed, update_index
from tunecard.report.history.prune import PrunePlan, plan_prune, prune
from tunecard.report.history.read import CACHE, History, of_study, read_history
from tunecard.report.history.trend import Group, group_runs
from tunecard.report.history.types import HistoryEntry, Left

__all__ = [
    "CACHE",
    "INDEX",
    "Group",
    "History",
    "HistoryEntry",
    "Indexed",
    "Left",
    "PrunePlan",
    "group_runs",
    "of_study",
    "plan_prune",
    "prune",
    "read_history",
    "update_index",
]
