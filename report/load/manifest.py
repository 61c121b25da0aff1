"""manifest.json: the SHA-256 of every file of a run folder, written last."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import ValidationError

from tunecard.report.errors import ReadError
from tunecard.runner.schema import RESULTS, Frozen, write_file

MANIFEST = "manifest.json"


class Manifest(Frozen):
    """What a run folder held when its page was written.

    Attributes
    ----------
    tunecard : str or None
        The version that rendered the page; None where it is not installed.
    shipped : bool
        Whether the page follows from the run alone: no template, style sheet or
        reference run of the user's took part.
    data, renderings : dict of str to str
        SHA-256 by file name: what was measured, and what was rendered from it.
    """

    tunecard: str | None
    shipped: bool
    data: dict[str, str]
    renderings: dict[str, str]


@dataclass(frozen=True)
class Checked:
    """What of a folder was compared with its manifest.

    Attributes
    ----------
    manifest : Manifest
    damaged : tuple of str
        A sentence for each file that is missing or has other content.
    """

    manifest: Manifest
    damaged: tuple[str, ...]


def write_manifest(folder: Path, renderings: Mapping[str, str], *, shipped: bool) -> Path:
    """Write the manifest of a folder whose other files are all written.

    Parameters
    ----------
    folder : Path
        A run folder, or another folder that a run was rendered into.
    renderings : mapping of str to str
        Content by file name, as it was written.
    shipped : bool
        As of :class:`Manifest`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    data = sorted(path for path in folder.glob("*.parquet"))
    data += [path for path in (folder / RESULTS,) if path.exists()]
    manifest = Manifest(
        tunecard=own_version(),
        shipped=shipped,
        data={path.name: hash_of(path) for path in data},
        renderings={
            name: hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
            for name, content in renderings.items()
        },
    )
    write_file(folder / MANIFEST, manifest.model_dump_json(indent=1) + "\n")
    return folder / MANIFEST


def check_manifest(folder: Path) -> Checked | None:
    """Compare the files of a folder with its manifest.

    Parameters
    ----------
    folder : Path
        A run folder.

    Returns
    -------
    Checked or None
        None without a manifest: an earlier version wrote the run.

    Raises
    ------
    ReadError
        If the manifest cannot be read.
    """
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        manifest = Manifest.model_validate(json.loads(path.read_bytes()))
    except (OSError, ValueError, ValidationError, RecursionError) as error:
        raise ReadError(
            f"{path}: is damaged or was not written by Tunecard. Render the run again: "
            f"tunecard report {folder}."
        ) from error
    return Checked(manifest, tuple(_find_damaged(folder, manifest)))


def _find_damaged(folder: Path, manifest: Manifest) -> Iterator[str]:
    for name, expected in {**manifest.data, **manifest.renderings}.items():
        path = folder / Path(name).name
        if not path.is_file():
            yield f"{path}: is missing, and {MANIFEST} lists it."
        elif hash_of(path) != expected:
            yield f"{path}: was changed after the run; its SHA-256 is not in {MANIFEST}."


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def own_version() -> str | None:
    """Return the version of Tunecard that is installed; None for a folder of sources."""
    try:
        return version("tunecard")
    except PackageNotFoundError:
        return None
