"""A corpus of bad files: each is refused with one sentence that says what is wrong."""

import gzip
import io
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.command import call
from tunecard.runner.datasets import Dataset, load
from tunecard.runner.errors import DataError, InputError
from tunecard.runner.init.command import write_study
from tunecard.runner.schema import Data

GOOD = "x,y\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n7,a\n8,b\n"
#: 40 rows of a second column; {} is filled by row number.
ROWS = "x,z,y\n" + "".join(f"{i},{{{i}}},{'ab'[i % 2]}\n" for i in range(40))


def filled(value: Callable[[int], object]) -> str:
    """Make a table whose column z has a value by row."""
    return ROWS.format(*(value(row) for row in range(40)))


def npz(**arrays: Any) -> bytes:
    """Make an NPZ file's bytes; object arrays are pickled."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def parquet(**columns: Any) -> bytes:
    """Make a Parquet file's bytes."""
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


X4, Y4 = np.zeros((4, 2)), np.array([0, 1, 0, 1])

#: Name of the file, its content, what the study says of it, what the sentence says.
CORPUS: dict[str, tuple[str, str | bytes, dict[str, Any], str]] = {
    "wrong target": ("d.csv", GOOD, {"target": "Y"}, r"mean 'y'\? There are 'x', 'y'\."),
    "target out of range": ("d.csv", GOOD, {"target": 2}, r"it has 2, numbered from 0"),
    "no target": ("d.csv", GOOD, {"target": None}, r"data.target is missing.*'x', 'y'"),
    "one class": ("d.csv", "x,y\n1,a\n2,a\n", {}, r"one class only, 'a'"),
    "a class with one row": ("d.csv", GOOD + "9,c\n", {}, r"one row only.*'c' \(row 9\)"),
    "every class with one row": ("d.csv", "x,y\n1,a\n2,b\n3,c\n", {}, r"hardly repeat"),
    "an all-missing column": ("d.csv", filled(lambda _: ""), {}, r"'z' has no value"),
    "mixed types": (
        "d.csv",
        filled(lambda row: "unknown" if row == 6 else row),
        {},
        r"'z' mixes .*: 39 rows hold numbers, row 7 holds 'unknown'\. .*numeric = \[.z.\]",
    ),
    "no rows": ("d.csv", "x,y\n", {}, r"a header, but no row"),
    "no rows, no line end": ("d.csv", "x,y", {}, r"a header, but no row"),
    "no columns": ("d.csv", "y\na\nb\n", {}, r"one column only"),
    "no column but the target": (
        "d.csv",
        GOOD,
        {"drop": ("x",)},
        r"no column to learn from besides the target 'y'",
    ),
    "a dropped column that is none": ("d.csv", GOOD, {"drop": ("q",)}, r'data\.drop = "q"'),
    "huge integers": (
        "d.csv",
        filled(lambda row: 9_007_199_254_740_993 + row),
        {},
        r"'z' holds integers, such as 9007199254740993.*become the same",
    ),
    "beyond 32 bits": ("d.csv", filled(lambda _: "1e39"), {}, r"'z' holds 1e\+39 in row 1"),
    "infinity": (
        "d.csv",
        filled(lambda row: "inf" if row == 2 else row),
        {},
        r"'z' holds inf in row 3",
    ),
    "wrong encoding": (
        "d.csv",
        "x,größe,y\n1,2,a\n".encode("latin-1"),
        {},
        r"is not text in utf-8: the byte 0xF6 at position 4 \(line 1\)",
    ),
    "wrong encoding below": (
        "d.csv",
        GOOD.encode() + b"9,\xe9\n",
        {},
        r"byte 0xE9 at position 38 \(line 10\)",
    ),
    "utf-16 without its mark": (
        "d.csv",
        GOOD.encode("utf-16-le"),
        {},
        r'NUL character in line 1.*encoding = "utf-16"',
    ),
    "an encoding that is none": ("d.csv", GOOD, {"encoding": "latin-99"}, r"not known"),
    "the encoding that was named": (
        "d.csv",
        b"x,\xff,y\n",
        {"encoding": "ascii"},
        r"not text in ascii",
    ),
    "a row too short": (
        "d.csv",
        "x,z,y\n1,2,a\n3,b\n",
        {},
        r"row 2 has 2 cells, but the header has 3: column 2 \('y'\)",
    ),
    "a row too long": (
        "d.csv",
        "x,z,y\n1,2,a\n3,4,5,b\n",
        {},
        r"row 2 has 4 cells, but the header has 3: 'b' stands behind the last column, 'y'",
    ),
    "a quote without an end": ("d.csv", 'x,z,y\n1,"2,a\n3,4,b\n', {}, r"row 1 has 2 cells"),
    "an odd first line": (
        "d.csv",
        "150,4\n" + "1,2,3,4,a\n" * 4,
        {},
        r"first line \('150,4'\) is not a header",
    ),
    "target with gaps": (
        "d.csv",
        GOOD + "9,\n10,NA\n",
        {},
        r"no value in 2 of 10 rows, the first of them row 9\. .*drop_unlabeled = true",
    ),
    "target with a word for none": (
        "d.csv",
        GOOD + "9,None\n",
        {},
        r"row 9 \('None' is read as missing\)",
    ),
    "a continuous target": (
        "d.csv",
        "x,y\n1,0.5\n2,1.5\n3,0.5\n4,1.5\n",
        {},
        r"not classes: 2 different ones, such as 0\.5.*regression",
    ),
    "a binary file": ("d.csv", bytes(range(256)) * 4, {}, r"not text in utf-8.*binary"),
    "a binary file of zeros": ("d.csv", b"x,y\n1\0,a\n", {}, r"NUL character in line 2"),
    "a Parquet file": ("d.csv", parquet(x=[1], y=["a"]), {}, r"is a Parquet file"),
    "an Excel file": ("d.csv", b"PK\x03\x04" + b"\0" * 40, {}, r"Excel's workbooks"),
    "another format": ("d.xlsx", b"PK\x03\x04", {}, r"has no known ending"),
    "an empty file": ("d.csv", b"", {}, r"is empty"),
    "blank lines": ("d.csv", b"\n \n\n", {}, r"is empty"),
    "gzip that is none": ("d.csv.gz", GOOD, {}, r"ends in \.gz, but it is not gzipped"),
    "gzip cut off": ("d.csv.gz", gzip.compress(GOOD.encode())[:-9], {}, r"gzip is cut off"),
    "gzip damaged": (
        "d.csv.gz",
        gzip.compress(GOOD.encode())[:10] + b"\xff" * 30,
        {},
        r"gzip is damaged",
    ),
    "a split of other words": (
        "d.csv",
        filled(lambda row: "dev" if row == 3 else "train"),
        {"split": "z"},
        r"split column 'z' holds 'dev' in row 4",
    ),
    "a split of one part": (
        "d.csv",
        filled(lambda _: "train"),
        {"split": "z"},
        r"never holds 'test'",
    ),
    "a class in the test part alone": (
        "d.csv",
        filled(lambda row: "test" if row % 2 else "train"),
        {"split": "z"},
        r"the class 'b' has no training row",
    ),
    "numbers with thousands": (
        "d.csv",
        filled(lambda row: f'"{row + 1},000"'),
        {},
        r"written with marks, such as '1,000': set numeric = \[.z.\]",
    ),
    "numbers with a comma": (
        "d.csv",
        filled(lambda row: f'"{row},5"'),
        {},
        r'set decimal = ","',
    ),
    "numbers with a comma between whole ones": (
        "d.csv",
        filled(lambda row: row if row % 2 else f'"{row},25"'),
        {},
        r'written with marks, such as .*: set decimal = ","',
    ),
    "numbers with points and a comma": (
        "d.csv",
        filled(lambda row: f'"{row + 1}.000,5"'),
        {"decimal": ","},
        r"written with marks, such as '1\.000,5': set numeric",
    ),
    "a quantity as the target": (
        "d.csv",
        "x,y\n" + "".join(f"{i},{i // 2 if i < 60 else i}\n" for i in range(63)),
        {},
        r"Are its 33 integers classes\?",
    ),
    "numbers in place of a header": (
        "d.csv",
        "1,1,0\n2,3,1\n4,5,0\n",
        {"target": -1},
        r"2 columns are named '1'.*names no columns, set header = false\.",
    ),
    "too many categories": (
        "d.csv",
        "x,y\n" + "".join(f"name {i},{'ab'[i % 2]}\n" for i in range(1200)),
        {},
        r"'x' has 1,200 different texts.*drop = \[\"x\"\]",
    ),
    "a positive class that is none": ("d.csv", GOOD, {"positive": "A"}, r'mean "a"\?'),
    "a class name that is none": (
        "d.csv",
        GOOD,
        {"class_names": {"c": "C"}},
        r'names "c", which is not a class',
    ),
    "two classes of one name": (
        "d.csv",
        GOOD,
        {"class_names": {"a": "b"}},
        r"calls two classes",
    ),
    "a field that means nothing": (
        "d.npz",
        npz(X=X4, y=Y4),
        {"target": None, "drop": ("x",)},
        r"data\.drop does not apply to d\.npz: it takes class_names, keep_columns, ",
    ),
    "a Parquet file that is none": ("d.parquet", b"PAR1 no", {}, r"not a Parquet file"),
    "a Parquet file of lists": (
        "d.parquet",
        parquet(x=[[1], [2]] * 2, y=["a", "b"] * 2),
        {},
        r"'x' is of the type list.*neither number nor text",
    ),
    "a Parquet file of times": (
        "d.parquet",
        parquet(x=pa.array([1, 2, 3, 4], pa.timestamp("s")), y=["a", "b"] * 2),
        {},
        r"timestamp.*leave it out: drop = ",
    ),
    "a Parquet file of huge integers": (
        "d.parquet",
        parquet(x=[2**53, 2**53 + 1, 1, 2, 3, 4], y=["a", "b"] * 3),
        {},
        r"become the same in 32 bits",
    ),
    "a Parquet file of no rows": (
        "d.parquet",
        parquet(x=pa.array([], pa.int64()), y=pa.array([], pa.string())),
        {},
        r"has no rows",
    ),
    "a pickle in an NPZ": (
        "d.npz",
        npz(X=np.array([{}, {}], dtype=object), y=Y4),
        {"target": None},
        r"'X' holds Python objects \(a pickle\)",
    ),
    "a pickle named NPZ": ("d.npz", pickle.dumps([1]), {"target": None}, r"not an NPZ"),
    "an NPZ cut off": ("d.npz", npz(X=X4, y=Y4)[:200], {"target": None}, r"not an NPZ"),
    "an NPZ without y": ("d.npz", npz(X=X4), {"target": None}, r"has no array 'y'"),
    "an NPZ without X": ("d.npz", npz(y=Y4), {"target": None}, r"no array 'X' beside 'y'"),
    "an NPZ of other lengths": (
        "d.npz",
        npz(X=X4, y=Y4[:3]),
        {"target": None},
        r"'X' has the shape \(4, 2\) and 'y' \(3,\)",
    ),
    "an NPZ with no such target": ("d.npz", npz(X=X4, y=Y4), {"target": "q"}, r"an array"),
    "an NPZ of complex numbers": (
        "d.npz",
        npz(X=X4 + 1j, y=Y4),
        {"target": None},
        r"features are real numbers",
    ),
    "an NPZ with infinity": (
        "d.npz",
        npz(X=X4 + np.array([[0, np.inf]]), y=Y4),
        {"target": None},
        r"holds inf in row 1, feature 1",
    ),
    "an NPZ of a regression": (
        "d.npz",
        npz(X=X4, y=Y4 + 0.5),
        {"target": None},
        r"holds 0\.5, which is not a class",
    ),
    "an NPZ of one class": ("d.npz", npz(X=X4, y=Y4 * 0), {"target": None}, r"one class"),
}  # fmt: skip


