"""Columns of several seeds in one file: their names end in ``@<seed>``."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tunecard.report.load.columns import mismatch, read_columns

#: A column of one of several seeds: what it is, the seed, what stands behind it.
_OF_SEED = re.compile(r"([^@]+)@([0-9]+)((?::.+)?)", re.DOTALL)


def read_of_each_seed(
    path: Path, sizes: Mapping[int, int]
) -> dict[int, dict[str, NDArray[Any]]]:
    """Read the columns of each seed, under the names that one seed alone has.

    Parameters
    ----------
    path : Path
        A Parquet file.
    sizes : dict of int
        Rows of each seed; those of the longest fill the file.

    Raises
    ------
    ReadError
        If it cannot be read, or has a column of no seed.
    """
    parts: dict[int, dict[str, NDArray[Any]]] = {seed: {} for seed in sizes}

    def n_rows(name: str) -> int | None:
        match = _OF_SEED.fullmatch(name)
        return None if match is None else sizes.get(int(match[2]))

    for name, values in read_columns(path, n_rows=n_rows).items():
        match = _OF_SEED.fullmatch(name)
        if match is None or int(match[2]) not in parts:
            raise mismatch(path, f"has a column {name!r} that no run writes")
        parts[int(match[2])][f"{match[1]}{match[3]}"] = values
    return parts
