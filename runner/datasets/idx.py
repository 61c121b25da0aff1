"""The IDX format: arrays in a file, as MNIST is published.

The format is described at the end of Y. LeCun's page "The MNIST database".
"""

import gzip
import hashlib
import math
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from tunecard.runner.errors import DataError
from tunecard.runner.schema import write_file

AnyArray: TypeAlias = npt.NDArray[Any]

# The third byte of a file names the type of its elements; they are big-endian.
ELEMENT_TYPES: Mapping[int, np.dtype[Any]] = MappingProxyType(
    {
        0x08: np.dtype(">u1"),
        0x09: np.dtype(">i1"),
        0x0B: np.dtype(">i2"),
        0x0C: np.dtype(">i4"),
        0x0D: np.dtype(">f4"),
        0x0E: np.dtype(">f8"),
    }
)
MAX_AXES = 64  # NumPy's own limit
MAX_BYTES = 2**32
# Deflate cannot shrink more than 1032:1 (zlib's technical details, zlib.net).
MAX_DEFLATE = 1032
_CHUNK = 2**20


def read_header(path: Path) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Read the element type and the shape that an IDX file declares.

    Parameters
    ----------
    path : Path
        The file, gzipped or not, whatever its name.

    Raises
    ------
    DataError
        If it cannot be read or does not begin as an IDX file does.
    """
    with _open(path) as stream:
        return _read_header(stream, path)


def read_idx(path: Path) -> AnyArray:
    """Read an IDX file, gzipped or not, whatever its name.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    ndarray
        Of the declared shape and type, in the machine's byte order.

    Raises
    ------
    DataError
        If it cannot be read, does not begin as an IDX file does, declares more
        than 4 GiB, is damaged, or holds fewer or more bytes than it declares.
        No more than what it declares is ever decompressed.
    """
    with _open(path) as stream:
        dtype, shape = _read_header(stream, path)
        compressed = isinstance(stream, gzip.GzipFile)
        n_bytes = _count_declared(path, shape, dtype.itemsize, compressed=compressed)
        content = np.empty(n_bytes, dtype=np.uint8)
        n_read = _fill(stream, content)
        if n_read < n_bytes:
            raise DataError(
                f"{path}: is cut off: {n_read:,} bytes of data found, {n_bytes:,} "
                f"declared for the shape {shape}. Get the file again."
            )
        if stream.read(1):
            raise DataError(
                f"{path}: continues after the {n_bytes:,} bytes of data that its shape "
                f"{shape} declares. Get the file again."
            )
    array: AnyArray = content.view(dtype).reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=False)


def write_idx(array: AnyArray, path: Path) -> None:
    """Write an array as an IDX file, whole or not at all, not gzipped.

    Parameters
    ----------
    array : ndarray
        1 to 64 axes of one of the six element types of the format.
    path : Path
        The file.

    Raises
    ------
    ValueError
        If the format has no such element type or number of axes.
    OutputError
        If the file cannot be written.
    """
    write_file(path, _encode_header(array) + _to_big_endian(array).tobytes())


def idx_sha256(array: AnyArray) -> str:
    """Return the SHA-256 of the uncompressed IDX file that holds the array.

    A shape and an element type have one encoding only, so this is the hash of
    the file that the array was read from.
    """
    digest = hashlib.sha256(_encode_header(array))
    digest.update(_to_big_endian(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def read_labeled(images: Path, labels: Path) -> tuple[AnyArray, AnyArray]:
    """Read images and their labels.

    Parameters
    ----------
    images, labels : Path
        An IDX file of three axes and one of one axis.

    Returns
    -------
    images : ndarray (n_samples, height, width)
    labels : ndarray (n_samples,)

    Raises
    ------
    DataError
        As `read_idx`, or if the axes are others or the counts differ.
    """
    for path, n_axes in ((images, 3), (labels, 1)):
        shape = read_header(path)[1]
        if len(shape) != n_axes:
            raise DataError(
                f"{path}: declares the shape {shape}, but {n_axes} axes are needed "
                f"({'count, height, width' if n_axes == 3 else 'count'})."
            )
    image_array, label_array = read_idx(images), read_idx(labels)
    if len(image_array) != len(label_array):
        raise DataError(
            f"{images} has {len(image_array):,} images, but {labels} has "
            f"{len(label_array):,} labels. Get both files from the same place."
        )
    return image_array, label_array


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    """Open a file, through gzip where it begins as such, errors in words."""
    try:
        if not path.is_file():
            raise DataError(f"{path}: is not a regular file. Name an IDX file that exists.")
        with path.open("rb") as raw:
            gzipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if not gzipped:
                yield raw
                return
            with gzip.GzipFile(fileobj=raw, mode="rb") as unpacked:
                yield cast("BinaryIO", unpacked)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"{path}: its gzip is damaged ({error}). Get the file again."
        ) from error
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror or error}). Check the file."
        ) from error


def _read_header(stream: BinaryIO, path: Path) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or not 1 <= magic[3] <= MAX_AXES:
        raise DataError(
            f"{path}: is not an IDX file: it begins with {magic.hex(' ') or 'nothing'}, "
            "but 00 00, an element type and the number of axes are needed. Check that "
            "it is the right file."
        )
    dtype = ELEMENT_TYPES.get(magic[2])
    if dtype is None:
        allowed = ", ".join(f"0x{code:02X}" for code in ELEMENT_TYPES)
        raise DataError(
            f"{path}: its element type 0x{magic[2]:02X} is not one of IDX's ({allowed}). "
            "Check that it is the right file."
        )
    n_bytes = 4 * magic[3]
    sizes = stream.read(n_bytes)
    if len(sizes) < n_bytes:
        raise DataError(
            f"{path}: is cut off within its header: {4 + len(sizes)} bytes found, "
            f"{4 + n_bytes} needed. Get the file again."
        )
    return dtype, tuple(int(size) for size in np.frombuffer(sizes, dtype=">u4"))


def _count_declared(
    path: Path, shape: tuple[int, ...], itemsize: int, *, compressed: bool
) -> int:
    """Return the bytes of data declared; refuse what cannot be true."""
    # Axes of size 0 aside: NumPy refuses a shape whose other axes are too large.
    if math.prod(max(size, 1) for size in shape) * itemsize > MAX_BYTES:
        raise DataError(
            f"{path}: declares the shape {shape}, more than the {MAX_BYTES:,} bytes that "
            "are read at most. Check that it is the right file."
        )
    n_bytes = math.prod(shape) * itemsize
    on_disk = path.stat().st_size
    possible = on_disk * MAX_DEFLATE if compressed else on_disk
    if n_bytes > possible:
        size = f"at most {possible:,}" if compressed else f"{on_disk:,}"
        raise DataError(
            f"{path}: is cut off: {size} bytes found, {n_bytes:,} declared for the shape "
            f"{shape}. Get the file again."
        )
    return n_bytes


def _fill(stream: BinaryIO, content: npt.NDArray[np.uint8]) -> int:
    """Read into the array until it is full or the stream ends; return the bytes read."""
    n_read = 0
    while n_read < len(content):
        piece = stream.read(min(_CHUNK, len(content) - n_read))
        if not piece:
            break
        content[n_read : n_read + len(piece)] = np.frombuffer(piece, dtype=np.uint8)
        n_read += len(piece)
    return n_read


def _encode_header(array: AnyArray) -> bytes:
    codes = {dtype: code for code, dtype in ELEMENT_TYPES.items()}
    code = codes.get(array.dtype.newbyteorder(">"))
    if code is None or not 1 <= array.ndim <= MAX_AXES:
        raise ValueError(f"IDX holds no array of {array.ndim} axes of {array.dtype}")
    return bytes((0, 0, code, array.ndim)) + np.asarray(array.shape, dtype=">u4").tobytes()


def _to_big_endian(array: AnyArray) -> AnyArray:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder(">"))
