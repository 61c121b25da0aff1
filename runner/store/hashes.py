"""SHA-256 of files that a resumed run reads back."""

import hashlib
import os
from pathlib import Path


def hashes_of(folder: Path, *patterns: str, sync: bool = False) -> dict[str, str]:
    """Return the SHA-256 of files by name.

    Parameters
    ----------
    folder : Path
        Where they are.
    *patterns : str
        Glob patterns of their names. What is not a regular file is left out.
    sync : bool
        Whether to wait first until each is on the disk.

    Returns
    -------
    dict of str to str
        Hexadecimal.
    """
    hashes = {}
    for path in sorted(path for pattern in patterns for path in folder.glob(pattern)):
        if not path.is_file() or path.is_symlink():
            continue
        with path.open("rb") as stream:
            if sync:
                os.fsync(stream.fileno())
            hashes[path.name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return hashes
