"""Hashes of rows: what data is, and which rows of it are equal."""

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

from tunecard.runner.datasets.values import DataPart, Whole


def n_duplicates(whole: Whole) -> int:
    """Count the rows whose features and class an earlier row of the data has."""
    parts = [part for part in (whole.train, whole.test) if part is not None]
    digests = {
        (code, hashlib.sha256(row).digest())
        for part in parts
        for row, code in zip(part.X, part.y.tolist(), strict=True)
    }
    return sum(len(part.y) for part in parts) - len(digests)


def sha256_of(*arrays: npt.NDArray[Any]) -> str:
    """Hash the arrays' bytes one after another, in C order, little-endian."""
    digest = hashlib.sha256()
    for array in arrays:
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        digest.update(little.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def dtype_of(part: DataPart) -> str:
    """Name the dtype of the features, or the dtypes of a data frame's columns."""
    dtypes = getattr(part.frame, "dtypes", None)
    if part.frame is None:
        return str(part.X.dtype)
    if dtypes is None:  # an array of Python objects
        return str(part.frame.dtype)
    return ", ".join(dict.fromkeys(str(dtype) for dtype in dtypes))


def frame_sha256(*parts: DataPart) -> dict[str, str]:
    """Hash data frames as Arrow writes them: two that differ in a dtype are other data."""
    import pyarrow as pa

    digest = hashlib.sha256()
    for frame in (part.frame for part in parts if part.frame is not None):
        digest.update(repr([str(name) for name in getattr(frame, "columns", ())]).encode())
        if isinstance(frame, np.ndarray):
            digest.update(repr(frame.tolist()).encode("utf-8", "surrogatepass"))
            continue
        if hasattr(frame, "set_axis"):  # pandas: a name may be of any kind
            names = [str(number) for number in range(frame.shape[1])]
            table = pa.table(frame.set_axis(names, axis=1)).combine_chunks()
        else:
            table = pa.table(frame).combine_chunks()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        digest.update(sink.getvalue())
    return {"frame": digest.hexdigest()} if parts[0].frame is not None else {}
