"""The commands that need the runner alone: plan, datasets, schema, validate."""

from runner.cli.contract import schema, validate
from runner.cli.datasets import list_datasets
from runner.cli.plan import plan

__all__ = ["list_datasets", "plan", "schema", "validate"]