def loaded(path: Path, data: dict[str, Any]) -> Dataset:
    """Load a file as a study would, the target being ``y`` unless it says another."""
    said = Data.model_validate({"target": "y", **data} | data)
    said = Data.model_validate({k: v for k, v in said.model_dump(exclude_unset=True).items()
                                if v is not None})  # fmt: skip
    return load(
        str(path),
        seed=0,
        test_size=0.25,
        subset=None,
        data_dir=None,
        offline=True,
        notice=print,
        data=said,
    )


@pytest.mark.parametrize("case", CORPUS)
def test_a_bad_file_is_told_in_one_sentence(case: str, tmp_path: Path) -> None:
    """The sentence says what is wrong, in one line, and calls for exit code 2."""
    name, content, data, said = CORPUS[case]
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError, match=said) as caught:
        loaded(path, data)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith((".", "?"))
    assert len(message) < 700
    assert caught.value.exit_code == 2


def test_a_good_file_is_loaded(tmp_path: Path) -> None:
    """What the corpus is made from is no bad file itself."""
    (tmp_path / "d.csv").write_text(GOOD)
    assert loaded(tmp_path / "d.csv", {}).info.n_train == 6


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Its name and where relative paths start are told."""
    with pytest.raises(DataError, match=r"does not exist.*folder of the study"):
        loaded(tmp_path / "none.csv", {})
    with pytest.raises(DataError, match=r"does not exist"):
        loaded(tmp_path / "folder.d", {})


def test_a_gzip_bomb_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more than the limit is ever unpacked, however little the file holds."""
    monkeypatch.setattr("tunecard.runner.datasets.files.MAX_BYTES", 1_000_000)
    path = tmp_path / "d.csv.gz"
    path.write_bytes(gzip.compress(b"x,y\n" + b"1,a\n" * 1_000_000))
    with pytest.raises(DataError, match=r"more than the 1,000,000 bytes"):
        loaded(path, {})


