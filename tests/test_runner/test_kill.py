"""A run that is killed, or out of room, loses nothing but the piece of work it was at.

The moments are random; their seed is printed, and taken from TUNECARD_STRESS_SEED.
"""

import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.processes import alive, wait_until_gone
from tests.runs import (
    DIGITS,
    STUDY,
    Begin,
    Unbroken,
    check_journal,
    check_same,
    command_line,
    goes_on,
    kill,
    measure_unbroken,
    place_for,
    run_folder,
)
from tunecard.runner.processes.process import START
from tunecard.runner.schema import PREDICTIONS, RESULTS, load
from tunecard.runner.store.journal import JOURNAL, Journal

SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
#: Moments of the two long tests; fewer for a quick look.
N_DIGITS = int(os.environ.get("TUNECARD_KILLS", "25"))
N_MNIST = min(5, N_DIGITS)
Say = Callable[[str], None]


def moments(n: int, name: str) -> list[float]:
    """Draw moments over the whole length of a run, as shares of it."""
    draw = random.Random(f"{SEED}/{name}")  # noqa: S311 # no secret
    return [draw.random() for _ in range(n)]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Say:
    """Print a line, whatever pytest captures."""

    def print_line(text: str) -> None:
        with capsys.disabled():
            print(f"\n{request.node.name} (seed {SEED}): {text}", end="")  # noqa: T201 # the seed, to repeat it

    return print_line


# --- By default: runs in forked processes, which need no second for their imports ---


@pytest.mark.parametrize(
    "number", [0, 1, 2, *(pytest.param(n, marks=pytest.mark.slow) for n in (3, 4))]
)
def test_a_killed_run_goes_on_to_the_same(
    number: int, forking: Begin, unbroken: Unbroken, tmp_path: Path, say: Say
) -> None:
    """Killed with its tree or by itself, a run ends as one that was not."""
    moment = moments(5, "quick")[number] * unbroken.seconds
    tree = number % 2 == 0
    say(f"{'tree' if tree else 'parent'} at {moment:.2f} of {unbroken.seconds:.2f} s")
    goes_on(forking, place_for(tmp_path, STUDY), [moment], unbroken, tree=tree)
    check_same(tmp_path, unbroken)


def sizes(unbroken: Unbroken) -> dict[str, int]:
    """Return the sizes of what a run writes."""
    return {path.name: path.stat().st_size for path in unbroken.folder.iterdir()}


@pytest.mark.parametrize("full", ["arrays", "journal", RESULTS])
def test_a_full_disk_ends_a_run_that_goes_on_later(
    full: str, forking: Begin, unbroken: Unbroken, tmp_path: Path
) -> None:
    """Whatever is written when room runs out: one message, exit code 2, and no loss."""
    place = place_for(tmp_path, STUDY)
    needed = sizes(unbroken)
    assert needed[PREDICTIONS] < 17_000 < needed[RESULTS]
    room = {"arrays": 3_000, "journal": 17_000, RESULTS: needed[RESULTS] - 1_000}[full]
    (place / "room").write_text(str(room), "ascii")
    assert forking(place).wait() == 2
    *_, said = (place / "log").read_text("utf-8").splitlines()
    assert said.startswith("tunecard: ")
    assert re.search(r"cannot be written \((File too large|.* requested and .*)\)", said)
    assert {"arrays": "/data:", "journal": JOURNAL, RESULTS: RESULTS}[full] in said
    folder = run_folder(place)
    assert folder is not None
    kept = place / "kept"
    kept.hardlink_to(folder / JOURNAL)
    before = kept.read_bytes()
    assert len(before) <= room
    with Journal(folder, {}) as journal:
        assert journal.dropped == 0
        done = dict(journal.done)
    assert '"failed"' not in json.dumps(done)
    assert not [path for path in folder.iterdir() if path.name.startswith(f".{RESULTS}")]
    (place / "room").unlink()
    assert forking(place).wait() == 0
    check_journal(before, kept.read_bytes(), load(folder / RESULTS))
    check_same(place, unbroken)


