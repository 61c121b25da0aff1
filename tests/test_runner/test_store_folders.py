"""Run folders: names of their own, a link to the newest, and nothing of the user's lost."""

import fcntl
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tunecard.runner.errors import OutputError
from tunecard.runner.schema import ModelSpec, Study
from tunecard.runner.store import folders

STUDY = Study(
    name="own-study",
    title="s",
    dataset="digits",
    models=(ModelSpec(name="m", estimator="sklearn.svm.SVC"),),
)
NOON = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)


def finished(reports: Path, name: str, text: str = "") -> Path:
    """Make the folder of a finished run."""
    folder = folders.make(reports, name)
    (folder / "results.json").write_text(text or name, "utf-8")
    return folder


def content(latest: Path) -> str:
    """Read what `latest` leads to."""
    return (latest / "results.json").read_text("utf-8")


def no_links(*_: object, **__: object) -> None:
    """Refuse, as a file system without links does."""
    raise OSError(1, "Operation not permitted")


def test_a_run_is_named_by_time_study_and_content() -> None:
    """The name sorts by time, and tells studies of one name apart."""
    name = folders.run_id(STUDY, NOON)
    other = folders.run_id(STUDY.model_copy(update={"seed": 1}), NOON)
    assert name.startswith("20261123T120005Z-own-study-")
    assert len(name.rpartition("-")[2]) == 6
    assert name != other
    assert name == folders.run_id(STUDY, NOON)


def test_runs_of_one_second_get_a_number(tmp_path: Path) -> None:
    """A folder is never shared: the second run of a name is its number 2."""
    reports = tmp_path / "not" / "there"
    made = [folders.make(reports, "run").name for _ in range(3)]
    assert made == ["run", "run-2", "run-3"]


def test_a_place_below_a_file_is_told(tmp_path: Path) -> None:
    """Reports below a regular file are refused with the option's name."""
    (tmp_path / "file").write_text("mine", "utf-8")
    for refuse in (
        lambda: folders.check(tmp_path / "file" / "reports"),
        lambda: folders.make(tmp_path / "file" / "reports", "run"),
    ):
        with pytest.raises(OutputError, match=r"^--reports .*Choose a folder that can be"):
            refuse()
    assert (tmp_path / "file").read_text("utf-8") == "mine"


def test_a_check_leaves_an_empty_folder(tmp_path: Path) -> None:
    """Trying to write leaves nothing behind."""
    folders.check(tmp_path / "reports")
    assert list((tmp_path / "reports").iterdir()) == []


def test_only_what_is_empty_is_removed(tmp_path: Path) -> None:
    """Folders that hold something stay."""
    full, empty = tmp_path / "full", tmp_path / "empty"
    (full / "inner").mkdir(parents=True)
    empty.mkdir()
    folders.remove_if_empty(empty, full, tmp_path / "missing")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full"]


def test_missing_folders_inner_ones_first(tmp_path: Path) -> None:
    """What would have to be made is known before it is made."""
    (tmp_path / "a").mkdir()
    assert folders.missing(tmp_path / "a" / "b" / "c") == (
        tmp_path / "a" / "b" / "c",
        tmp_path / "a" / "b",
    )


def test_latest_is_a_relative_link(tmp_path: Path) -> None:
    """The link leads to the newest run, also after the whole folder has moved."""
    folders.point_latest(finished(tmp_path / "reports", "one"), pytest.fail)
    folders.point_latest(finished(tmp_path / "reports", "two"), pytest.fail)
    (tmp_path / "reports").rename(tmp_path / "moved")
    latest = tmp_path / "moved" / "latest"
    assert latest.readlink() == Path("two")
    assert content(latest) == "two"


def test_latest_leaves_no_trace_of_its_making(tmp_path: Path) -> None:
    """Beside the runs and the link there is nothing."""
    folders.point_latest(finished(tmp_path, "one"), pytest.fail)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "one"]


def test_without_links_latest_is_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where links do not work, a copy takes their place, and the next one its."""
    monkeypatch.setattr(Path, "symlink_to", no_links)
    folders.point_latest(finished(tmp_path, "one"), pytest.fail)
    folders.point_latest(finished(tmp_path, "two"), pytest.fail)
    assert not (tmp_path / "latest").is_symlink()
    assert content(tmp_path / "latest") == "two"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "one", "two"]


def test_a_copy_takes_the_place_of_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that can no longer be made again is replaced, and its target is untouched."""
    folders.point_latest(finished(tmp_path, "one"), pytest.fail)
    monkeypatch.setattr(Path, "symlink_to", no_links)
    folders.point_latest(finished(tmp_path, "two"), pytest.fail)
    assert content(tmp_path / "latest") == "two"
    assert content(tmp_path / "one") == "one"


