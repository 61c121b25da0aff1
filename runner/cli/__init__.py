"""The commands that need the runner alone: plan, init, datasets, schema, validate."""

from runner.cli.contract import schema, validate
from runner.cli.datasets import datasets_app
from runner.cli.init import init
from runner.cli.plan import plan

__all__ = ["datasets_app", "init", "plan", "schema", "validate"]
