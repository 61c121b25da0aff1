"""Which rows are taken: the split by seed, and a stratified part of a part."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner.datasets.values import CodeArray
from tunecard.runner.errors import StudyError
from tunecard.runner.resampling import Resampling
from tunecard.runner.schema import SplitSpec

TRAIN_ROWS = 10_000  # training rows that are scored, at most
FEWEST = 2  # rows of a part of a regression


def split_rows(
    y: CodeArray,
    *,
    resampling: Resampling,
    split: SplitSpec,
    number: int,
    test_size: float,
    seed: int,
    n_classes: int,
    title: str,
) -> tuple[CodeArray, CodeArray]:
    """Split rows into a training and a test part, stratified by class where possible.

    Parameters
    ----------
    y : ndarray (n_samples,)
        Class codes.
    resampling : Resampling
        What is drawn as a whole.
    split : SplitSpec
        How often, and whether as the folds of a cross-validation.
    number : int
        Which of its outer splits, from 0.
    test_size : float
        Share of the rows held out, as scikit-learn's train_test_split counts.
    seed : int
        Of the first outer split.
    n_classes : int
        Each part must hold at least as many rows; 0 of a regression.
    title : str
        Name of the data in an error.

    Returns
    -------
    train, test : ndarray of int64
        Row numbers, ascending.

    Raises
    ------
    StudyError
        If a part would hold fewer rows than there are classes.
    """
    if split.kind == "cv":
        repeat, fold = divmod(number, split.n_folds)
        folds = resampling.inner(y, split.n_folds, seed + repeat)
        test = np.sort(folds[fold][1]).astype(np.int64)
        return np.setdiff1d(np.arange(len(y)), test).astype(np.int64), test
    n_test = math.ceil(test_size * len(y))
    for part, n_rows in (("test", n_test), ("training", len(y) - n_test)):
        if not n_classes and n_rows < FEWEST:
            raise StudyError(
                f"test_size = {test_size:g} leaves {n_rows} {part} rows of {title}'s "
                f"{len(y):,}; each part of a regression needs {FEWEST}. Choose another "
                "test_size, or give more rows."
            )
        if n_rows < n_classes:
            raise StudyError(
                f"test_size = {test_size:g} leaves {n_rows} {part} rows of {title}'s "
                f"{len(y):,}, fewer than its {n_classes} classes; choose a test_size "
                f"between {n_classes / len(y):.2g} and {1 - n_classes / len(y):.2g}."
            )
    return resampling.outer(y, test_size, seed + number)


def take_rows(
    y: CodeArray,
    n_rows: int,
    *,
    seed: int,
    part: str,
    class_names: tuple[str, ...],
    title: str,
) -> CodeArray:
    """Draw rows without replacement, stratified by class.

    Parameters
    ----------
    y : ndarray (n_samples,)
        Class codes of the part to draw from.
    n_rows : int
        How many rows to draw.
    seed : int
        Of the draw.
    part : str
        ``train`` or ``test``: the field of the study that an error names.
    class_names : tuple of str
        Each class must come away with a row; none of a regression.
    title : str
        Name of the data in an error.

    Returns
    -------
    ndarray (n_rows,) of int64
        Row numbers, ascending.

    Raises
    ------
    StudyError
        If there are fewer rows than requested, or fewer are requested than
        there are classes, or a class would be left without a row.
    """
    from sklearn.utils import resample  # heavy

    fewest = len(class_names) or FEWEST
    allowed = f"choose {fewest} to {len(y):,} rows"
    if n_rows > len(y):
        raise StudyError(
            f"subset.{part} = {n_rows:,} is more than the {len(y):,} rows of {title}'s "
            f"{part} part; {allowed}."
        )
    if n_rows < len(class_names):
        raise StudyError(
            f"subset.{part} = {n_rows:,} is fewer than the {len(class_names)} classes of "
            f"{title}; {allowed}."
        )
    # train_test_split would demand as many rows left over as there are classes.
    rows: CodeArray = np.sort(
        resample(
            np.arange(len(y), dtype=np.int64),
            replace=False,
            n_samples=n_rows,
            random_state=seed,
            stratify=y if class_names else None,
        )
    )
    if not class_names:
        return rows
    counts = np.bincount(y[rows], minlength=len(class_names))
    if not counts.all():
        empty = class_names[int(np.argmin(counts))]
        raise StudyError(
            f"subset.{part} = {n_rows:,} leaves the class {empty!r} of {title} without a "
            f"row; choose more, up to {len(y):,}."
        )
    return rows


def scored_rows(y: NDArray[Any], seed: int, *, stratified: bool = True) -> CodeArray:
    """Choose the training rows that are scored: all, or a sample of 10,000 by class."""
    from sklearn.utils import resample

    rows = np.arange(len(y))
    if len(y) <= TRAIN_ROWS:
        return rows
    # train_test_split would demand two rows of each class, and as many left over.
    chosen: CodeArray = resample(
        rows,
        replace=False,
        n_samples=TRAIN_ROWS,
        stratify=y if stratified else None,
        random_state=seed,
    )
    return np.sort(chosen)
