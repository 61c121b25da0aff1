"""Parquet files and Arrow tables, read as tables of texts."""

from pathlib import Path
from typing import Any

from tunecard.runner.datasets.files import MAX_BYTES, read_bytes
from tunecard.runner.datasets.text import RawTable
from tunecard.runner.errors import DataError


def read_parquet(path: Path) -> RawTable:
    """Read a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = read_bytes(path)
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        groups = [file.metadata.row_group(i) for i in range(file.num_row_groups)]
        if sum(group.total_byte_size for group in groups) > MAX_BYTES:
            raise DataError(
                f"{path}: unpacks to more than the {MAX_BYTES:,} bytes that are read "
                "at most. Take a part of its rows."
            )
        read = file.read()
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"{path}: is not a Parquet file, or is damaged ({reason}). Write it again."
        ) from error
    return table_of(read, str(path))


def table_of(arrow: Any, origin: str) -> RawTable:
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
    return RawTable(origin, dict(zip(names, arrow.columns, strict=True)))
