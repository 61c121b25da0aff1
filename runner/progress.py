"""Progress of the measuring: stages, steps, notices."""

from typing import Protocol

TIMED = "timing"  # how the name of a stage begins in which clocks run


class Progress(Protocol):
    """Progress reporter of a run. It must not raise and must be fast.

    In a stage whose name begins with `TIMED` it does nothing between two calls: what
    it did there would be measured as the work of others.
    """

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of `total` steps; the one before it is over."""

    def step(self, text: str) -> None:
        """Report that one more step of the stage is done, and which."""

    def notice(self, text: str) -> None:
        """Report something worth a line of its own."""


class Silent:
    """A reporter that prints nothing."""

    def stage(self, name: str, total: int) -> None:
        """Ignore the stage."""

    def step(self, text: str) -> None:
        """Ignore the step."""

    def notice(self, text: str) -> None:
        """Ignore the notice."""


class Download:
    """Reporter of a download, in tenths of a stage or, without a size, in notices.

    Parameters
    ----------
    progress : Progress
        Progress reporter.
    within : str
        The stage of one step that the download interrupts; it begins again after it.
    """

    TENTHS = 10
    OFTEN = 10_000_000  # bytes between two notices

    def __init__(self, progress: Progress, within: str) -> None:
        self._progress, self._within = progress, within
        self._total: int | None = None
        self._done = 0

    def __call__(self, n_bytes: int, total: int | None) -> None:
        """Report the bytes so far, and the total where it is known."""
        if total is None:
            self._count(n_bytes)
            return
        if total != self._total:
            self._total, self._done = total, 0
            self._progress.stage("download", self.TENTHS)
        tenths = min(self.TENTHS * n_bytes // max(total, 1), self.TENTHS)
        while self._done < tenths:
            self._done += 1
            self._progress.step(f"{n_bytes / 1e6:.1f} of {total / 1e6:.1f} MB")
            if self._done == self.TENTHS:
                self._progress.stage(self._within, 1)

    def _count(self, n_bytes: int) -> None:
        if self._total is not None:
            self._total, self._done = None, 0
        if n_bytes >= (self._done + 1) * self.OFTEN:
            self._done = n_bytes // self.OFTEN
            self._progress.notice(f"download: {n_bytes / 1e6:.0f} MB have arrived")
