"""The command line: both packages' commands under one name, and how they end."""

import atexit
import gc
import os
import signal
import sys
from importlib.metadata import PackageNotFoundError, version
from io import TextIOWrapper
from typing import Annotated

import typer

from tunecard.judge_command import judge_command
from tunecard.run_command import EXAMPLES, EXIT_INTERRUPTED, run_command
from tunecard.screen import print_notice

EXIT_NOT_WRITABLE = 2
#: New containers after which garbage is looked for, and how often among older ones.
_SELDOM = (10_000, 20, 50)


def app() -> typer.Typer:
    """Make the command line of both packages' commands."""
    from tunecard.report import cli as report_cli
    from tunecard.runner import cli as runner_cli

    typer_app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog=EXAMPLES,
    )
    typer_app.callback()(_top)
    typer_app.command("run", epilog=EXAMPLES)(run_command)
    typer_app.command("judge")(judge_command)
    typer_app.command("plan")(runner_cli.plan)
    typer_app.command("init")(runner_cli.init)
    typer_app.command("report")(report_cli.report)
    typer_app.command("compare")(report_cli.compare)
    typer_app.command("export")(report_cli.export)
    typer_app.command("explain")(report_cli.explain)
    typer_app.command("history")(report_cli.history)
    typer_app.command("prune")(report_cli.prune)
    typer_app.add_typer(runner_cli.datasets_app(), name="datasets")
    typer_app.command("schema")(runner_cli.schema)
    typer_app.command("validate")(report_cli.validate)
    return typer_app


def main() -> None:
    """Run the command line; errors become one message and an exit code."""
    # Nearly all that imports make stays: Python's own pace looks through it again and
    # again, for a tenth of their time.
    gc.set_threshold(*_SELDOM)
    # What is left at the end goes back to the system as it is: looking through it for
    # garbage takes 0.6 s after a run.
    atexit.register(gc.freeze)
    _open_closed_streams()
    # A cancelled job gets SIGTERM, one whose terminal is closed SIGHUP; both stop a run
    # as Ctrl-C does.
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    # Windows' own encodings lack the minus sign: "?" is shown, and the rest is readable.
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="replace")
    try:
        from tunecard.report.errors import ReportError
        from tunecard.runner.errors import TunecardError

        try:
            app()()
        except (TunecardError, ReportError) as error:
            print_notice(f"tunecard: {error}")
            sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except FileNotFoundError as error:
        # Of Python's own tempfile, wherever it is first needed.
        if "temporary directory" not in str(error):
            raise
        print_notice(
            f"tunecard: {error.strerror}. Set TMPDIR to a folder that can be written."
        )
        sys.exit(EXIT_NOT_WRITABLE)


def _open_closed_streams() -> None:
    """Let standard streams that are closed lead nowhere.

    A file that is opened later, such as a journal, would get their number, and what a
    library prints would be written into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number is this one
            os.set_inheritable(number, True)  # noqa: FBT003 # its only form
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 # as long as Python runs
            setattr(sys, name, stream)


def _print_version(value: bool) -> None:  # noqa: FBT001 # Typer's signature for a callback
    if value:
        try:
            number = version("tunecard")
        except PackageNotFoundError:
            number = "unknown (not installed)"
        sys.stdout.write(f"tunecard {number}\n")
        raise typer.Exit


def _top(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Show whether the tuned model is better, by how much, and what it cost."""
