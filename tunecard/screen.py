"""Notices and progress: lines on stderr, and how a run ends."""

import os
import re
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from rich.console import Console

    from tunecard.report.run import Run

#: Controls but for tabs and ends of lines, changes of direction, halves of characters.
_ACTING = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def print_notice(text: str) -> None:
    """Print a line, or several; what would act on the terminal is written out."""
    shown = _ACTING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    stderr().print(shown, markup=False, highlight=False, soft_wrap=True)


def stderr() -> "Console":
    """Make a console for notices and progress."""
    from rich.console import Console

    # What a live bar has put in its place writes to the stream below.
    stream = getattr(sys.stderr, "rich_proxied_file", sys.stderr)
    file = None if stream is None else cast("IO[str]", _Lasting(stream))
    # In a notebook too: a line is text on stderr, not a display of its own.
    return Console(file=file, stderr=True, force_jupyter=False)


class _Lasting:
    """A stream whose other end may go away, as a closed terminal or pipe does.

    No run ends because nobody reads its progress: what follows is dropped.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.is_gone = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text, or drop it."""
        try:
            return self._stream.write(text)
        except OSError:
            self._drop()
            return len(text)

    def flush(self) -> None:
        """Flush what was written."""
        try:
            self._stream.flush()
        except OSError:
            self._drop()

    def _drop(self) -> None:
        """Let the stream lead nowhere, so that Python can flush it when it ends."""
        self.is_gone = True
        with suppress(OSError, ValueError):
            number = self._stream.fileno()
            nowhere = os.open(os.devnull, os.O_WRONLY)
            if nowhere != number:  # the lowest free number is the closed one's own
                os.dup2(nowhere, number)
                os.close(nowhere)


def finish(finished: "Run", *, open_page: bool) -> None:
    """Print what failed, the gates and the page's path; end with the run's exit code."""
    import typer

    from tunecard.report.gates import exit_code_of
    from tunecard.report.render.lines import cut_lines, gates_lines

    if cuts := cut_lines(finished.results):
        print_notice(cuts)
    not_ok = [case for case in finished.results.cases if case.status != "ok"]
    for case in not_ok:
        print_notice(f"{case.key}: {case.status}: {case.reason}")
    if finished.gates:
        print_notice(gates_lines(finished.gates))
    stdout = _Lasting(sys.stdout)
    stdout.write(f"{finished.page}\n")
    stdout.flush()
    if stdout.is_gone:  # the run is whole, and its exit code is that of its gates
        print_notice(f"stdout cannot be written. The page: {finished.page}")
    if open_page:
        typer.launch(finished.page.resolve().as_uri())
    code = exit_code_of(finished.gates, not_ok=bool(not_ok))
    if code:
        raise typer.Exit(code)
