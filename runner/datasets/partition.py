"""Which rows of the data are trained on and which are tested on."""

from dataclasses import dataclass

import numpy as np

from tunecard.runner.datasets.subset import split_rows, take_rows
from tunecard.runner.datasets.values import (
    CodeArray,
    DataPart,
    Whole,
)
from tunecard.runner.errors import StudyError
from tunecard.runner.resampling import resampling_of
from tunecard.runner.schema import (
    SplitSpec,
    Subset,
)


@dataclass(frozen=True)
class Partition:
    """Row numbers in the source's parts (``own``) or in its whole (``stratified``)."""

    train: CodeArray
    test: CodeArray


def split_whole(
    whole: Whole, split: SplitSpec, number: int, *, test_size: float, seed: int, title: str
) -> Partition:
    """Split data that has no test part of its own."""
    if split.kind == "custom":
        raise StudyError(
            'split.kind = "custom" stands for splits that are given in Python, as '
            "tunecard.run(split=...); in a file use another kind."
        )
    if whole.test is not None:
        return Partition(_number_rows(whole.train), _number_rows(whole.test))
    train, test = split_rows(
        whole.train.y,
        resampling=resampling_of(
            split, whole.train.unit, stratified=bool(whole.class_names)
        ),
        split=split,
        number=number,
        test_size=test_size,
        seed=seed,
        n_classes=len(whole.class_names),
        title=title,
    )
    return Partition(train, test)


def cut_down(
    whole: Whole, rows: Partition, subset: Subset, *, seed: int, title: str
) -> Partition:
    """Draw a subset of each part, stratified by class."""

    def draw(part: str, y: CodeArray, numbers: CodeArray, n_rows: int) -> CodeArray:
        drawn = take_rows(
            y[numbers],
            n_rows,
            seed=seed,
            part=part,
            class_names=whole.class_names,
            title=title,
        )
        return numbers[drawn]

    return Partition(
        draw("train", whole.train.y, rows.train, subset.train),
        draw("test", (whole.test or whole.train).y, rows.test, subset.test),
    )


def name_whole(whole: Partition, taken: Partition, title: str) -> str | None:
    """Return the name of what a subset was drawn from; None where all is used."""
    n_train, n_test = len(whole.train), len(whole.test)
    if (len(taken.train), len(taken.test)) == (n_train, n_test):
        return None
    return f"{title} ({n_train:,} training and {n_test:,} test rows)"


def _number_rows(part: DataPart) -> CodeArray:
    return np.arange(len(part.y), dtype=np.int64)


def take_part(part: DataPart, rows: CodeArray) -> DataPart:
    """Take rows of a part."""
    if len(rows) == len(part.y):  # ascending and distinct, so all of them: no copy
        return part
    return part.take(rows)
