"""A first study of somebody's data: what to read, what to learn from, what to tune."""

from runner.init.columns import Chosen, choose
from runner.init.recipes import RECIPES
from runner.init.study import first_study

__all__ = ["RECIPES", "Chosen", "choose", "first_study"]
