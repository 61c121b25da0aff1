"""Which run goes on: the newest unfinished one of the same work, and no other."""

import multiprocessing
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from tests.builders import make_results
from tunecard.runner.datasets import load as load_data
from tunecard.runner.environment import describe
from tunecard.runner.errors import OutputError
from tunecard.runner.schema import RESULTS, ModelSpec, Study, dump
from tunecard.runner.store import folders
from tunecard.runner.store.journal import JOURNAL, Journal, PrefixedCheckpoint, read_header
from tunecard.runner.store.resume import (
    Opened,
    boot,
    identity,
    open_run,
    record_written,
)

NOON = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)
IDENTITY = {"study": "abc", "data": "def", "scikit-learn": "1.9.1", "memory": 8}


class Sitting:
    """Opens runs in one reports folder, and keeps what it is told."""

    def __init__(self, reports: Path) -> None:
        self.reports = reports
        self.told: list[str] = []
        self.opened: list[Opened] = []

    def open(
        self,
        run_id: str,
        *,
        fresh: bool = False,
        boot_id: str = "now",
        **other: Any,
    ) -> Opened:
        """Open a run of this identity, with some of it changed."""
        opened = open_run(
            self.reports,
            run_id,
            {**IDENTITY, **other},
            NOON,
            boot_id=boot_id,
            fresh=fresh,
            notice=self.told.append,
        )
        self.opened.append(opened)
        return opened


@pytest.fixture
def sitting(tmp_path: Path) -> Iterator[Sitting]:
    """Give an empty reports folder."""
    sitting = Sitting(tmp_path / "reports")
    yield sitting
    for opened in sitting.opened:
        stop(opened)


def stop(opened: Opened) -> Path:
    """End a session without finishing its run."""
    with opened.journal:
        opened.lock.release()
    return opened.folder


def test_a_first_run_is_new(sitting: Sitting) -> None:
    """With nothing there a run begins, in a folder of its own, without a word."""
    opened = sitting.open("one")
    assert (opened.folder.name, opened.n_sessions, opened.measured) == ("one", 1, False)
    assert opened.started == "2026-11-23T12:00:05Z"
    assert sitting.told == []
    stop(opened)


def test_an_unfinished_run_goes_on(sitting: Sitting) -> None:
    """The same work goes on in its folder, with what is kept told in a user's words."""
    opened = sitting.open("one")
    search = PrefixedCheckpoint(opened.journal, "search knn")
    search.record("shared fold 0", {"scores": [{"score": 1}] * 11})
    search.record("candidate 3 fold 1", {"score": 0.5})
    now = PrefixedCheckpoint(opened.journal, boot("now"))
    now.record("calibration start", {})
    now.record("round 1 knn/tuned", {})
    now.record("calibration round 1", {})
    folder = stop(opened)
    again = sitting.open("two")
    assert (again.folder, again.n_sessions) == (folder, 2)
    assert again.started == "2026-11-23T12:00:05Z"
    assert again.journal.recall("search knn candidate 3 fold 1") == {"score": 0.5}
    assert sitting.told == [
        f"{folder}: resumes. Kept: 12 candidate scores and 1 timed round."
    ]
    stop(again)
    assert sitting.open("three").n_sessions == 3


def test_scores_of_several_seeds_are_counted(sitting: Sitting) -> None:
    """A search of one seed among several is a search."""
    opened = sitting.open("one")
    PrefixedCheckpoint(opened.journal, "seed 3 search knn").record(
        "candidate 0 fold 0", {"score": 1}
    )
    folder = stop(opened)
    sitting.open("two")
    assert sitting.told == [f"{folder}: resumes. Kept: 1 candidate score."]


def test_a_run_that_had_finished_nothing_says_so(sitting: Sitting) -> None:
    """A run that was stopped at once goes on with nothing."""
    stop(sitting.open("one"))
    stop(sitting.open("two"))
    (told,) = sitting.told
    assert told.endswith("/one: resumes. Nothing of it was finished yet.")


def test_the_newest_unfinished_run_goes_on(sitting: Sitting) -> None:
    """Of several unfinished runs the newest is taken."""
    for name in ("20260101", "20260103", "20260102"):
        stop(sitting.open(name, fresh=True))
    assert sitting.open("20260104").folder.name == "20260103"


def test_fresh_begins_anew(sitting: Sitting) -> None:
    """--fresh leaves an unfinished run alone, without a word."""
    stop(sitting.open("one"))
    opened = sitting.open("two", fresh=True)
    assert (opened.folder.name, sitting.told) == ("two", [])


