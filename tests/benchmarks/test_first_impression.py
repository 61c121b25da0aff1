"""What a newcomer waits for: small work, whole processes, beside a person's notebook.

    pytest tests/benchmarks/test_first_impression.py --rounds 3

Each side is a process of its own from its start to its end. Wall seconds are the figures
of the table, on a quiet machine; the CPU seconds of the whole tree of processes, which
a neighbor's load changes less, stand beside them, in the JSON as well.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris, make_classification

from tests.benchmarks.notebooks import script
from tests.benchmarks.sides import Row, interleaved, ratio
from tests.command import COMMAND
from tunecard.runner.config import load_study
from tunecard.runner.datasets import Dataset
from tunecard.runner.schema import Study

#: Wall time of the whole protocol, and of quality alone, in the notebook's: goal and aim.
GOALS = {"digits": ((4.0, 2.5), (1.6, 1.0))}
LIMITS = {"iris": 25.0}  # seconds of init and run
TEN_SPLITS = 25.0  # seconds of ten outer splits of digits, untimed
EARLY = {"digits": 8.0}  # seconds until a page with the verdict of quality stands


@dataclass
class Spent:
    """What processes took, a value a run."""

    cpu: list[float] = field(default_factory=list)
    early: list[float] = field(default_factory=list)

    def run(self, command: Sequence[str | Path], folder: Path) -> None:
        """Run a command to its end, and book the CPU time of its tree of processes."""
        before = os.times()
        begun = time.perf_counter()
        early: float | None = None
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None:
                if early is None and any(folder.glob("reports/*Z-*/report.html")):
                    early = time.perf_counter() - begun
                time.sleep(0.05)
        assert process.returncode == 0
        after = os.times()
        self.cpu.append(
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system
        )
        if early is not None:
            self.early.append(early)


@pytest.fixture(params=["digits", "iris", "table", "mnist"])
def work(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """Give a work's name, and the folder that holds its data as a person has it."""
    name = str(request.param)
    if name in ("digits", "mnist"):
        data: Dataset = request.getfixturevalue(name)
        X = np.concatenate([data.X_train, data.X_test])
        y = np.concatenate([data.y_train, data.y_test])
        np.savez(tmp_path / "data.npz", X=X, y=y)
    elif name == "iris":
        iris = load_iris(as_frame=True)
        frame = iris.frame.assign(target=iris.target_names[iris.target])
        frame.to_csv(tmp_path / "data.csv", index=False)
    else:
        X, y = make_classification(10_000, 20, n_informative=8, random_state=0)
        frame = pd.DataFrame(X, columns=[f"x{number}" for number in range(20)])
        frame.assign(target=np.where(y, "yes", "no")).to_csv(
            tmp_path / "data.csv", index=False
        )
    return name, tmp_path


def study_of(name: str, folder: Path) -> tuple[Study, Path]:
    """Return the study of a work, and its data; of a table as `init` writes it."""
    if name in ("digits", "mnist"):
        return load_study(name), folder / "data.npz"
    subprocess.run(init(), cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return load_study(str(folder / "study.toml")), folder / "data.csv"


def init() -> list[str | Path]:
    """Return the command that makes a study of a table."""
    options = ["--target", "target", "--output", "study.toml", "--force"]
    return [COMMAND, "init", "data.csv", *options]


def test_first_impression(
    benchmark: Any,
    work: tuple[str, Path],
    rounds: Callable[[int], int],
    note: Callable[[Row], None],
) -> None:
    """The notebook, the whole protocol, and quality alone, in turns."""
    name, folder = work
    study, data = study_of(name, folder)
    (folder / "notebook.py").write_text(script(study, data, folder / "page.png"), "utf-8")
    spent = {side: Spent() for side in ("notebook", "timed", "quality")}

    def run(side: str, *more: str) -> None:
        place = folder / f"{side}{len(spent[side].cpu)}"
        place.mkdir()
        named: list[str | Path] = [name]
        if name in ("iris", "table"):
            spent[side].run([*init()[:2], folder / "data.csv", *init()[3:]], place)
            named = ["study.toml"]
        elif name == "mnist":
            named += ["--quick"]
        spent[side].run([COMMAND, "run", *named, "--quiet", "--offline", *more], place)

    def notebook() -> None:
        place = folder / f"notebook{len(spent['notebook'].cpu)}"
        place.mkdir()
        spent["notebook"].run([sys.executable, folder / "notebook.py"], place)

    own, others, _, _ = interleaved(
        benchmark,
        lambda: run("timed"),
        {"notebook": notebook, "quality": lambda: run("quality", "--no-timing")},
        rounds=rounds(3),
    )
    theirs = others["notebook"]
    both = (("whole protocol", own), ("quality alone", others["quality"]))
    more = {f"cpu of {side}": value.cpu for side, value in spent.items()}
    for number, (what, ours) in enumerate(both):
        goal, aim = GOALS[name][number] if name in GOALS else (None, None)
        note(
            Row(
                work=f"{name}: {what}",
                against="a notebook for scikit-learn",
                ours=ours,
                theirs=theirs,
                figure=1 / ratio(ours, theirs),
                figure_unit="x",
                direction="at most",
                goal=goal,
                aim=aim,
                always=True,
                more=more,
            )
        )
    for what, seconds, goal in (
        ("start to end", own, LIMITS.get(name)),
        ("until quality stands on a page", tuple(spent["timed"].early), EARLY.get(name)),
    ):
        note(
            Row(
                work=f"{name}: {what}",
                against="-",
                ours=tuple(seconds),
                theirs=(),
                figure=median(seconds),
                figure_unit="s",
                direction="at most",
                goal=goal,
                always=True,
            )
        )


def test_ten_outer_splits(
    benchmark: Any,
    rounds: Callable[[int], int],
    note: Callable[[Row], None],
    tmp_path: Path,
) -> None:
    """Digits, a search in each of ten outer splits, quality alone."""
    own = files("tunecard.runner") / "studies" / "digits.toml"
    text = own.read_text("utf-8").replace(
        "[[models]]", '[split]\nkind = "repeated"\nrepeats = 10\n\n[[models]]', 1
    )
    (tmp_path / "study.toml").write_text(text, "utf-8")
    spent = Spent()

    def run() -> None:
        place = tmp_path / f"run{len(spent.cpu)}"
        place.mkdir()
        spent.run([COMMAND, "run", "../study.toml", "--quiet", "--no-timing"], place)

    own_seconds, *_ = interleaved(benchmark, run, {}, rounds=rounds(3))
    note(
        Row(
            work="digits: ten outer splits, quality alone",
            against="-",
            ours=own_seconds,
            theirs=(),
            figure=median(own_seconds),
            figure_unit="s",
            direction="at most",
            goal=TEN_SPLITS,
            always=True,
            more={"cpu": spent.cpu},
        )
    )
