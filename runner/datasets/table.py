"""Tables: CSV, TSV and Parquet files, their columns divided into features and target."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tunecard.runner.datasets.cells import Texts, texts_of
from tunecard.runner.datasets.columns import Feature, feature_of
from tunecard.runner.datasets.files import sha256
from tunecard.runner.datasets.notes import (
    notes_on,
    notes_on_left_out,
    repeat_note,
    repeated_columns,
)
from tunecard.runner.datasets.numeric_target import numbers_of
from tunecard.runner.datasets.parquet import read_parquet
from tunecard.runner.datasets.split import in_test
from tunecard.runner.datasets.target import Classes, classes_of
from tunecard.runner.datasets.text import RawTable, peeked, read_text, without_quotes
from tunecard.runner.datasets.units import read_units, sorted_dates
from tunecard.runner.datasets.values import DataPart, FloatArray, Request, Whole, closest
from tunecard.runner.datasets.weights import read_weights
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.metrics import TaskName
from tunecard.runner.schema import PARQUET_SUFFIXES, ColumnName, Data, SplitSpec
from tunecard.runner.task import Regression

#: The fields of ``[data]`` that mean something for columns, wherever they are from.
TABLE_FIELDS = frozenset(
    (
        *("target", "unit", "drop", "categorical", "numeric"),
        *("split", "sample_weight", "missing", "drop_unlabeled"),
    )
)


def load_table(path: Path, request: Request) -> Whole:
    """Load a table of text or a Parquet file.

    Parameters
    ----------
    path : Path
        The file.
    request : Request
        The ``[data]`` of the study.

    Raises
    ------
    DataError
        If the file is damaged, or its content is not a table that a classifier
        can learn from.
    StudyError
        If the study names a column that it does not have.
    """
    return whole_of(
        read_table(path, request.data),
        request.data,
        source=f"the file {path.name}",
        file_sha256=sha256(path),
        spec=request.split,
        task=request.task,
    )


def read_table(path: Path, data: Data) -> RawTable:
    """Read the columns of a file, as they stand in it.

    Raises
    ------
    DataError
        If it is not a table.
    """
    if path.suffix.lower() in PARQUET_SUFFIXES:
        return read_parquet(path)
    return without_quotes(read_text(path, _set_separator(path, data)))


def first_rows(path: Path, data: Data, n_rows: int) -> list[tuple[int, list[str]]]:
    """Return the cells of a text file's first rows, each with the lines before it.

    Raises
    ------
    DataError, StudyError
        As `read_table`, of what comes before rows are compared.
    """
    return peeked(path, _set_separator(path, data), n_rows)


def _set_separator(path: Path, data: Data) -> Data:
    """Set the separator that the name of a file implies."""
    inner = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    if inner.suffix.lower() in (".tsv", ".tab") and data.separator is None:
        return data.model_copy(update={"separator": "\t"})
    return data


def whole_of(
    table: RawTable,
    data: Data,
    *,
    source: str,
    file_sha256: str | None = None,
    spec: SplitSpec | None = None,
    task: TaskName = "classification",
) -> Whole:
    """Make X and y of a table's columns.

    Parameters
    ----------
    table : RawTable
        The columns.
    data : Data
        Which is the target, which are left out, which are categorical.
    source : str
        Where the table is from, in words.
    file_sha256 : str or None
        Of its file.
    spec : SplitSpec or None
        Which column groups or orders the rows; no model gets it.
    task : str
        Whether the target holds classes, or the numbers of a regression.

    Raises
    ------
    DataError, StudyError
        As `load_table`.
    """
    names = tuple(table.columns)
    if data.target is None:
        raise StudyError(
            f"data.target is missing: name the column of {table.origin} that holds the "
            f"{'classes' if task == 'classification' else 'values to predict'}, one of "
            f"{listed(names)}."
        )
    if table.n_rows == 0:
        raise DataError(f"{table.origin}: has no rows.")
    target = column_named(data.target, names, "data.target")
    dropped = tuple(column_named(column, names, "data.drop") for column in data.drop)
    split = None if data.split is None else column_named(data.split, names, "data.split")
    categorical = {column_named(c, names, "data.categorical") for c in data.categorical}
    numeric = {column_named(c, names, "data.numeric") for c in data.numeric}
    spec = spec or SplitSpec()
    of_unit = unit_column(spec, names)
    of_weight = weight_column(data, names)
    aside = {target, split, of_unit, of_weight, *dropped}
    kept = [name for name in names if name not in aside]
    if not kept:
        raise DataError(
            f"{table.origin}: has no column to learn from besides the target {target!r}."
        )
    table, unlabeled = labeled(table, target, data)
    codes, labels, notes, own_task = _read_target(
        table, target, data, task, numeric=target in numeric
    )
    features = [
        feature_of(
            name,
            table.columns[name],
            data,
            table.origin,
            categorical=name in categorical,
            numeric=name in numeric,
        )
        for name in kept
    ]
    unit = None
    if of_unit is not None:
        unit = read_units(of_unit, table.columns[of_unit], spec, data, table.origin)
    weight = None
    if of_weight is not None:
        weight = read_weights(of_weight, table.columns[of_weight], data, table.origin)
    rows = DataPart(_join(features, table.n_rows), codes, unit=unit, weight=weight)
    train, test = _split_parts(rows, table, split, data, labels)
    left_out = _read_texts(
        table, [name for name in dropped if name not in (of_unit, of_weight)], data
    )
    of_classes = codes if labels else None
    repeated = tuple(repeated_columns(left_out, features, of_classes))
    return Whole(
        source=source,
        image_shape=None,
        class_names=labels,
        train=train,
        test=test,
        columns=tuple(feature.info for feature in features),
        target=target,
        dropped=dropped,
        weights=of_weight,
        file_sha256=file_sha256,
        notes=(
            *table.notes,
            *unlabeled,
            *notes,
            *notes_on_left_out(left_out, features),
            *map(repeat_note, repeated),
            *(note for feature in features for note in feature.notes),
            *notes_on(features, of_classes, labels),
        ),
        task=own_task,
        repeated=repeated,
        ordered=None
        if split
        else sorted_dates(table, [n for n in names if n != target], data),
    )


def _read_target(
    table: RawTable, target: str, data: Data, task: TaskName, *, numeric: bool
) -> Classes:
    """Read the target: class codes with their labels, or values without any."""
    array = table.columns[target]
    if task == "classification":
        return classes_of(target, array, data, table.origin)
    values, notes = numbers_of(target, array, data, table.origin, numeric=numeric)
    return Classes(values, (), notes, Regression())


def _read_texts(table: RawTable, names: Sequence[str], data: Data) -> dict[str, Texts]:
    """Return columns as texts, those aside that hold no plain values."""
    texts = {}
    for name in names:
        with contextlib.suppress(TypeError, NotImplementedError, ValueError):  # lists
            texts[name] = texts_of(table.columns[name], data)
    return texts


def labeled(table: RawTable, target: str, data: Data) -> tuple[RawTable, tuple[str, ...]]:
    """Leave the rows out that have no class, where the study does so; with a note."""
    import pyarrow as pa

    labeled = texts_of(table.columns[target], data).codes >= 0
    n_gaps = int(np.count_nonzero(~labeled))
    if not n_gaps or not data.drop_unlabeled:
        return table, ()
    mask = pa.array(labeled)
    columns = {name: column.filter(mask) for name, column in table.columns.items()}
    rows = f"{len(labeled):,} {'row is' if n_gaps == 1 else 'rows are'}"
    note = f"{n_gaps:,} of {rows} left out: no value in the target {target!r}."
    return RawTable(table.origin, columns, table.notes), (note,)


def listed(names: Sequence[str], most: int = 30) -> str:
    """Write names of columns one after another, the first of very many."""
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most:,} more" if len(names) > most else "")


def column_named(column: ColumnName, names: Sequence[str], field: str) -> str:
    """Return a column's name, or raise where none has that name or number."""
    if isinstance(column, str):
        if column in names:
            return column
        close = closest(column, names)
        guess = f" Did you mean {close!r}?" if close else ""
        raise StudyError(
            f'{field} = "{column}" is not a column of the table.{guess} There are '
            f"{listed(names)}."
        )
    if -len(names) <= column < len(names):
        return names[column]
    raise StudyError(
        f"{field} = {column} is not a column of the table: it has {len(names)}, numbered "
        f"from 0 to {len(names) - 1}, or from the end as -1."
    )


