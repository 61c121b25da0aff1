"""Tables: the same values as pandas reads, whatever the file's dress; the given split."""

import gzip
import hashlib
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecard.runner.datasets import Dataset, load
from tunecard.runner.datasets.text import read_text
from tunecard.runner.schema import Data

#: Numbers, text, gaps, a quoted separator, a line end in a cell, text that is not ASCII.
FRAME = pd.DataFrame(
    {
        "größe (cm)": [1.5, np.nan, -3.0, 1e6, 2.25, 0.1, 7.0, 8.0],
        "town, or so": ["Ulm", None, "Bad\nTölz", "Ulm", 'the "Hof"', "Ulm", "Hof", "Ulm"],
        "n": [1, 2, 3, 4, 5, 6, 7, 16_777_216],
        "y": ["no", "yes"] * 4,
    }
)


def loaded(path: Path, **data: Any) -> Dataset:
    """Load a file whose target is ``y``."""
    return load(
        path.name,
        seed=0,
        test_size=0.25,
        subset=None,
        data_dir=None,
        offline=True,
        notice=print,
        data=Data.model_validate({"target": "y", **data}),
        base=path.parent,
    )


def whole(dataset: Dataset, n_columns: int) -> np.ndarray[Any, Any]:
    """Put the rows of both parts back into the order of the file."""
    X = np.empty((dataset.info.n_train + dataset.info.n_test, n_columns), np.float32)
    in_train = np.setdiff1d(np.arange(len(X)), dataset.test_index)
    X[dataset.test_index], X[in_train] = dataset.X_test, dataset.X_train
    return X


def csv(**options: Any) -> Callable[[], bytes]:
    """Write the frame as pandas does, in some dress."""
    encoding = options.pop("encoding", "utf-8")
    return lambda: FRAME.to_csv(index=False, **options).encode(encoding)


def parquet() -> bytes:
    """Write the frame as Parquet."""
    buffer = io.BytesIO()
    FRAME.to_parquet(buffer)
    return buffer.getvalue()