def test_a_child_process_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    """What every child process begins with ends it with all that it started."""
    (tmp_path / "sleeper.py").write_text(
        "import subprocess, time\n"
        "def main(folder):\n"
        "    subprocess.Popen(['sleep', '600'])\n"
        "    (folder / 'awake').touch()\n"
        "    time.sleep(600)\n"
    )
    code = (
        "import os, subprocess, sys\n"
        "command = [sys.executable, '-P', sys.argv[1], 'sleeper', sys.argv[2],"
        " str(os.getpid())]\n"
        "subprocess.run(command, start_new_session=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, START, tmp_path],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    ) as parent:
        while not (tmp_path / "awake").exists():
            assert parent.poll() is None
            time.sleep(0.02)
        below = psutil.Process(parent.pid).children(recursive=True)
        assert any(process.name() == "sleep" for process in below)
        parent.kill()
    wait_until_gone(*below)


def test_a_worker_leaves_no_guard_behind(tmp_path: Path) -> None:
    """A process that ends by itself ends the one that waits for that, and reaps it."""
    (tmp_path / "brief.py").write_text(
        "import psutil\n"
        "def main(folder):\n"
        "    (guard,) = psutil.Process().children()\n"
        "    (folder / 'guard').write_text(str(guard.pid))\n"
    )
    subprocess.run(
        [sys.executable, "-P", START, "brief", tmp_path, str(os.getpid())],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        start_new_session=True,
        check=True,
    )
    assert not psutil.pid_exists(int((tmp_path / "guard").read_text("ascii")))


#: An estimator as with ``n_jobs``: joblib's processes do its work, and it takes long.
PARALLEL = """
import time
import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, ClassifierMixin

class Slow(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        if len(y) > 50:
            Parallel(n_jobs=2)(delayed(time.sleep)(600) for _ in range(2))
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])
"""
PARALLEL_STUDY = (
    STUDY[: STUDY.index("[[models]]")]
    + """
[[models]]
name = "slow"
estimator = "parallel.Slow"
"""
)


@pytest.mark.slow
def test_the_processes_of_an_estimator_end_with_a_killed_run(tmp_path: Path) -> None:
    """Joblib's processes are children of a worker: they do not go on for nobody.

    What they shared in memory is cleaned up behind them.
    """
    place = place_for(tmp_path / "place", PARALLEL_STUDY)
    (place / "parallel.py").write_text(PARALLEL, "utf-8")
    running = command_line("run", "study.toml")(place)
    deadline = time.monotonic() + 120
    while not any("loky" in " ".join(p.cmdline()) for p in running.others()):
        assert alive(running.process), (place / "log").read_text("utf-8")
        assert time.monotonic() < deadline
        time.sleep(0.1)
    workers = [str(process.pid) for process in running.process.children()]
    time.sleep(0.5)
    assert kill(running, tree=False)
    shared = [path.name for path in Path("/dev/shm").glob("*loky*")]  # noqa: S108 # Linux's
    assert not [name for name in shared for pid in workers if f"-{pid}-" in name]


# --- In `stress`: the command itself, killed again and again on its way ---


def chains(n: int, unbroken: Unbroken, name: str) -> list[list[float]]:
    """Draw moments in chains of five, each over the whole length of the run."""
    drawn = [share * unbroken.seconds for share in moments(n, name)]
    return [sorted(drawn[first : first + 5]) for first in range(0, n, 5)]


@pytest.mark.stress
def test_digits_killed_many_times(tmp_path: Path, say: Say) -> None:
    """25 kills of a digits run: quality, candidates and predictions stay to the bit."""
    begin = command_line("run", "study.toml")
    unbroken = measure_unbroken(begin, place_for(tmp_path / "unbroken", DIGITS))
    for number, chain in enumerate(chains(N_DIGITS, unbroken, "digits")):
        say(f"{told_of(chain)} of {unbroken.seconds:.1f} s")
        place = place_for(tmp_path / f"killed {number}", DIGITS)
        goes_on(begin, place, chain, unbroken, tree=bool(number % 2))
        check_same(place, unbroken)
        assert list((place / "tmp").iterdir()) == []


@pytest.mark.stress
@pytest.mark.mnist
def test_quick_mnist_killed_many_times(tmp_path: Path, mnist_dir: Path, say: Say) -> None:
    """5 kills of a quick MNIST run: the same to the bit."""
    begin = command_line("run", "mnist", "--quick", "--data-dir", mnist_dir.absolute())
    unbroken = measure_unbroken(begin, place_for(tmp_path / "unbroken", DIGITS))
    for number, chain in enumerate(chains(N_MNIST, unbroken, "mnist")):
        say(f"{told_of(chain)} of {unbroken.seconds:.1f} s")
        place = place_for(tmp_path / f"killed {number}", DIGITS)
        goes_on(begin, place, chain, unbroken, tree=True)
        check_same(place, unbroken)
        assert list((place / "tmp").iterdir()) == []


def told_of(chain: list[float]) -> str:
    """Write moments as a line."""
    return "killed at " + ", ".join(f"{moment:.1f}" for moment in chain)
