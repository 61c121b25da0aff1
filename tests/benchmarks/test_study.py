"""Whole runs, from start to page, beside the usual notebook's work."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from runner.datasets import Dataset
from runner.schema import Results, Study
from runner.schema import load as load_results
from tests.benchmarks.sides import Row, Watched, interleaved, ratio
from tests.command import COMMAND

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
    """The whole protocol of the home study costs less than a notebook's bare work."""
    from runner.config import load_study

    study = load_study("mnist")
    monkeypatch.setenv("TUNECARD_DATA_DIR", os.environ["TUNECARD_DATA_DIR"])
    size = [] if scale == "full" else ["--quick", "--budget", "90s"]
    runs: list[Whole] = []
    name = "the usual notebook, n_jobs=-1"
    own, seconds, _, returned = interleaved(
        benchmark,
        lambda: runs.append(run(tmp_path / f"reports{len(runs)}", "mnist", *size)),
        {name: usual(study, mnist, tmp_path)},
        rounds=rounds(3 if scale == "full" else 1),
    )
    work = f"mnist {mnist.info.n_train:,} rows: whole study"
    quality = {case.key: case.quality for case in runs[-1].results.cases}
    for case, theirs in returned[name].items():
        ours = quality[case]
        assert ours is not None
        # float32 against float64: a row or two may differ.
        assert ours.test["accuracy"] == pytest.approx(
            theirs["report"]["accuracy"], abs=0.01
        )
    note(
        Row(
            work=work,
            against=name,
            ours=own,
            theirs=seconds[name],
            figure=ratio(own, seconds[name]),
            figure_unit="x",
            goal=2.8,
            aim=3.5,
        )
    )
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
