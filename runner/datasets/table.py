"""Tables: CSV, TSV and Parquet files, their columns told apart into features and target."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tunecard.runner.datasets.columns import Feature, feature_of, texts_of
from tunecard.runner.datasets.files import MAX_BYTES, read_bytes, sha256
from tunecard.runner.datasets.notes import notes_on
from tunecard.runner.datasets.target import classes_of
from tunecard.runner.datasets.text import Table, peeked, read_text
from tunecard.runner.datasets.values import CodeArray, Part, Request, Whole, closest
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.schema import ColumnName, Data

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".data", ".tab")
PARQUET_SUFFIXES = (".parquet", ".pq")


def load_table(path: Path, request: Request) -> Whole:
    """Load a table of text or a Parquet file.

    Parameters
    ----------
    path : Path
        The file.
    request : Request
        What the study says of it.

    Raises
    ------
    DataError
        If the file is damaged, or its content is no table that a classifier
        can learn from.
    StudyError
        If the study names a column that it does not have.
    """
    return whole_of(
        read_table(path, request.data),
        request.data,
        source=f"the file {path.name}",
        file_sha256=sha256(path),
    )


def read_table(path: Path, data: Data) -> Table:
    """Read the columns of a file, as they stand in it.

    Raises
    ------
    DataError
        If it is no table.
    """
    if path.suffix.lower() in PARQUET_SUFFIXES:
        return _read_parquet(path)
    return read_text(path, _by_suffix(path, data))


def first_rows(path: Path, data: Data, n_rows: int) -> list[list[str]]:
    """Return the cells of a text file's first rows as they stand, of whatever width.

    Raises
    ------
    DataError, StudyError
        As `read_table`, of what comes before rows are compared.
    """
    return peeked(path, _by_suffix(path, data), n_rows)


def _by_suffix(path: Path, data: Data) -> Data:
    """Take the separator that the name of a file tells."""
    inner = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    if inner.suffix.lower() in (".tsv", ".tab") and data.separator is None:
        return data.model_copy(update={"separator": "\t"})
    return data


def whole_of(
    table: Table, data: Data, *, source: str, file_sha256: str | None = None
) -> Whole:
    """Make X and y of a table's columns.

    Parameters
    ----------
    table : Table
        The columns.
    data : Data
        Which is the target, which are left out, which are names.
    source : str
        Where the table is from, in words.
    file_sha256 : str or None
        Of its file.

    Raises
    ------
    DataError, StudyError
        As `load_table`.
    """
    names = tuple(table.columns)
    if data.target is None:
        raise StudyError(
            f"data.target is missing: name the column of {table.origin} that holds the "
            f"classes, one of {listed(names)}."
        )
    if table.n_rows == 0:
        raise DataError(f"{table.origin}: has no rows.")
    target = column_named(data.target, names, "data.target")
    dropped = tuple(column_named(column, names, "data.drop") for column in data.drop)
    split = None if data.split is None else column_named(data.split, names, "data.split")
    categorical = {column_named(c, names, "data.categorical") for c in data.categorical}
    kept = [name for name in names if name not in {target, split, *dropped}]
    if not kept:
        raise DataError(
            f"{table.origin}: has no column to learn from beside the target {target!r}."
        )
    codes, labels, notes, task = classes_of(
        target, table.columns[target], data, table.origin
    )
    features = [
        feature_of(
            name, table.columns[name], data, table.origin, categorical=name in categorical
        )
        for name in kept
    ]
    train, test = _parts(table, split, data, codes, features, labels)
    return Whole(
        source=source,
        image_shape=None,
        class_names=labels,
        train=train,
        test=test,
        columns=tuple(feature.info for feature in features),
        target=target,
        dropped=dropped,
        file_sha256=file_sha256,
        notes=(
            *notes,
            *(note for feature in features for note in feature.notes),
            *notes_on(features, codes, labels),
        ),
        task=task,
    )


def listed(names: Sequence[str], most: int = 30) -> str:
    """Write names of columns one after another, the first of very many."""
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most:,} more" if len(names) > most else "")


def column_named(column: ColumnName, names: Sequence[str], field: str) -> str:
    """Return a column's name, or say that there is none of that name or number."""
    if isinstance(column, str):
        if column in names:
            return column
        close = closest(column, names)
        guess = f" Did you mean {close!r}?" if close else ""
        raise StudyError(
            f'{field} = "{column}" is no column of the table.{guess} There are '
            f"{listed(names)}."
        )
    if -len(names) <= column < len(names):
        return names[column]
    raise StudyError(
        f"{field} = {column} is no column of the table: it has {len(names)}, numbered from "
        f"0 to {len(names) - 1}, or from the end as -1."
    )


def _parts(
    table: Table,
    split: str | None,
    data: Data,
    codes: CodeArray,
    features: Sequence[Feature],
    labels: tuple[str, ...],
) -> tuple[Part, Part | None]:
    X = np.empty((table.n_rows, len(features)), dtype=np.float32)
    for position, feature in enumerate(features):
        X[:, position] = feature.values
    if split is None:
        return Part(X, codes), None
    in_test = in_test_part(table, split, data)
    train, test = Part(X[~in_test], codes[~in_test]), Part(X[in_test], codes[in_test])
    lacking = np.setdiff1d(codes, train.y)
    if len(lacking):
        raise DataError(
            f"{table.origin}: the class {labels[lacking[0]]!r} has no training row; the "
            f"column {split!r} puts them all into the test part."
        )
    return train, test


def in_test_part(table: Table, split: str, data: Data) -> Any:
    """Return which rows a split column puts into the test part, as an array of bool."""
    texts = texts_of(table.columns[split], data)
    words = [text.casefold() for text in texts.distinct]
    known = np.array([word in ("train", "test") for word in words] + [False])
    wrong = np.flatnonzero(~known[texts.codes])
    where = f"{table.origin}: the split column {split!r}"
    if len(wrong):
        row = int(wrong[0])
        code = int(texts.codes[row])
        said = repr(texts.distinct[code]) if code >= 0 else "nothing"
        raise DataError(
            f'{where} says {said} in row {row + 1:,}; it may say "train" or "test" alone.'
        )
    for word in ("train", "test"):
        if word not in words:
            raise DataError(f"{where} never says {word!r}; both parts need rows.")
    return np.array([word == "test" for word in words])[texts.codes]


def _read_parquet(path: Path) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = read_bytes(path)
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        groups = [file.metadata.row_group(i) for i in range(file.num_row_groups)]
        if sum(group.total_byte_size for group in groups) > MAX_BYTES:
            raise DataError(
                f"{path}: unpacks to more than the {MAX_BYTES:,} bytes that are read "
                "at the most. Take a part of its rows."
            )
        read = file.read()
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"{path}: is no Parquet file, or a damaged one ({reason}). Write it again."
        ) from error
    return table_of(read, str(path))


def table_of(arrow: Any, origin: str) -> Table:
    """Take a pyarrow.Table as a table.

    Raises
    ------
    DataError
        If two columns have the same name.
    """
    names = list(arrow.column_names)
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise DataError(
            f"{origin}: {names.count(twice[0])} columns are named {twice[0]!r}. Give each "
            "column a name of its own."
        )
    return Table(origin, dict(zip(names, arrow.columns, strict=True)))
