"""Reads a run folder: its results, predictions, images and weights."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunecard.report.errors import ReadError
from tunecard.report.load.agreement import Contradiction
from tunecard.report.load.kept_columns import read_kept
from tunecard.report.load.manifest import check_data
from tunecard.report.load.out_of_fold import OutOfFoldAnswers, read_out_of_fold
from tunecard.report.load.predictions import read_of_seeds, read_predictions
from tunecard.report.load.rows import Predictions, StoredColumns
from tunecard.report.load.weights import read_weights
from tunecard.runner.schema import (
    COLUMNS,
    DATA_SUFFIXES,
    OUT_OF_FOLD,
    PREDICTIONS,
    RESULTS,
    WEIGHTS,
    Results,
    SearchRecord,
)
from tunecard.runner.schema import load as load_results

__all__ = [
    "Contradiction",
    "Loaded",
    "OutOfFoldAnswers",
    "Predictions",
    "StoredColumns",
    "load",
    "read_predictions",
    "read_weights",
]


@dataclass(frozen=True)
class Loaded:
    """A run as read from disk.

    ``predictions`` is None when this file is missing next to the results;
    ``predictions_reason`` then has the reason. ``weights`` holds those of
    linear models by case key, float32 of shape (n_outputs, n_features); it is
    empty when this file is missing. A run of several seeds has no predictions of
    its own but those of each seed in ``of_seeds``, under the names of a run of that
    seed alone; :func:`tunecard.report.seeds.by_seed` takes such a run apart.
    """

    results: Results
    predictions: Predictions | None
    predictions_reason: str | None
    folder: Path
    weights: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    of_seeds: Mapping[int, Predictions] = field(default_factory=dict)

    def out_of_fold(self, search: SearchRecord) -> OutOfFoldAnswers | None:
        """Read what the candidates of a search answered out of fold; not before it is used.

        Parameters
        ----------
        search : SearchRecord
            One of the results' searches.

        Returns
        -------
        OutOfFoldAnswers or None
            None where the search kept no outputs, or search.parquet is not next to the
            results.

        Raises
        ------
        ReadError
            If the file cannot be read or does not match the results.
        """
        path = self.folder / OUT_OF_FOLD
        if search.outputs is None or not path.exists():
            return None
        check_data(path)
        return read_out_of_fold(path, self.results, search)


def load(path: Path) -> Loaded:
    """Read a run.

    Parameters
    ----------
    path : Path
        A run folder or a results.json.

    Returns
    -------
    Loaded
        Results, predictions and weights if they are there, and the folder.

    Raises
    ------
    ContractError
        If results.json cannot be read or does not follow the contract.
    ReadError
        If predictions.parquet, columns.parquet or weights.parquet cannot be read or
        does not match the results, or a file is not the one that manifest.json lists.
    """
    file = path / RESULTS if path.is_dir() else path
    if path.suffix.lower() in (*DATA_SUFFIXES, ".toml") and path.is_file():
        raise _not_a_run(path)
    results = load_results(file)
    for name in (file.name, WEIGHTS, COLUMNS, PREDICTIONS):
        check_data(file.with_name(name))
    weights_file = file.parent / WEIGHTS
    weights = read_weights(weights_file, results) if weights_file.exists() else {}
    table = file.parent / PREDICTIONS
    if not table.exists():
        reason = f"{PREDICTIONS} is not next to {RESULTS}, so rows cannot be compared"
        return Loaded(results, None, reason, file.parent, weights)
    columns = file.parent / COLUMNS
    kept = read_kept(columns, results) if columns.exists() else {}
    if results.study.repetitions:
        reason = "each seed has test rows of its own"
        of_seeds = {
            seed: replace(rows, kept=kept.get(seed))
            for seed, rows in read_of_seeds(table, results).items()
        }
        return Loaded(results, None, reason, file.parent, weights, of_seeds)
    predictions = replace(read_predictions(table, results), kept=kept.get(None))
    return Loaded(results, predictions, None, file.parent, weights)


def _not_a_run(path: Path) -> ReadError:
    """Make the error for a table or a study where a run is expected."""
    first = f"tunecard run {shlex.quote(str(path))}"
    what = "a study"
    if path.suffix.lower() != ".toml":
        what = "a file of data"
        name = shlex.quote(str(path))
        first = (
            f"tunecard init {name} --target COLUMN, then tunecard run; or, where the file "
            f"holds predictions, tunecard judge {name} --truth COLUMN --prediction COLUMN "
            "--prediction COLUMN"
        )
    return ReadError(
        f"{path}: is {what}, not a run: a run folder or its results.json is expected. To "
        f"make one: {first}."
    )
