"""A first study: written from a newcomer's file, it loads and its models fit."""

import json
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.datasets
import statsmodels.datasets

from tests.command import call
from tunecard.runner import models
from tunecard.runner.config import parse
from tunecard.runner.datasets import Dataset, as_typed
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.init import dialect_of
from tunecard.runner.init.command import write_study
from tunecard.runner.init.recipes import RECIPES, Shape, pick
from tunecard.runner.progress import Silent
from tunecard.runner.schema import Data, Study
from tunecard.runner.source import Source

SKLEARN = Path(sklearn.datasets.__file__).parent / "data"
STATSMODELS = Path(statsmodels.datasets.__file__).parent


def german(path: Path) -> None:
    """Write a table as a German spreadsheet exports it: marks, commas, line ends."""
    draw = random.Random(0)  # noqa: S311 # a table, no secret
    rows = ['Kürzel;"Größe (cm)";Gewicht; Alter ;Familienstand;Notiz;leer;Ergebnis']
    for number in range(120):
        weight = draw.gauss(70, 10)
        cells = [
            f"K{number}",
            f'"{draw.gauss(1.7, 0.1):.2f}"'.replace(".", ","),
            f"{weight:.1f}".replace(".", ","),
            "unbekannt" if number % 9 == 0 else str(draw.randint(18, 80)),
            draw.choice(["ledig", "verheiratet", " geschieden ", ""]),
            f'"sagte: ""{number}""\nund ging; früh"',
            "",
            "positiv" if weight + draw.gauss(0, 5) > 70 else "negativ",
        ]
        rows.append(";".join(cells))
    path.write_text("\r\n".join(rows) + "\r\n\r\n", "utf-8-sig", newline="")


def survey(path: Path) -> None:
    """Write a survey's table: a nameless index, ``?``, ``3+``, odd labels, one value."""
    draw = random.Random(1)  # noqa: S311 # a table, no secret
    rows = [", age,children,work class,country,income"]
    for number in range(150):
        age = draw.randint(17, 90)
        rows.append(
            f"{number}, {'?' if number % 7 == 0 else age}"
            f", {draw.choice(['0', '1', '2', '3+'])}"
            f", {draw.choice(['State-gov', 'Private', '?', 'NA'])}, Utopia"
            f", {'>50K' if age + draw.gauss(0, 9) > 60 else '<=50K'}"
        )
    path.write_text("\n".join(rows) + "\n")


def orders(path: Path) -> None:
    """Write a shop's table: texts and numbers that name rows, dates, amounts, codes."""
    draw = random.Random(2)  # noqa: S311 # a table, no secret
    stations = draw.sample(range(5000, 5200), 200)
    rows = ["order,customer_id,placed,paid,zip,month,height,flag,station,is_fraud"]
    for number in range(200):
        height = draw.gauss(0, 1)
        fraud = int(height + draw.gauss(0, 0.5) > 0.5)
        rows.append(
            f"A-{number * 7919:x},{draw.randint(1, 90)},2024-{draw.randint(1, 12):02}-"
            f"{draw.randint(1, 28):02}T10:00:00Z,${draw.lognormvariate(3, 1):.2f},"
            f"{draw.randint(501, 99950):05},{draw.randint(1, 12):02},{height:.3f},"
            f"{'bad' if fraud else 'good'},{stations[number]},{fraud}"
        )
    path.write_text("\n".join(rows) + "\n")


def nameless(path: Path) -> None:
    """Write a table whose first line is a row like all others, words and all."""
    draw = random.Random(3)  # noqa: S311 # a table, no secret
    rows = []
    for _ in range(200):
        hours = draw.randint(10, 70)
        label = ">50K" if hours + draw.gauss(0, 9) > 45 else "<=50K"
        rows.append(
            f"{draw.randint(17, 80)}, {draw.choice(['BSc', 'MSc'])}, {hours}, {label}"
        )
    path.write_text("\n".join(rows) + "\n")


def copied(source: Path) -> Callable[[Path], None]:
    """Return what copies a file that somebody published."""

    def copy(path: Path) -> None:
        shutil.copyfile(source, path)

    return copy


