"""Files of predictions: joined by id or by their order, one file or several."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tunecard.runner.errors import InputError
from tunecard.runner.judge.joining import Columns
from tunecard.runner.judge.tables import read_files

FRAME = pd.DataFrame(
    {
        "id": [7, 3, 9, 1],
        "label": ["yes", "no", "yes", "no"],
        "old": ["yes", "yes", "no", "no"],
        "new": ["yes", "no", "yes", "no"],
        "p": [0.9, 0.6, 0.2, 0.1],
    }
)
COLUMNS = Columns("label", ("old",))


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write a frame as the suffix says."""
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_one_file_with_two_columns_of_predictions(suffix: str, tmp_path: Path) -> None:
    """The first column is the baseline; a column gives its model the name."""
    path = write(FRAME, tmp_path / f"both{suffix}")
    handed = read_files([path], Columns("label", ("old", "new")))
    (pair,) = handed.pairs
    assert pair.name == "new"
    assert pair.before.tolist() == FRAME["old"].tolist()
    assert pair.after.tolist() == FRAME["new"].tolist()
    assert handed.y_test.tolist() == FRAME["label"].tolist()


def test_two_files_are_joined_by_id(tmp_path: Path) -> None:
    """Rows of the second file follow the first one's order, without a truth of its own."""
    first = write(FRAME, tmp_path / "a.csv")
    other = FRAME.drop(columns="label").sample(frac=1, random_state=1)
    second = write(other.assign(old=other["new"]), tmp_path / "b.csv")
    handed = read_files([first, second], Columns("label", ("old",), id="id"))
    assert handed.pairs[0].after.tolist() == FRAME["new"].tolist()


def test_probabilities_of_two_classes_take_one_column(tmp_path: Path) -> None:
    """The column is that of the positive class; the other is what is left of 1."""
    path = write(FRAME, tmp_path / "a.csv")
    columns = Columns("label", ("old", "new"), ("p",), positive="yes")
    (pair,) = read_files([path], columns).pairs
    labels, shares = pair.before
    assert labels.tolist() == FRAME["old"].tolist()
    assert np.allclose(shares, np.column_stack([1 - FRAME["p"], FRAME["p"]]))


def test_whole_numbers_are_one_class_however_they_are_written(tmp_path: Path) -> None:
    """1 and 1.0 are the same class."""
    path = write(
        pd.DataFrame({"y": [0, 1], "a": [0.0, 1.0], "b": [1, 1]}), tmp_path / "a.csv"
    )
    handed = read_files([path], Columns("y", ("a", "b")))
    assert handed.y_test.tolist() == handed.pairs[0].before.tolist() == ["0", "1"]


WRONG: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], dict[str, Any], str]] = {
    "fewer rows": (lambda f: f[1:], {}, "has 3 rows, but"),
    "other truths": (
        lambda f: f.assign(label=f["label"][::-1].tolist()),
        {},
        "the true class differs from that of",
    ),
    "no such column": (lambda f: f, {"truth": "lable"}, "Did you mean 'label'?"),
    "no truth": (lambda f: f.drop(columns="label"), {}, "--truth label: is not a column"),
    "an id that is missing": (
        lambda f: f.assign(id=f["id"] + 1),
        {"id": "id"},
        "lacks 4 ids of",
    ),
    "an id that stands twice": (
        lambda f: f.assign(id=[7, 7, 9, 1]),
        {"id": "id"},
        "the id '7' stands in 2 rows",
    ),
    "a gap": (
        lambda f: f.assign(old=["yes", "", "no", "no"]),
        {},
        "has no value in 1 of 4 rows, the first of them row 2",
    ),
    "probabilities as predictions": (
        lambda f: f.assign(old=f["p"]),
        {},
        "probabilities go into --probability",
    ),
    "a probability of no class": (
        lambda f: f,
        {"probabilities": ("p",)},
        "of which class? Name it, as in --positive yes",
    ),
    "a probability above 1": (
        lambda f: f.assign(p=f["p"] * 2),
        {"probabilities": ("p",), "positive": "yes"},
        "does not hold a probability from 0 to 1 in 2 rows",
    ),
    "an unknown positive class": (
        lambda f: f,
        {"probabilities": ("p",), "positive": "maybe"},
        "--positive maybe: is not a class; there are 'no', 'yes'",
    ),
    "a file named twice": (
        lambda f: f,
        {"same": True},
        "is named twice; each case needs a file",
    ),
    "three columns for two files": (
        lambda f: f,
        {"predictions": ("old", "new", "p")},
        "2 files and 3 columns of predictions",
    ),
}


@pytest.mark.parametrize(("change", "fields", "said"), WRONG.values(), ids=WRONG)
def test_wrong_files(
    change: Callable[[pd.DataFrame], pd.DataFrame],
    fields: dict[str, Any],
    said: str,
    tmp_path: Path,
) -> None:
    """One sentence names the file, the column and what to do."""
    name = "a.csv" if fields.get("same") else "b.csv"
    paths = [write(FRAME, tmp_path / "a.csv"), write(change(FRAME), tmp_path / name)]
    fields = {key: value for key, value in fields.items() if key != "same"}
    columns = Columns(**{"truth": "label", "predictions": ("old",), **fields})
    with pytest.raises(InputError) as caught:
        read_files(paths, columns)
    assert said in str(caught.value)
    assert str(caught.value).endswith(".")


def test_one_file_with_one_column_is_refused(tmp_path: Path) -> None:
    """There is nothing to compare."""
    with pytest.raises(InputError, match="Name a second file, or a second --prediction"):
        read_files([write(FRAME, tmp_path / "a.csv")], COLUMNS)
