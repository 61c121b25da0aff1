"""Whole runs from outside: begun, killed, gone on with, compared with an unbroken one."""

import contextlib
import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests import command
from tests.processes import alive, marked, wait_until_gone
from tunecard.runner.clock.jobs import Finished
from tunecard.runner.schema import OUT_OF_FOLD, PREDICTIONS, RESULTS, WEIGHTS, Results, load
from tunecard.runner.store.journal import JOURNAL

STUDY = """
name = "tiny"
title = "Tiny"
dataset = "digits"
[subset]
train = 60
test = 60
[[models]]
name = "knn"
estimator = "sklearn.neighbors.KNeighborsClassifier"
[models.search]
strategy = "grid"
folds = 5
space = { n_neighbors = [1, 3, 5] }
[[models]]
name = "bayes"
estimator = "sklearn.naive_bayes.GaussianNB"
[timing]
budget = "0.001s"
"""

#: Both kinds of search, and four cases; each worker imports what it needs.
DIGITS = """
name = "digits-small"
title = "Digits"
dataset = "digits"
[[models]]
name = "knn"
estimator = "sklearn.neighbors.KNeighborsClassifier"
[models.search]
strategy = "grid"
folds = 5
space = { n_neighbors = [1, 3, 5], weights = ["uniform", "distance"] }
[[models]]
name = "logreg"
estimator = "sklearn.linear_model.LogisticRegression"
params = { max_iter = 20 }
[models.search]
strategy = "random"
n_iter = 4
folds = 3
space = { C = { distribution = "loguniform", low = 1e-3, high = 1e2 } }
[timing]
budget = "1s"
"""


@dataclass
class Running:
    """A run on its way: its process, and how to wait for its end."""

    process: psutil.Process
    wait: Callable[[], int]
    others: Callable[[], list[psutil.Process]] = list


@dataclass(frozen=True)
class Unbroken:
    """A run that nothing disturbed: its folder, how long it took, and until work began."""

    folder: Path
    seconds: float
    startup: float


Begin = Callable[[Path], Running]


