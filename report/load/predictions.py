"""Reads predictions.parquet: what each case predicted for each test row."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.report.load.agreement import check_agreement
from tunecard.report.load.columns import class_codes, finite, mismatch, need, read_columns
from tunecard.report.load.of_seeds import read_of_each_seed
from tunecard.report.load.rows import Predictions
from tunecard.report.stats.in_time import blocks_of
from tunecard.runner.schema import Results


def read_predictions(
    path: Path, results: Results, *, labels_only: bool = False
) -> Predictions:
    """Read predictions.parquet and check it against the results.

    Parameters
    ----------
    path : Path
        The Parquet file.
    results : Results
        The results that it belongs to.
    labels_only : bool
        Whether to leave probabilities and images unread, which takes a tenth of the
        time.

    Returns
    -------
    Predictions
        One row a test sample.

    Raises
    ------
    ReadError
        If it cannot be read, or its rows, columns or class codes do not match.
    """
    if not labels_only:
        return _predictions(path, results, read_columns(path))
    return _predictions(path, results, read_columns(path, _is_of_labels))


def _is_of_labels(name: str) -> bool:
    return name in ("index", "y_true", "unit") or name.startswith("predicted:")


def read_of_seeds(path: Path, results: Results) -> dict[int, Predictions]:
    """Read the predictions of each seed, whose columns end in ``@<seed>``."""
    sizes = {
        seed: results.of_seed(seed).dataset.n_test for seed in results.study.repetitions
    }
    return {
        seed: _predictions(path, results.of_seed(seed), columns)
        for seed, columns in read_of_each_seed(path, sizes).items()
    }


def _predictions(
    path: Path, results: Results, columns: Mapping[str, NDArray[Any]]
) -> Predictions:
    n_test = results.dataset.n_test
    classes = [label.name for label in results.dataset.classes]
    needed = ["index", "y_true"]
    needed += [
        f"predicted:{case.key}" for case in results.cases if case.quality is not None
    ]
    need(path, needed, columns)
    n_rows = len(columns["y_true"])
    if n_rows != n_test:
        raise mismatch(path, f"has {n_rows} rows, but the results have {n_test} test rows")
    for name in ("index", "unit"):
        if name in columns and not np.issubdtype(columns[name].dtype, np.integer):
            raise mismatch(path, f"column {name!r} does not hold integers")
    if ("unit" in columns) != (results.dataset.split_unit != "row"):
        raise mismatch(
            path, "lacks the groups of its rows, or has some that the results do not"
        )
    of_values = results.study.task == "regression"
    codes = {
        name: finite(path, name, columns[name], np.float64)
        if of_values
        else class_codes(path, name, columns[name], classes)
        for name in needed[1:]
    }
    predicted = {name.removeprefix("predicted:"): codes[name] for name in needed[2:]}
    probability, score = {}, {}
    expected = {*needed, "image", "unit"}
    # Version 1 has codes in place of names, here as in the columns of labels.
    is_named = columns["y_true"].dtype == object
    suffixes = classes if is_named else [str(code) for code in range(len(classes))]
    for key in predicted:
        of_two = f"score:{key}"
        names = {
            part: [f"{part}:{key}:{suffix}" for suffix in suffixes]
            for part in ("probability", "score")
        }
        expected |= {of_two, *names["probability"], *names["score"]}
        shares = _of_each_class(path, names["probability"], columns)
        if shares is not None:
            if (shares < 0).any() or (shares > 1).any():
                raise mismatch(path, f"has probabilities of {key!r} beyond 0 to 1")
            probability[key] = shares
        scores = _of_each_class(path, names["score"], columns)
        if of_two in columns:
            scores = finite(path, of_two, columns[of_two])
        if scores is not None:
            score[key] = scores
    unknown = sorted(set(columns) - expected)
    if unknown:
        raise mismatch(path, f"has a column {unknown[0]!r} that no run writes")
    rows = Predictions(
        index=columns["index"].astype(np.int64),
        y_true=codes["y_true"],
        predicted=predicted,
        probability=probability,
        images=_images(path, columns.get("image"), results),
        score=score,
        classes=results.dataset.classes,
        positive=results.dataset.positive_code,
        of_values=of_values,
        **_units(columns, results),
    )
    check_agreement(path, results, rows)
    return rows


def _units(columns: Mapping[str, NDArray[Any]], results: Results) -> dict[str, Any]:
    """Return the groups of the rows, or their blocks of time."""
    if "unit" not in columns:
        return {}
    unit, in_time = columns["unit"], results.dataset.split_unit == "block"
    codes = blocks_of(unit) if in_time else np.unique(unit, return_inverse=True)[1]
    return {"unit": codes, "in_time": in_time}


def _of_each_class(
    path: Path, names: Sequence[str], columns: Mapping[str, NDArray[Any]]
) -> NDArray[np.float32] | None:
    """Return the columns of all classes next to each other; None where there are none."""
    if not any(name in columns for name in names):
        return None
    need(path, names, columns)
    return np.column_stack([finite(path, name, columns[name]) for name in names])


def _images(
    path: Path, cells: NDArray[Any] | None, results: Results
) -> dict[int, NDArray[np.uint8]]:
    """Return the images that were kept, by position of their row."""
    shape = results.dataset.image_shape
    if cells is None or shape is None:
        return {}
    images = {}
    for position, cell in enumerate(cells):
        if cell is None:
            continue
        if not isinstance(cell, bytes) or len(cell) != shape[0] * shape[1]:
            raise mismatch(
                path,
                f"has an image in row {position} that is not {shape[0]} x {shape[1]} bytes",
            )
        images[position] = np.frombuffer(cell, np.uint8).reshape(shape)
    return images
