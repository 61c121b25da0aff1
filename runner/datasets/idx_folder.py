"""A folder of IDX files, as MNIST and its relatives are published: images and labels."""

import re
from pathlib import Path

import numpy as np

from tunecard.runner.datasets.idx import read_labeled
from tunecard.runner.datasets.target import check_classes
from tunecard.runner.datasets.values import DataPart, Request, Whole
from tunecard.runner.errors import DataError

# train-images-idx3-ubyte, t10k-labels.idx1-ubyte.gz, test-images.idx, images-idx3-ubyte
_NAME = re.compile(
    r"(?P<part>.*?)[-_.]?(?P<what>images|labels)([-_.]?idx\d)?([-_.]?(ubyte|idx))?(\.gz)?",
    re.IGNORECASE,
)
_TRAIN, _TEST = ("train", "training"), ("t10k", "test", "testing")


def load_idx_folder(folder: Path, _request: Request) -> Whole:
    """Load images and labels: one pair of files, or a pair of each part.

    Parameters
    ----------
    folder : Path
        With files such as ``train-images-idx3-ubyte`` and ``t10k-labels...``.

    Raises
    ------
    DataError
        If they are not there, are damaged, or do not fit together.
    """
    pairs = _find_pairs(folder)
    read = {part: read_labeled(*files) for part, files in pairs.items()}
    shapes = {part: images.shape[1:] for part, (images, _) in read.items()}
    if len(set(shapes.values())) > 1:
        raise DataError(f"{folder}: the images of its parts differ in shape: {shapes}.")
    labels = np.concatenate([part_labels for _, part_labels in read.values()])
    distinct, codes = np.unique(labels, return_inverse=True)
    names = tuple(str(name) for name in distinct.tolist())
    check_classes(codes, names, f"{folder}: its labels")
    parts = []
    start = 0
    for images, part_labels in read.values():
        # Bytes are gray values; other types may be anything, and stay as they are.
        flat = images.reshape(len(images), -1)
        scale = np.float32(255 if images.dtype == np.uint8 else 1)
        rows = np.divide(flat, scale, dtype=np.float32)
        parts.append(
            DataPart(rows, codes[start : start + len(part_labels)].astype(np.int64))
        )
        start += len(part_labels)
    height, width = next(iter(shapes.values()))
    return Whole(
        source=f"IDX files in the folder {folder.name}",
        image_shape=(int(height), int(width)),
        class_names=names,
        train=parts[0],
        test=parts[1] if len(parts) == 2 else None,
    )


def _find_pairs(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Find the files: by part, training first; images before labels."""
    by_part: dict[str, dict[str, Path]] = {}
    try:
        for path in sorted(folder.iterdir()):
            match = _NAME.fullmatch(path.name)
            if match and path.is_file():
                part = match["part"].casefold()
                by_part.setdefault(part, {}).setdefault(match["what"].casefold(), path)
    except OSError as error:
        raise DataError(f"{folder}: cannot be read ({error.strerror or error}).") from error
    if not by_part:
        raise DataError(
            f"{folder}: holds no IDX files, such as train-images-idx3-ubyte and "
            "train-labels-idx1-ubyte. A table is named by its file, not by its folder."
        )
    for files in by_part.values():
        for what in {"images", "labels"} - set(files):
            other = next(iter(files.values())).name
            raise DataError(f"{folder}: has {other}, but no {what} next to it.")
    names = list(by_part)
    train = [name for name in names if name in _TRAIN]
    test = [name for name in names if name in _TEST]
    if len(names) == 1 or (len(names) == 2 and train and test):
        return {
            name: (by_part[name]["images"], by_part[name]["labels"])
            for name in [*train, *(n for n in names if n not in train)]
        }
    raise DataError(
        f"{folder}: has images and labels of {', '.join(repr(name) for name in names)}; "
        "expected is one part, or 'train' and 'test' (or 't10k')."
    )
