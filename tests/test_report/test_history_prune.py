"""Removing runs: which go, which never do, and that nothing is ever half gone."""

import fcntl
import shutil
import time
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.histories import (
    Document,
    document,
    names_of,
    run_name,
    write_document,
    write_runs,
)
from tests.processes import forked
from tunecard.report.errors import ReadError
from tunecard.report.history import INDEX, plan_prune, prune, read_history, update_index
from tunecard.report.history.prune import UNFINISHED_SECONDS

pytestmark = pytest.mark.usefixtures("no_drawing")

#: Seconds since 1970, long after everything that a test writes.
LATER = 4e9


def names_in(reports: Path) -> set[str]:
    """Give the names in a folder, but for files of the index."""
    return {
        path.name for path in reports.iterdir() if not path.name.startswith((".", INDEX))
    }


def test_the_newest_of_each_study_and_dataset_stay(tmp_path: Path) -> None:
    """Two studies, and a part of the data, keep two runs each."""

    def part(number: int, content: Document) -> None:
        if number >= 20:
            content["study"]["subset"] = {"train": 100, "test": 50}

    old = [
        *write_runs(tmp_path, 4),
        *write_runs(tmp_path, 3, first=10, study="other"),
        *write_runs(tmp_path, 3, first=20, change=part),
    ]
    plan = plan_prune(tmp_path, keep=2, now=LATER)
    assert set(plan.runs) == {old[0], old[1], old[4], old[7]}
    assert plan.runs == tuple(sorted(plan.runs, reverse=True))
    assert plan.kept == 6


def test_planning_changes_nothing(tmp_path: Path) -> None:
    """Nor is anything written."""
    write_runs(tmp_path, 3)
    before = sorted(tmp_path.rglob("*"))
    plan_prune(tmp_path, keep=1, now=LATER, unfinished=True)
    assert sorted(tmp_path.rglob("*")) == before


def test_what_was_planned_goes_and_the_index_knows(tmp_path: Path) -> None:
    """Folder, index and cache; nothing is left over."""
    made = write_runs(tmp_path, 5)
    update_index(tmp_path)
    gone = prune(tmp_path, plan_prune(tmp_path, keep=2, now=LATER).all)
    assert set(gone) == set(made[:3])
    assert names_in(tmp_path) == set(made[3:])
    assert made[0] not in (tmp_path / INDEX).read_text("utf-8")
    assert names_of(read_history(tmp_path).entries) == made[:2:-1]
    assert not list(tmp_path.glob(".trash-*"))


def test_one_study_alone(tmp_path: Path) -> None:
    """The others are not looked at."""
    write_runs(tmp_path, 3)
    other = write_runs(tmp_path, 3, first=10, study="other")
    plan = plan_prune(tmp_path, keep=1, now=LATER, study="other")
    assert set(plan.runs) == set(other[:2])


