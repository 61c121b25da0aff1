"""The journal: what is finished stays, what is damaged is dropped, nothing is invented."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecard.runner.errors import OutputError
from tunecard.runner.schema import Calibration
from tunecard.runner.store.journal import (
    JOURNAL,
    Clocked,
    Journal,
    NullCheckpoint,
    PrefixedCheckpoint,
    Value,
    read_header,
    recall_as,
)

HEADER = {"identity": {"study": "s"}, "started": "2026-01-01T00:00:00Z"}
WORK: dict[str, dict[str, Any]] = {
    "session 1": {"started": "2026-01-01T00:00:00Z"},
    "search knn shared fold 0": {"scores": [0.1, 0.30000000000000004, None]},
    "boot b round 1 knn/tuned": {"text": "é \x00 \udcff \u2028\n", "ns": 2**63 - 1},
}


def written(folder: Path) -> Path:
    """Write a journal of three pieces of work and return its file."""
    with Journal(folder, HEADER) as journal:
        for key, value in WORK.items():
            journal.record(key, value)
    return folder / JOURNAL


def kept(folder: Path) -> tuple[dict[str, Any], int]:
    """Open a journal again; return what is done, and how many lines were dropped."""
    with Journal(folder, HEADER) as journal:
        return dict(journal.done), journal.dropped


def test_what_is_finished_is_known_to_the_next_session(tmp_path: Path) -> None:
    """Every value comes back as it was noted, with its header, and nothing is dropped."""
    written(tmp_path)
    assert kept(tmp_path) == (WORK, 0)
    assert read_header(tmp_path) == HEADER


def test_each_line_is_json(tmp_path: Path) -> None:
    """Any tool reads the file: a JSON object a line."""
    lines = written(tmp_path).read_text("utf-8").splitlines()
    assert [set(json.loads(line)) for line in lines] == [
        {"crc", "header"},
        *([{"crc", "key", "value"}] * 3),
    ]


def test_work_is_on_the_disk_before_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A piece is synced with its whole line in the file."""
    file = tmp_path / JOURNAL
    synced: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(file.read_bytes()))
    with Journal(tmp_path, HEADER) as journal:
        journal.record("piece", {"n": 1})
        assert synced[-1] == file.read_bytes()
        assert b'"piece"' in synced[-1]


@pytest.mark.parametrize("lost", [1, 2, 30])
def test_a_torn_last_line_is_dropped_and_counted(tmp_path: Path, lost: int) -> None:
    """A line that was cut off is done again; those before it stay."""
    file = written(tmp_path)
    file.write_bytes(file.read_bytes()[:-lost])
    done, dropped = kept(tmp_path)
    assert (list(done), dropped) == (list(WORK)[:2], 1)
    assert file.read_bytes().endswith(b"}\n")


def test_work_goes_on_after_a_torn_line(tmp_path: Path) -> None:
    """What is noted after a torn line was dropped is whole."""
    file = written(tmp_path)
    file.write_bytes(file.read_bytes()[:-5])
    with Journal(tmp_path, HEADER) as journal:
        journal.record("again", {"n": 1})
    done, dropped = kept(tmp_path)
    assert (done, dropped) == ({**dict(list(WORK.items())[:2]), "again": {"n": 1}}, 0)


def test_damage_in_the_middle_drops_what_follows(tmp_path: Path) -> None:
    """A damaged line is dropped with those after it, and their number is known."""
    file = written(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"0.1,", b"0.2,"))
    done, dropped = kept(tmp_path)
    assert (list(done), dropped) == (["session 1"], 2)


@settings(max_examples=3 * settings().max_examples // 2)
@given(position=st.integers(0), byte=st.integers(0, 255), how=st.integers(0, 3))
def test_no_wrong_value_is_ever_taken_over(
    tmp_path: Path, position: int, byte: int, how: int
) -> None:
    """Whatever byte is changed, added, lost or doubled: what is kept was noted so."""
    file = tmp_path / JOURNAL
    file.unlink(missing_ok=True)
    content = written(tmp_path).read_bytes()
    place = position % len(content)
    new = (bytes([byte]), bytes([byte]) + content[place : place + 1], b"", content)[how]
    file.write_bytes(content[:place] + new + content[place + 1 :])
    done, _ = kept(tmp_path)
    assert done.items() <= WORK.items()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"not JSON\n",
        b'{"header":{}}\n',
        b"[" * 5000 + b"\n",
        b"\xff\xfe\x00",
        b'{"crc":"00000000","header":{}}\n',
    ],
)
def test_what_is_no_journal_has_no_header(tmp_path: Path, content: bytes) -> None:
    """A file that is no journal belongs to nothing, and a new one takes its place."""
    (tmp_path / JOURNAL).write_bytes(content)
    assert read_header(tmp_path) is None
    kept(tmp_path)
    assert read_header(tmp_path) == HEADER


