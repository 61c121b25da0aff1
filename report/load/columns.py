"""The columns of a Parquet file, checked before anything rests on them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.report.errors import ReadError
from tunecard.runner.schema import RESULTS


def read_columns(
    path: Path,
    wanted: Callable[[str], bool] | None = None,
    n_rows: Callable[[str], int | None] = lambda _: None,
) -> dict[str, NDArray[Any]]:
    """Read columns of a file, by name; a file that cannot be read is an ReadError.

    Parameters
    ----------
    path : Path
        A Parquet file.
    wanted : callable or None
        Picks columns by name; None for all of them.
    n_rows : callable
        Returns how many of its rows a column has; None for all. The others hold nothing.
    """
    # Loaded late: importing pyarrow takes longer than rendering a small report.
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Not read_table, which loads Arrow's data sets, nor to_numpy where it can be
        # done without: both import pandas, 0.3 s that a page does not need.
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            names = [name for name in file.schema_arrow.names if not wanted or wanted(name)]
            table = file.read(columns=names if wanted else None)
    # Of a damaged file Arrow also raises what Python's own types do.
    except (OSError, pa.ArrowException, ValueError, MemoryError) as error:
        raise unreadable(path, error) from error
    columns: dict[str, NDArray[Any]] = {}
    for position, name in enumerate(table.column_names):
        if name in columns:
            raise mismatch(path, f"has two columns {name!r}")
        column, n_own = table.column(position), n_rows(name)
        if n_own is not None and column.slice(n_own).null_count < len(column) - n_own:
            raise mismatch(path, f"has more than {n_own:,} rows in column {name!r}")
        columns[name] = values_of(column.slice(0, n_own))
    return columns


def values_of(chunked: Any) -> NDArray[Any]:
    """Return a column of an Arrow table; of text as Python's own, in an array of object."""
    import pyarrow as pa

    column = chunked.combine_chunks()
    kind = column.type
    texts = kind.value_type if pa.types.is_dictionary(kind) else kind
    if pa.types.is_string(texts) or pa.types.is_large_string(texts):
        values = np.empty(len(column), dtype=object)
        values[:] = column.to_pylist()
        return values
    if (
        not len(column)
        or column.null_count
        or not (pa.types.is_integer(kind) or pa.types.is_floating(kind))
    ):
        return column.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return] # Arrow
    values = np.frombuffer(column.buffers()[1], dtype=kind.to_pandas_dtype())
    return values[column.offset : column.offset + len(column)]


def need(path: Path, names: Sequence[str], columns: Mapping[str, object]) -> None:
    """Refuse a file without one of the columns that its results require."""
    for name in names:
        if name not in columns:
            raise mismatch(path, f"has no column {name!r}")


def finite(
    path: Path, name: str, values: NDArray[Any], dtype: type[np.floating[Any]] = np.float32
) -> NDArray[Any]:
    """Check a column of finite numbers."""
    if np.issubdtype(values.dtype, np.floating):
        with np.errstate(over="ignore"):
            numbers = values.astype(dtype)
        if np.isfinite(numbers).all():
            return numbers
    raise mismatch(path, f"column {name!r} does not hold finite numbers alone")


def class_codes(
    path: Path, name: str, values: NDArray[Any], classes: Sequence[str]
) -> NDArray[np.int32]:
    """Check a column of classes: by name, or as version 1 has it by position.

    Parameters
    ----------
    path, name
        Of the column.
    values : ndarray of shape (n_rows,)
        Names of classes, or their positions in the results.
    classes : sequence of str
        The names, in the order of the results.

    Returns
    -------
    ndarray of int32, shape (n_rows,)
        Positions.
    """
    if values.dtype == object:
        position = {each: code for code, each in enumerate(classes)}
        cells = values.tolist()
        codes = [position.get(c, -1) if isinstance(c, str) else -1 for c in cells]
        if -1 in codes:
            raise mismatch(path, f"column {name!r} has a class that the results lack")
        return np.array(codes, dtype=np.int32)
    n_classes = len(classes)
    if not np.issubdtype(values.dtype, np.integer):
        raise mismatch(path, f"column {name!r} is {values.dtype}, but holds class codes")
    if len(values) and (values.min() < 0 or values.max() >= n_classes):
        raise mismatch(path, f"column {name!r} has codes outside 0..{n_classes - 1}")
    return values.astype(np.int32)


def unreadable(path: Path, error: Exception) -> ReadError:
    """Make the error of a file that Arrow cannot read."""
    detail = (str(error).splitlines() or ["too little memory"])[0].rstrip(".")
    if isinstance(error, UnicodeDecodeError):
        detail = "the name of a column is not text"
    return ReadError(
        f"{path}: cannot be read as Parquet ({detail}). "
        "Run the study again, or remove the file to render without it."
    )


def mismatch(path: Path, what: str, kind: type[ReadError] = ReadError) -> ReadError:
    """Make the error of a file that is not of the results next to it."""
    return kind(
        f"{path}: {what}, so it does not belong to the {RESULTS} next to it. "
        "Run the study again, or remove the file to render without it."
    )