def test_a_folder_without_images_is_told(tmp_path: Path) -> None:
    """A folder is one of IDX files; another says what it should hold."""
    with pytest.raises(DataError, match=r"holds no IDX files"):
        loaded(tmp_path, {"target": None})


def test_describe_says_the_same_and_ends_with_2(tmp_path: Path) -> None:
    """The real command prints the sentence and the option; nothing for a script."""
    name, content, _, said = CORPUS["a binary file of zeros"]
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else b"")
    ended = call(tmp_path, "datasets", "describe", name, "--target", "y")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"tunecard: {name}: ")
    assert re.search(said, ended.err)
    assert ended.err.endswith(" Here: --encoding.\n")
    assert len(ended.err.splitlines()) == 1


#: Each kind of bad file that a newcomer is told of by the real command.
KINDS = (
    *("wrong target", "one class", "a class with one row", "an all-missing column"),
    *("mixed types", "no rows", "no columns", "huge integers", "wrong encoding"),
    *("a row too short", "a row too long", "a pickle in an NPZ"),
)


@pytest.mark.parametrize("case", KINDS)
def test_run_says_the_same_and_leaves_nothing(case: str, tmp_path: Path) -> None:
    """A study of a bad file ends with 2 and one line, before a run folder is made."""
    name, content, data, said = CORPUS[case]
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    lines = ['name = "bad"', 'title = "Bad"', f'dataset = "{name}"', "[[models]]"]
    lines += ['name = "knn"', 'estimator = "sklearn.neighbors.KNeighborsClassifier"']
    target = {"target": "y", **data}["target"]
    lines += ["[data]", f'target = "{target}"'] if target else []
    (tmp_path / "study.toml").write_text("\n".join(lines))
    there = sorted(tmp_path.iterdir())
    ended = call(tmp_path, "run", "study.toml", "-q")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("tunecard: ")
    assert re.search(said, ended.err)
    assert len(ended.err.splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == there


@pytest.mark.parametrize("case", KINDS)
def test_no_first_study_is_written_of_a_bad_file(case: str, tmp_path: Path) -> None:
    """What ``init`` cannot mend by leaving a column out, it refuses, and writes nothing."""
    mended = {"an all-missing column", "mixed types", "huge integers"}
    name, content, data, _ = CORPUS[case]
    path, output = tmp_path / name, tmp_path / "study.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    said = {k: v for k, v in {"target": "y", **data}.items() if v is not None}

    def write() -> None:
        write_study(
            str(path),
            Data.model_validate(said),
            output=output,
            models=(),
            data_dir=None,
            offline=True,
            origin="tunecard init",
            notice=print,
        )

    if case in mended:
        write()
        assert output.exists()
        return
    with pytest.raises(InputError) as caught:
        write()
    assert "\n" not in str(caught.value)
    assert not output.exists()