DRESSES: dict[str, tuple[str, Callable[[], bytes], dict[str, Any]]] = {
    "commas": ("d.csv", csv(), {}),
    "a byte order mark": ("d.csv", csv(encoding="utf-8-sig"), {}),
    "semicolons": ("d.csv", csv(sep=";"), {}),
    "tabs": ("d.tsv", csv(sep="\t"), {}),
    "bars": ("d.txt", csv(sep="|"), {}),
    "named separator": ("d.csv", csv(sep=":"), {"separator": ":"}),
    "decimal commas": ("d.csv", csv(sep=";", decimal=","), {"decimal": ","}),
    "all quoted": ("d.csv", csv(quoting=1), {}),
    "Windows' line ends": ("d.csv", csv(lineterminator="\r\n"), {}),
    "gzip": ("d.csv.gz", lambda: gzip.compress(csv()()), {}),
    "gzip in two members": (
        "d.csv.gz",
        lambda: gzip.compress(csv()()[:40]) + gzip.compress(csv()()[40:]),
        {},
    ),
    "cp1252": ("d.csv", csv(encoding="cp1252"), {"encoding": "cp1252"}),
    "utf-16": ("d.csv", csv(encoding="utf-16"), {"encoding": "utf-16"}),
    "utf-16, by its mark": ("d.csv", csv(encoding="utf-16"), {}),
    "lines above": ("d.csv", lambda: b"made by: us\n\n" + csv()(), {"skip_rows": 2}),
    "no header": ("d.csv", csv(header=False), {"header": False, "target": 3}),
    "Parquet": ("d.parquet", parquet, {}),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_values_are_those_of_pandas(dress: str, tmp_path: Path) -> None:
    """Numbers as float32, categories by name, gaps as NaN, in the order of the file."""
    name, content, data = DRESSES[dress]
    (tmp_path / name).write_bytes(content())
    dataset = loaded(tmp_path / name, **data)
    X = whole(dataset, 3)
    numbers = FRAME.iloc[:, [0, 2]].to_numpy(np.float32)
    np.testing.assert_array_equal(X[:, [0, 2]], numbers)
    categories = dataset.info.columns[1].categories
    towns = [None if np.isnan(code) else categories[int(code)] for code in X[:, 1]]
    assert towns == [None if pd.isna(town) else town for town in FRAME["town, or so"]]
    assert [entry.name for entry in dataset.info.classes] == ["no", "yes"]
    assert [c.kind for c in dataset.info.columns] == ["number", "category", "number"]
    assert [c.n_missing for c in dataset.info.columns] == [1, 1, 0]
    assert dataset.info.n_missing == 2


@given(
    st.lists(
        st.tuples(st.floats(width=32, allow_nan=False, allow_infinity=False), st.text()),
        min_size=1,
        max_size=8,
    )
)
def test_any_text_comes_back_as_it_was_written(
    tmp_path: Path, rows: list[tuple[float, str]]
) -> None:
    """Quotes, separators, line ends and every letter survive the way through a file."""
    frame = pd.DataFrame(rows, columns=["x", "text"])
    frame["text"] = frame["text"].str.replace("\0", "").str.replace("\r", "\n")
    try:
        content = frame.to_csv(index=False, quoting=2).encode()
    except UnicodeEncodeError:  # half a character is no text
        return
    (tmp_path / "d.csv").write_bytes(content)
    table = read_text(tmp_path / "d.csv", Data(separator=","))
    assert table.columns["text"].to_pylist() == list(frame["text"])
    assert [float(x) for x in table.columns["x"].to_pylist()] == list(frame["x"])


def test_the_split_column_decides(tmp_path: Path) -> None:
    """Rows that say test are the test part, in their order; no seed has a say."""
    frame = FRAME.assign(part=["train"] * 4 + ["Test"] * 2 + ["train", "test"])
    frame.to_csv(tmp_path / "d.csv", index=False)
    dataset = loaded(tmp_path / "d.csv", split="part", drop=["town, or so"])
    assert dataset.info.split == "own"
    assert dataset.info.dropped == ("town, or so",)
    np.testing.assert_array_equal(dataset.X_test[:, 1], [5, 6, 16_777_216])
    np.testing.assert_array_equal(dataset.X_train[:, 1], [1, 2, 3, 4, 7])
    np.testing.assert_array_equal(dataset.test_index, [0, 1, 2])


def test_numbers_that_are_names_become_categories(tmp_path: Path) -> None:
    """A postal code has no size: its values are categories, sorted as text."""
    FRAME.to_csv(tmp_path / "d.csv", index=False)
    dataset = loaded(tmp_path / "d.csv", categorical=["n"])
    assert dataset.info.columns[2].categories[:3] == ("1", "16777216", "2")


def test_words_for_no_value_can_be_named(tmp_path: Path) -> None:
    """Named words replace those of pandas: NA may then be a name (Namibia)."""
    text = "x,land,y\n" + "".join(
        f"{'?' if i == 3 else i},{['NA', 'DE'][i % 2]},{'ab'[i // 2 % 2]}\n"
        for i in range(8)
    )
    (tmp_path / "d.csv").write_text(text)
    dataset = loaded(tmp_path / "d.csv", missing=["?"])
    assert dataset.info.columns[0].n_missing == 1
    assert dataset.info.columns[1].categories == ("DE", "NA")


def test_labels_that_are_numbers_are_sorted_by_size(tmp_path: Path) -> None:
    """Class 10 comes after class 2; 1.0 and 1 are the same class."""
    rows = ["10", "2", "1.0", "1", "2.0", "10"] * 2
    (tmp_path / "d.csv").write_text(
        "x,y\n" + "".join(f"{i},{label}\n" for i, label in enumerate(rows))
    )
    dataset = loaded(tmp_path / "d.csv")
    assert [(c.name, c.n_train + c.n_test) for c in dataset.info.classes] == [
        ("1", 4),
        ("2", 4),
        ("10", 4),
    ]


def test_classes_get_the_names_that_the_study_has(tmp_path: Path) -> None:
    """Names replace labels everywhere, and the positive class goes by either."""
    (tmp_path / "d.csv").write_text("x,y\n" + "".join(f"{i},{i % 2}\n" for i in range(8)))
    names = {"0": "healthy", "1": "ill"}
    dataset = loaded(tmp_path / "d.csv", class_names=names, positive=1)
    assert [entry.name for entry in dataset.info.classes] == ["healthy", "ill"]
    assert dataset.info.positive == "ill"
    assert (
        loaded(tmp_path / "d.csv", class_names=names, positive="ill").info.positive == "ill"
    )


def test_duplicates_and_constants_are_counted_as_pandas_does(tmp_path: Path) -> None:
    """Rows that repeat an earlier one, class and all; columns of one value."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.integers(0, 4, 60), "b": rng.integers(0, 3, 60), "c": 7})
    frame["y"] = rng.integers(0, 2, 60)
    frame.to_csv(tmp_path / "d.csv", index=False)
    info = loaded(tmp_path / "d.csv").info
    assert info.n_duplicates == int(frame.duplicated().sum())
    assert [c.name for c in info.columns if c.constant] == ["c"]


def test_the_file_is_hashed(tmp_path: Path) -> None:
    """The results name the very bytes that were read."""
    path = tmp_path / "d.csv.gz"
    path.write_bytes(gzip.compress(csv()()))
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    assert loaded(path).info.sha256["file"] == expected


def test_what_looks_like_names_of_rows_is_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text of its own in each row is told, in the terminal and in the results."""
    (tmp_path / "d.csv").write_text(
        "x,who,y\n" + "".join(f"{i / 2},name {i},{'ab'[i % 2]}\n" for i in range(40))
    )
    notes = loaded(tmp_path / "d.csv").info.notes
    assert len(notes) == 1
    assert notes[0].startswith("Column 'who' has 40 different texts in 40 rows")
    assert capsys.readouterr().out.strip() == notes[0]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (lambda i: 5000 + i * 7 % 40, r"'z' has a different integer in each row"),
        (
            lambda i: ("no", "Yes")[i % 2],
            r"'z' has a value for each class, and so decides the",
        ),
        (lambda i: (1.5, 2.5)[i % 2], r"'z' has a value for each class"),
        (lambda i: i // 2, None),  # two rows of a number
        (lambda i: (1, 2, 3, 4)[i % 4], None),  # two values for a class
        (lambda i: i * 1.5, None),
    ],
)
def test_what_may_be_no_feature_is_noted(
    column: Callable[[int], object], said: str | None, tmp_path: Path
) -> None:
    """Whole numbers that name rows, and a column that repeats the target."""
    (tmp_path / "d.csv").write_text(
        "z,y\n" + "".join(f"{column(i)},{'ab'[i % 2]}\n" for i in range(40))
    )
    notes = loaded(tmp_path / "d.csv").info.notes
    assert len(notes) == (said is not None)
    assert said is None or re.search(said, notes[0])


def test_labels_that_may_be_one_are_noted(tmp_path: Path) -> None:
    """Classes that differ in capital letters alone are named."""
    rows = "".join(f"{i / 3},{('Yes', 'yes ', 'no')[i % 3]}\n" for i in range(30))
    (tmp_path / "d.csv").write_text("x,y\n" + rows)
    (note,) = loaded(tmp_path / "d.csv").info.notes
    assert note.startswith("The classes 'Yes' and 'yes' differ only in capital letters")


def test_a_quoted_header_is_unquoted(tmp_path: Path) -> None:
    """Single quotes around every name are no part of the names."""
    (tmp_path / "d.csv").write_text(
        "'x','y'\n" + "".join(f"{i},{i % 2}\n" for i in range(8))
    )
    assert [column.name for column in loaded(tmp_path / "d.csv").info.columns] == ["x"]
