"""The progress of a run on a terminal (a live bar) or in a log (plain lines)."""

from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from tunecard.runner import progress


class Watcher(progress.Progress, Protocol):
    """A progress that is shown for as long as it is entered."""

    def __enter__(self) -> "Watcher":
        """Begin to show."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Show no more."""
        ...


def watcher(console: Console, *, quiet: bool) -> Watcher:
    """Choose how to show progress: a bar on a terminal, lines elsewhere, or notices alone.

    What a reader of the report must know (that it is not MNIST) is printed in
    quiet mode as well.
    """
    if console.is_terminal and not quiet:
        return Bar(console)
    return Lines(console, steps=not quiet)


class Lines(progress.Silent):
    """A plain line for each notice and, where they are wanted, for each step."""

    def __init__(self, console: Console, *, steps: bool = True) -> None:
        self._console, self._steps = console, steps
        self._stage, self._total, self._done = "", 0, 0

    def __enter__(self) -> "Lines":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing to clean up."""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage; its steps are shown."""
        self._stage, self._total, self._done = name, total, 0

    def step(self, text: str) -> None:
        """Print the step with its number."""
        self._done += 1
        if self._steps:
            self._print(f"{self._stage} [{self._done}/{self._total}] {text}")

    def notice(self, text: str) -> None:
        """Print the notice."""
        self._print(text)

    def _print(self, text: str) -> None:
        self._console.print(escape(text), soft_wrap=True, highlight=False)


class Bar:
    """A live bar with stage, step, elapsed and remaining time.

    It is drawn twice a second, but in a timed stage at each step alone.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._still = False
        self._progress = self._bars()
        self._task: TaskID | None = None

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._finish()
        self._progress.stop()

    def stage(self, name: str, total: int) -> None:
        """Leave the finished bar standing and begin a new one below it."""
        self._finish()
        still = name.startswith(progress.TIMED)
        if still != self._still:
            self._progress.stop()
            self._still = still
            self._progress = self._bars()
            self._progress.start()
        self._task = self._progress.add_task(escape(name), total=total, text="")
        self._draw()

    def step(self, text: str) -> None:
        """Move the bar on by one."""
        if self._task is not None:
            self._progress.update(self._task, advance=1, text=escape(text))
            self._draw()

    def notice(self, text: str) -> None:
        """Print a line above the bars."""
        self._console.print(escape(text), soft_wrap=True, highlight=False)

    def _bars(self) -> Progress:
        return Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(compact=True),
            TextColumn("[dim]{task.fields[text]}"),
            console=self._console,
            auto_refresh=not self._still,
            refresh_per_second=2,
        )

    def _draw(self) -> None:
        if self._still:
            self._progress.refresh()

    def _finish(self) -> None:
        if self._task is not None:
            self._progress.update(self._task, text="")
            self._progress.stop_task(self._task)
            self._task = None
