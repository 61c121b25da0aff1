"""Notices and progress: lines on stderr, and how a run ends."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from tunecard.report.run import Run


def print_notice(text: str) -> None:
    """Print a line, or several; what would act on the terminal is written out."""
    from tunecard.report.render.visible import visible

    stderr().print(visible(text), markup=False, highlight=False, soft_wrap=True)


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
