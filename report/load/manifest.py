"""manifest.json: the SHA-256 of every file of a run folder, written last."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from tunecard.report.errors import ReadError
from tunecard.runner.schema import (
    COLUMNS,
    MANIFEST,
    OUT_OF_FOLD,
    PREDICTIONS,
    RESULTS,
    WEIGHTS,
    Frozen,
    write_file,
)

_WITHOUT = f"remove {MANIFEST} to read the run without its checksums"


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
    own : str or None
        SHA-256 of the fields above; None in a manifest of an earlier version.
    """

    tunecard: str | None
    shipped: bool
    data: dict[str, str]
    renderings: dict[str, str]
    own: str | None = None

    def hash_of_fields(self) -> str:
        """Return the SHA-256 of every other field, in hexadecimal."""
        fields = self.model_dump(exclude={"own"})
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


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
    manifest = Manifest(
        tunecard=own_version(),
        shipped=shipped,
        data={path.name: hash_of(path) for path in _data_files(folder)},
        renderings={
            name: hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
            for name, content in renderings.items()
        },
    )
    manifest = manifest.model_copy(update={"own": manifest.hash_of_fields()})
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
    manifest = _read(folder)
    if manifest is None:
        return None
    return Checked(manifest, tuple(_find_damaged(folder, manifest)))


def check_data(path: Path) -> None:
    """Refuse a file of data that is not the one that the manifest next to it lists.

    Parameters
    ----------
    path : Path
        The file; without a manifest next to it nothing is checked.

    Raises
    ------
    ReadError
        If it differs, or the manifest cannot be read.
    """
    manifest = _read(path.parent)
    if manifest is None or not path.is_file():
        return
    problem = _find_change(path, manifest.data.get(path.name))
    if problem:
        raise ReadError(
            f"{problem} Take the file from a copy, run the study again, or {_WITHOUT}."
        )


def check_target(path: Path) -> None:
    """Refuse to write over a file of a run.

    Parameters
    ----------
    path : Path
        Where something else would be written.

    Raises
    ------
    ReadError
        If the file belongs to the run in its folder, or the path cannot be one.
    """
    folder = path.parent
    try:
        holds_run = (folder / RESULTS).exists()
    except (OSError, ValueError) as error:
        raise ReadError(f"{path}: is not a path ({error}). Give another --out.") from error
    if not holds_run:
        return
    manifest = _read(folder)
    listed = {**manifest.data, **manifest.renderings} if manifest else {}
    own = {COLUMNS, MANIFEST, OUT_OF_FOLD, PREDICTIONS, RESULTS, WEIGHTS, *listed}
    if path.name in own:
        raise ReadError(
            f"{path}: is a file of the run in {folder}, which stays as it is. Give another "
            "--out."
        )


def _read(folder: Path) -> Manifest | None:
    path = folder / MANIFEST
    if not path.exists():
        return None
    damaged = ReadError(
        f"{path}: is damaged or was not written by Tunecard; {_WITHOUT}. 'tunecard report "
        f"{folder}' then writes it again."
    )
    try:
        manifest = Manifest.model_validate(json.loads(path.read_bytes()))
        whole = manifest.own in (None, manifest.hash_of_fields())
    except (OSError, ValueError, ValidationError, RecursionError) as error:
        raise damaged from error
    if not whole:
        raise damaged
    return manifest


def _within(folder: Path, name: str) -> Path:
    """Return a file of the folder; of a name that leads out of it the last part alone."""
    parts = PurePosixPath(name).parts
    leads_out = PurePosixPath(name).is_absolute() or ".." in parts
    return folder.joinpath(parts[-1]) if leads_out and parts else folder.joinpath(*parts)


def _find_damaged(folder: Path, manifest: Manifest) -> Iterator[str]:
    for name, expected in {**manifest.data, **manifest.renderings}.items():
        path = _within(folder, name)
        if not path.is_file():
            yield f"{path}: is missing, and {MANIFEST} lists it."
        elif problem := _find_change(path, expected):
            yield problem
    for path in _data_files(folder):
        if path.name not in manifest.data:
            yield _find_change(path, None)


def _find_change(path: Path, expected: str | None) -> str:
    """Return how a file differs from what the manifest lists; empty where it does not."""
    if expected is None:
        return f"{path}: was added after the run; {MANIFEST} does not list it."
    if hash_of(path) != expected:
        return f"{path}: was changed after the run; its SHA-256 is not in {MANIFEST}."
    return ""


def _data_files(folder: Path) -> list[Path]:
    """List what was measured; anything else is the user's own, or rendered."""
    names = (COLUMNS, OUT_OF_FOLD, PREDICTIONS, WEIGHTS, RESULTS)
    return [folder / name for name in names if (folder / name).exists()]


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
