"""The commands that need the runner alone: plan, init, datasets, schema."""

from tunecard.runner.cli.contract import schema
from tunecard.runner.cli.datasets import datasets_app
from tunecard.runner.cli.init import init
from tunecard.runner.cli.plan import plan

__all__ = ["datasets_app", "init", "plan", "schema"]
