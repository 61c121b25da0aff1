"""Code that changes while a run is at work: nothing of it is recorded as the run's."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tunecard.runner.errors import SourceChanged
from tunecard.runner.store.journal import Value
from tunecard.runner.store.resume import WRITTEN
from tunecard.runner.store.unchanged import VerifiedCheckpoint, WatchedFiles


class Kept:
    """Keeps in memory what is recorded."""

    def __init__(self) -> None:
        self.done: dict[str, Value] = {}
        self.rejected: list[str] = []

    def recall(self, key: str) -> Value | None:
        """Return a value."""
        return self.done.get(key)

    def record(self, key: str, value: Value) -> None:
        """Keep it."""
        self.done[key] = value

    def reject(self, key: str) -> None:
        """Note it."""
        self.rejected.append(key)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """Give a module of the user's own."""
    path = tmp_path / "helper.py"
    path.write_text("n = 1\n", "utf-8")
    return path


@pytest.fixture
def kept() -> Kept:
    """Give a store."""
    return Kept()


@pytest.fixture
def verified(code: Path, kept: Kept) -> VerifiedCheckpoint:
    """Give a store of a run whose identity is the module's content."""

    def identify() -> Value:
        return {"code of helper.py": code.read_bytes()} if code.exists() else {}

    return VerifiedCheckpoint(kept, WatchedFiles([code]), identify(), identify)


def test_work_with_the_code_of_the_beginning_is_recorded(
    verified: VerifiedCheckpoint, kept: Kept
) -> None:
    """What is recorded, recalled and rejected reaches the store."""
    verified.record("a", {"n": 1})
    assert (verified.recall("a"), verified.recall("b")) == ({"n": 1}, None)
    verified.reject("a")
    assert (kept.done, kept.rejected) == ({"a": {"n": 1}}, ["a"])


@pytest.mark.parametrize(
    "change", [lambda code: code.write_text("n = 2\n", "utf-8"), Path.unlink]
)
def test_work_with_other_code_is_not_recorded(
    change: Callable[[Path], object], verified: VerifiedCheckpoint, kept: Kept, code: Path
) -> None:
    """The sentence names the file and what to do; the work before stays."""
    verified.record("a", {})
    change(code)
    with pytest.raises(SourceChanged, match=r"^code of helper\.py: changed .* to resume"):
        verified.record("b", {})
    assert (list(kept.done), SourceChanged("").exit_code) == (["a"], 2)


def test_an_undone_change_is_none(verified: VerifiedCheckpoint, code: Path) -> None:
    """A file that is written again with the same content, or only touched, is the same."""
    code.write_text("n = 1\n", "utf-8")
    os.utime(code, (1, 1))
    verified.record("a", {})


def test_the_end_of_a_run_is_recorded_in_any_case(
    verified: VerifiedCheckpoint, kept: Kept, code: Path
) -> None:
    """All pieces are recorded by then; what changes now is not in the results."""
    code.write_text("n = 2\n", "utf-8")
    verified.record(WRITTEN, {})
    assert list(kept.done) == [WRITTEN]


def test_a_file_that_is_missing_while_it_is_read_has_changed(
    kept: Kept, code: Path
) -> None:
    """As where an editor removes it and writes it again."""
    verified = VerifiedCheckpoint(
        kept, WatchedFiles([code]), {}, lambda: {"code": code.read_bytes()}
    )
    code.unlink()
    with pytest.raises(SourceChanged, match=r"helper\.py: changed while the run"):
        verified.record("a", {})
