"""MNIST: 70,000 handwritten digits (LeCun, Cortes, Burges), from disk or from afar."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from tunecard.runner.datasets.cache import not_kept, staging
from tunecard.runner.datasets.idx import read_header, write_idx
from tunecard.runner.datasets.mnist_files import (
    FILES,
    TITLE,
    IdxFile,
    find_files,
    read_files,
)
from tunecard.runner.datasets.remote import Remote, fetch_in_turn
from tunecard.runner.datasets.values import DatasetEntry, Places, Request, Whole
from tunecard.runner.errors import DataError, DataUnreachable

OPENML = Remote("OpenML (mnist_784)", {"kind": "openml", "name": "mnist_784", "version": 1})


def load_mnist(request: Request, files: Sequence[IdxFile] = FILES) -> Whole:
    """Load MNIST from the first place that has it, its content verified.

    Parameters
    ----------
    request : Request
        Where to look. A data folder that is named is the only place.
    files : sequence of IdxFile
        Training images, training labels, test images, test labels.

    Returns
    -------
    Whole
        Pixels / 255, images of 28 x 28 pixels, its own two parts.

    Raises
    ------
    DataError
        If the data folder lacks a file, or a file's content is wrong.
    DataUnreachable
        If no place has it; the message lists each with its reason.
    """
    if request.data_dir is not None:
        return _load_from_data_dir(request.data_dir, files)
    cache = _cache_folder(request.places)
    paths, missing = find_files(cache, files)
    if not missing:
        advice = "Delete it, and the next run fetches it again."
        return read_files(paths, files, source="the user cache", advice=advice)
    tried = [
        "the data folder: none was named",
        f"the user cache: {missing[0]} is not in it",
    ]
    if request.offline:
        raise _unreachable([*tried, "its mirrors and OpenML: not queried, --offline"])
    return _load_from_remotes(request, files, cache, tried)


def _load_from_data_dir(folder: Path, files: Sequence[IdxFile]) -> Whole:
    paths, missing = find_files(folder, files)
    if missing and not folder.is_dir():
        wanted = ", ".join(file.name for file in files)
        raise DataError(
            f"the data folder {folder} is not there. Name a folder that holds {TITLE}'s "
            f"IDX files ({wanted}, gzipped or not), or name none."
        )
    if missing:
        raise DataError(
            f"the data folder {folder} lacks {', '.join(missing)} of {TITLE} (looked for "
            "gzipped and not). Put it there, or name no data folder."
        )
    advice = "Put the original file there, or name no data folder."
    return read_files(paths, files, source="IDX files in the data folder", advice=advice)


def _load_from_remotes(
    request: Request, files: Sequence[IdxFile], cache: Path, tried: Sequence[str]
) -> Whole:
    places = request.places
    remotes = _make_remotes(places, files)
    failed = list(tried)
    request.notice(
        f"{TITLE} is not on this machine; fetching it from "
        f"{_list_titles(remotes)} (at most {places.silence:.0f} s if none answers)."
    )
    with staging(cache, TITLE, request.notice) as (folder, kept):
        for remote, reason in fetch_in_turn(
            remotes,
            folder,
            silence=places.silence,
            limit=places.limit,
            progress=request.progress,
        ):
            if reason is not None:
                failed.append(f"{remote.title}: {reason}")
                continue
            try:
                paths, whole = _read_fetched(folder, files, remote)
            except DataError as error:
                # What a remote sent is not the user's input: the next one is queried.
                failed.append(f"{remote.title}: {str(error).replace(f'{folder}/', '')}")
                continue
            if kept:
                _keep(paths, cache, request)
            return whole
    raise _unreachable(failed)


def _read_fetched(
    folder: Path, files: Sequence[IdxFile], remote: Remote
) -> tuple[Mapping[str, Path], Whole]:
    """Read and verify what a remote left in a folder."""
    _unpack_openml(folder, files)
    paths, missing = find_files(folder, files)
    if missing:
        raise DataError(f"did not give {missing[0]}")
    return paths, read_files(paths, files, source=f"fetched from {remote.title}", advice="")


def _make_remotes(places: Places, files: Sequence[IdxFile]) -> tuple[Remote, ...]:
    mirrors = tuple(
        Remote(
            title=urlsplit(url).netloc,
            job={
                "kind": "mirror",
                "url": url,
                "files": {f"{file.name}.gz": file.gzip_sha256 for file in files},
            },
            n_bytes=sum(file.gzip_bytes for file in files),
        )
        for url in places.mirrors
    )
    return (*mirrors, OPENML) if places.openml else mirrors


def _list_titles(remotes: Sequence[Remote]) -> str:
    return ", ".join(remote.title for remote in remotes) or "no remote"


def _unreachable(tried: Sequence[str]) -> DataUnreachable:
    places = "".join(f"\n  - {line}" for line in tried)
    return DataUnreachable(
        f"{TITLE} is out of reach. Looked for in:{places}\n"
        "Name the folder of its four IDX files with --data-dir or TUNECARD_DATA_DIR, or "
        "run 'tunecard run digits', which needs no download."
    )


def _keep(paths: Mapping[str, Path], cache: Path, request: Request) -> None:
    try:
        for path in paths.values():
            path.replace(cache / path.name)
    except OSError as error:
        request.notice(not_kept(cache, TITLE, error))


def _unpack_openml(folder: Path, files: Sequence[IdxFile]) -> None:
    """Turn OpenML's one table, training rows first, into the four IDX files."""
    pixels_path, labels_path = folder / "X.npy", folder / "y.npy"
    if not (pixels_path.exists() and labels_path.exists()):
        return
    pixels = np.load(pixels_path, allow_pickle=False)
    labels = np.load(labels_path, allow_pickle=False)
    images, _, test_images, _ = files
    n_train, n_rows = images.shape[0], images.shape[0] + test_images.shape[0]
    n_pixels = images.shape[1] * images.shape[2]
    if pixels.shape != (n_rows, n_pixels) or labels.shape != (n_rows,):
        raise DataError(
            f"its table has the shape {pixels.shape} with {labels.shape} labels, but "
            f"{(n_rows, n_pixels)} is {TITLE}'s"
        )
    parts = (pixels[:n_train], labels[:n_train], pixels[n_train:], labels[n_train:])
    for file, part in zip(files, parts, strict=True):
        write_idx(part.reshape(file.shape), folder / file.name)


def _cache_folder(places: Places) -> Path:
    return places.cache / "mnist"


def _locate(data_dir: Path | None, places: Places) -> str:
    """Return where MNIST is now; headers are read, the content is not hashed."""
    if data_dir is not None:
        return _describe_folder(data_dir) or f"not in the data folder {data_dir}"
    cache = _cache_folder(places)
    hosts = _list_titles(_make_remotes(places, FILES))
    return _describe_folder(cache) or f"not on this machine; would be fetched from {hosts}"


def _describe_folder(folder: Path) -> str | None:
    try:
        paths, missing = find_files(folder, FILES)
        if missing:
            return None
        wrong = [
            file.name for file in FILES if read_header(paths[file.stem])[1] != file.shape
        ]
    except DataError as error:
        return f"damaged: {error}"
    return f"{folder}, but {wrong[0]} is not {TITLE}'s" if wrong else str(folder)


MNIST = DatasetEntry(
    name="mnist",
    title=TITLE,
    shape="60,000 + 10,000 images of 28 x 28 pixels, 10 classes, its own split",
    load=load_mnist,
    where=_locate,
)
