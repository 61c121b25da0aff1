"""Data, by name: where it is found, that it is the right data, and how it is split."""

from tunecard.runner.datasets.dataset import Dataset, load
from tunecard.runner.datasets.describe import ColumnLook, Description, describe, look
from tunecard.runner.datasets.given import GIVEN, given_entry
from tunecard.runner.datasets.idx import read_idx, write_idx
from tunecard.runner.datasets.registry import (
    KnownDataset,
    as_typed,
    is_table,
    known_datasets,
)
from tunecard.runner.datasets.table import read_table
from tunecard.runner.datasets.values import (
    DatasetEntry,
    Places,
    Request,
    quoted,
    user_places,
)

__all__ = [
    "GIVEN",
    "ColumnLook",
    "Dataset",
    "DatasetEntry",
    "Description",
    "KnownDataset",
    "Places",
    "Request",
    "as_typed",
    "describe",
    "given_entry",
    "is_table",
    "known_datasets",
    "load",
    "look",
    "quoted",
    "read_idx",
    "read_table",
    "user_places",
    "write_idx",
]
