"""The description of the rows that a run uses, as results.json has it."""

import numpy as np

from tunecard.runner.datasets.hashes import (
    dtype_of,
    frame_sha256,
    n_duplicates,
    sha256_of,
)
from tunecard.runner.datasets.numeric_target import describe_target
from tunecard.runner.datasets.partition import (
    Partition,
)
from tunecard.runner.datasets.ranges import column_ranges
from tunecard.runner.datasets.single import best_column
from tunecard.runner.datasets.twins import find_twins
from tunecard.runner.datasets.values import (
    DataPart,
    Whole,
)
from tunecard.runner.resampling import Unit
from tunecard.runner.schema import (
    ClassInfo,
    DatasetInfo,
)
from tunecard.runner.task import Task


def describe(
    whole: Whole,
    train: DataPart,
    test: DataPart,
    rows: Partition,
    *,
    name: str,
    title: str,
    subset_of: str | None,
    fallback_reason: str | None,
    positive: str | None,
    split_unit: Unit,
    unit: str | None = None,
    keep_columns: bool = True,
) -> DatasetInfo:
    """Describe and hash the two parts of a run."""
    n_twins, twins = find_twins(test.X, train.X)
    return DatasetInfo(
        name=name,
        title=title,
        source=whole.source,
        n_train=len(train.y),
        n_test=len(test.y),
        n_features=train.X.shape[1],
        dtype=dtype_of(train),
        image_shape=whole.image_shape,
        classes=_classes(whole, train, test),
        values=None if whole.class_names else describe_target(unit, train.y, test.y),
        split="stratified" if whole.test is None else "own",
        split_unit=split_unit,
        sha256={
            "X_train": sha256_of(train.X),
            "y_train": sha256_of(train.y),
            "X_test": sha256_of(test.X),
            "y_test": sha256_of(test.y),
            "split": sha256_of(rows.train, rows.test),
            **({"file": whole.file_sha256} if whole.file_sha256 else {}),
            **frame_sha256(train, test),
            **_unit_sha256(train, test),
            **({} if train.weight is None else {"sample_weight": sha256_of(train.weight)}),
        },
        subset_of=subset_of,
        fallback_reason=fallback_reason,
        n_test_rows_in_train=n_twins,
        twins=twins,
        # No pixel decides an image, and there are hundreds of them.
        repeated=whole.repeated,
        ordered=whole.ordered if split_unit == "row" else None,
        sample_weight=whole.weights,
        column_rule=None
        if whole.image_shape is not None or not whole.class_names
        else best_column(train.X, train.y, whole.columns),
        ranges=column_ranges(train, test, whole.columns)
        if keep_columns and whole.image_shape is None and not whole.class_names
        else (),
        columns=whole.columns,
        target=whole.target,
        dropped=whole.dropped,
        n_missing=sum(column.n_missing for column in whole.columns),
        n_duplicates=n_duplicates(whole),
        positive=positive,
        notes=whole.notes,
    )


def _classes(whole: Whole, train: DataPart, test: DataPart) -> tuple[ClassInfo, ...]:
    """Count the rows of each class; a regression has none."""
    n_classes = len(whole.class_names)
    if not n_classes:
        return ()
    counts = zip(
        whole.class_names,
        (whole.task or Task(np.arange(n_classes))).labels,
        np.bincount(train.y, minlength=n_classes).tolist(),
        np.bincount(test.y, minlength=n_classes).tolist(),
        strict=True,
    )
    return tuple(
        ClassInfo.of(name, label, n_train=a, n_test=b) for name, label, a, b in counts
    )


def _unit_sha256(train: DataPart, test: DataPart) -> dict[str, str]:
    """Hash the groups or moments of the rows, on which folds and tests depend."""
    if train.unit is None or test.unit is None:
        return {}
    return {"unit": sha256_of(train.unit, test.unit)}