#: How the file comes about, its target, and what is decided about it.
TABLES: dict[str, tuple[Callable[[Path], None], str | int, dict[str, Any]]] = {
    "iris": (
        copied(SKLEARN / "iris.csv"),
        -1,
        {
            "target": "column 4",
            "class_names": {"0": "setosa", "1": "versicolor", "2": "virginica"},
            "header": False,
            "skip_rows": 1,
        },
    ),
    "breast cancer": (
        copied(SKLEARN / "breast_cancer.csv"),
        -1,
        {
            "target": "column 30",
            "positive": "malignant",
            "class_names": {"0": "malignant", "1": "benign"},
            "header": False,
            "skip_rows": 1,
        },
    ),
    "wine": (
        copied(SKLEARN / "wine_data.csv"),
        -1,
        {
            "target": "column 13",
            "class_names": {"0": "class_0", "1": "class_1", "2": "class_2"},
            "header": False,
            "skip_rows": 1,
        },
    ),
    "orders": (
        orders,
        "is_fraud",
        {
            "target": "is_fraud",
            "positive": "1",
            "drop": ("order", "placed", "zip", "flag", "station"),
            "numeric": ("paid",),
            "categorical": ("month",),
        },
    ),
    "no header": (
        nameless,
        -1,
        {"target": "column 3", "positive": ">50K", "header": False},
    ),
    "votes": (
        copied(STATSMODELS / "anes96" / "anes96.csv"),
        "vote",
        {"target": "vote", "positive": "1"},
    ),
    "German": (
        german,
        "Ergebnis",
        {
            "target": "Ergebnis",
            "positive": "positiv",
            "drop": ("Notiz", "Kürzel", "leer"),
            "numeric": ("Alter",),
            "decimal": ",",
        },
    ),
    "survey": (
        survey,
        "income",
        {
            "target": "income",
            "positive": ">50K",
            "drop": ("column 0", "country"),
            "categorical": ("children",),
            "missing": ("?", "NA"),
        },
    ),
}


def first(
    path: Path, target: str | int | None, **said: Any
) -> tuple[Path, tuple[str, ...]]:
    """Write a first study beside a file; return it, and what was decided."""
    output = path.parent / "study.toml"
    models = said.pop("models", ())
    data = {"target": target, **said} if target is not None else said
    told = write_study(
        str(path),
        Data.model_validate(data),
        output=output,
        models=models,
        data_dir=None,
        offline=True,
        origin="tunecard init",
        notice=print,
    )
    return output, told


def opened(study: Path) -> tuple[Study, Dataset]:
    """Check a study and load its data, as a run does first."""
    source = Source(str(study), data_dir=None, offline=True)
    return source.ready(quick=False, progress=Silent())


@pytest.mark.parametrize("table", TABLES)
def test_a_newcomers_file_becomes_a_study_that_runs(table: str, tmp_path: Path) -> None:
    """The decisions are right, and each model fits and tells the classes apart."""
    write, target, decided = TABLES[table]
    path = tmp_path / "My data (1).csv"
    write(path)
    output, _ = first(path, target)
    study, dataset = opened(output)
    assert study.name == "my-data-1"
    assert study.data is not None
    assert study.data.model_dump(exclude_defaults=True) == decided
    chance = max(entry.n_test for entry in dataset.info.classes) / dataset.info.n_test
    for spec in study.models:
        fitted = models.build(spec, {}, study.seed, dataset.encoding)
        fitted.fit(dataset.X_train, dataset.y_train)
        score = float(np.mean(fitted.predict(dataset.X_test) == dataset.y_test))
        assert score > chance, spec.name


def test_what_was_decided_is_told_and_commented(tmp_path: Path) -> None:
    """Every column that is left out is named with the reason, there and in the file."""
    german(tmp_path / "d.csv")
    output, told = first(tmp_path / "d.csv", "Ergebnis")
    text = output.read_text("utf-8")
    for sentence in (
        '"leer" is left out: it has no value.',
        '"Kürzel" is left out: it has 120 different texts, such as "K0": names.',
        "Column 'Alter' is read as numbers: 'unbekannt' as missing (14 such cells).",
    ):
        assert sentence in told
        assert f"# {sentence}\n" in text


