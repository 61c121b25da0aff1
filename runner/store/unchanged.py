"""No piece of work is recorded whose code is not the code that its run began with."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from tunecard.runner.errors import SourceChanged
from tunecard.runner.store.journal import Checkpoint, Value
from tunecard.runner.store.resume import WRITTEN


class WatchedFiles:
    """Files, as they are when this is made: before their content is read.

    Parameters
    ----------
    files : sequence of Path
        Some of them may be missing.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self._stamps = self.look()

    def look(self) -> list[tuple[int, int, int] | None]:
        """Return what differs where a file was written again; None where it is missing."""
        return [_stamp(file) for file in self._files]

    def are_same(self) -> bool:
        """Return whether no file was written since they were accepted."""
        return self.look() == self._stamps

    def accept(self, stamps: list[tuple[int, int, int] | None]) -> None:
        """Take the files as they are for unchanged: their content is."""
        self._stamps = stamps


class VerifiedCheckpoint:
    """Records finished work as long as code and packages are what they were.

    Each round has new workers, which import the user's modules again: what an editor saved
    meanwhile would be measured beside what was there before.

    Parameters
    ----------
    memory : Checkpoint
        Underlying store.
    files : WatchedFiles
        Where a change is looked for; only then is the identity determined again.
    begun : dict
        The identity of the work, as :func:`tunecard.runner.store.resume.identity` has it.
    identify : callable
        Determines it again.
    """

    def __init__(
        self,
        memory: Checkpoint,
        files: WatchedFiles,
        begun: Value,
        identify: Callable[[], Value],
    ) -> None:
        self._memory, self._files = memory, files
        self._begun, self._identify = begun, identify

    def recall(self, key: str) -> Value | None:
        """Return the value of a piece that is done, or None."""
        return self._memory.recall(key)

    def record(self, key: str, value: Value) -> None:
        """Record that a piece is done.

        Raises
        ------
        SourceChanged
            If code or packages changed before its end; it is not recorded then.
        """
        if key != WRITTEN:  # all pieces of such a run are recorded
            self._check()
        self._memory.record(key, value)

    def reject(self, key: str) -> None:
        """Report that what was recorded of a piece is damaged."""
        self._memory.reject(key)

    def _check(self) -> None:
        if self._files.are_same():
            return
        stamps, changed = self._files.look(), self._find_changes()
        if changed:
            raise SourceChanged(
                f"{', '.join(changed)}: changed while the run was at work. What was "
                "measured before is kept: undo the change and run the same command to "
                "resume. With the change, the same command begins a new run."
            )
        self._files.accept(stamps)

    def _find_changes(self) -> list[str]:
        """Name what is not as it was; a file that is just being saved may be missing."""
        try:
            now = self._identify()
        except OSError as error:
            return [f"code of {error.filename}"]
        names = dict.fromkeys([*self._begun, *now])
        return [name for name in names if self._begun.get(name) != now.get(name)]


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        status = os.stat(file)  # noqa: PTH116 # in half the time of Path.stat
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
