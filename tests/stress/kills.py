"""Commands that are killed at random moments, and given again.

``python -m tests.stress.kills --kills 50 --seed 0`` prints each kill and what became of
it. Runs are killed at any moment of their length; pages, lists of runs and judgments too.
What comes out must be to the bit what comes out undisturbed, but for times, and nothing may
be left: no process, no partial file.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.builders import make_run, write_run
from tests.dask_cluster import dask_cluster
from tests.runs import (
    STUDY,
    Unbroken,
    check_same,
    command_line,
    goes_on,
    kill,
    measure_unbroken,
    place_for,
    run_folder,
    told,
)
from tests.stress.damage import Tally, require
from tunecard.report.load import load as load_run
from tunecard.report.load.manifest import check_manifest
from tunecard.report.render import render
from tunecard.runner.schema import RESULTS, load
from tunecard.runner.store.journal import JOURNAL, Journal

#: Kills in a row on the way of one run.
CHAIN = 5
SEEDS = 'seeds = [0, 1]\nname = "of-seeds"\n' + STUDY[STUDY.index("title") :]
#: In single precision naive Bayes' probabilities of some folds do not sum to 1.
SPLITS = (
    'name = "of-splits"\n'
    + STUDY[STUDY.index("title") :].replace(
        "sklearn.naive_bayes.GaussianNB", "sklearn.tree.DecisionTreeClassifier"
    )
    + '[split]\nkind = "cv"\nfolds = 3\n'
)
#: Files that the folder of all runs keeps, besides the runs.
KEPT = {"index.html", "latest", ".index-cache.jsonl", ".index.lock"}
Say = Callable[[str], None]


class Killer:
    """Kills commands of each kind.

    Parameters
    ----------
    place : Path
        Where they work.
    seed : int
        Of all moments.
    say : callable
        Receives a line for each kill.
    """

    def __init__(self, place: Path, seed: int, say: Say) -> None:
        self._place, self._say = place, say
        self._draw = random.Random(f"{seed}/kills")  # noqa: S311 # no secret
        self._number = 0

    def kill_runs(self, study: str, n_kills: int, *options: str, name: str) -> int:
        """Kill runs of a study on their way, in chains."""
        begin = command_line("run", "study.toml", *options)
        unbroken = measure_unbroken(begin, place_for(self._new(f"{name} whole"), study))
        done = 0
        while done < n_kills:
            place = place_for(self._new(name), study)
            chain = self._moments(unbroken.seconds, min(CHAIN, n_kills - done))
            tree = self._draw.random() < 0.5
            killed = goes_on(begin, place, chain, unbroken, tree=tree)
            self._check_run(place, unbroken)
            done += killed
            moments = ", ".join(f"{moment:.1f}" for moment in chain)
            self._say(f"{name}: {killed} kills at {moments} of {unbroken.seconds:.1f} s")
        return done

    def kill_rendering(self, n_kills: int) -> int:
        """Kill runs of which only the page is missing."""
        study = STUDY
        begin = command_line("run", "study.toml", "--no-timing")
        unbroken = measure_unbroken(begin, place_for(self._new("page whole"), study))
        done = 0
        while done < n_kills:
            place = place_for(self._new("page"), study)
            running = begin(place)
            while not _is_written(place) and running.process.is_running():
                time.sleep(0.05)
            moment = self._draw.random() * 5
            time.sleep(moment)
            killed = int(kill(running, tree=True))
            folder = run_folder(place)
            assert folder is not None
            # Without a journal the run was whole: the same command begins a new one.
            if (folder / JOURNAL).exists():
                done += killed
                require(begin(place).wait() == 0, (place / "log").read_text("utf-8"))
            self._check_run(place, unbroken)
            self._say(f"page: {killed} kills, {moment:.1f} s after the results")
        return done

    def kill_history(self, n_kills: int) -> int:
        """Kill the command that lists all runs."""
        whole = self._reports("list whole")
        begin = command_line("history")
        start = time.monotonic()
        require(begin(whole).wait() == 0, (whole / "log").read_text("utf-8"))
        seconds = time.monotonic() - start
        done = 0
        while done < n_kills:
            place = self._reports("list")
            moment = (0.3 + 0.7 * self._draw.random()) * seconds
            running = begin(place)
            time.sleep(moment)
            killed = int(kill(running, tree=True))
            done += killed
            require(begin(place).wait() == 0, (place / "log").read_text("utf-8"))
            pages = [(p / "reports" / "index.html").read_bytes() for p in (place, whole)]
            require(pages[0] == pages[1], "another list of runs")
            self._check_nothing_left(place)
            self._say(f"list: {killed} kills at {moment:.1f} of {seconds:.1f} s")
        return done

    def kill_judging(self, n_kills: int) -> int:
        """Kill judgments; each that is given again is the undisturbed one."""
        begin = command_line(
            "judge", "rows.csv", "--truth", "y", "--prediction", "a", "--prediction", "b"
        )
        whole = self._rows("judge whole")
        start = time.monotonic()
        require(begin(whole).wait() == 0, (whole / "log").read_text("utf-8"))
        seconds = time.monotonic() - start
        expected = told(load(_runs(whole)[-1] / RESULTS))
        done = 0
        while done < n_kills:
            place = self._rows("judge")
            moment = (0.3 + 0.5 * self._draw.random()) * seconds
            running = begin(place)
            time.sleep(moment)
            killed = int(kill(running, tree=True))
            done += killed
            require(begin(place).wait() == 0, (place / "log").read_text("utf-8"))
            for folder in _runs(place):  # a killed one is whole too, but for its page
                require(told(load(folder / RESULTS)) == expected, "another verdict")
            _check_page(_runs(place)[-1])
            self._check_nothing_left(place)
            self._say(f"judge: {killed} kills at {moment:.1f} of {seconds:.1f} s")
        return done

    def _new(self, name: str) -> Path:
        self._number += 1
        place = self._place / f"{self._number} {name}"
        place.mkdir()
        return place

    def _reports(self, name: str) -> Path:
        """Make a folder of some finished runs."""
        place = self._new(name)
        for day in range(1, 9):
            run = make_run(n_test=60, rounds=2, seed=day)
            folder = place / "reports" / f"202601{day:02}T000000Z-example-{day:06}"
            results = run.results.model_copy(update={"run_id": folder.name})
            write_run(type(run)(results, run.predictions, None, folder), folder)
        return place

    def _rows(self, name: str) -> Path:
        """Make a folder with predictions of two models."""
        place = self._new(name)
        draw = random.Random(3)  # noqa: S311 # no secret
        lines = ["y,a,b"]
        for _ in range(200):
            truth = draw.choice("pq")
            answers = [truth if draw.random() < share else "p" for share in (0.6, 0.9)]
            lines.append(",".join([truth, *answers]))
        (place / "rows.csv").write_text("\n".join(lines) + "\n", "utf-8")
        return place

    def _moments(self, seconds: float, number: int) -> list[float]:
        return sorted(self._draw.random() * seconds for _ in range(number))

    def _check_run(self, place: Path, unbroken: Unbroken) -> None:
        check_same(place, unbroken)
        folder = run_folder(place)
        assert folder is not None
        _check_page(folder)
        self._check_nothing_left(place)

    def _check_nothing_left(self, place: Path) -> None:
        """Nothing is in the reports folder but runs and the list; nothing is temporary."""
        runs = {folder.name for folder in _runs(place)}
        others = {path.name for path in (place / "reports").iterdir()} - runs - KEPT
        require(not others, f"left in reports: {others}")
        temporary = [path.name for path in (place / "tmp").iterdir()]
        require(not temporary, f"left in TMPDIR: {temporary}")
        for folder in _runs(place):
            hidden = [path.name for path in folder.iterdir() if path.name.startswith(".")]
            require(not hidden, f"left in {folder}: {hidden}")


def _runs(place: Path) -> list[Path]:
    return sorted(path for path in (place / "reports").glob("2*") if path.is_dir())


def _is_written(place: Path) -> bool:
    """Return whether a run has its results, and only its page is missing."""
    folder = run_folder(place) if (place / "reports").exists() else None
    if folder is None:
        return False
    copy = place / "peek"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    try:
        shutil.copyfile(folder / "journal.jsonl", copy / "journal.jsonl")
    except FileNotFoundError:
        return (folder / RESULTS).exists()
    with Journal(copy, {}) as journal:
        return "results" in journal.done


def _check_page(folder: Path) -> None:
    """A folder's files are those of its manifest, and the page is what it gives."""
    checked = check_manifest(folder)
    require(checked is not None, f"{folder}: has no manifest")
    assert checked is not None
    require(not checked.damaged, f"{checked.damaged}")
    with tempfile.TemporaryDirectory() as name:
        for path in render(load_run(folder), Path(name)):
            there = folder / path.relative_to(name)
            require(path.read_bytes() == there.read_bytes(), str(there))


