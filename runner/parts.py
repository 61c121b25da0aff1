"""Each seed's rows, on disk for all processes to map."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunecard.runner import metrics, rows
from tunecard.runner.datasets import Dataset
from tunecard.runner.datasets.subset import scored_rows
from tunecard.runner.inputs import Inputs, inputs_of
from tunecard.runner.rows import write_arrays
from tunecard.runner.schema import ModelSpec, Study, Variant
from tunecard.runner.schema.base import remove
from tunecard.runner.search import check_folds


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
        What each model gets, by its name; what its tuned case gets, by ``name/tuned``,
        where that is an estimator of its own.
    """

    seed: int
    dataset: Dataset
    train_rows: NDArray[np.int64]
    folder: Path
    inputs: Mapping[str, Inputs]

    def inputs_of(self, spec: ModelSpec, variant: Variant) -> Inputs:
        """Return what a case gets: a tuned estimator of its own may need other rows."""
        return self.inputs.get(f"{spec.name}/{variant}", self.inputs[spec.name])

    def folder_of(self, spec: ModelSpec, variant: Variant) -> Path:
        """Return the folder of the rows that a case gets."""
        return self.folder / self.inputs_of(spec, variant).form


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
    remove(folder)  # of an earlier session: what stands there is not written through
    parts = [_make_split(study, study.seed, first, folder)]
    for seed in study.all_seeds[1:]:
        if first.info.split == "own":
            part = replace(parts[0], seed=seed)
        else:
            assert load is not None  # a run with several seeds is started with it
            part = _make_split(study, seed, load(seed), folder / f"seed-{seed}")
        for spec in study.models:
            if spec.search is not None:
                check_folds(
                    part.dataset.y_train,
                    spec.search,
                    seed,
                    part.dataset.resampling_of(spec),
                    study.task,
                )
        parts.append(part)
    return tuple(parts)


def have_own_rows(parts: Sequence[SeedSplit]) -> bool:
    """Return whether each of several seeds has rows of its own."""
    return len({part.folder for part in parts}) > 1


def _make_split(study: Study, seed: int, dataset: Dataset, folder: Path) -> SeedSplit:
    """Write the rows for all processes, and let go of the copies of arrays in memory."""
    by_class = not dataset.task.is_regression
    train_rows = scored_rows(dataset.y_train, seed, stratified=by_class)
    y_test = dataset.task.encode(dataset.y_test)

    def written(place: Path, model_inputs: Inputs) -> Inputs:
        arrays = {
            "X_train": model_inputs.X_train,
            "y_train": model_inputs.y_train,
            "X_test": model_inputs.X_test,
            "train_rows": train_rows,
            "classes": model_inputs.task.labels,
        }
        if dataset.weight is not None:
            arrays["sample_weight"] = dataset.weight
        if any(metrics.get(name).needs == "estimator" for name in study.metric_names):
            arrays["y_test"] = model_inputs.task.decode(y_test)
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
    cases = {spec.name: spec for spec in study.models}
    cases |= {
        f"{spec.name}/tuned": tuned
        for spec in study.models
        for tuned in spec.estimators[1:]
    }
    for name, spec in cases.items():
        own_inputs = inputs_of(spec, mapped, seed)
        if own_inputs.form and own_inputs.form not in forms:
            forms[own_inputs.form] = written(folder / own_inputs.form, own_inputs)
        inputs[name] = replace(
            forms.get(own_inputs.form, own_inputs), encoding=own_inputs.encoding
        )
    return SeedSplit(seed, mapped, train_rows, folder, inputs)
