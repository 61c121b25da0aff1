"""Each seed's rows, on disk for all processes to map."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.clock.measure import write_arrays
from tunecard.runner.datasets import Dataset
from tunecard.runner.datasets.subset import scored_rows
from tunecard.runner.schema import Study
from tunecard.runner.search import check_folds


@dataclass(frozen=True)
class Part:
    """The rows that one seed works on.

    Attributes
    ----------
    seed : int
    dataset : Dataset
        Its X mapped from the folder.
    train_rows : ndarray of int64, shape (n_train_rows,)
        The training rows that are scored.
    folder : Path
        Of the arrays.
    """

    seed: int
    dataset: Dataset
    train_rows: NDArray[np.int64]
    folder: Path


def parts_of(
    study: Study, first: Dataset, folder: Path, load: Callable[[int], Dataset] | None
) -> tuple[Part, ...]:
    """Put the rows of every seed on disk, one after another.

    Parameters
    ----------
    study : Study
        The seeds.
    first : Dataset
        The first seed's.
    folder : Path
        Where the arrays go; a folder in it for each further seed.
    load : callable or None
        Loads the data as a seed splits it; needed where there are several and the
        data has no split of its own.

    Returns
    -------
    tuple of Part
        In the order of the seeds. Data with a split of its own is the same for all.

    Raises
    ------
    StudyError
        If a seed's rows cannot be split into a search's folds.
    """
    parts = [_part(study.seed, first, folder)]
    for seed in study.all_seeds[1:]:
        if first.info.split == "own":
            part = replace(parts[0], seed=seed)
        else:
            assert load is not None  # whoever starts a run with several seeds gives it
            part = _part(seed, load(seed), folder / f"seed-{seed}")
        for spec in study.models:
            if spec.search is not None:
                check_folds(part.dataset.y_train, spec.search, seed)
        parts.append(part)
    return tuple(parts)


def are_split_anew(parts: Sequence[Part]) -> bool:
    """Tell whether each of several seeds has rows of its own."""
    return len({part.folder for part in parts}) > 1


def _part(seed: int, dataset: Dataset, folder: Path) -> Part:
    """Write the arrays for all processes to map, and let go of the copies in memory."""
    train_rows = scored_rows(dataset.y_train, seed)
    write_arrays(
        folder,
        {
            "X_train": dataset.X_train,
            "y_train": dataset.y_train,
            "X_test": dataset.X_test,
            "train_rows": train_rows,
        },
    )
    mapped = replace(
        dataset,
        X_train=np.load(folder / "X_train.npy", mmap_mode="r"),
        X_test=np.load(folder / "X_test.npy", mmap_mode="r"),
    )
    return Part(seed, mapped, train_rows, folder)