def test_a_missing_target_is_asked_for(tmp_path: Path) -> None:
    """The columns are listed; one is suggested by its name, others by their few values."""
    survey(tmp_path / "d.csv")
    with pytest.raises(
        StudyError, match=r"There are 'column 0', 'age'.*--target income looks"
    ):
        first(tmp_path / "d.csv", None)
    with pytest.raises(StudyError, match=r"not a column of .*Did you mean 'income'\?"):
        first(tmp_path / "d.csv", "incom")
    (tmp_path / "e.csv").write_text("class,z\n" + "a,0\nb,1\n" * 5)
    with pytest.raises(StudyError, match=r"--target class looks like one"):
        first(tmp_path / "e.csv", None)
    (tmp_path / "f.csv").write_text("x,a b,$c\n" + "1.5,a,0\n2.5,b,1\n3,a,0\n" * 9)
    with pytest.raises(StudyError, match=r"values: 'x', 'a b', '\$c'\.$"):
        first(tmp_path / "f.csv", None)
    (tmp_path / "g.csv").write_text("x,$c\n" + "".join(f"{i},{i % 2}\n" for i in range(30)))
    with pytest.raises(StudyError, match=r"--target '\$c' could be one\.$"):
        first(tmp_path / "g.csv", None)


def test_a_column_is_named_as_it_is_typed(tmp_path: Path) -> None:
    """A name of digits is that name, not the column of that number."""
    rows = "".join(f"{i}.5,{i % 3},{'ab'[i % 2]}\n" for i in range(40))
    (tmp_path / "d.csv").write_text("x,2,y\n" + rows)
    study, _ = opened(first(tmp_path / "d.csv", 2)[0])
    assert study.data is not None
    assert study.data.target == "2"
    ended = call(tmp_path, "datasets", "describe", "d.csv", "--target", "2", "--json")
    assert json.loads(ended.out)["target"] == "2"


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (('"1,5"', "2", '"0,25"'), ","),  # integers between them
        (('"1,234"', "2", '"5,678"'), "."),  # commas between thousands, more likely
        (("1.5", "2", "0.25"), "."),
    ],
)
def test_commas_in_numbers_are_told_apart(
    cells: tuple[str, ...], decimal: str, tmp_path: Path
) -> None:
    """A comma is the decimal mark only where it cannot stand between thousands."""
    rows = "".join(f"{cells[i % 3]},{i / 7:.0f},{'ab'[i % 2]}\n" for i in range(60))
    (tmp_path / "d.csv").write_text("x,z,y\n" + rows)
    assert dialect_of(tmp_path / "d.csv", Data()).data.decimal == decimal


def test_a_file_that_no_study_can_read_is_refused(tmp_path: Path) -> None:
    """Nothing is written that a run would refuse."""
    (tmp_path / "d.csv").write_text("x,y\n1,a\n2,b\n3,c\n")
    with pytest.raises(DataError, match=r"one row only"):
        first(tmp_path / "d.csv", "y")
    assert not (tmp_path / "study.toml").exists()


def test_a_file_is_described_as_init_reads_it(tmp_path: Path) -> None:
    """Commas, a first line that is none, and a column that a run would refuse."""
    german(tmp_path / "d.csv")
    arguments = ("datasets", "describe", "d.csv", "--target", "Ergebnis")
    ended = call(tmp_path, *arguments)
    assert (ended.code, ended.err) == (0, "")
    assert "Numbers are written with a comma." in ended.out
    assert re.search(r"features +6, not counting what .* as it is: leer", ended.out)
    assert re.search(r"leer +problem .*has no value in any row", ended.out)
    shutil.copyfile(SKLEARN / "wine_data.csv", tmp_path / "w.csv")
    ended = call(tmp_path, "datasets", "describe", "w.csv", "--target", "-1", "--json")
    found = json.loads(ended.out)
    assert (found["n_rows"], found["target"]) == (178, "column 13")
    assert found["notes"][0].startswith("The first line, ")


