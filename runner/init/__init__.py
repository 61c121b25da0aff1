"""A first study of somebody's data: what to read, what to learn from, what to tune."""

from tunecard.runner.init.columns import Chosen, as_read, choose
from tunecard.runner.init.dialect import Dialect, dialect_of
from tunecard.runner.init.names import column_named
from tunecard.runner.init.recipes import RECIPES
from tunecard.runner.init.study import first_study

__all__ = [
    "RECIPES",
    "Chosen",
    "Dialect",
    "as_read",
    "choose",
    "column_named",
    "dialect_of",
    "first_study",
]
