"""Search strategies, one a module, and the registry that a new one is added to."""

from tunecard.runner.schema.strategies.base import (
    ROWS,
    Batch,
    OneBatch,
    SearchStage,
    Strategy,
    Trials,
)
from tunecard.runner.schema.strategies.grid import GridSearch
from tunecard.runner.schema.strategies.halving import HalvingRandomSearch, Schedule
from tunecard.runner.schema.strategies.nothing import NoSearch
from tunecard.runner.schema.strategies.optuna_search import OptunaSearch
from tunecard.runner.schema.strategies.randomized import RandomSearch
from tunecard.runner.schema.strategies.registry import register

__all__ = [
    "ROWS",
    "Batch",
    "GridSearch",
    "HalvingRandomSearch",
    "NoSearch",
    "OneBatch",
    "OptunaSearch",
    "RandomSearch",
    "Schedule",
    "SearchStage",
    "Strategy",
    "Trials",
    "register",
]