def unit_column(spec: SplitSpec, names: Sequence[str]) -> str | None:
    """Return the name of the column that groups or orders the rows.

    Raises
    ------
    StudyError
        If the study names one that the table does not have.
    """
    for field in ("groups", "order"):
        column = getattr(spec, field)
        if column is not None:
            return column_named(column, names, f"split.{field}")
    return None


def weight_column(data: Data, names: Sequence[str]) -> str | None:
    """Return the name of the column of sample weights; None where there is none.

    Raises
    ------
    StudyError
        If the study names one that the table does not have.
    """
    if data.sample_weight is None:
        return None
    return column_named(data.sample_weight, names, "data.sample_weight")


def _join(features: Sequence[Feature], n_rows: int) -> FloatArray:
    """Put the features side by side."""
    X = np.empty((n_rows, len(features)), dtype=np.float32)
    for position, feature in enumerate(features):
        X[:, position] = feature.values
    return X


def _split_parts(
    rows: DataPart,
    table: RawTable,
    split: str | None,
    data: Data,
    labels: tuple[str, ...],
) -> tuple[DataPart, DataPart | None]:
    if split is None:
        return rows, None
    tested = in_test(split, texts_of(table.columns[split], data), table.origin)
    train, test = (rows.take(np.flatnonzero(side)) for side in (~tested, tested))
    lacking = np.setdiff1d(rows.y, train.y)
    if labels and len(lacking):
        raise DataError(
            f"{table.origin}: the class {labels[lacking[0]]!r} has no training row; the "
            f"column {split!r} puts them all into the test part."
        )
    return train, test
