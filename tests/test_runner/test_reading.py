"""Tables as people write them: each becomes a study that a run reads the same way."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.command import call
from tunecard.report.errors import ReadError
from tunecard.report.load import load as load_run
from tunecard.runner import datasets
from tunecard.runner.config import load_study
from tunecard.runner.datasets import Dataset
from tunecard.runner.datasets.numbers import numerals
from tunecard.runner.datasets.text import read_text
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.init.command import write_study
from tunecard.runner.init.positive import positive_class
from tunecard.runner.overrides import make_overrides
from tunecard.runner.schema import Data, Study

N = 60
LABELS = ["yes", "no", "no"] * (N // 3)


def table(header: str, row: Callable[[int], str], separator: str = ",") -> str:
    """Write a table of 60 rows whose last column ``y`` is yes or no."""
    rows = [f"{row(i)}{separator}{LABELS[i]}\n" for i in range(N)]
    return f"{header}{separator}y\n" + "".join(rows)


def ready(
    content: str | bytes, folder: Path, **said: Any
) -> tuple[Study, Dataset, tuple[str, ...]]:
    """Let ``init`` write a study of a table, and read that study as a run does."""
    path = folder / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    sentences = write_study(
        str(path),
        Data.model_validate({"target": "y", **said}),
        output=folder / "study.toml",
        models=("logreg",),
        data_dir=None,
        offline=True,
        origin="tunecard init",
        notice=print,
    )
    study = load_study(str(folder / "study.toml"))
    dataset = datasets.load(
        study.dataset,
        seed=0,
        test_size=0.25,
        subset=None,
        data_dir=None,
        offline=True,
        notice=print,
        data=study.data,
        base=folder,
    )
    return study, dataset, sentences


def column(dataset: Dataset, name: str) -> npt.NDArray[np.float32]:
    """Return a column in the order of the file."""
    position = [one.name for one in dataset.info.columns].index(name)
    values = np.empty(dataset.info.n_train + dataset.info.n_test, np.float32)
    in_train = np.setdiff1d(np.arange(len(values)), dataset.test_index)
    values[dataset.test_index] = dataset.X_test[:, position]
    values[in_train] = dataset.X_train[:, position]
    return values


#: Cells of a column, separator, and the numbers that they mean, worked out by hand.
NUMBERS: dict[str, tuple[list[str], str, list[float]]] = {
    "dollars": (['"$1,200.50"', "$7", '"-$2,000"'], ",", [1200.5, 7, -2000]),
    "percent": (["0.0%", "7.1%", "100 %"], ",", [0, 7.1, 100]),
    "thousands": (['"1,004"', "939", '"12,345,678"'], ",", [1004, 939, 12345678]),
    "accounting": (['"(1,234)"', "5", "6"], ",", [-1234, 5, 6]),
    "euros": (["1.200,50 €", "3,00 €", "4 €"], ";", [1200.5, 3, 4]),
    "francs": (["CHF 1'200.50", "CHF 2", "CHF 3"], ";", [1200.5, 2, 3]),
    "blanks": (["1 234,5", "2,5", "3"], ";", [1234.5, 2.5, 3]),
    "lower limits": (["<0.1", "7", "2.5"], ",", [0.1, 7, 2.5]),
    "upper limits": ([">100", "7", "2.5"], ",", [100, 7, 2.5]),
    "one infinity": (["inf", "1.5", "2.5"], ",", [np.nan, 1.5, 2.5]),
    "an error": (["#DIV/0!", "1.5", "2.5"], ",", [np.nan, 1.5, 2.5]),
    "a word": (["unknown", "1.5", "2.5"], ",", [np.nan, 1.5, 2.5]),
    "right-aligned": (["    1.5", "  22.25", " 333"], ",", [1.5, 22.25, 333]),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_numbers_with_marks_become_numbers(case: str, tmp_path: Path) -> None:
    """The study records how, and reads the numbers that the cells mean."""
    cells, separator, expected = NUMBERS[case]

    def row(i: int) -> str:
        return f"{cells[i % 3]}{separator}{i // 2}"

    _, dataset, _ = ready(table(f"x{separator}z", row, separator), tmp_path)
    values = column(dataset, "x")
    np.testing.assert_array_equal(values[:3], np.array(expected, np.float32))


def test_what_a_reader_would_not_guess_is_a_sentence(tmp_path: Path) -> None:
    """It stands on the screen and above the field in the study."""
    content = table("x,z", lambda i: f"{'<0.1' if i % 5 == 0 else i / 7:.4},{i}")
    _, _, sentences = ready(content, tmp_path)
    sentence = "Column 'x' is read as numbers: '<0.1' as its limit, 0.1 (12 such cells)."
    assert sentence in sentences
    assert f"# {sentence}\n" in (tmp_path / "study.toml").read_text("utf-8")


ROWS = table("a,b", lambda i: f"{i / 7:.3f},{i % 7}")
#: What stands in a file, and the names of its features.
FILES: dict[str, tuple[str | bytes, list[str]]] = {
    "commas end the rows": (re.sub("(yes|no)\n", "\\1,\n", ROWS), ["a", "b"]),
    "commas end some rows": (ROWS.replace("yes\n", "yes,\n"), ["a", "b"]),
    "a comma ends the header": (ROWS.replace(",y\n", ",y,\n", 1), ["a", "b"]),
    "comments": (f"# by us\n# in May\n{ROWS}", ["a", "b"]),
    "a comment as wide as the rows": (f"# one, two, three\n{ROWS}", ["a", "b"]),
    "titles and a blank line": (f"Report\nMade by us, in May\n\n{ROWS}", ["a", "b"]),
    "Excel's first line": (f"sep=;\r\n{ROWS.replace(',', ';')}", ["a", "b"]),
    "a byte order mark": (ROWS.encode("utf-8-sig"), ["a", "b"]),
    "UTF-16": (ROWS.encode("utf-16"), ["a", "b"]),
    "Latin-1": (ROWS.replace("a,b", "größe,b").encode("latin-1"), ["größe", "b"]),
    "aligned by blanks": (re.sub(",", "   ", re.sub("^", "  ", ROWS)), ["a", "b"]),
    "names of rows, as R writes": (
        table("a,b", lambda i: f"r{i},{i / 7:.3f},{i % 7}"),
        ["a", "b"],
    ),
    "single quotes": (
        table("'a','b'", lambda i: f"'{i / 7:.3f}','x, {i % 3}'").replace(",y", ",'y'"),
        ["a", "b"],
    ),
    "a name that stands twice": (ROWS.replace("a,b", "a,a"), ["a", "a.1"]),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_in_odd_dress_is_read(case: str, tmp_path: Path) -> None:
    """The header is kept, all rows are read, and the classes are the two words."""
    content, names = FILES[case]
    _, dataset, _ = ready(content, tmp_path)
    assert [one.name for one in dataset.info.columns] == names
    assert dataset.info.n_train + dataset.info.n_test == N
    assert [entry.name for entry in dataset.info.classes] == ["no", "yes"]
    np.testing.assert_allclose(
        column(dataset, names[0])[:9], np.round(np.arange(9) / 7, 3).astype(np.float32)
    )


@pytest.mark.parametrize("quote", ["'", '"""'])
def test_quotes_are_no_part_of_a_class(quote: str, tmp_path: Path) -> None:
    """Quotes of either kind around labels and categories are taken off."""
    content = table("a,b", lambda i: f"{i / 7:.3f},{quote}u{i % 3}{quote}")
    for label in ("yes", "no"):
        content = content.replace(f",{label}\n", f",{quote}{label}{quote}\n")
    _, dataset, _ = ready(content, tmp_path)
    assert [entry.name for entry in dataset.info.classes] == ["no", "yes"]
    assert dataset.info.columns[1].categories == ("u0", "u1", "u2")


