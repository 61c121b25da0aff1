"""Writing the index: two at once, killed while at it, and what stands in the way."""

import os
import signal
import time
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path

import pytest

from tests.histories import document, run_name, write_document, write_runs
from tests.processes import forked
from tunecard.pages import list_runs
from tunecard.report.history import CACHE, INDEX, update_index
from tunecard.report.history.places import hold_index
from tunecard.report.theme import PageTheme
from tunecard.runner.schema import OutputError

pytestmark = pytest.mark.usefixtures("no_drawing")


def write(reports: Path, pipe: Connection) -> None:
    """Write the index of a folder when that is begun."""
    pipe.send("ready")
    pipe.recv()
    update_index(reports)


def stop_while_writing(reports: Path, pipe: Connection) -> None:
    """Stop for ever where a file is whole and not yet in its place."""

    def fsync(fd: object) -> None:  # named as the one that it replaces
        pipe.send("written")
        time.sleep(600)

    os.fsync = fsync
    update_index(reports)


def end(process: ForkProcess) -> int | None:
    """Wait for the end of a process, and give its exit code."""
    process.join()
    return process.exitcode


def listed(reports: Path) -> set[str]:
    """Give the runs that the index links to."""
    text = (reports / INDEX).read_text("utf-8")
    return {run_name(i) for i in range(50) if f'href="{run_name(i)}/report.html"' in text}


def test_runs_that_finish_at_the_same_moment_are_both_listed(tmp_path: Path) -> None:
    """Whoever waited for another lists the folder only when it is its turn."""
    write_runs(tmp_path, 3)
    writers = [forked(partial(write, tmp_path)) for _ in range(2)]
    with hold_index(tmp_path):
        for _, pipe in writers:
            pipe.send("begin")
        late = write_runs(tmp_path, 1, first=3)
    assert [end(writer) for writer, _ in writers] == [0, 0]
    assert listed(tmp_path) == {run_name(i) for i in range(4)}
    assert late[0] in (tmp_path / CACHE).read_text("utf-8")


@pytest.mark.slow
def test_many_that_finish_one_after_another_are_all_listed(tmp_path: Path) -> None:
    """Four processes add a run each and write the index, without waiting for others."""
    write_runs(tmp_path, 1)

    def add(first: int, pipe: Connection) -> None:
        pipe.send("begins")
        for number in range(first, first + 3):
            write_runs(tmp_path, 1, first=number)
            update_index(tmp_path)

    writers = [forked(partial(add, first)) for first in (1, 4, 7, 10)]
    assert [end(writer) for writer, _ in writers] == [0] * 4
    assert listed(tmp_path) == {run_name(i) for i in range(13)}


def test_killed_while_writing_the_old_index_stays(tmp_path: Path) -> None:
    """Others wait for it meanwhile; nothing of it is seen, and the next one clears up."""
    write_runs(tmp_path, 2)
    update_index(tmp_path)
    before = (tmp_path / INDEX).read_bytes()
    write_runs(tmp_path, 1, first=2)
    process, _ = forked(partial(stop_while_writing, tmp_path))
    with pytest.raises(OutputError, match=r"held by another process for 0\.1 s"):
        update_index(tmp_path, patience=0.1)
    process.kill()
    assert end(process) == -signal.SIGKILL
    assert (tmp_path / INDEX).read_bytes() == before
    left_behind = list(tmp_path.glob(f".{INDEX}.*"))
    assert len(left_behind) == 1
    update_index(tmp_path, patience=0.1)
    assert listed(tmp_path) == {run_name(i) for i in range(3)}
    assert not left_behind[0].exists()


def test_the_same_runs_give_the_same_bytes(tmp_path: Path) -> None:
    """Read again or from the cache: no clock, nothing random."""
    write_runs(tmp_path, 8)
    first = update_index(tmp_path).page.read_bytes()
    assert update_index(tmp_path).page.read_bytes() == first
    (tmp_path / CACHE).unlink()
    assert update_index(tmp_path).page.read_bytes() == first


def test_others_may_read_the_index(tmp_path: Path) -> None:
    """It has the rights of any new file, not those of a temporary one."""
    update_index(tmp_path)
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / INDEX).stat().st_mode & 0o777 == 0o666 & ~umask


@pytest.mark.parametrize("name", [".index.lock", INDEX])
def test_what_stands_in_the_way_is_told_and_fails_no_run(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that is finished says in a line that the list is as it was."""
    write_runs(tmp_path, 1)
    (tmp_path / name).mkdir()
    list_runs(tmp_path, PageTheme(), {})  # the end of run() without the hours before
    told = capsys.readouterr().err
    assert told.startswith(f"{tmp_path / INDEX} stays as it was: ")
    assert "cannot be written" in told


def test_a_damaged_run_does_not_hinder_the_index(tmp_path: Path) -> None:
    """Also one whose numbers no runner writes."""
    write_runs(tmp_path, 2)
    content = document()
    content["environment"]["memory"] = 10**400
    content["calibrations"][0]["sgemm_ns"] = 10**300
    write_document(tmp_path / run_name(5), content)
    indexed = update_index(tmp_path)
    assert listed(tmp_path) == {run_name(0), run_name(1)}
    assert len(indexed.history.entries) + len(indexed.history.left) == 3
