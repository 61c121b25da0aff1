"""What a run would do, how long, and in how much memory, before anything long.

Each model's baseline and some of its candidates are fitted and asked on small parts
of the training rows, in a child process with the study's limits; the growth from
part to part is carried on to the whole. That is an estimate, and called one.
"""

from tunecard.runner.plan.budget import cuts_of, fit_into
from tunecard.runner.plan.estimate import plan
from tunecard.runner.plan.first import check_first_fits
from tunecard.runner.plan.probe import Child
from tunecard.runner.plan.values import Plan, PlannedModel

__all__ = [
    "Child",
    "Plan",
    "PlannedModel",
    "check_first_fits",
    "cuts_of",
    "fit_into",
    "plan",
]
