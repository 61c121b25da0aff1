"""Notices and progress: lines on stderr, and how a run ends."""

import re
import sys
from typing import TYPE_CHECKING

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

    # In a notebook too: a line is text on stderr, not a display of its own.
    return Console(stderr=True, force_jupyter=False)


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
    sys.stdout.write(f"{finished.page}\n")
    if open_page:
        typer.launch(finished.page.resolve().as_uri())
    code = exit_code_of(finished.gates, not_ok=bool(not_ok))
    if code:
        raise typer.Exit(code)
