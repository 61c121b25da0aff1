"""Whole runs, from start to page, beside the usual notebook's work."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pytest

from tests.benchmarks.sides import Row, Watched, interleaved, ratio
from tests.command import COMMAND
from tunecard.runner.config import load_study
from tunecard.runner.datasets import Dataset
from tunecard.runner.schema import Results, Study
from tunecard.runner.schema import load as load_results

ROOT = Path(__file__).resolve().parents[2]
#: Stages of a run in which a model works; all others are ours.
MODEL_WORK = ("search: ", "timing: ", "latency: ", "quality: ")
MINUTE = 60
#: Of float32 with 100 columns: 400 MB on the whole.
ROWS = {"full": 1_000_000, "part": 100_000}
LARGE = """
name = "large"
title = "A large table"
dataset = "large.npz"
test_size = 0.2
[timing]
budget = "20s"
[[models]]
name = "sgd"
estimator = "sklearn.linear_model.SGDClassifier"
params = { max_iter = 5, tol = 1e-2 }
[models.search]
strategy = "random"
n_iter = 3
folds = 3
space = { alpha = { distribution = "loguniform", low = 1e-6, high = 1e-2 } }
"""


#: Of a model's search: how many times faster it must be, and should.
Goals: TypeAlias = dict[str, tuple[float | None, float | None]]


class Whole(NamedTuple):
    """A whole run: its results, and the largest process's bytes."""

    results: Results
    highest: int


def run(folder: Path, *arguments: str) -> Whole:
    """Run a study in fresh processes, as a user does."""
    options = ["--fresh", "--quiet", "--reports", str(folder)]
    command = [str(COMMAND), "run", *arguments, *options]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        Watched(process.pid) as watched,
    ):
        out, _ = process.communicate()
    assert process.returncode == 0, out
    return Whole(load_results(Path(out.strip()).parent / "results.json"), watched.highest)


def usual(study: Study, dataset: Dataset, folder: Path) -> Callable[[], dict[str, Any]]:
    """Give a function that does the usual notebook's work in a fresh process."""
    arrays, out = folder / "arrays.npz", folder / "notebook.json"
    np.savez(
        arrays,
        X_train=np.rint(dataset.X_train * 255).astype(np.uint8),
        X_test=np.rint(dataset.X_test * 255).astype(np.uint8),
        y_train=dataset.y_train,
        y_test=dataset.y_test,
    )

    def do() -> dict[str, Any]:
        words = ["-m", "tests.benchmarks.usual", study.name, str(arrays), str(out)]
        subprocess.run([sys.executable, *words], check=True, cwd=ROOT)
        found: dict[str, Any] = json.loads(out.read_text("utf-8"))
        return found

    return do


def own_share(results: Results, whole: float) -> dict[str, float]:
    """Give the share of a run, in %, of each part that is no model's work."""
    known = {
        stage.name: stage.wall_seconds
        for stage in results.stages
        if not stage.name.startswith(MODEL_WORK)
    }
    booked = sum(stage.wall_seconds for stage in results.stages)
    known["start, data, analysis, charts, rendering"] = whole - booked
    return {name: 100 * seconds / whole for name, seconds in known.items()}


