"""What is sent by whoever stops a job: SIGTERM and SIGHUP end a command as Ctrl-C does."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.command import SHORT, Ended, start
from tests.processes import wait_until_gone
from tunecard import command_line
from tunecard.runner.store.journal import JOURNAL

STUDY = """
name = "tiny"
title = "Tiny"
dataset = "digits"
[subset]
train = 200
test = 100
[[models]]
name = "tree"
estimator = "sklearn.tree.DecisionTreeClassifier"
[models.search]
strategy = "grid"
folds = 5
space = { max_depth = [2, 4, 8] }
[timing]
budget = "1s"
"""


SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def usual() -> Iterator[None]:
    """Leave this process's own answers to the signals as they were."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("usual")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_an_interruption(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is at work can clean up, and the exit code is that of Ctrl-C."""
    cleaned = []

    def work() -> None:
        try:
            os.kill(os.getpid(), number)
            time.sleep(60)
        finally:
            cleaned.append(True)

    monkeypatch.setattr(command_line, "app", lambda: work)
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert (ended.value.code, cleaned) == (130, [True])


@pytest.mark.usefixtures("usual")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_stays_ignored_where_it_was(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who starts the command so has a reason, such as nohup."""
    signal.signal(number, signal.SIG_IGN)
    monkeypatch.setattr(command_line, "app", lambda: lambda: os.kill(os.getpid(), number))
    command_line.main()
    assert signal.getsignal(number) is signal.SIG_IGN


def stopped(folder: Path, at: str, *, everywhere: bool) -> Ended:
    """Run the study until a line of its progress; then send SIGTERM."""
    process = start(folder, "run", "study.toml", command=SHORT)
    assert process.stderr is not None
    seen = ""
    while at not in seen:
        line = process.stderr.readline()
        assert line, seen
        seen += line
    while not (below := psutil.Process(process.pid).children(recursive=True)):
        time.sleep(0.02)  # between two workers
    if everywhere:  # first what a job started, then the job
        for one in below:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.terminate()
    process.terminate()
    try:
        out, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    wait_until_gone(*below)
    return Ended(process.returncode, out, seen + err)


@pytest.mark.slow
def test_a_run_that_is_cancelled_goes_on(tmp_path: Path) -> None:
    """SIGTERM to the run in its search, then to all its processes in its rounds.

    A sentence with the command that goes on each time, and no piece of work that counts
    as failed. That such a run can be finished is shown for Ctrl-C.
    """
    (tmp_path / "study.toml").write_text(STUDY, "utf-8")
    for at, everywhere in (
        ("search: tree [2/", False),
        ("timing: round 1 [1/", True),
    ):
        ended = stopped(tmp_path, at, everywhere=everywhere)
        assert (ended.code, ended.out) == (130, "")
        assert "Traceback" not in ended.err
        assert ended.err.splitlines()[-1] == (
            "tunecard: interrupted; what is finished is kept. "
            "To resume: tunecard run study.toml"
        )
        (journal,) = tmp_path.glob(f"reports/*/{JOURNAL}")
        assert '"failed"' not in journal.read_text("utf-8")
        assert '"killed"' not in journal.read_text("utf-8")
