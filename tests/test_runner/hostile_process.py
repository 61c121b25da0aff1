"""Estimators that harm the process that they run in; imported by worker processes."""

# ruff: noqa: ARG002 # scikit-learn's signatures

import atexit
import builtins
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

Array = NDArray[Any]
CLOCKS = (
    *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"),
    *("process_time", "process_time_ns", "thread_time", "thread_time_ns"),
)


class Harmless(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # they have no types
    """Answers 0 for each row.

    ``place`` is a folder that it may use. Where its first fit is to be ``spared``, as a
    study's models are fitted once before all else, only those after it do harm.
    """

    def __init__(self, place: str = "", spared: bool = False) -> None:  # noqa: FBT001, FBT002 # scikit-learn's form
        self.place = place
        self.spared = spared

    def fit(self, X: Array, y: Array) -> Self:
        """Do harm, then learn nothing."""
        self.classes_ = np.unique(y)
        if self.is_harmful():
            self.harm()
        time.sleep(0.01)
        return self

    def is_harmful(self) -> bool:
        """Check whether this fit is to do harm; a file in its place counts them."""
        mark = Path(self.place) / f"{type(self).__name__}.spared"
        if not self.spared or mark.exists():
            return True
        mark.touch()
        return False

    def harm(self) -> None:
        """Do none."""

    def predict(self, X: Array) -> Any:
        """Answer class 0."""
        return np.zeros(len(X), dtype=np.int64)


class StopsClocks(Harmless):
    """Freezes the time, as libraries for tests do, wherever a module has it."""

    def harm(self) -> None:
        """Replace every clock, also where a module has imported it by name."""
        clocks = {id(getattr(time, name)) for name in CLOCKS}
        for module in list(sys.modules.values()):
            for name, value in list(vars(module).items()):
                if id(value) in clocks:
                    setattr(module, name, lambda: 1_000)


class TurnsClocksBack(Harmless):
    """Lets the time run backwards."""

    def harm(self) -> None:
        """Replace every clock of the module `time`."""
        steps = count(10**12, -(10**9))
        for name in CLOCKS:
            setattr(time, name, lambda: next(steps))


class LeavesFolder(Harmless):
    """Works in a folder that is gone."""

    def harm(self) -> None:
        """Make a folder, go there, and remove it."""
        folder = Path(self.place) / "gone"
        folder.mkdir(exist_ok=True)
        os.chdir(folder)
        folder.rmdir()


class ClosesOutput(Harmless):
    """Closes stdout and stderr below Python."""

    def harm(self) -> None:
        """Close both file descriptors."""
        for descriptor in (1, 2):
            try:
                os.close(descriptor)
            except OSError:  # it is closed already
                return


class ClosesStreams(Harmless):
    """Closes stdout and stderr."""

    def harm(self) -> None:
        """Close both, and leave nothing in their place."""
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.close()
        sys.stdout = sys.stderr = None


class RemovesWorkFolder(Harmless):
    """Removes what it believes to be temporary."""

    def harm(self) -> None:
        """Remove the folders of all workers."""
        for folder in Path(self.place).rglob("removesworkfolder-*"):
            shutil.rmtree(folder)


class ForgesOutcome(Harmless):
    """Leaves an outcome of its own and ends."""

    def harm(self) -> None:
        """Write it where the worker would."""
        for folder in Path(self.place).rglob("forgesoutcome-*"):
            (folder / "outcome.json").write_text('{"status": "ok", "timed": 3}', "utf-8")
        os._exit(0)


class CrashesAtExit(Harmless):
    """Crashes once all is done, as libraries do whose threads outlive their data."""

    def harm(self) -> None:
        """Crash when Python ends."""
        atexit.register(os.kill, os.getpid(), signal.SIGSEGV)


class FailsAtExit(Harmless):
    """Ends with an exit code of its own once all is done."""

    def harm(self) -> None:
        """Leave it to Python's end."""
        atexit.register(os._exit, 7)


class LeavesThread(Harmless):
    """Has a thread that never ends, and that Python waits for."""

    def harm(self) -> None:
        """Start it."""
        threading.Thread(target=threading.Event().wait).start()


class LeavesProcess(Harmless):
    """Starts a process that ignores being asked to end."""

    def harm(self) -> None:
        """Start it, and note its id."""
        started = subprocess.Popen(["sh", "-c", "trap '' TERM; sleep 60"])
        with (Path(self.place) / "started").open("a", encoding="utf-8") as note:
            note.write(f"{started.pid}\n")


class OpensNothing(Harmless):
    """Forbids its process to open files."""

    def harm(self) -> None:
        """Set the limit of open files."""
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


class ReplacesOpen(Harmless):
    """Replaces the function that opens files."""

    def harm(self) -> None:
        """Put one in its place that refuses."""

        def refuse(*_: Any, **__: Any) -> None:
            raise PermissionError("no files here")

        builtins.open = refuse  # type: ignore[assignment] # that is the harm


class SavesNothing(Harmless):
    """Replaces NumPy's own function."""

    def harm(self) -> None:
        """Let np.save do nothing."""
        np.save = lambda *_, **__: None


class Speechless(Exception):  # it is about its words
    """An error without words."""

    def __str__(self) -> str:
        """Refuse."""
        raise RuntimeError("no words")


class RaisesSpeechless(Harmless):
    """Raises an error that cannot be printed."""

    def harm(self) -> None:
        """Raise it."""
        raise Speechless


class RaisesBase(Harmless):
    """Raises what is not an Exception."""

    def harm(self) -> None:
        """Raise it."""
        raise BaseException("not an exception")  # noqa: TRY002 # that is the harm


class CountsOddly(Harmless):
    """Counts its iterations below 0, as where a counter was never set."""

    def harm(self) -> None:
        """Note them."""
        self.n_iter_ = -1


class AlarmsItself(Harmless):
    """Has an alarm that nobody handles."""

    def harm(self) -> None:
        """Set it, and wait."""
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        time.sleep(10)


class Guesses(Harmless):
    """Answers by chance, whatever the seed."""

    def predict(self, X: Array) -> Any:
        """Draw a class for each row."""
        return np.random.default_rng().choice(self.classes_, len(X))


class RaisesInterrupt(Harmless):
    """Raises what Ctrl-C raises."""

    def harm(self) -> None:
        """Raise it."""
        raise KeyboardInterrupt


class ExitsQuietly(Harmless):
    """Ends Python as a script does."""

    def harm(self) -> None:
        """End it, without an error."""
        sys.exit(0)


class Recurses(Harmless):
    """Calls itself without end."""

    def harm(self) -> None:
        """Call it."""
        self.harm()


class EatsMemory(Harmless):
    """Needs more memory than there may be."""

    def harm(self) -> None:
        """Ask for 100 GB."""
        self.much_ = np.ones(10**11, dtype=np.uint8)


class FillsOutput(Harmless):
    """Prints without measure."""

    def harm(self) -> None:
        """Print 10 MB to both streams."""
        for stream in (sys.stdout, sys.stderr):
            stream.write("x" * 10**7)


class ChangesRows(Harmless):
    """Changes the rows that it is given."""

    def fit(self, X: Array, y: Array) -> Self:
        """Learn nothing."""
        self._X = X
        return super().fit(X, y)

    def harm(self) -> None:
        """Set all values to 0, which would harm the cases after it."""
        self._X[:] = 0


class IgnoresTermination(Harmless):
    """Does not end, nor lets itself be ended."""

    def harm(self) -> None:
        """Ignore the signal, and wait."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)


class StopsItself(Harmless):
    """Stops its process, as Ctrl-Z does."""

    def harm(self) -> None:
        """Stop it."""
        os.kill(os.getpid(), signal.SIGSTOP)


class ForksItself(Harmless):
    """Leaves a copy of its process behind."""

    def harm(self) -> None:
        """Fork; the copy outlives the fit."""
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)


class LimitsFiles(Harmless):
    """Forbids its process to write files."""

    def harm(self) -> None:
        """Set the limit of their size."""
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


class ClosesEverything(Harmless):
    """Closes all files, also those of others."""

    def harm(self) -> None:
        """Close every descriptor."""
        os.closerange(0, 1024)


class EmptiesModules(Harmless):
    """Forgets what was imported."""

    def harm(self) -> None:
        """Remove all modules."""
        sys.modules.clear()


class HoldsLock(Harmless):
    """Cannot be pickled, so that its size is unknown."""

    def harm(self) -> None:
        """Keep a lock."""
        self.lock_ = threading.Lock()


class ReplacesNumPy(Harmless):
    """Replaces functions that the worker needs for its answers."""

    def harm(self) -> None:
        """Let np.asarray and np.unique answer nothing."""
        for name in ("asarray", "unique"):
            setattr(np, name, lambda *_, **__: None)