def test_a_study_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With those that are."""
    write_runs(tmp_path, 1)
    with pytest.raises(ReadError, match=r"--study nope: .* Studies with runs: example\."):
        plan_prune(tmp_path, keep=1, now=LATER, study="nope")


def test_samples_and_other_folders_never_go(tmp_path: Path) -> None:
    """Nor runs that cannot be read, links, and files."""
    write_runs(tmp_path, 2)
    for name in ("sample", "sample-digits", "mine"):
        write_document(tmp_path / name, document())
    write_document(tmp_path / run_name(5, "damaged"), {"schema_version": "99"})
    (tmp_path / run_name(6)).symlink_to("mine")
    before = names_in(tmp_path)
    prune(tmp_path, plan_prune(tmp_path, keep=1, now=LATER, unfinished=True).all)
    assert names_in(tmp_path) == before - {run_name(0)}


def test_the_run_that_latest_points_to_stays(tmp_path: Path) -> None:
    """Also where it is not the newest by its name: it was gone on with."""
    made = write_runs(tmp_path, 4)
    (tmp_path / "latest").symlink_to(made[0])
    plan = plan_prune(tmp_path, keep=1, now=LATER)
    assert plan.spared == made[0]
    prune(tmp_path, plan.all)
    assert (tmp_path / "latest").resolve() == (tmp_path / made[0]).resolve()
    assert (tmp_path / "latest" / "results.json").exists()
    assert names_in(tmp_path) == {"latest", made[0], made[3]}


def test_a_copy_called_latest_stays(tmp_path: Path) -> None:
    """Where links do not work it is a folder."""
    write_runs(tmp_path, 2)
    write_document(tmp_path / "latest", document())
    prune(tmp_path, plan_prune(tmp_path, keep=1, now=LATER).all)
    assert (tmp_path / "latest" / "results.json").exists()


def unfinished(reports: Path, number: int) -> Path:
    """Make the folder of a run that was interrupted."""
    folder = reports / run_name(number)
    folder.mkdir()
    (folder / "journal.jsonl").write_text("{}", "utf-8")
    return folder


def test_a_folder_without_a_journal_is_the_users_own(tmp_path: Path) -> None:
    """Notes that somebody keeps under a run's name stay, however old they are."""
    write_runs(tmp_path, 1)
    folder = unfinished(tmp_path, 5)
    for path in folder.iterdir():
        path.unlink()
    (folder / "notes.txt").write_text("mine", "utf-8")
    assert plan_prune(tmp_path, keep=1, now=LATER, unfinished=True).all == ()


def test_unfinished_runs_go_only_when_asked_for(tmp_path: Path) -> None:
    """And a day after they were touched."""
    folder = unfinished(tmp_path, 0)
    touched = (folder / "journal.jsonl").stat().st_mtime
    fresh, old = touched + UNFINISHED_SECONDS - 5, touched + UNFINISHED_SECONDS + 5
    assert plan_prune(tmp_path, keep=1, now=old).all == ()
    assert plan_prune(tmp_path, keep=1, now=fresh, unfinished=True).all == ()
    plan = plan_prune(tmp_path, keep=1, now=old, unfinished=True)
    assert (plan.runs, plan.unfinished) == ((), (folder.name,))
    prune(tmp_path, plan.all)
    assert names_in(tmp_path) == set()


def test_a_live_run_stays(tmp_path: Path) -> None:
    """Finished or not, while a process holds its folder."""
    made = write_runs(tmp_path, 2)
    live = unfinished(tmp_path, 5)
    with (
        (tmp_path / made[0] / ".lock").open("ab") as first,
        (live / ".lock").open("ab") as second,
    ):
        for stream in (first, second):
            fcntl.flock(stream, fcntl.LOCK_EX)
        assert plan_prune(tmp_path, keep=1, now=LATER, unfinished=True).all == ()


def test_a_run_that_became_live_after_it_was_planned_stays(tmp_path: Path) -> None:
    """The folder is asked again before it goes, and the caller is told."""
    made = write_runs(tmp_path, 3)
    plan = plan_prune(tmp_path, keep=1, now=LATER)
    with (tmp_path / made[1] / ".lock").open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        assert prune(tmp_path, plan.all) == (made[0],)
    assert names_in(tmp_path) == {made[1], made[2]}


def stop_while_removing(reports: Path, pipe: Connection) -> None:
    """Stop for ever before the first folder is removed."""

    def stop(*_: object, **__: object) -> None:
        pipe.send("removing")
        time.sleep(600)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "rmtree", stop)
        prune(reports, plan_prune(reports, keep=1, now=4e9).all)


def test_killed_while_removing_no_run_is_half_there(tmp_path: Path) -> None:
    """What was to go is out of sight, the index is right, and the next one clears up."""
    made = write_runs(tmp_path, 4)
    process, _ = forked(partial(stop_while_removing, tmp_path))
    process.kill()
    process.join()
    assert names_in(tmp_path) == {made[3]}
    assert made[0] not in (tmp_path / INDEX).read_text("utf-8")
    assert list(tmp_path.glob(".trash-*"))
    prune(tmp_path, ())
    assert not list(tmp_path.glob(".trash-*"))