@pytest.mark.parametrize(
    ("cells", "field", "expected", "said"),
    [
        (lambda i: f"PC {i}" if i % 4 == 0 else str(1000 + i), "drop", ("x",), "mixes"),
        (
            lambda i: f"{98033 + i}-6314" if i % 5 == 0 else str(98033 + i),
            "drop",
            ("x",),
            "mixes",
        ),
        (lambda i: ("0", "1", "2", "3+")[i % 4], "categorical", ("x",), "mixes"),
        (lambda i: ("$", "€")[i % 2] + str(i), "drop", ("x",), "several currencies"),
        (lambda i: ("<=30", "31-40", ">40")[i % 3], "categorical", (), None),
        (lambda i: f"Jan {i % 28 + 1}, {1950 + i}", "drop", ("x",), "dates"),
        (lambda i: f"some words on {i}", "drop", ("x",), "free text"),
    ],
)
def test_a_column_that_is_no_quantity_is_categorical_or_left_out(
    cells: Callable[[int], str],
    field: str,
    expected: tuple[str, ...],
    said: str | None,
    tmp_path: Path,
) -> None:
    """Numbers mixed with words never end in an error; what was decided is a sentence."""
    content = table("x;b", lambda i: f"{cells(i)};{i / 7:.3f}", ";")
    study, _, sentences = ready(content, tmp_path)
    assert study.data is not None
    assert getattr(study.data, field) == expected
    assert said is None or said in sentences[0]


