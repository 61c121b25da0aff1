"""Progress as it is shown: a bar on a terminal, lines elsewhere, notices to the quiet."""

import io
import threading

import pytest
from rich.console import Console

from tunecard.runner.terminal import Watcher, watcher


def shown(*, terminal: bool, quiet: bool) -> str:
    """Show a stage of two steps and a notice; returns what was written."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=100, color_system=None)
    with watcher(console, quiet=quiet) as progress:
        tell(progress)
    return stream.getvalue()


def tell(progress: Watcher) -> None:
    """Tell a stage whose words look like markup."""
    progress.stage("search: [red]kNN[/red]", 2)
    progress.step("fold 1 of 2 [bold]")
    progress.notice("a notice [/] of importance")
    progress.step("fold 2 of 2")


def test_a_line_for_each_step_where_there_is_no_terminal() -> None:
    """Piped progress is plain lines with stage and number, words as they are."""
    assert shown(terminal=False, quiet=False).splitlines() == [
        "search: [red]kNN[/red] [1/2] fold 1 of 2 [bold]",
        "a notice [/] of importance",
        "search: [red]kNN[/red] [2/2] fold 2 of 2",
    ]


@pytest.mark.parametrize("terminal", [True, False])
def test_the_quiet_are_told_notices_alone(terminal: bool) -> None:  # noqa: FBT001 # a case
    """What a reader must know is said even so."""
    assert shown(terminal=terminal, quiet=True) == "a notice [/] of importance\n"


def test_a_bar_on_a_terminal() -> None:
    """A terminal shows stage, steps and notices, words as they are."""
    text = shown(terminal=True, quiet=False)
    assert "search: [red]kNN[/red]" in text
    assert "2/2" in text
    assert "a notice [/] of importance" in text


def test_a_bar_ends_with_an_error() -> None:
    """When the work fails, the bar stops and the error goes on."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100)

    def fail() -> None:
        with watcher(console, quiet=False) as progress:
            progress.stage("search", 2)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert "\x1b[?25h" in stream.getvalue()  # the cursor is shown again


def drawing() -> bool:
    """Tell whether a thread of rich's draws; one that was told to end may linger."""
    return any(
        not getattr(thread, "done", threading.Event()).is_set()
        for thread in threading.enumerate()
        if type(thread).__name__ == "_RefreshThread"
    )


def test_a_bar_is_still_while_a_clock_runs() -> None:
    """In a timed stage no thread of ours draws, but each step is drawn."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100, color_system=None)
    with watcher(console, quiet=False) as progress:
        progress.stage("search: kNN", 1)
        assert drawing()
        progress.step("fold 1 of 1")
        progress.stage("timing: round 1", 2)
        assert not drawing()
        progress.step("kNN, baseline")
        assert "kNN, baseline" in stream.getvalue()
        progress.stage("results", 1)
        assert drawing()
    assert "search: kNN" in stream.getvalue()
    assert "1/2" in stream.getvalue()
