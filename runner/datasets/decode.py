"""The text of a file: unpacked, decoded, after the lines that are skipped."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from tunecard.runner.datasets.files import read_bytes, unpacked
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.schema import Data

_BOM = codecs.BOM_UTF8
_WIDE_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DECLARED = re.compile(rb'"?sep=([^"\r\n])"?\r?\n', re.IGNORECASE)


@dataclass(frozen=True)
class Decoded:
    """A file's text.

    Attributes
    ----------
    text : bytes
        UTF-8, without a byte order mark and the lines that are skipped.
    separator : str or None
        The one that the study names, or the first line, as Excel writes it
        (``sep=;``).
    n_skipped : int
        Lines of the file before `text`.
    """

    text: bytes
    separator: str | None
    n_skipped: int


def decoded(path: Path, data: Data) -> Decoded:
    """Read the text of a file, gzipped or not.

    Parameters
    ----------
    path : Path
        The file.
    data : Data
        Separator, encoding, and lines to skip.

    Raises
    ------
    DataError
        If it cannot be read, is not text in that encoding, or is empty.
    StudyError
        If the encoding does not exist.
    """
    text = _to_utf8(unpacked(read_bytes(path), path), data.encoding, path)
    separator, n_skipped = data.separator, data.skip_rows
    declared = _DECLARED.match(text)
    if declared:
        separator = separator or declared[1].decode("ascii", "replace")
        n_skipped = max(n_skipped, 1)
    text = _skip_lines(text, n_skipped, path)
    if not text.strip():
        raise DataError(f"{path}: the file is empty. A table needs a header and rows.")
    return Decoded(text, separator, n_skipped)


def is_utf8(path: Path) -> bool:
    """Return whether a file is UTF-8, or UTF-16 with its mark."""
    content = unpacked(read_bytes(path), path)
    if content.startswith(_WIDE_BOMS):
        return True
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return b"\0" in content  # a binary file, whose own error is more precise
    return True


def _to_utf8(content: bytes, encoding: str | None, path: Path) -> bytes:
    """Return the text as UTF-8 without its mark, or report where it is not text."""
    name = encoding or ("utf-16" if content.startswith(_WIDE_BOMS) else "utf-8")
    try:
        codec = codecs.lookup(name)
        text = content.decode(name)
    except LookupError as error:
        raise StudyError(
            f'data.encoding = "{encoding}" is not known; names are such as "latin-1", '
            '"cp1252", "utf-16".'
        ) from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        advice = "Is the encoding another one?"
        if encoding is None:
            advice = 'Name the encoding that it has, as in encoding = "cp1252".'
        if b"\0" in content[:4096]:
            advice = "It looks like a binary file."
        raise DataError(
            f"{path}: is not text in {name}: the byte 0x{content[error.start]:02X} at "
            f"position {error.start:,} (line {line:,}) does not fit. {advice}"
        ) from error
    nul = text.find("\0")
    if nul >= 0:
        line = text.count("\n", 0, nul) + 1
        raise DataError(
            f"{path}: has a NUL character in line {line:,}: it is a binary file, or text "
            'in another encoding, as in encoding = "utf-16".'
        )
    if codec.name != "utf-8":
        content = text.encode("utf-8")
    return content.removeprefix(_BOM)


def _skip_lines(text: bytes, n_lines: int, path: Path) -> bytes:
    """Drop the first lines, however they end."""
    if n_lines == 0:
        return text
    lines = text.splitlines(keepends=True)
    if n_lines >= len(lines):
        raise DataError(
            f"{path}: has {len(lines)} lines, so skip_rows = {n_lines} skips all."
        )
    return b"".join(lines[n_lines:])
