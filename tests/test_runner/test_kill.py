"""A run that is killed loses nothing but the piece of work it was at.

The moments are random; their seed is printed, and taken from TUNECARD_STRESS_SEED.
"""

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from runner.jobs import Finished
from runner.journal import JOURNAL
from runner.process import START
from runner.schema import PREDICTIONS, RESULTS, WEIGHTS, Results, load
from tests import command
from tests.processes import marked, wait_until_gone

HERE = Path(__file__).parent
SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
#: Moments of the two long tests; fewer for a quick look.
N_DIGITS = int(os.environ.get("TUNECARD_KILLS", "25"))
N_MNIST = min(5, N_DIGITS)
STUDY = """
name = "tiny"
title = "Tiny"
dataset = "digits"
[subset]
train = 200
test = 100
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

Say = Callable[[str], None]


@dataclass
class Running:
    """A run on its way: its process, and how to wait for its end."""

    process: psutil.Process
    wait: Callable[[], int]
    others: Callable[[], list[psutil.Process]] = list


@dataclass(frozen=True)
class Unbroken:
    """A run that nothing disturbed: its folder, and how long it took."""

    folder: Path
    seconds: float


Begin = Callable[[Path], Running]


def moments(n: int, name: str) -> list[float]:
    """Draw moments over the whole length of a run, as shares of it."""
    draw = random.Random(f"{SEED}/{name}")  # noqa: S311 # no secret
    return [draw.random() for _ in range(n)]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Say:
    """Print a line, whatever pytest captures."""

    def print_line(text: str) -> None:
        with capsys.disabled():
            print(f"\n{request.node.name} (seed {SEED}): {text}", end="")  # noqa: T201

    return print_line


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


def goes_on(begin: Begin, place: Path, chain: Sequence[float], *, tree: bool) -> None:
    """Kill a run at moments of its length, and let the same command finish it.

    Each time the same command goes on until the next moment; every other kill is of
    the whole tree, the others of the parent alone.
    """
    before, last = b"", 0.0
    kept = place / "kept"  # a second name of the journal, which a finished run removes
    for moment in chain:
        running = begin(place)
        time.sleep(moment - last)
        if not kill(running, tree=tree):
            break
        folder = run_folder(place)
        if folder is not None and (folder / JOURNAL).exists():
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
    lines(after)
    assert results.n_sessions == sum(key.startswith("session ") for key in lines(after))
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
    assert [(t.operation, t.position, t.samples) for t in stored] == [
        (t.operation, finished.position, t.samples) for t in finished.outcome.timed
    ]


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
    for name in (PREDICTIONS, WEIGHTS):
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
    assert begin(place).wait() == 0, (place / "log").read_text("utf-8")
    folder = run_folder(place)
    assert folder is not None
    return Unbroken(folder, time.monotonic() - start)


# --- By default: runs in forked processes, which need no second for their imports ---


@pytest.fixture(scope="module")
def forking() -> Iterator[Begin]:
    """Begin runs in a host that forks them."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    with subprocess.Popen(
        [sys.executable, HERE / "forking_host.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **one_thread},
    ) as host:
        assert host.stdin is not None
        assert host.stdout is not None
        ask, answer = host.stdin, host.stdout

        def begin(place: Path) -> Running:
            ask.write(f"{place}\n")
            ask.flush()
            process = psutil.Process(int(answer.readline()))
            return Running(process, lambda: int(answer.readline()))

        yield begin


@pytest.fixture(scope="module")
def unbroken(forking: Begin, tmp_path_factory: pytest.TempPathFactory) -> Unbroken:
    """The run that nothing disturbs; the second, as the first one also warms up."""
    factory = tmp_path_factory.mktemp
    measure_unbroken(forking, place_for(factory("warm"), STUDY))
    return measure_unbroken(forking, place_for(factory("unbroken"), STUDY))


@pytest.mark.parametrize("number", range(5))
def test_a_killed_run_goes_on_to_the_same(
    number: int, forking: Begin, unbroken: Unbroken, tmp_path: Path, say: Say
) -> None:
    """Killed with its tree or by itself, a run ends as one that was not."""
    moment = moments(5, "quick")[number] * unbroken.seconds
    tree = number % 2 == 0
    say(f"{'tree' if tree else 'parent'} at {moment:.2f} of {unbroken.seconds:.2f} s")
    goes_on(forking, place_for(tmp_path, STUDY), [moment], tree=tree)
    check_same(tmp_path, unbroken)


def test_a_child_process_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    """What every child process begins with ends it, whatever it is at."""
    (tmp_path / "sleeper.py").write_text(
        "import time\n"
        "def main(folder):\n"
        "    (folder / 'awake').touch()\n"
        "    time.sleep(600)\n"
    )
    code = (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-P', sys.argv[1], 'sleeper', sys.argv[2]])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, START, tmp_path],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    ) as parent:
        while not (tmp_path / "awake").exists():
            assert parent.poll() is None
            time.sleep(0.02)
        (child,) = psutil.Process(parent.pid).children()
        parent.kill()
    wait_until_gone(child)


# --- In `stress`: the command itself, killed again and again on its way ---

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


def command_line(*arguments: str | Path) -> Begin:
    """Begin runs as a user does; all their processes bear the place as TMPDIR."""

    def begin(place: Path) -> Running:
        temporary = place / "tmp"
        temporary.mkdir(exist_ok=True)
        with (place / "log").open("ab") as log:
            process = subprocess.Popen(
                [command.COMMAND, "run", *arguments],
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


def chains(n: int, unbroken: Unbroken, name: str) -> list[list[float]]:
    """Draw moments in chains of five, each over the whole length of the run."""
    drawn = [share * unbroken.seconds for share in moments(n, name)]
    return [sorted(drawn[first : first + 5]) for first in range(0, n, 5)]


@pytest.mark.stress
def test_digits_killed_many_times(tmp_path: Path, say: Say) -> None:
    """25 kills of a digits run: quality, candidates and predictions stay to the bit."""
    begin = command_line("study.toml")
    unbroken = measure_unbroken(begin, place_for(tmp_path / "unbroken", DIGITS))
    for number, chain in enumerate(chains(N_DIGITS, unbroken, "digits")):
        say(f"{told_of(chain)} of {unbroken.seconds:.1f} s")
        place = place_for(tmp_path / f"killed {number}", DIGITS)
        goes_on(begin, place, chain, tree=bool(number % 2))
        check_same(place, unbroken)


@pytest.mark.stress
@pytest.mark.mnist
def test_quick_mnist_killed_many_times(tmp_path: Path, mnist_dir: Path, say: Say) -> None:
    """5 kills of a quick MNIST run: the same to the bit."""
    begin = command_line("mnist", "--quick", "--data-dir", mnist_dir.absolute())
    unbroken = measure_unbroken(begin, place_for(tmp_path / "unbroken", DIGITS))
    for number, chain in enumerate(chains(N_MNIST, unbroken, "mnist")):
        say(f"{told_of(chain)} of {unbroken.seconds:.1f} s")
        place = place_for(tmp_path / f"killed {number}", DIGITS)
        goes_on(begin, place, chain, tree=True)
        check_same(place, unbroken)


def told_of(chain: list[float]) -> str:
    """Write moments as a line."""
    return "killed at " + ", ".join(f"{moment:.1f}" for moment in chain)