#: What is killed: the list of runs, judging, rendering, and runs of four kinds.
KINDS = ("list", "judge", "page", "default", "dask", "seeds", "splits")


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill as often as asked for; return 1 where something was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--only", choices=KINDS, help="one kind of command, which gets all the kills"
    )
    options = parser.parse_args(arguments)
    tally, start = Tally(options.seed), time.monotonic()

    def say(text: str) -> None:
        sys.stdout.write(f"seed {options.seed}: {time.monotonic() - start:.0f} s: {text}\n")
        sys.stdout.flush()

    kills: int = options.kills

    def share(tenths: int) -> int:
        """Return how many kills a kind gets: its part, or all where it is the only one."""
        return kills if options.only else max(tenths * kills // 10, 1)

    with ExitStack() as stack:
        place = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="tunecard-kills-"))
        )
        killer = Killer(place, options.seed, say)
        (place / "dask").mkdir()

        def on_dask() -> int:
            cluster = stack.enter_context(dask_cluster(place / "dask", 2))
            to = ("--backend", "dask", "--scheduler", cluster.address)
            return killer.kill_runs(STUDY, share(2), *to, name="dask")

        kinds: dict[str, Callable[[], int]] = {
            "list": partial(killer.kill_history, share(1)),
            "judge": partial(killer.kill_judging, share(1)),
            "page": partial(killer.kill_rendering, share(1)),
            "default": partial(killer.kill_runs, STUDY, share(3), name="default"),
            "dask": on_dask,
            "seeds": partial(killer.kill_runs, SEEDS, share(1), name="seeds"),
            "splits": partial(killer.kill_runs, SPLITS, share(1), name="splits"),
        }
        for name, kill_all in kinds.items():
            if options.only in (None, name):
                with tally.attempt(name):
                    tally.counts["kills"] += kill_all()
    sys.stdout.write(f"{tally.summary()}\n{time.monotonic() - start:.0f} s\n")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
