"""A first study: written from a newcomer's file, it loads and its models fit."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.datasets
import statsmodels.datasets

from runner import models
from runner.config import parse
from runner.datasets import Dataset
from runner.errors import DataError, StudyError
from runner.init.command import written
from runner.init.recipes import RECIPES, Shape, pick
from runner.progress import Silent
from runner.schema import Data, Study
from runner.session import ready
from tests.command import tunecard

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


def copied(source: Path) -> Callable[[Path], None]:
    """Return what copies a file that somebody published."""

    def copy(path: Path) -> None:
        shutil.copyfile(source, path)

    return copy


#: How the file comes about, its target, and what is decided about it.
TABLES: dict[str, tuple[Callable[[Path], None], str | int, dict[str, Any]]] = {
    "iris": (copied(SKLEARN / "iris.csv"), -1, {"target": "virginica"}),
    "breast cancer": (
        copied(SKLEARN / "breast_cancer.csv"),
        -1,
        {"target": "column 30", "positive": "1", "header": False, "skip_rows": 1},
    ),
    "wine": (
        copied(SKLEARN / "wine_data.csv"),
        -1,
        {"target": "column 13", "header": False, "skip_rows": 1},
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
            "drop": ("Kürzel", "Notiz", "leer"),
            "missing": ("unbekannt",),
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
    told = written(
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
    return ready(str(study), data_dir=None, offline=True, quick=False, progress=Silent())[
        :2
    ]


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
        '"leer" has no value.',
        '"Kürzel" names the rows: nearly each has a text of its own.',
        'A single word among numbers is read as no value: "unbekannt" in "Alter".',
    ):
        assert sentence in told
        assert f"# {sentence}\n" in text


def test_a_missing_target_is_asked_for(tmp_path: Path) -> None:
    """The columns are listed and one is suggested, by name or by its few values."""
    survey(tmp_path / "d.csv")
    with pytest.raises(
        StudyError, match=r"There are 'column 0', 'age'.*--target income looks"
    ):
        first(tmp_path / "d.csv", None)
    with pytest.raises(StudyError, match=r"no column of .*Did you mean 'income'\?"):
        first(tmp_path / "d.csv", "incom")
    (tmp_path / "e.csv").write_text("class,z\n" + "a,0\nb,1\n" * 5)
    with pytest.raises(StudyError, match=r"--target class looks like one"):
        first(tmp_path / "e.csv", None)


def test_a_file_that_no_study_can_read_is_refused(tmp_path: Path) -> None:
    """Nothing is written that a run would refuse."""
    (tmp_path / "d.csv").write_text("x,y\n1,a\n2,b\n3,c\n")
    with pytest.raises(DataError, match=r"one row only"):
        first(tmp_path / "d.csv", "y")
    assert not (tmp_path / "study.toml").exists()


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
    rows = "".join(f"{i},{'rare' if i < 5 else 'often'}\n" for i in range(100))
    (tmp_path / "d.csv").write_text("x,y\n" + rows)
    study, _ = opened(first(tmp_path / "d.csv", "y")[0])
    assert study.metric == "f1_macro"
    assert {spec.search.folds for spec in study.models if spec.search} == {4}


@pytest.mark.parametrize("name", RECIPES)
def test_each_recipe_is_a_model(name: str, tmp_path: Path) -> None:
    """What --models takes is read, checked and searched by the names that it has."""
    text = _written_for("iris", tmp_path, (name,))
    study = parse(text, "study.toml")
    assert [spec.name for spec in study.models] == [name]


def _written_for(known: str, folder: Path, names: tuple[str, ...]) -> str:
    output = folder / "study.toml"
    written(
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
    """Neighbours for few rows, boosting for many, no trees on pictures."""

    def chosen(n_train: int, *, is_image: bool = False) -> tuple[str, ...]:
        return pick(Shape(n_train, 10, 100, is_image), ())

    assert chosen(500) == ("knn", "logreg", "forest")
    assert chosen(20_000) == ("logreg", "forest", "boosting")
    assert chosen(500_000) == ("logreg", "boosting")
    assert chosen(60_000, is_image=True) == ("knn", "logreg")
    with pytest.raises(StudyError, match=r"--models tree: is none that init knows: knn,"):
        pick(Shape(500, 10, 100, is_image=False), ("tree",))


def test_the_command_writes_and_never_overwrites(tmp_path: Path) -> None:
    """Its path stands on stdout; a file that is there needs --force."""
    survey(tmp_path / "d.csv")
    arguments = ("init", "d.csv", "--target", "income", "--output", "s.toml")
    ended = tunecard(tmp_path, *arguments)
    assert (ended.code, ended.out) == (0, "s.toml\n")
    assert ended.err.endswith("Now: tunecard run s.toml\n")
    (tmp_path / "s.toml").write_text("mine")
    ended = tunecard(tmp_path, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "s.toml is there already" in ended.err
    assert (tmp_path / "s.toml").read_text() == "mine"
