"""A first study of somebody's data: what to read, what to learn from, what to tune."""

from runner.init.columns import Chosen, choose, column_named
from runner.init.dialect import Dialect, dialect_of
from runner.init.recipes import RECIPES
from runner.init.study import first_study

__all__ = [
    "RECIPES",
    "Chosen",
    "Dialect",
    "choose",
    "column_named",
    "dialect_of",
    "first_study",
]