def test_rows_without_a_class_are_left_out_and_counted(tmp_path: Path) -> None:
    """`init` writes that into the study; a study without it names the field."""
    content = table("a,b", lambda i: f"{i / 7:.3f},{i % 7}") + "1,2,\n3,4,NA\n"
    study, dataset, sentences = ready(content, tmp_path)
    assert study.data is not None
    assert study.data.drop_unlabeled
    assert dataset.info.n_train + dataset.info.n_test == N
    assert "2 of 62 rows are left out: no value in the target 'y'." in sentences
    assert sentences[0] in dataset.info.notes or sentences[1] in dataset.info.notes


def test_a_class_called_none_is_no_gap(tmp_path: Path) -> None:
    """A frequent None in the target is a class."""
    content = table("a,b", lambda i: f"{i / 7:.3f},{i % 7}").replace(",no\n", ",None\n")
    _, dataset, _ = ready(content, tmp_path)
    assert [entry.name for entry in dataset.info.classes] == ["None", "yes"]


@pytest.mark.parametrize(
    ("names", "counts", "positive"),
    [
        (("1", "2"), (100, 50), "2"),
        (("1", "2"), (50, 100), "1"),
        (("0", "1"), (10, 90), "1"),
        (("-1", "1"), (10, 90), "1"),
        (("no", "yes"), (10, 90), "yes"),
        (("negative", "positive"), (10, 90), "positive"),
        (("tested_negative", "tested_positive"), (10, 90), "tested_positive"),
        (("diabetic", "non-diabetic"), (90, 10), "diabetic"),
        (("ill", "well"), (90, 10), "ill"),
        (("benign", "malignant"), (10, 90), "malignant"),
        (("negative", "other"), (10, 90), "other"),
        (("<=50K", ">50K"), (75, 25), ">50K"),
        (("F", "M"), (60, 40), "M"),
    ],
)
def test_the_positive_class_is_the_rarer_unless_names_say_otherwise(
    names: tuple[str, str], counts: tuple[int, int], positive: str
) -> None:
    """Codes have no meaning of their own; 0/1, yes/no and negations have."""
    assert positive_class(names, counts)[0] == positive


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Case", ("Train", "Train", "Test")),
        ("partition", ("training", "validation", "holdout")),
    ],
)
def test_a_split_column_is_known_by_its_values(
    header: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    """Whatever its name; validation rows are training rows."""
    content = table(f"{header},b", lambda i: f"{words[i // 3 % 3]},{i / 7:.3f}")
    study, dataset, _ = ready(content, tmp_path)
    assert study.data is not None
    assert study.data.split == header
    assert (dataset.info.n_train, dataset.info.n_test) == (42, 18)


@pytest.mark.parametrize(
    ("header", "cells", "said"),
    [
        ("subject#", lambda i: i // 6, "'subject#' has 10 values in 60 rows. If rows with"),
        ("patient_id", lambda i: f"P{i // 3}", "'patient_id' has 20 values in 60 rows."),
        (
            "score",
            lambda i: (7 if LABELS[i] == "yes" else 0) + i % 7 / 2,
            "'score' alone dec",
        ),
        ("household_size", lambda i: i % 6, None),
    ],
)
def test_groups_and_leaks_are_noted(
    header: str, cells: Callable[[int], object], said: str | None, tmp_path: Path
) -> None:
    """Rows of one subject, and one column that decides the target, stand in the results."""
    content = table(f"{header},b", lambda i: f"{cells(i)},{i % 9 / 7:.3f}")
    _, dataset, _ = ready(content, tmp_path)
    assert len(dataset.info.notes) == (said is not None)
    assert said is None or said in dataset.info.notes[0]


def test_free_text_is_left_out_and_nothing_left_is_warned_of(tmp_path: Path) -> None:
    """The first sentence is on the text; results say that the models see nothing."""
    content = table("text,note", lambda i: f"words about case {i},{'x' if i == 3 else ''}")
    _, dataset, sentences = ready(content, tmp_path)
    assert sentences[0].startswith("Column 'text' holds free text (60 different texts")
    assert sentences[0] in dataset.info.notes
    assert dataset.info.notes[1].startswith("No column that is left has different values")


def test_what_leaves_nothing_to_learn_from_is_one_sentence(tmp_path: Path) -> None:
    """A table of free text alone has no study yet; the reason stands in the error."""
    with pytest.raises(DataError, match=r"no column is left .* 'text' holds free text"):
        ready(table("text", lambda i: f"words about case {i}"), tmp_path)
    with pytest.raises(DataError, match=r"the file is empty"):
        ready("", tmp_path)
    with pytest.raises(DataError, match=r"'y' has no value in any row\. Name another"):
        ready("a,y\n" + "".join(f"{i / 7},\n" for i in range(30)), tmp_path)


def test_long_cells_are_cut_in_a_description(tmp_path: Path) -> None:
    """A cell of two thousand characters takes part of a line."""
    (tmp_path / "d.csv").write_text(table("text", lambda i: f"{i} " + "word " * 400))
    ended = call(tmp_path, "datasets", "describe", "d.csv")
    assert ended.code == 0
    assert max(map(len, ended.out.splitlines())) <= 160
    assert ended.out.count("word") < 60


def test_every_option_of_init_reaches_the_study(tmp_path: Path) -> None:
    """What a sentence advises to say in a study can be said to init."""
    (tmp_path / "d.csv").write_text(
        table("a,b,c,d", lambda i: f"{i},{i % 3},{i % 4},{i / 7}")
    )
    arguments = ["init", "d.csv", "--target", "y", "--output", "s.toml"]
    options = {"drop": "a", "categorical": "b", "missing": "0", "positive": "no"}
    for option, value in {**options, "numeric": "c", "metric": "f1_macro"}.items():
        arguments += [f"--{option}", value]
    ended = call(tmp_path, *arguments)
    assert ended.code == 0, ended.err
    study = load_study(str(tmp_path / "s.toml"))
    assert study.data is not None
    assert study.metric == "f1_macro"
    assert study.data.model_dump(exclude_defaults=True) == {
        "target": "y",
        "positive": "no",
        "drop": ("a",),
        "categorical": ("b",),
        "numeric": ("c",),
        "missing": ("0",),
    }


def test_data_in_place_of_a_study_or_a_run_is_told_apart(tmp_path: Path) -> None:
    """The sentence names the command that comes first."""
    path = tmp_path / "my table.csv"
    path.write_text("a,y\n1,yes\n")
    with pytest.raises(
        StudyError, match=r"data, not a study\. .*tunecard init '.*csv' --tar"
    ):
        load_study(str(path))
    with pytest.raises(ReadError, match=r"data, not a run: a run folder or its results"):
        load_run(path)
    (tmp_path / "s.toml").write_text("")
    with pytest.raises(ReadError, match=r"is a study, not a run: .*tunecard run "):
        load_run(tmp_path / "s.toml")


@pytest.mark.parametrize(
    "text", ["1e3", "2024-01-05", "12:30", "5 kg", "1.2.3", "PC 1", "-"]
)
def test_no_mark_is_seen_where_there_is_none(text: str) -> None:
    """Plain numbers stay plain, and words are not taken for numbers."""
    assert numerals([text], ".").kinds == ("plain" if text == "1e3" else "word",)


def test_python_is_not_advised_to_write_a_study(tmp_path: Path) -> None:
    """A data frame has no `drop`; the sentence speaks of the frame."""
    import pandas as pd

    frame = pd.DataFrame({"a": range(8), "z": [None] * 8})
    entry = make_overrides(data=(frame, ["u", "v"] * 4))
    assert entry is not None
    dataset = datasets.load(
        "given-in-python",
        seed=0,
        test_size=0.25,
        subset=None,
        data_dir=tmp_path,
        offline=True,
        notice=print,
        entry=entry.entry,
    )
    (problem,) = dataset.problems
    assert re.search(r"'z' has no value .* out of the data frame\.$", problem)


def test_half_a_character_is_refused_at_the_door(tmp_path: Path) -> None:
    """No file of results can hold a lone surrogate; the sentence says where it stands."""
    X, y = np.arange(16.0).reshape(8, 2), np.array(["u\ud800", "v"] * 4)
    entry = make_overrides(data=(X, y))
    assert entry is not None
    with pytest.raises(DataError, match=r"'u\\ud800' holds half of a character"):
        datasets.load(
            "given-in-python",
            seed=0,
            test_size=0.25,
            subset=None,
            data_dir=tmp_path,
            offline=True,
            notice=print,
            entry=entry.entry,
        )


def test_blank_lines_and_quoted_separators_keep_their_rows(tmp_path: Path) -> None:
    """Separators inside quotes are no columns where rows end in separators."""
    (tmp_path / "d.csv").write_text('a,b\n"1,5",x,\n\n"2,5","y\nz",\n')
    found = read_text(tmp_path / "d.csv", Data())
    assert found.columns["a"].to_pylist() == ["1,5", "2,5"]
    assert found.columns["b"].to_pylist() == ["x", "y\nz"]