def command_line(*arguments: str | Path) -> Begin:
    """Begin runs as a user does; all their processes bear the place as TMPDIR."""

    def begin(place: Path) -> Running:
        temporary = place / "tmp"
        temporary.mkdir(exist_ok=True)
        with (place / "log").open("ab") as log:
            process = subprocess.Popen(
                [command.COMMAND, *arguments],
                cwd=place,
                env={**command.environment(place), "TMPDIR": str(temporary)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return Running(
            psutil.Process(process.pid), process.wait, lambda: list(marked(temporary))
        )

    return begin


def run_folder(place: Path) -> Path | None:
    """Return the one run folder that has a journal or results, if there is one."""
    found = {
        path.parent
        for name in (JOURNAL, RESULTS)
        for path in place.glob(f"reports/*/{name}")
        if not path.parent.is_symlink()
    }
    assert len(found) < 2, found
    return found.pop() if found else None


def kill(running: Running, *, tree: bool) -> bool:
    """Kill a run, with all that it started or by itself; wait until nothing is at work.

    Returns whether it was still on its way.
    """
    run = running.process
    below: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        run.suspend()  # so that it starts nothing while it is looked at
        below = run.children(recursive=True)
        for process in [*below, run] if tree else [run]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    code = running.wait()
    wait_until_gone(*below, *running.others())
    return code != 0


def goes_on(
    begin: Begin, place: Path, chain: Sequence[float], unbroken: Unbroken, *, tree: bool
) -> int:
    """Kill a run at moments of its length, and let the same command finish it.

    Each time the same command goes on until the next moment, as far as an unbroken run
    would be by then; every other kill is of the whole tree, the others of the parent
    alone. Returns how many kills found it at work.
    """
    before, last, n_kills = b"", 0.0, 0
    kept = place / "kept"  # a second name of the journal, which a finished run removes
    for moment in chain:
        running = begin(place)
        time.sleep(moment - last + (unbroken.startup if last > unbroken.startup else 0.0))
        if not kill(running, tree=tree):
            break
        n_kills += 1
        folder = run_folder(place)
        if folder is not None and not (folder / JOURNAL).exists():
            break  # it was whole: only the list of runs may be missing
        if folder is not None:
            kept.unlink(missing_ok=True)
            kept.hardlink_to(folder / JOURNAL)
            assert kept.read_bytes().startswith(whole_lines(before))
            before = kept.read_bytes()
        tree, last = not tree, moment
    else:
        assert begin(place).wait() == 0, (place / "log").read_text("utf-8")
    finished = run_folder(place)
    assert finished is not None
    if before:
        check_journal(before, kept.read_bytes(), load(finished / RESULTS))
    return n_kills


def whole_lines(journal: bytes) -> bytes:
    """Leave out a last line that is cut off."""
    return journal[: journal.rfind(b"\n") + 1]


def lines(journal: bytes) -> dict[str, dict[str, Any]]:
    """Return the finished work of a journal by key; no key may stand twice."""
    whole = [json.loads(line) for line in journal.splitlines()[1:]]
    keys = [line["key"] for line in whole]
    assert len(set(keys)) == len(keys), "a finished piece of work was done again"
    return {line["key"]: line["value"] for line in whole}


def check_journal(before: bytes, after: bytes, results: Results) -> None:
    """What was finished before the kill stands in the results, and was done once."""
    whole = whole_lines(before)
    assert after.startswith(whole)
    # A sitting that only writes the report adds itself to the journal alone.
    sittings = [key.startswith("session ") for key in lines(after)]
    at_work = sittings[: len(sittings) - sittings[::-1].index(False)]
    assert sum(at_work) <= results.n_sessions <= sum(sittings)
    cases = {case.key: case for case in results.cases}
    for key, value in lines(whole).items():
        words = key.split(" ")
        if words[2:3] == ["round"]:
            check_round(int(words[3]), Finished.model_validate(value), cases[words[4]])
        elif words[2:3] == ["calibration"]:
            assert value in [item.model_dump(mode="json") for item in results.calibrations]
        elif words[:1] == ["search"] and words[2] == "candidate":
            record = next(item for item in results.searches if item.model == words[1])
            candidate = record.candidates[int(words[3])]
            assert candidate.scores[int(words[5])] == value["score"]
            assert candidate.cpu_seconds[int(words[5])] == value["cpu_seconds"]


def check_round(number: int, finished: Finished, case: Any) -> None:
    """A round's samples are those that its worker left."""
    assert finished.outcome is not None
    stored = [timed for timed in case.timings if timed.round == number]
    warm = [tuple(sample for sample in t.samples if not sample.cold) for t in stored]
    assert [(t.operation, t.position) for t in stored] == [
        (t.operation, finished.position) for t in finished.outcome.timed
    ]
    assert warm == [t.samples for t in finished.outcome.timed]


def told(results: Results) -> dict[str, Any]:
    """Return what a run found out, without what it took."""
    return {
        "cases": [
            (c.key, c.status, c.params, c.python, c.converged, c.n_iter, c.quality)
            for c in results.cases
        ],
        "searches": [
            (s.model, s.best, s.folds, s.method, s.n_fits) for s in results.searches
        ],
        "candidates": [
            (c.index, c.eligible, c.params, c.scores, c.status, c.converged)
            for s in results.searches
            for c in s.candidates
        ],
        "dataset": results.dataset,
    }


def check_same(place: Path, unbroken: Unbroken) -> None:
    """A run is to the bit what an unbroken one is, and leaves nothing behind."""
    folder = run_folder(place)
    assert folder is not None
    assert told(load(folder / RESULTS)) == told(load(unbroken.folder / RESULTS))
    for name in (PREDICTIONS, WEIGHTS, OUT_OF_FOLD):
        if (unbroken.folder / name).exists():
            assert (folder / name).read_bytes() == (unbroken.folder / name).read_bytes()
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(path.name for path in unbroken.folder.iterdir())


def place_for(tmp_path: Path, study: str) -> Path:
    """Make a working folder with a study."""
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "study.toml").write_text(study, "utf-8")
    return tmp_path


def measure_unbroken(begin: Begin, place: Path) -> Unbroken:
    """Run without disturbance, and take the time."""
    start = time.monotonic()
    running = begin(place)
    while run_folder(place) is None and alive(running.process):
        time.sleep(0.01)
    startup = time.monotonic() - start
    assert running.wait() == 0, (place / "log").read_text("utf-8")
    folder = run_folder(place)
    assert folder is not None
    return Unbroken(folder, time.monotonic() - start, startup)