def test_mnist(
    benchmark: Any,
    mnist: Dataset,
    scale: str,
    rounds: Callable[[int], int],
    note: Callable[[Row], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The whole protocol of the default study costs less than a notebook's bare work."""
    study = load_study("mnist")
    monkeypatch.setenv("TUNECARD_DATA_DIR", os.environ["TUNECARD_DATA_DIR"])
    size = [] if scale == "full" else ["--quick", "--budget", "90s"]
    runs: list[Whole] = []
    fast: list[Whole] = []
    books: list[dict[str, Any]] = []
    do = usual(study, mnist, tmp_path)

    def tunecard(*more: str) -> Whole:
        folder = tmp_path / f"reports{len(list(tmp_path.glob('reports*')))}"
        return run(folder, "mnist", *size, *more)

    book, engine = "the usual notebook, n_jobs=-1", "on intelex"
    others: dict[str, Callable[[], Any]] = {book: lambda: books.append(do())}
    if find_spec("sklearnex"):
        others[engine] = lambda: fast.append(tunecard("--engine", "intelex"))
    own, seconds, _, _ = interleaved(
        benchmark,
        lambda: runs.append(tunecard()),
        others,
        rounds=rounds(3 if scale == "full" else 1),
    )
    quality = {case.key: case.quality for case in runs[-1].results.cases}
    for case, theirs in books[-1]["cases"].items():
        ours = quality[case]
        assert ours is not None
        # float32 against float64: a row or two may differ.
        assert ours.test["accuracy"] == pytest.approx(
            theirs["report"]["accuracy"], abs=0.01
        )
    work = f"mnist {mnist.info.n_train:,} rows: whole study"
    sides: list[tuple[str, tuple[float, ...], float | None, float]]
    sides = [(work, own, 3.8, 4.5)]
    if engine in seconds:
        sides.append((f"{work} {engine}", seconds[engine], None, 5))
    for label, times, goal, aim in sides:
        note(
            Row(
                work=label,
                against=book,
                ours=times,
                theirs=seconds[book],
                figure=ratio(times, seconds[book]),
                figure_unit="x",
                goal=goal,
                aim=aim,
            )
        )
    # With a budget candidates are left out.
    pairs: list[tuple[str, list[Whole], Goals]] = [
        (work, runs, {"knn": (15, 19), "logreg": (1.3, None)}),
        (f"{work} {engine}", fast, {"knn": (None, 35)}),
    ]
    for label, whole, goals in pairs if scale == "full" else ():
        for row in searches(study, whole, books, label, goals):
            note(row)
    shares = [own_share(one.results, whole) for one, whole in zip(runs, own, strict=True)]
    sums = tuple(sum(share.values()) for share in shares)
    note(
        Row(
            work=f"{work}: what is not model work",
            against="the whole run",
            ours=sums,
            theirs=(),
            figure=float(np.median(sums)),
            figure_unit="%",
            unit="%",
            direction="at most",
            goal=12,
            more={"by part, %": shares[-1]},
        )
    )
    data = mnist.X_train.nbytes
    peaks = tuple(one.highest / data for one in runs)
    note(
        Row(
            work=f"{work}: peak memory of the largest process",
            against=f"the training rows, {data / 1e6:.0f} MB",
            ours=peaks,
            theirs=(),
            figure=float(np.median(peaks)),
            figure_unit="x",
            unit="x",
            direction="at most",
            goal=8,
            more={"bytes": [one.highest for one in runs]},
        )
    )


def searches(
    study: Study, runs: list[Whole], books: list[dict[str, Any]], work: str, goals: Goals
) -> Iterator[Row]:
    """Set the searches of whole runs against those of the notebook, without its refit."""
    if not runs:
        return
    for i, (spec, record) in enumerate(
        zip(study.models, runs[-1].results.searches, strict=True)
    ):
        ours = tuple(one.results.searches[i].wall_seconds or 0.0 for one in runs)
        theirs = tuple(book["searches"][spec.name]["seconds"] for book in books)
        found = books[-1]["searches"][spec.name]
        scores = np.array([candidate.scores for candidate in record.candidates[1:]])
        goal, aim = goals.get(spec.name, (None, None))
        yield Row(
            work=f"{work}: search, {spec.label}",
            against=f"the notebook's {len(scores)} candidates x {len(record.folds)} folds",
            ours=ours,
            theirs=theirs,
            figure=ratio(ours, theirs),
            figure_unit="x",
            goal=goal,
            aim=aim,
            more={
                "largest difference of a fold score": float(
                    np.max(np.abs(scores - found["scores"]))
                ),
                "our winner": dict(record.candidates[record.best].params),
                "their winner": found["params"],
                "our score": float(np.mean(scores[record.best - 1])),
                "their score": float(np.max(np.mean(found["scores"], axis=1))),
            },
        )


def test_digits(
    benchmark: Any,
    rounds: Callable[[int], int],
    note: Callable[[Row], None],
    tmp_path: Path,
) -> None:
    """The embedded study takes a minute at most."""
    runs: list[Whole] = []
    own, _, _, _ = interleaved(
        benchmark,
        lambda: runs.append(run(tmp_path / f"reports{len(runs)}", "digits")),
        {},
        rounds=rounds(1),
    )
    note(
        Row(
            work="digits: whole study",
            against="-",
            ours=own,
            theirs=(),
            figure=float(np.median(own)),
            figure_unit="s",
            direction="at most",
            goal=MINUTE,
            always=True,
            more={"by part, %": own_share(runs[-1].results, own[-1])},
        )
    )


def test_a_large_table(
    benchmark: Any, scale: str, note: Callable[[Row], None], tmp_path: Path
) -> None:
    """A million rows of a hundred columns are searched and timed in little more memory."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((ROWS[scale], 100), dtype=np.float32)
    y = X[:, :5].sum(axis=1) + rng.standard_normal(len(X), dtype=np.float32) > 0
    np.savez(tmp_path / "large.npz", X=X, y=y.astype(np.int64))
    (tmp_path / "study.toml").write_text(LARGE, "utf-8")
    whole = benchmark.pedantic(
        run, args=(tmp_path / "reports", str(tmp_path / "study.toml")), rounds=1
    )
    note(
        Row(
            work=f"{len(X):,} x 100: peak memory of the largest process",
            against=f"the data, {X.nbytes / 1e6:.0f} MB",
            ours=(whole.highest / X.nbytes,),
            theirs=(),
            figure=whole.highest / X.nbytes,
            figure_unit="x",
            unit="x",
            direction="at most",
            goal=4,
            more={"bytes": whole.highest, "seconds": benchmark.stats.stats.max},
        )
    )
