"""Hostile estimators beside honest ones, all in one run.

``python -m tests.stress.hostile --seed 0`` prints the row of each. A row has the status and
the reason that belong to its harm, the honest rows are to the bit those of a run without
the others, and no process and no file is left.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from tests.processes import alive
from tests.runs import command_line
from tests.stress.damage import Tally, require
from tests.test_failing_cases import FAILURES
from tests.test_runner.test_hostile_process import HARMS
from tunecard.runner.schema import PREDICTIONS, RESULTS, Results, load
from tunecard.runner.store.journal import JOURNAL

ESTIMATORS = Path(__file__).parents[1] / "test_runner"
#: A worker may run so long; each that hangs takes all of it.
SECONDS = 20
HEAD = f"""
name = "hostile"
title = "Hostile models beside honest ones"
dataset = "digits"
subset = {{ train = 200, test = 100 }}
seed = SEED
[timing]
budget = "1s"
[limits]
case_seconds = {SECONDS}
memory = "1GiB"
[[models]]
name = "honest-knn"
estimator = "sklearn.neighbors.KNeighborsClassifier"
[models.search]
strategy = "grid"
folds = 3
space = {{ n_neighbors = [1, 3, 5] }}
[[models]]
name = "honest-tree"
estimator = "sklearn.tree.DecisionTreeClassifier"
[models.search]
strategy = "random"
n_iter = 4
folds = 3
space = {{ max_depth = {{ distribution = "randint", low = 1, high = 12 }} }}
[[models]]
name = "honest-bayes"
estimator = "sklearn.naive_bayes.GaussianNB"
"""
#: In the folder of all runs, besides the runs.
LISTED = {"index.html", "latest", ".index-cache.jsonl", ".index.lock"}


@dataclass(frozen=True)
class Harm:
    """An estimator that goes wrong, and what is to become of it.

    Attributes
    ----------
    name : str
        Of the model.
    table : str
        Of the study.
    status, reason : str
        Of its row; how the reason begins.
    """

    name: str
    table: str
    status: str
    reason: str


def harms(place: Path) -> list[Harm]:
    """List all hostile estimators; those that hang or crash at once come last."""
    listed = []
    for name, (status, reason) in HARMS.items():
        # The first fit of each is spared: it would end the run before it begins.
        params = f"{{ place = {json.dumps(str(place))}, spared = true }}"
        table = _table(name.lower(), f"hostile_process.{name}", f"params = {params}\n")
        limit = reason.replace("case_seconds = 8 s", f"case_seconds = {SECONDS} s")
        listed.append(Harm(name.lower(), table, status, limit))
    for name, (estimator, status, reason) in FAILURES.items():
        limit = reason.replace("case_seconds = 12 s", f"case_seconds = {SECONDS} s")
        table = _table(name, f"goes_wrong.{estimator}", "")
        listed.append(Harm(name, table, status, limit))
    return listed


def _table(name: str, estimator: str, more: str) -> str:
    return f'[[models]]\nname = "{name}"\nestimator = "{estimator}"\n{more}'


@dataclass(frozen=True)
class Whole:
    """A run that has ended, and what it left.

    Attributes
    ----------
    code : int
    log : str
        What it printed.
    folder : Path
    results : Results
    left : list of str
        Processes and files that should not be there.
    """

    code: int
    log: str
    folder: Path
    results: Results
    left: list[str]


def run(place: Path, study: str) -> Whole:
    """Run a study as a user does, and look for what it leaves."""
    place.mkdir()
    (place / "study.toml").write_text(study, "utf-8")
    shutil.copy(ESTIMATORS / "hostile.py", place / "goes_wrong.py")
    shutil.copy(ESTIMATORS / "hostile_process.py", place)
    before = {path.name for path in place.iterdir()}
    running = command_line("run", "study.toml")(place)
    code = running.wait()
    log = (place / "log").read_text("utf-8")
    left = [f"process {each}" for each in _left_at_work(running.others)]
    reports = place / "reports"
    folder = (reports / "latest").resolve()
    require((folder / RESULTS).is_file(), f"no results, code {code}: {log[-3000:]}")
    # What an estimator writes into the place that it was given is its own.
    own = {path.name for path in place.glob("*.spared")} | {"started"}
    here = {path.name for path in place.iterdir()}
    left += sorted(here - before - own - {"cache", "tmp", "log", "reports", "__pycache__"})
    left += [path.name for path in (place / "tmp").iterdir()]
    left += sorted({path.name for path in reports.iterdir()} - LISTED - {folder.name})
    left += [path.name for path in folder.iterdir() if path.name.startswith(".")]
    left += [path.name for path in folder.glob(JOURNAL)]
    return Whole(code, log, folder, load(folder / RESULTS), left)


def _left_at_work(others: Any) -> list[psutil.Process]:
    """Return processes that have not ended some seconds after their run."""
    deadline = time.monotonic() + 20
    while left := [process for process in others() if alive(process)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return left


def require_row(whole: Whole, harm: Harm) -> str:
    """Require the one row of a harm, on stderr too; return it."""
    rows = [case for case in whole.results.cases if case.model == harm.name]
    require(len(rows) == 1, f"{len(rows)} rows")
    (case,) = rows
    line = f"{case.key}: {case.status}: {case.reason}"
    require(case.status == harm.status, f"{line}; expected {harm.status}")
    require((case.reason or "").startswith(harm.reason), f"{line}; expected {harm.reason}")
    require(bool(case.reason) == (case.status != "ok"), line)
    require(case.status == "ok" or line in whole.log, f"not on stderr: {line}")
    return line


def require_same(whole: Whole, alone: Whole) -> None:
    """What is measured of the honest models is that of a run without the others."""
    require(facts(whole.results) == facts(alone.results), "other facts")
    mixed, expected = (
        pd.read_parquet(each.folder / PREDICTIONS) for each in (whole, alone)
    )
    # Pictures are of the rows that any model has wrong.
    columns = [name for name in expected if name != "image"]
    require(set(columns) <= set(mixed), "columns are missing")
    require(mixed[columns].equals(expected[columns]), "other predictions")


def facts(results: Results) -> dict[str, Any]:
    """Return all that the honest models determine, times aside."""
    cases = [case for case in results.cases if case.model.startswith("honest")]
    kept = {"model", "variant", "status", "params", "python", "converged", "n_iter"}
    return {
        "cases": [case.model_dump(include={*kept, "quality"}) for case in cases],
        "rounds": [len({t.round for t in case.timings}) > 0 for case in cases],
        "searches": [
            (search.model, search.best, search.folds, search.method, search.n_fits)
            for search in results.searches
        ],
        "candidates": [
            (each.index, each.params, each.scores, each.status)
            for search in results.searches
            for each in search.candidates
        ],
        "dataset": results.dataset,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all harms beside honest models; return 1 where one does more than its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the study")
    parser.add_argument("--number", type=int, help="of hostile estimators; all of them")
    options = parser.parse_args(arguments)
    tally, begun = Tally(options.seed), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tunecard-hostile-") as name:
        place = Path(name).resolve()
        chosen = harms(place / "hostile")[: options.number]
        head = HEAD.replace("SEED", str(options.seed))
        alone = run(place / "honest", head)
        whole = run(place / "hostile", head + "".join(harm.table for harm in chosen))
        for harm in chosen:
            with tally.attempt(harm.name):
                sys.stdout.write(f"{require_row(whole, harm)}\n")
        with tally.attempt("honest rows"):
            require(alone.code == 0, f"code {alone.code}")
            require_same(whole, alone)
        failed = any(harm.status != "ok" for harm in chosen)
        with tally.attempt("exit code"):
            require(whole.code == (5 if failed else 0), f"code {whole.code}")
        with tally.attempt("nothing left"):
            require(not whole.left + alone.left, f"left: {whole.left + alone.left}")
    sys.stdout.write(f"{tally.summary()}\n{time.monotonic() - begun:.0f} s\n")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