@pytest.mark.parametrize("name", ["thesis.tex", "results.json"])
def test_a_folder_of_the_users_own_is_left_alone(tmp_path: Path, name: str) -> None:
    """A folder called latest stays and is named, a renamed run with notes in it too."""
    (tmp_path / "latest").mkdir()
    (tmp_path / "latest" / name).write_text("mine", "utf-8")
    notices: list[str] = []
    folders.point_latest(finished(tmp_path, "one"), notices.append)
    assert (tmp_path / "latest" / name).read_text("utf-8") == "mine"
    (notice,) = notices
    assert notice.startswith(f"{tmp_path / 'latest'}: is not a link that Tunecard made")


def test_a_file_of_the_users_own_is_left_alone(tmp_path: Path) -> None:
    """A file called latest is not overwritten by the link."""
    (tmp_path / "latest").write_text("mine", "utf-8")
    folders.point_latest(finished(tmp_path, "one"), lambda _: None)
    assert (tmp_path / "latest").read_text("utf-8") == "mine"


def test_a_link_that_leads_nowhere_is_replaced(tmp_path: Path) -> None:
    """The link of a run that was deleted leads to the newest again."""
    (tmp_path / "latest").symlink_to("deleted")
    folders.point_latest(finished(tmp_path, "one"), pytest.fail)
    assert content(tmp_path / "latest") == "one"


def test_a_latest_that_cannot_be_changed_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is whole without the link: nothing is raised at its very end."""
    folder = finished(tmp_path, "one")
    monkeypatch.setattr("tempfile.mkdtemp", no_links)
    folders.point_latest(folder, pytest.fail)
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_lock_is_held_until_it_is_released(tmp_path: Path) -> None:
    """A second holder is refused, and one after the first is not; no file is left."""
    first = folders.Lock(tmp_path)
    with pytest.raises(folders.Held):
        folders.Lock(tmp_path)
    first.release()
    folders.Lock(tmp_path).release()
    assert os.listdir(tmp_path) == []  # noqa: PTH208 # hidden files count


def test_a_lock_is_on_the_file_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who opened a file that its holder then removed locks the one that others see."""
    first = folders.Lock(tmp_path)
    real = fcntl.flock
    calls = []

    def let_go_first(stream: object, how: int) -> None:
        calls.append(how)
        if len(calls) == 1:
            first.release()
        real(stream, how)  # type: ignore[arg-type] # it is a file

    monkeypatch.setattr(fcntl, "flock", let_go_first)
    second = folders.Lock(tmp_path)
    assert len(calls) == 2
    with pytest.raises(folders.Held):
        folders.Lock(tmp_path)
    second.release()


def test_a_place_that_cannot_be_locked_is_told(tmp_path: Path) -> None:
    """A folder that is not there, or cannot be written, is told in a sentence."""
    with pytest.raises(OutputError, match=r"cannot be locked \(.*Choose a reports folder"):
        folders.Lock(tmp_path / "missing")


def test_a_copy_is_of_the_finished_run_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy is made before the run lets go: its lock and journal stay behind."""
    monkeypatch.setattr(Path, "symlink_to", no_links)
    folder = finished(tmp_path, "one")
    (folder / "journal.jsonl").touch()
    lock = folders.Lock(folder)
    folders.point_latest(folder, pytest.fail)
    lock.release()
    copied = {path.name for path in (tmp_path / "latest").iterdir()}
    assert copied == {"results.json", ".copied-by-tunecard"}


def test_a_whole_folder_appears_at_once(tmp_path: Path) -> None:
    """It has its name when all is in it; what a killed process left is gone."""
    (tmp_path / "run").mkdir()
    (tmp_path / ".judging-left").mkdir()
    with folders.make_whole(tmp_path, "run") as (hidden, name):
        assert {path.name for path in tmp_path.iterdir()} == {"run", hidden.name}
        (hidden / "file").touch()
    assert name == "run-2"
    assert {path.name for path in tmp_path.iterdir()} == {"run", "run-2"}
    assert (tmp_path / "run-2" / "file").exists()
    with pytest.raises(ValueError, match="half"), folders.make_whole(tmp_path, "run"):
        raise ValueError("half of it")
    assert {path.name for path in tmp_path.iterdir()} == {"run", "run-2"}


def test_two_runs_that_end_at_once_leave_each_others_link_alone(tmp_path: Path) -> None:
    """What a process makes for its link is not abandoned while it holds the folder."""
    made = tmp_path / ".latest-of-another"
    made.mkdir()
    other = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    ending = threading.Thread(
        target=folders.point_latest, args=(finished(tmp_path, "one"), pytest.fail)
    )
    ending.start()
    ending.join(0.2)
    assert made.exists()
    os.close(other)
    ending.join(60)
    assert content(tmp_path / "latest") == "one"
    assert not made.exists()
