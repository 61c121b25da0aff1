"""Quality metrics as values: name, range, direction, function, inference.

Importing this loads NumPy and nothing heavier, so that a report may.
"""

from tunecard.runner.metrics.confusion import Codes, Confusion, Values
from tunecard.runner.metrics.labels import AVERAGES, DEFAULT
from tunecard.runner.metrics.own import is_path, name_of
from tunecard.runner.metrics.probabilities import share_below
from tunecard.runner.metrics.registry import (
    allowed,
    default_of,
    find,
    get,
    measured,
    named,
    register,
    registered,
    unregister,
)
from tunecard.runner.metrics.scorer import Scorer, scorer
from tunecard.runner.metrics.value import (
    Inference,
    Labels,
    Metric,
    Needs,
    Outputs,
    Probabilities,
    TaskName,
)

__all__ = [
    "AVERAGES",
    "DEFAULT",
    "Codes",
    "Confusion",
    "Inference",
    "Labels",
    "Metric",
    "Needs",
    "Outputs",
    "Probabilities",
    "Scorer",
    "TaskName",
    "Values",
    "allowed",
    "default_of",
    "find",
    "get",
    "is_path",
    "measured",
    "name_of",
    "named",
    "register",
    "registered",
    "scorer",
    "share_below",
    "unregister",
]