def test_a_folder_is_named_as_in_a_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without ``./``, which the study has; a known name goes before a folder."""
    monkeypatch.chdir(tmp_path)
    for folder in ("pictures", "iris"):
        Path(folder).mkdir()
    assert as_typed("pictures") == "./pictures"
    assert as_typed("iris") == "iris"
    assert as_typed("nothing") == "nothing"
    with pytest.raises(DataError, match=r"holds no IDX files"):
        first(Path("pictures"), None)


def test_a_split_column_is_found(tmp_path: Path) -> None:
    """A column that is called so and says train and test is the split."""
    rows = [f"{i},{'test' if i % 4 > 1 else 'train'},{'ab'[i % 2]}" for i in range(40)]
    (tmp_path / "d.csv").write_text("x,Split,y\n" + "\n".join(rows))
    study, dataset = opened(first(tmp_path / "d.csv", "y")[0])
    assert dataset.info.split == "own"
    assert study.data is not None
    assert study.data.split == "Split"


def test_a_rare_class_is_scored_by_f1(tmp_path: Path) -> None:
    """Accuracy would not see it; folds are no more than its rows."""
    rows = "".join(f"{i},{'rare' if i < 3 else 'often'}\n" for i in range(100))
    (tmp_path / "d.csv").write_text("x,y\n" + rows)
    study, _ = opened(first(tmp_path / "d.csv", "y")[0])
    assert study.metric == "f1_macro"
    assert {spec.search.folds for spec in study.models if spec.search} == {2}


@pytest.mark.parametrize("name", RECIPES)
def test_each_recipe_is_a_model(name: str, tmp_path: Path) -> None:
    """What --models takes is read, checked and searched by the names that it has."""
    text = _written_for("iris", tmp_path, (name,))
    study = parse(text, "study.toml")
    assert [spec.name for spec in study.models] == [name]


def _written_for(known: str, folder: Path, names: tuple[str, ...]) -> str:
    output = folder / "study.toml"
    write_study(
        known,
        Data(),
        output=output,
        models=names,
        data_dir=None,
        offline=True,
        origin="tunecard init",
        notice=print,
    )
    opened(output)
    return output.read_text("utf-8")


def test_models_are_chosen_by_size() -> None:
    """Neighbors for few rows, boosting for many, no trees on pictures."""

    def chosen(n_train: int, *, is_image: bool = False, **of: Any) -> tuple[str, ...]:
        return pick(Shape(n_train, 10, 100, is_image, **of), ())

    assert chosen(500) == ("knn", "logreg", "forest")
    # A forest that is searched in ten splits takes longer than all else.
    assert chosen(100, is_repeated=True) == ("knn", "logreg", "svm")
    assert chosen(100, is_repeated=True, task="regression") == ("ridge", "forest", "knn")
    assert chosen(20_000) == ("logreg", "forest", "boosting")
    assert chosen(500_000) == ("logreg", "boosting")
    assert chosen(60_000, is_image=True) == ("knn", "logreg")
    with pytest.raises(
        StudyError, match=r"--models tree: is not a recipe of init; there are knn,"
    ):
        pick(Shape(500, 10, 100, is_image=False), ("tree",))


def test_the_command_writes_and_never_overwrites(tmp_path: Path) -> None:
    """Its path stands on stdout; a file that is there needs --force."""
    survey(tmp_path / "d.csv")
    arguments = ("init", "d.csv", "--target", "income", "--output", "s.toml")
    ended = call(tmp_path, *arguments)
    assert (ended.code, ended.out) == (0, "s.toml\n")
    assert ended.err.endswith(
        "How long it takes: tunecard plan s.toml\nNow: tunecard run s.toml\n"
    )
    (tmp_path / "s.toml").write_text("mine")
    ended = call(tmp_path, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "s.toml exists already" in ended.err
    assert (tmp_path / "s.toml").read_text() == "mine"
