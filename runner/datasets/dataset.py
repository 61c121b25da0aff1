"""A dataset as a run uses it: loaded by name, split, cut down, hashed and described."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.datasets.cells import check_text
from tunecard.runner.datasets.classes import named, positive_of
from tunecard.runner.datasets.custom import GivenSplits
from tunecard.runner.datasets.description import describe
from tunecard.runner.datasets.partition import (
    Partition,
    cut_down,
    name_whole,
    split_whole,
    take_part,
)
from tunecard.runner.datasets.registry import check_fields, check_task, entry_of
from tunecard.runner.datasets.units import check_sides
from tunecard.runner.datasets.values import (
    CodeArray,
    DatasetEntry,
    FloatArray,
    Places,
    Progress,
    Request,
    Whole,
    user_places,
)
from tunecard.runner.metrics import TaskName
from tunecard.runner.resampling import STRATIFIED, Resampling, resampling_of
from tunecard.runner.rows import Rows
from tunecard.runner.schema import (
    Data,
    DatasetInfo,
    Encoding,
    ModelSpec,
    SplitSpec,
    Subset,
    encoding_of,
)
from tunecard.runner.task import AnyTask, Labels, Task


@dataclass(frozen=True)
class Dataset:
    """The rows of a run and their description.

    Attributes
    ----------
    info : DatasetInfo
        Where the rows came from and what exactly they are.
    X_train, X_test : ndarray (n_samples, n_features) of float32, C order, or DataFrame
        A data frame from Python keeps its own dtypes.
    y_train, y_test : ndarray (n_samples,)
        Labels as estimators get them, in their own dtype; or values in float64.
    test_index : ndarray (n_test,) of int64
        Each test row's number in the source's test part, or in the whole where
        the source has no split of its own.
    task : Task or Regression
        The labels by class code: in the order of ``info.classes``.
    coded : tuple of (ndarray, ndarray), or None
        The training and test rows of a data frame as `encoding` takes them; None where
        X is that already.
    problems : tuple of str
        Columns of a data frame that no encoding of ours takes, a sentence each.
    resampling : Resampling
        Makes folds of the training rows, where no caller gave any.
    train_unit : ndarray (n_train,) of int64, or None
        The group of each training row, or the rank of its moment.
    splits : GivenSplits or None
        Folds and outer splits from Python.
    test_unit : ndarray (n_test,) of int64, or None
        The group of each test row, or the rank of its moment.
    weight : ndarray (n_train,) of float64, or None
        The sample weight of each training row.
    """

    info: DatasetInfo
    X_train: Rows
    y_train: Labels
    X_test: Rows
    y_test: Labels
    test_index: CodeArray
    task: AnyTask
    coded: tuple[FloatArray, FloatArray] | None = None
    problems: tuple[str, ...] = ()
    resampling: Resampling = STRATIFIED
    test_unit: CodeArray | None = None
    train_unit: CodeArray | None = None
    splits: GivenSplits | None = None
    weight: NDArray[np.float64] | None = None

    def resampling_of(self, model: ModelSpec) -> Resampling:
        """Return what makes the folds of the search of a model."""
        if self.splits is None:
            return self.resampling
        return self.splits.around(self.resampling, self.train_unit, model)

    @property
    def encoding(self) -> Encoding | None:
        """What stands between these rows and a model; None where nothing does."""
        return encoding_of(self.info.columns)


def load(
    name: str,
    *,
    seed: int,
    test_size: float,
    subset: Subset | None,
    data_dir: Path | None,
    offline: bool,
    notice: Callable[[str], None],
    fallback_reason: str | None = None,
    progress: Progress | None = None,
    places: Places | None = None,
    data: Data | None = None,
    base: Path | None = None,
    entry: DatasetEntry | None = None,
    split: SplitSpec | None = None,
    number: int = 0,
    splits: GivenSplits | None = None,
    task: TaskName = "classification",
) -> Dataset:
    """Load a dataset by its name.

    Parameters
    ----------
    name : str
        A known name, ``openml:<number>``, or a path.
    seed : int
        Of the split and of the subset.
    test_size : float
        Share of the rows held out; only for data without a split of its own.
    subset : Subset or None
        How many rows to keep of each part, stratified by class.
    data_dir : Path or None
        The user's data folder; where it is named, the only place that is searched.
    offline : bool
        Whether to leave the network alone.
    notice : callable
        Called with notices: what takes long, what is unexpected.
    fallback_reason : str or None
        Why this dataset stands in for another; kept in ``info``.
    progress : callable or None
        Called with the bytes fetched and, where known, the bytes in all.
    places : Places or None
        The cache and the remotes; None for the user's own.
    data : Data or None
        The ``[data]`` of the study.
    base : Path or None
        Where a relative path starts; None for the working folder.
    entry : DatasetEntry or None
        Data passed as an object, in place of the name's.
    split : SplitSpec or None
        How rows are held out; None for one share of them, row by row.
    number : int
        Which of its outer splits, from 0; ``seed`` is that of the first.
    splits : GivenSplits or None
        Splits from Python.
    task : str
        Whether the target holds classes, or the numbers of a regression.

    Raises
    ------
    StudyError
        If the name is unknown, or ``test_size``, ``subset`` or ``data`` do
        not fit.
    DataError
        If the data is wrong, or the data folder lacks it.
    DataUnreachable
        If it is in none of the places.
    """
    data, split = data or Data(), split or SplitSpec()
    entry, whole = read(
        name,
        Request(
            data_dir=data_dir,
            offline=offline,
            places=places or user_places(),
            notice=notice,
            progress=progress,
            data=data,
            base=base or Path(),
            split=split,
            task=task,
        ),
        entry,
    )
    check_sides(whole, split, entry.title)
    for note in whole.notes:
        notice(note)
    if splits is not None and splits.outer is not None and whole.test is None:
        pair = splits.outer_pairs(whole.train.y, whole.train.unit)[number]
        all_rows = Partition(*(np.sort(rows).astype(np.int64) for rows in pair))
    else:
        all_rows = split_whole(
            whole, split, number, test_size=test_size, seed=seed, title=entry.title
        )
    rows = all_rows
    if subset is not None:
        rows = cut_down(whole, all_rows, subset, seed=seed + number, title=entry.title)
    train = take_part(whole.train, rows.train)
    test = take_part(whole.test or whole.train, rows.test)
    own_task = whole.task or Task(np.arange(len(whole.class_names)))
    info = describe(
        whole,
        train,
        test,
        rows,
        name=entry.name,
        title=entry.title,
        subset_of=name_whole(all_rows, rows, entry.title),
        fallback_reason=fallback_reason,
        positive=positive_of(whole.class_names, data, entry.title),
        split_unit=split.unit,
        unit=data.unit,
        keep_columns=data.keep_columns,
    )
    framed = train.frame is not None
    stratified = not own_task.is_regression
    own = resampling_of(split, train.unit, stratified=stratified)
    return Dataset(
        info,
        train.frame if framed else train.X,
        own_task.decode(train.y),
        test.frame if framed else test.X,
        own_task.decode(test.y),
        rows.test,
        own_task,
        coded=(train.X, test.X) if framed else None,
        problems=whole.problems,
        resampling=own,
        train_unit=train.unit,
        splits=splits,
        test_unit=test.unit,
        weight=train.weight,
    )


def read(
    name: str, request: Request, entry: DatasetEntry | None = None
) -> tuple[DatasetEntry, Whole]:
    """Read data whole, as its source gives it, its classes named as the study does.

    Parameters
    ----------
    name : str
        A known name, ``openml:<number>``, or a path.
    request : Request
        Where to look, and the ``[data]`` of the study.
    entry : DatasetEntry or None
        Data passed as an object, in place of the name's.

    Raises
    ------
    StudyError, DataError, DataUnreachable
        As `load`.
    """
    entry = entry or entry_of(name)
    check_task(entry, request.task)
    # An unreadable file is reported before a field that it would not need.
    whole = entry.load(request)
    check_fields(request.data, entry, request.split)
    check_text(whole.class_names, entry.title)
    names = named(whole.class_names, request.data, entry.title)
    return entry, replace(whole, class_names=names)
