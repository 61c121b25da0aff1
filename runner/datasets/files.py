"""Files of the user: opened through gzip, limited in size, refused with a reason."""

import hashlib
import zlib
from pathlib import Path

from tunecard.runner.errors import DataError

MAX_BYTES = 2**32
_GZIP = b"\x1f\x8b"
#: The first bytes of files that are often mistaken for tables of text.
_MAGIC = (
    (b"PAR1", "a Parquet file", "name it .parquet"),
    (b"PK\x03\x04", "a zip archive, as Excel's workbooks are", "save the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save it as CSV"),
    (b"%PDF", "a PDF document", "save the table as CSV"),
    (b"\x93NUMPY", "a single NumPy array", "save X and y with numpy.savez as .npz"),
    (b"\x89HDF", "an HDF5 file", "save the table as CSV or Parquet"),
    (b"BZh", "packed by bzip2", "unpack it"),
    (b"\xfd7zXZ", "packed by xz", "unpack it"),
    (b"\x28\xb5\x2f\xfd", "packed by zstd", "unpack it"),
)


def read_bytes(path: Path) -> bytes:
    """Read a file whole.

    Raises
    ------
    DataError
        If there is none, it cannot be read, or holds more than 4 GiB.
    """
    try:
        if path.is_dir():
            raise DataError(f"{path}: is a folder. Name a file in it.")
        if not path.is_file():
            raise DataError(
                f"{path}: does not exist. Check the name; in a study, a relative "
                "path starts from the folder of the study."
            )
        if path.stat().st_size > MAX_BYTES:
            raise _too_large(path)
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror or error}). Check its permissions."
        ) from error


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def unpacked(content: bytes, path: Path) -> bytes:
    """Unpack gzip where the content is that; check that the rest may be text.

    Raises
    ------
    DataError
        If the gzip is damaged or unpacks to more than 4 GiB, the name ends
        in .gz without gzip, or the content is of a binary format.
    """
    if content.startswith(_GZIP):
        content = _gunzip(content, path)
    elif path.suffix.lower() == ".gz":
        raise DataError(
            f"{path}: its name ends in .gz, but it is not gzipped. Take the ending off."
        )
    for magic, what, advice in _MAGIC:
        if content.startswith(magic):
            raise DataError(f"{path}: is {what}, not a table of text. Please {advice}.")
    return content


def _gunzip(content: bytes, path: Path) -> bytes:
    # One byte more than allowed: a file that is too large differs from one that fits.
    pieces, room, rest = [], MAX_BYTES + 1, content
    try:
        while rest.startswith(_GZIP) and room > 0:
            member = zlib.decompressobj(wbits=31)
            pieces.append(member.decompress(rest, room))
            room -= len(pieces[-1])
            if room > 0 and not member.eof:
                raise DataError(f"{path}: its gzip is cut off. Get the file again.")
            rest = member.unused_data
    except zlib.error as error:
        raise DataError(
            f"{path}: its gzip is damaged ({error}). Get the file again."
        ) from error
    if room <= 0:
        raise _too_large(path)
    return b"".join(pieces)


def _too_large(path: Path) -> DataError:
    return DataError(
        f"{path}: holds more than the {MAX_BYTES:,} bytes that are read at most. "
        "Take a part of its rows."
    )
