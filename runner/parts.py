"""Each seed's rows, on disk for all processes to map."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunecard.runner import rows
from tunecard.runner.clock.measure import write_arrays
from tunecard.runner.datasets import Dataset
from tunecard.runner.inputs import Inputs, inputs_of
from tunecard.runner.schema import Study
from tunecard.runner.search import check_folds
from tunecard.runner.task import Labels

TRAIN_ROWS = 10_000  # training rows that are scored, at most


@dataclass(frozen=True)
class SeedSplit:
    """The rows that one seed works on.

    Attributes
    ----------
    seed : int
    dataset : Dataset
        Its arrays mapped from the folder.
    train_rows : ndarray of int64, shape (n_train_rows,)
        The training rows that are scored.
    folder : Path
        Of the rows as they are.
    inputs : mapping of str to Inputs
        What each model gets, by its name.
    """

    seed: int
    dataset: Dataset
    train_rows: NDArray[np.int64]
    folder: Path
    inputs: Mapping[str, Inputs]

    def folder_of(self, model: str) -> Path:
        """Return the folder of the rows that a model gets."""
        return self.folder / self.inputs[model].form


def parts_of(
    study: Study, first: Dataset, folder: Path, load: Callable[[int], Dataset] | None
) -> tuple[SeedSplit, ...]:
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
    tuple of SeedSplit
        In the order of the seeds. Data with a split of its own is the same for all.

    Raises
    ------
    StudyError
        If a seed's rows cannot be split into a search's folds.
    """
    parts = [_make_split(study, study.seed, first, folder)]
    for seed in study.all_seeds[1:]:
        if first.info.split == "own":
            part = replace(parts[0], seed=seed)
        else:
            assert load is not None  # a run with several seeds is started with it
            part = _make_split(study, seed, load(seed), folder / f"seed-{seed}")
        for spec in study.models:
            if spec.search is not None:
                check_folds(part.dataset.y_train, spec.search, seed)
        parts.append(part)
    return tuple(parts)


def have_own_rows(parts: Sequence[SeedSplit]) -> bool:
    """Return whether each of several seeds has rows of its own."""
    return len({part.folder for part in parts}) > 1


def _make_split(study: Study, seed: int, dataset: Dataset, folder: Path) -> SeedSplit:
    """Write the rows for all processes, and let go of the copies of arrays in memory."""
    train_rows = _train_rows(dataset.y_train, seed)

    def written(place: Path, model_inputs: Inputs) -> Inputs:
        arrays = {
            "X_train": model_inputs.X_train,
            "y_train": model_inputs.y_train,
            "X_test": model_inputs.X_test,
            "train_rows": train_rows,
            "classes": model_inputs.task.labels,
        }
        write_arrays(place, arrays)
        if (
            not isinstance(model_inputs.X_train, np.ndarray)
            or model_inputs.X_train.dtype == object
        ):
            return model_inputs
        X_train, X_test = (rows.load(place, name) for name in ("X_train", "X_test"))
        return replace(model_inputs, X_train=X_train, X_test=X_test)

    X, y, X_test = dataset.X_train, dataset.y_train, dataset.X_test
    own = written(folder, Inputs(X, y, X_test, dataset.task, None, ""))
    mapped = replace(dataset, X_train=own.X_train, X_test=own.X_test)
    forms: dict[str, Inputs] = {}
    inputs = {}
    for spec in study.models:
        model_inputs = inputs_of(spec, mapped, seed)
        if model_inputs.form and model_inputs.form not in forms:
            forms[model_inputs.form] = written(folder / model_inputs.form, model_inputs)
        inputs[spec.name] = replace(
            forms.get(model_inputs.form, model_inputs), encoding=model_inputs.encoding
        )
    return SeedSplit(seed, mapped, train_rows, folder, inputs)


def _train_rows(y: Labels, seed: int) -> NDArray[np.int64]:
    """Choose the training rows that are scored: all, or a stratified sample."""
    from sklearn.utils import resample

    every = np.arange(len(y))
    if len(y) <= TRAIN_ROWS:
        return every
    # train_test_split would demand two rows of each class, and as many left over.
    chosen: NDArray[np.int64] = resample(
        every, replace=False, n_samples=TRAIN_ROWS, stratify=y, random_state=seed
    )
    return np.sort(chosen)
