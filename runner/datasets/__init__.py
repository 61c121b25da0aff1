"""Data, by name: where it is found, that it is the right data, and how it is split."""

from runner.datasets.dataset import Dataset, load
from runner.datasets.idx import read_idx, write_idx
from runner.datasets.registry import KnownDataset, known
from runner.datasets.values import Places, user_places

__all__ = [
    "Dataset",
    "KnownDataset",
    "Places",
    "known",
    "load",
    "read_idx",
    "user_places",
    "write_idx",
]
