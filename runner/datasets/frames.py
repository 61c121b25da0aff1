"""A data frame from Python: kept as it is for estimators, and read for all else."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.datasets.cells import texts_of
from tunecard.runner.datasets.columns import Feature, feature_of
from tunecard.runner.datasets.notes import notes_on, repeat_note, repeated_columns
from tunecard.runner.datasets.numeric_target import values_of_array
from tunecard.runner.datasets.split import in_test
from tunecard.runner.datasets.table import column_named, unit_column, weight_column
from tunecard.runner.datasets.target import check_classes
from tunecard.runner.datasets.text import RawTable
from tunecard.runner.datasets.units import read_units, sorted_dates
from tunecard.runner.datasets.values import DataPart, Whole
from tunecard.runner.datasets.weights import read_weights
from tunecard.runner.errors import DataError
from tunecard.runner.metrics import TaskName
from tunecard.runner.rows import Rows
from tunecard.runner.schema import ColumnInfo, Data, SplitSpec
from tunecard.runner.task import AnyTask, Labels, Regression, Task


def whole_of_frame(
    frame: Rows,
    table: RawTable,
    labels: Labels,
    data: Data,
    *,
    target: str | None,
    spec: SplitSpec,
    task: TaskName = "classification",
) -> Whole:
    """Make a dataset of a data frame that estimators get as it is.

    Parameters
    ----------
    frame : DataFrame, or ndarray of object or str, of shape (n_samples, n_columns)
        The rows, columns that are not features included.
    table : RawTable
        Its columns, in its order.
    labels : ndarray of shape (n_samples,)
        The classes, in their own dtype, or the values of a regression.
    data : Data
        Which columns are left out, and which one splits the rows.
    target : str or None
        The column of the classes; None where they are passed by themselves.
    spec : SplitSpec
        Which column groups or orders the rows; no model gets it.
    task : str
        Which of the two.

    Raises
    ------
    DataError
        If nothing can be learned from the classes, or no column is left.
    StudyError
        If the study names a column that is not there.
    """
    names = tuple(table.columns)
    dropped = tuple(column_named(column, names, "data.drop") for column in data.drop)
    split = None if data.split is None else column_named(data.split, names, "data.split")
    of_unit = unit_column(spec, names)
    of_weight = weight_column(data, names)
    aside = {target, split, of_unit, of_weight, *dropped}
    kept = [name for name in names if name not in aside]
    if not kept:
        raise DataError(f"{table.origin}: has no column to learn from.")
    where = f"{table.origin}: the target {target!r}" if target else f"{table.origin}: y"
    own_task, codes = _encoded(labels, where, task)
    features, problems = _read_features(table, kept, data)
    X = np.column_stack([feature.values for feature in features])
    own = _select_columns(frame, [names.index(name) for name in kept])
    unit = None
    if of_unit is not None:
        unit = read_units(of_unit, table.columns[of_unit], spec, data, table.origin)
    weight = None
    if of_weight is not None:
        weight = read_weights(of_weight, table.columns[of_weight], data, table.origin)
    train = DataPart(np.ascontiguousarray(X, dtype=np.float32), codes, own, unit, weight)
    test: DataPart | None = None
    if split is not None:
        texts = texts_of(table.columns[split], data)
        train, test = _split_part(train, in_test(split, texts, table.origin))
        lacking = np.setdiff1d(codes, train.y)
        if own_task.names and len(lacking):
            raise DataError(
                f"{table.origin}: the class {own_task.names[lacking[0]]!r} has no training "
                f"row; the column {split!r} puts them all into the test part."
            )
    of_classes = None if own_task.is_regression else codes
    repeated = tuple(repeated_columns({}, features, of_classes))
    return Whole(
        source=table.origin,
        image_shape=None,
        class_names=own_task.names,
        train=train,
        test=test,
        columns=tuple(feature.info for feature in features),
        target=target,
        dropped=dropped,
        weights=of_weight,
        notes=(
            *(note for feature in features for note in feature.notes),
            *map(repeat_note, repeated),
            *notes_on(features, of_classes, own_task.names),
        ),
        repeated=repeated,
        ordered=None
        if split
        else sorted_dates(table, [n for n in names if n != target], data),
        task=own_task,
        problems=problems,
    )


def _encoded(
    labels: NDArray[Any], where: str, task: TaskName
) -> tuple[AnyTask, NDArray[Any]]:
    if task == "regression":
        return Regression(), values_of_array(labels, where)
    own_task, codes = Task.of(labels)
    check_classes(codes, own_task.names, where)
    return own_task, codes


def _read_features(
    table: RawTable, kept: Sequence[str], data: Data
) -> tuple[list[Feature], tuple[str, ...]]:
    """Read columns as those of a file; one that cannot be read so is listed."""
    features, problems = [], []
    for name in kept:
        array = table.columns[name]
        try:
            features.append(feature_of(name, array, data, table.origin, categorical=False))
        except DataError as error:
            problems.append(str(error))
            features.append(_encode_opaque(name, array))
    return features, tuple(problems)


def _encode_opaque(name: str, array: Any) -> Feature:
    """Code a column of any kind by its distinct values, so that equal rows stay equal."""
    cells = array.to_pylist()
    _, positions = np.unique([repr(cell) for cell in cells], return_inverse=True)
    values = positions.astype(np.float32)
    values[[cell is None for cell in cells]] = np.nan
    info = ColumnInfo(name=name, kind="other", n_missing=int(np.isnan(values).sum()))
    return Feature(info, values)


def _split_part(part: DataPart, tested: Any) -> tuple[DataPart, DataPart]:
    return part.take(np.flatnonzero(~tested)), part.take(np.flatnonzero(tested))


def _select_columns(frame: Rows, positions: list[int]) -> Rows:
    """Select columns by position; a frame that keeps all of them is left alone."""
    if len(positions) == frame.shape[1]:
        return frame
    return frame.iloc[:, positions] if hasattr(frame, "iloc") else frame[:, positions]
