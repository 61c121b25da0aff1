"""MNIST's four files: their names, their hashes, and how they are read and verified."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tunecard.runner.datasets.idx import AnyArray, idx_sha256, read_labeled
from tunecard.runner.datasets.values import DataPart, FloatArray, Whole
from tunecard.runner.errors import DataError

TITLE = "MNIST"


@dataclass(frozen=True)
class IdxFile:
    """One of MNIST's files.

    Attributes
    ----------
    stem : str
        Its name up to the part with the number of axes.
    shape : tuple of int
        Of the array in it.
    sha256 : str
        Of the uncompressed content.
    gzip_sha256 : str
        Of the original gzip that the mirrors serve.
    gzip_bytes : int
        Size of that gzip.
    """

    stem: str
    shape: tuple[int, ...]
    sha256: str
    gzip_sha256: str
    gzip_bytes: int

    @property
    def name(self) -> str:
        """The name under which the mirrors serve it, ``.gz`` aside."""
        return f"{self.stem}-idx{len(self.shape)}-ubyte"

    @property
    def spellings(self) -> tuple[str, ...]:
        """The names in use, the mirrors' own first."""
        dotted = f"{self.stem}.idx{len(self.shape)}-ubyte"
        return (f"{self.name}.gz", self.name, f"{dotted}.gz", dotted)


FILES = (
    IdxFile(
        stem="train-images",
        shape=(60_000, 28, 28),
        sha256="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        gzip_sha256="440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        gzip_bytes=9_912_422,
    ),
    IdxFile(
        stem="train-labels",
        shape=(60_000,),
        sha256="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        gzip_sha256="3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        gzip_bytes=28_881,
    ),
    IdxFile(
        stem="t10k-images",
        shape=(10_000, 28, 28),
        sha256="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        gzip_sha256="8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        gzip_bytes=1_648_877,
    ),
    IdxFile(
        stem="t10k-labels",
        shape=(10_000,),
        sha256="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        gzip_sha256="f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        gzip_bytes=4_542,
    ),
)


def find_files(
    folder: Path, files: Sequence[IdxFile]
) -> tuple[Mapping[str, Path], tuple[str, ...]]:
    """Return the path of each file by its stem, and the names of those not there.

    Raises
    ------
    DataError
        If the folder cannot be looked into.
    """
    try:
        paths = {
            file.stem: folder / name
            for file in files
            for name in reversed(file.spellings)  # the first spelling wins
            if (folder / name).is_file()
        }
    except OSError as error:
        raise DataError(
            f"{folder}: cannot be read ({error.strerror or error}). "
            "Check the folder's name and permissions."
        ) from error
    return paths, tuple(file.name for file in files if file.stem not in paths)


def read_files(
    paths: Mapping[str, Path], files: Sequence[IdxFile], *, source: str, advice: str
) -> Whole:
    """Read and verify the four files.

    Parameters
    ----------
    paths : dict
        The path of each file by its stem.
    files : sequence of IdxFile
        Training images, training labels, test images, test labels.
    source : str
        Where they are from, in words.
    advice : str
        What to do about a file whose content is wrong; ends its error.

    Raises
    ------
    DataError
        If a file is damaged, or its content is not MNIST's.
    """
    parts = [
        _read_part(paths, images, labels, advice)
        for images, labels in (files[:2], files[2:])
    ]
    return Whole(
        source=source,
        image_shape=(files[0].shape[1], files[0].shape[2]),
        class_names=tuple("0123456789"),
        train=parts[0],
        test=parts[1],
    )


def _read_part(
    paths: Mapping[str, Path], images: IdxFile, labels: IdxFile, advice: str
) -> DataPart:
    pixels, digits = read_labeled(paths[images.stem], paths[labels.stem])
    for file, array in ((images, pixels), (labels, digits)):
        _verify(array, file, paths[file.stem], advice)
    return DataPart(X=_scale(pixels), y=digits.astype(np.int64))


def _verify(array: AnyArray, file: IdxFile, path: Path, advice: str) -> None:
    if array.shape != file.shape:
        raise DataError(
            f"{path}: holds the shape {array.shape}, but {TITLE}'s {file.stem} has "
            f"{file.shape}. {advice}".rstrip()
        )
    digest = idx_sha256(array)
    if digest != file.sha256:
        raise DataError(
            f"{path}: the SHA-256 of its uncompressed content is {digest}, but that of "
            f"{TITLE}'s {file.stem} is {file.sha256}. {advice}".rstrip()
        )


def _scale(pixels: AnyArray) -> FloatArray:
    """Scale 0..255 to [0, 1] in float32 without a second copy; (n, h, w) to (n, h * w)."""
    flat = pixels.reshape(len(pixels), -1)
    return np.divide(flat, np.float32(255), dtype=np.float32)