def test_without_a_file_there_is_no_header(tmp_path: Path) -> None:
    """A folder without a journal belongs to nothing."""
    assert read_header(tmp_path) is None


def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """One sentence: the file, why, and what to do."""
    (tmp_path / JOURNAL).mkdir()
    with pytest.raises(OutputError, match=r"journal\.jsonl: cannot be read .*--fresh"):
        read_header(tmp_path)


def test_what_does_not_fit_leaves_the_journal_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full is told with what to do, and no half line is left."""
    file = written(tmp_path)
    before = file.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with Journal(tmp_path, HEADER) as journal:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match=r"No space left on device.*make space"):
            journal.record("piece", {"n": 1})
        assert journal.recall("piece") is None
        assert file.read_bytes() == before
        monkeypatch.undo()
        journal.record("piece", {"n": 1})
    assert kept(tmp_path) == ({**WORK, "piece": {"n": 1}}, 0)


def test_a_piece_that_is_done_again_counts_as_it_was_last(tmp_path: Path) -> None:
    """Of two lines of one key the later one is what was used."""
    with Journal(tmp_path, HEADER) as journal:
        journal.record("piece", {"n": 1})
        journal.record("piece", {"n": 2})
    assert kept(tmp_path)[0] == {"piece": {"n": 2}}


def test_a_part_of_a_memory_has_keys_of_its_own(tmp_path: Path) -> None:
    """What a part notes stands under its name in the whole."""
    with Journal(tmp_path, HEADER) as journal:
        part = PrefixedCheckpoint(journal, "search knn")
        part.record("fold 0", {"n": 1})
        assert part.recall("fold 0") == journal.recall("search knn fold 0") == {"n": 1}
        assert part.recall("fold 1") is None


def test_a_finished_run_has_no_journal(tmp_path: Path) -> None:
    """Discarding removes the file."""
    with Journal(tmp_path, HEADER) as journal:
        journal.discard()
    assert list(tmp_path.iterdir()) == []


def test_who_forgets_knows_nothing() -> None:
    """Without a journal nothing is ever done."""
    memory = NullCheckpoint()
    memory.record("piece", {"n": 1})
    assert memory.recall("piece") is None


def test_wall_seconds_of_all_sittings_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece is kept with what all took until then; the next sitting goes on there."""

    class Kept(NullCheckpoint):
        def __init__(self) -> None:
            self.values: dict[str, Value] = {}

        def recall(self, key: str) -> Value | None:
            return self.values.get(key)

        def record(self, key: str, value: Value) -> None:
            self.values[key] = value

    now = [100.0]
    monkeypatch.setattr("tunecard.runner.store.journal.perf_counter", lambda: now[0])
    kept = Kept()
    first = Clocked(kept)
    now[0] += 7
    first.record("a", {"score": 1})
    now[0] += 2  # of a piece that is lost
    second = Clocked(kept)
    assert second.recall("b") is None
    assert second.recall("a") == {"score": 1}
    now[0] += 5
    assert second.seconds == 12


def test_a_line_of_another_shape_is_not_taken_over(tmp_path: Path) -> None:
    """A value that is whole but not what is read there counts as not recorded."""
    with Journal(tmp_path, {}) as journal:
        journal.record("start", {"sgemm_ns": 1, "copy_ns": 2, "moment": "start"})
        journal.record("other", {"score": [1]})
        assert recall_as(journal, "start", Calibration) is not None
        assert recall_as(journal, "other", Calibration) is None


def test_a_record_of_another_shape_is_named(tmp_path: Path) -> None:
    """A whole line whose value is another's is not used, and a notice names its key."""
    notices: list[str] = []
    with Journal(written(tmp_path).parent, HEADER, notices.append) as journal:
        assert (
            recall_as(
                PrefixedCheckpoint(journal, "search"), "knn shared fold 0", Calibration
            )
            is None
        )
    (notice,) = notices
    assert "what was kept of 'search knn shared fold 0' is damaged" in notice


@pytest.mark.parametrize("how", ["removed", "moved", "made again"])
def test_a_folder_that_is_gone_ends_the_run(how: str, tmp_path: Path) -> None:
    """Nothing is written for nobody: the next piece is refused in a sentence."""
    folder = tmp_path / "run"
    folder.mkdir()
    with Journal(folder, HEADER) as journal:
        journal.record("a", {})
        if how == "moved":
            folder.rename(tmp_path / "elsewhere")
        else:
            (folder / JOURNAL).unlink()
        if how == "made again":
            (folder / JOURNAL).touch()
        with pytest.raises(OutputError, match=r"run: was moved or removed while .* resume"):
            journal.record("b", {})