def test_rounds_of_another_boot_are_timed_again(sitting: Sitting) -> None:
    """Times from before the machine was started again do not count, and this is told."""
    opened = sitting.open("one", boot_id="before")
    for number in (1, 2):
        PrefixedCheckpoint(opened.journal, boot("before")).record(
            f"round {number} knn/tuned", {}
        )
    stop(opened)
    again = sitting.open("two", boot_id="after")
    assert (
        PrefixedCheckpoint(again.journal, boot("after")).recall("round 1 knn/tuned") is None
    )
    assert sitting.told[0].endswith(
        "Nothing of it was finished yet. "
        "Timed again, because the machine was rebooted: 2 rounds."
    )


def test_another_studys_run_is_left_alone(sitting: Sitting) -> None:
    """A run of another study is no matter of this one: no word, no change."""
    folder = stop(sitting.open("one", study="xyz"))
    before = (folder / JOURNAL).read_bytes()
    assert sitting.open("two").folder.name == "two"
    assert sitting.told == []
    assert (folder / JOURNAL).read_bytes() == before


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"scikit-learn": "1.8.0"}, "scikit-learn 1.8.0 there, 1.9.1 here"),
        ({"data": "999"}, "the data has other content"),
        ({"memory": 4}, "memory 4 there, 8 here"),
        ({"faiss": "1.0"}, "faiss 1.0 there, none here"),
    ],
)
def test_the_same_study_under_other_versions_begins_anew(
    sitting: Sitting, other: dict[str, Any], said: str
) -> None:
    """What differs is named, and the old run stays as it was."""
    folder = stop(sitting.open("one", **other))
    before = (folder / JOURNAL).read_bytes()
    opened = sitting.open("two")
    assert opened.folder.name == "two"
    (told,) = sitting.told
    assert told.startswith(f"{folder}: an unfinished run of this study is left alone, ")
    assert told.endswith(f": {said}.")
    assert (folder / JOURNAL).read_bytes() == before
    folders.Lock(folder).release()  # it was let go of


def test_a_torn_last_line_is_told(sitting: Sitting) -> None:
    """A line that was cut off is dropped, and who looks on is told."""
    opened = sitting.open("one")
    opened.journal.record("search knn candidate 1 fold 1", {"score": 1})
    file = stop(opened) / JOURNAL
    file.write_bytes(file.read_bytes()[:-3])
    sitting.open("two")
    assert sitting.told[0].endswith(
        "Its last line was cut off; that piece of work is done again."
    )


def test_a_damaged_journal_is_told(sitting: Sitting) -> None:
    """Damage within the file costs what comes after it, and is told with its size."""
    opened = sitting.open("one")
    for number in range(3):
        opened.journal.record(f"search knn candidate {number} fold 0", {"score": 1})
    file = stop(opened) / JOURNAL
    file.write_bytes(file.read_bytes().replace(b"candidate 1", b"candidate 7"))
    sitting.open("two")
    assert sitting.told[0].endswith(
        "Kept: 1 candidate score. "
        "2 lines of its journal are damaged; their work is done again."
    )


def test_a_damaged_header_is_named(sitting: Sitting) -> None:
    """A run that cannot be attributed stays, and the notice names its folder."""
    folder = stop(sitting.open("20261101T080000Z-digits-1f3a9c"))
    content = (folder / JOURNAL).read_bytes()
    (folder / JOURNAL).write_bytes(b"?" + content[1:])
    opened = sitting.open("20261102T080000Z-digits-1f3a9c")
    assert opened.folder != folder
    (notice,) = sitting.told
    assert notice.startswith(f"{folder}: an unfinished run of this study cannot be resumed")
    assert (folder / JOURNAL).read_bytes() == b"?" + content[1:]


def test_a_finished_run_is_not_opened(sitting: Sitting) -> None:
    """A run whose journal is gone is finished."""
    opened = sitting.open("one")
    opened.journal.discard()
    stop(opened)
    assert sitting.open("two").folder.name == "two"


def test_a_run_without_its_report_is_not_measured_again(sitting: Sitting) -> None:
    """Where results.json is whole, only the report is missing."""
    folder = write_whole(sitting)
    opened = sitting.open("two")
    assert (opened.folder, opened.measured) == (folder, True)
    assert sitting.told[0].endswith("All of it is measured; its report is written.")


def write_whole(sitting: Sitting) -> Path:
    """Leave a run that is measured and written."""
    opened = sitting.open("one")
    dump(make_results(), opened.folder / RESULTS)
    record_written(opened.journal, opened.folder)
    return stop(opened)


def test_results_whose_times_are_to_come_are_not_the_end(sitting: Sitting) -> None:
    """Results that were written before the timing do not make a run measured."""
    folder = stop(sitting.open("one"))
    pending = make_results().model_copy(update={"in_progress": True})
    dump(pending, folder / RESULTS)
    opened = sitting.open("two")
    assert (opened.folder, opened.measured) == (folder, False)


