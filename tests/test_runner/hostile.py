"""Estimators that go wrong in every way a user's own may; imported by worker processes."""

# ruff: noqa: ARG002 # scikit-learn's signatures

import ctypes
import errno
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

Array = NDArray[Any]


class Right(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # they have no types
    """Answers 0 for each row, certain of it."""

    def __init__(self, crash: int = 0) -> None:
        self.crash = crash

    def fit(self, X: Array, y: Array) -> Self:
        """Learn nothing."""
        time.sleep(0.005)
        self.classes_ = np.unique(y)
        if self.crash:
            os.kill(os.getpid(), self.crash)
        return self

    def predict(self, X: Array) -> Any:
        """Answer class 0."""
        time.sleep(0.001)
        return np.zeros(len(X), dtype=np.int64)


class Warns(Right):
    """Warns in each fit, and in a fit of few rows of something else."""

    def fit(self, X: Array, y: Array) -> Self:
        """Warn, and learn nothing."""
        warnings.warn("a fit's own warning", UserWarning, stacklevel=2)
        return super().fit(X, y)


class FirstFitFails(Right):
    """Cannot be fitted the first time, and says so twice over."""

    fits = 0

    def fit(self, X: Array, y: Array) -> Self:
        """Warn and refuse once, then learn nothing."""
        FirstFitFails.fits += 1
        if FirstFitFails.fits == 1:
            warnings.warn("too few rows", UserWarning, stacklevel=2)
            raise ValueError("too few rows")
        return super().fit(X, y)


class Raises(Right):
    """Cannot be fitted."""

    def fit(self, X: Array, y: Array) -> Self:
        """Refuse."""
        raise RuntimeError("no\nlicense")


class RaisesLate(Right):
    """Answers for a few rows alone."""

    def predict(self, X: Array) -> Any:
        """Refuse many rows."""
        if len(X) > 50:
            raise RuntimeError("no license")
        return super().predict(X)


class RaisesOddly(Right):
    """Tells of a file whose name is no UTF-8."""

    def fit(self, X: Array, y: Array) -> Self:
        """Refuse."""
        raise ValueError("no file \udcff")


class OutOfMemory(Right):
    """Is refused memory."""

    def fit(self, X: Array, y: Array) -> Self:
        """Refuse."""
        raise MemoryError("no more")


class NotANumber(Right):
    """Predicts what is no label."""

    def predict(self, X: Array) -> Any:
        """Answer NaN once."""
        answer = np.zeros(len(X))
        answer[3] = np.nan
        return answer


class TooShort(Right):
    """Forgets a row."""

    def predict(self, X: Array) -> Any:
        """Answer for all rows but one."""
        return np.zeros(len(X) - 1, dtype=np.int64)


class UnknownClass(Right):
    """Predicts a class that does not exist."""

    def predict(self, X: Array) -> Any:
        """Answer 99."""
        return np.full(len(X), 99)


class Halves(Right):
    """Predicts between two classes."""

    def predict(self, X: Array) -> Any:
        """Answer a half."""
        return np.full(len(X), 0.5)


class Words(Right):
    """Predicts names in place of codes."""

    def predict(self, X: Array) -> Any:
        """Answer a word."""
        return ["cat"] * len(X)


class NoProbabilities(Right):
    """Its probabilities sum to 2."""

    def predict_proba(self, X: Array) -> Array:
        """Answer 2 for class 0."""
        answer = np.zeros((len(X), len(self.classes_)))
        answer[:, 0] = 2
        return answer


class NanProbabilities(Right):
    """Is so sure that it divides by zero."""

    def predict_proba(self, X: Array) -> Array:
        """Answer NaN."""
        return np.full((len(X), len(self.classes_)), np.nan)


class FewProbabilities(Right):
    """Knows two classes."""

    def predict_proba(self, X: Array) -> Array:
        """Answer a half for each of two."""
        return np.full((len(X), 2), 0.5)


class LateFailure(Right):
    """Fails where the rest of its work is done: in probabilities."""

    def predict_proba(self, X: Array) -> Array:
        """Refuse."""
        raise NotImplementedError("later")


class Exits(Right):
    """Ends the program, as a script does."""

    def fit(self, X: Array, y: Array) -> Self:
        """Exit."""
        sys.exit(0)


class ExitsAtOnce(Right):
    """Ends the process without a word."""

    def fit(self, X: Array, y: Array) -> Self:
        """Exit, leaving nothing."""
        os._exit(0)


class Segfaults(Right):
    """Crashes."""

    def fit(self, X: Array, y: Array) -> Self:
        """Read where nothing is."""
        sys.stderr.write("about to crash\n")
        sys.stderr.flush()
        ctypes.string_at(0)
        return self


class Babbles(Right):
    """Never ends, and never stops printing."""

    def fit(self, X: Array, y: Array) -> Self:
        """Print for ever."""
        while True:
            sys.stdout.write("still at it\n" * 1000)
            sys.stdout.flush()
            time.sleep(0.01)


class Hoards(Right):
    """Eats memory until there is none."""

    def fit(self, X: Array, y: Array) -> Self:
        """Fill list after list."""
        kept = []
        while True:
            kept.append(np.ones(10_000_000))


class Unpicklable(Right):
    """Holds what cannot be serialized."""

    def fit(self, X: Array, y: Array) -> Self:
        """Keep a function without a name."""
        self.secret_ = lambda: 0
        return super().fit(X, y)


class Tells(Right):
    """Tells the environment of its process in warnings."""

    def fit(self, X: Array, y: Array) -> Self:
        """Tell every variable, once."""
        for name, value in sorted(os.environ.items()):
            warnings.warn(f"{name}={value}", UserWarning, stacklevel=2)
        return super().fit(X, y)


class Sleeps(Right):
    """Takes its time."""

    def fit(self, X: Array, y: Array) -> Self:
        """Sleep for a minute."""
        time.sleep(60)
        return self


class Moody(Right):
    """Goes wrong as its mood says; what it starts, it tells in a file.

    Where its mood is "full" it finds no room on the disk until that file is there.
    """

    def __init__(self, mood: str = "right", note: str = "", crash: int = 0) -> None:
        super().__init__(crash)
        self.mood = mood
        self.note = note

    def fit(self, X: Array, y: Array) -> Self:
        """Do as the mood is."""
        other = {"hoards": Hoards, "segfaults": Segfaults}
        if self.mood == "hangs":
            started = subprocess.Popen(["sleep", "60"])
            Path(self.note).write_text(f"{os.getpid()} {started.pid}", "utf-8")
            Babbles().fit(X, y)
        elif self.mood in other:
            other[self.mood]().fit(X, y)
        elif self.mood == "full" and not Path(self.note).exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/a/cache")
        elif self.mood == "raises":
            raise RuntimeError("no license")
        return super().fit(X, y)