def test_results_that_are_damaged_are_made_again(sitting: Sitting) -> None:
    """A digit that changed, in a file that can still be read, is detected and named."""
    folder = write_whole(sitting)
    text = (folder / RESULTS).read_text("utf-8")
    (folder / RESULTS).write_text(text.replace("0.9", "0.8", 1), "utf-8")
    opened = sitting.open("two")
    assert (opened.folder, opened.measured) == (folder, False)
    assert "'results' is damaged" in sitting.told[0]


def hold(reports: Path, pipe: Connection) -> None:
    """Be a live run until told to end."""
    opened = Sitting(reports).open("live")
    pipe.send(opened.folder.name)
    pipe.recv()
    stop(opened)


def test_a_live_run_is_left_alone(sitting: Sitting) -> None:
    """While a run is at work, a second one has a folder of its own."""
    ours, theirs = multiprocessing.Pipe()
    other = multiprocessing.get_context("fork").Process(
        target=hold, args=(sitting.reports, theirs)
    )
    other.start()
    assert ours.recv() == "live"
    stop(sitting.open("second"))
    assert (sitting.reports / "second").is_dir()
    ours.send(None)
    other.join()
    assert sitting.told == []


def test_a_run_that_is_finished_while_it_is_looked_at_is_not_taken(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its state is read again once it is locked: the holder may have finished it."""
    folder = stop(sitting.open("one"))
    real = folders.Lock

    def finished_meanwhile(place: Path) -> folders.Lock:
        (folder / JOURNAL).unlink(missing_ok=True)
        return real(place)

    monkeypatch.setattr(folders, "Lock", finished_meanwhile)
    assert sitting.open("two").folder.name == "two"
    assert [path.name for path in folder.iterdir()] == []


def test_a_link_to_a_run_is_not_a_run(sitting: Sitting) -> None:
    """`latest` leads to a run that is looked at by its own name."""
    folder = stop(sitting.open("one"))
    (sitting.reports / "zlatest").symlink_to(folder.name)
    assert sitting.open("two").folder == folder


def test_a_folder_that_cannot_be_locked_is_told(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no file can be locked, one sentence says so, and no folder is left."""

    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(OutputError, match=r"cannot be locked \(No locks available\)"):
        sitting.open("one")
    assert list(sitting.reports.iterdir()) == []


def test_a_journal_that_cannot_be_begun_leaves_nothing(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full at once leaves no empty run behind."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        sitting.open("one")
    assert list(sitting.reports.iterdir()) == []


def test_a_journal_that_is_no_file_is_passed_over(sitting: Sitting) -> None:
    """A folder under the journal's name is none of ours."""
    (sitting.reports / "odd" / JOURNAL).mkdir(parents=True)
    assert sitting.open("one").folder.name == "one"


def test_the_identity_is_study_data_versions_and_machine() -> None:
    """Each of them makes other work of it."""
    dataset = load_data(
        "digits",
        seed=0,
        test_size=0.25,
        subset=None,
        data_dir=None,
        offline=True,
        notice=lambda _: None,
    )
    study = Study(
        name="s",
        title="s",
        dataset="digits",
        models=(ModelSpec(name="m", estimator="sklearn.svm.SVC"),),
    )
    here = describe()
    found = identity(study, dataset, here, {})
    assert found.keys() >= {"study", "data", "tunecard", "python", "scikit-learn", "cpu"}
    other = study.model_copy(update={"seed": 1})
    assert identity(other, dataset, here, {})["study"] != found["study"]
    older = here.model_copy(update={"packages": {**here.packages, "numpy": "1.0"}})
    assert identity(study, dataset, older, {})["numpy"] == "1.0"
    assert identity(study, dataset, here, {"code of own": "1f"}) != found
    rebooted = here.model_copy(update={"boot_id": "other", "load_1m": 9.0})
    assert identity(study, dataset, rebooted, {}) == found


def test_the_journal_of_an_opened_run_is_its_own(sitting: Sitting) -> None:
    """What a run notes stands in its folder with its identity."""
    folder = stop(sitting.open("one"))
    assert read_header(folder) == {
        "identity": IDENTITY,
        "started": "2026-11-23T12:00:05Z",
    }
    with Journal(folder, {}) as journal:
        assert list(journal.done) == ["session 1"]


def test_an_interruption_while_a_run_is_opened_leaves_nothing(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder that was made a moment ago is removed, and its lock let go."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Journal, "record", interrupt)
    with pytest.raises(KeyboardInterrupt):
        sitting.open("one")
    assert list(sitting.reports.iterdir()) == []
