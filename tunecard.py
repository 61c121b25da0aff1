"""The front door: the command line and the Python API, made of the two packages.

The only place that calls both :mod:`runner` and :mod:`report`. The packages are
imported late, after `_refuse_shadows` has seen that they are ours.
"""

import shlex
import sys
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

DATA_DIR = "TUNECARD_DATA_DIR"
EXIT_NOT_OK = 5
EXIT_INTERRUPTED = 130

_EXAMPLES = """Examples:

  tunecard run                      MNIST, or digits where MNIST is out of reach

  tunecard run mnist --quick        a small part of MNIST, in a minute or two

  tunecard run study.toml --open    your own study, then open the page
"""


def run(
    study: Annotated[
        str | None,
        typer.Argument(
            help="A shipped study's name (mnist, digits) or a TOML file. None: mnist, "
            "falling back to digits where MNIST is out of reach.",
            show_default=False,
        ),
    ] = None,
    *,
    reports: Annotated[Path, typer.Option(help="Where run folders are kept.")] = Path(
        "reports"
    ),
    data_dir: Annotated[
        Path | None,
        typer.Option(
            envvar=DATA_DIR,
            help="Folder with data files, such as MNIST's four IDX files.",
            show_default=False,
        ),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not use the network.")
    ] = False,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="A subset of MNIST (6,000 training, 1,000 test rows)."
        ),
    ] = False,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Begin anew where an unfinished run could go on."),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Parallel processes of a search.", show_default="one a core"
        ),
    ] = None,
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser at the end.")
    ] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Show no progress.")] = False,
) -> None:
    """Run a study and write its report; the page's path is printed last."""
    from report import load, render
    from runner import cli, folders

    console = _stderr()
    try:
        results, folder = cli.measure(
            study,
            reports=reports,
            data_dir=data_dir,
            offline=offline,
            quick=quick,
            fresh=fresh,
            jobs=jobs,
            console=console,
            quiet=quiet,
        )
    except KeyboardInterrupt:
        command = shlex.join(["tunecard", *sys.argv[1:]])
        console.print(
            f"tunecard: interrupted; what is finished is kept. To go on: {command}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        raise typer.Exit(EXIT_INTERRUPTED) from None
    render.render(load.load(folder), folder)
    folders.point_latest(folder)
    page = folder / "report.html"
    not_ok = [case for case in results.cases if case.status != "ok"]
    for case in not_ok:
        console.print(f"{case.key}: {case.status}: {case.reason}", markup=False)
    sys.stdout.write(f"{page}\n")
    if open_page:
        typer.launch(page.resolve().as_uri())
    if not_ok:
        raise typer.Exit(EXIT_NOT_OK)


def _print_version(value: bool) -> None:  # noqa: FBT001 # Typer's signature for a callback
    if value:
        try:
            number = version("tunecard")
        except PackageNotFoundError:
            number = "unknown (not installed)"
        sys.stdout.write(f"tunecard {number}\n")
        raise typer.Exit


def _top(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it."),
    ] = False,  # Typer's signature for a flag
) -> None:
    """Tell whether the tuned model is better, by how much, and what it cost."""


def app() -> typer.Typer:
    """Make the command line of both packages' commands."""
    from report import cli as report_cli
    from runner import cli as runner_cli

    typer_app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog=_EXAMPLES,
    )
    typer_app.callback()(_top)
    typer_app.command("run", epilog=_EXAMPLES)(run)
    typer_app.command("report")(report_cli.report)
    typer_app.command("datasets")(runner_cli.list_datasets)
    typer_app.command("schema")(runner_cli.schema)
    typer_app.command("validate")(runner_cli.validate)
    return typer_app


def main() -> None:
    """Run the command line; errors become one message and an exit code."""
    _refuse_shadows()
    from report.errors import ReportError
    from runner.errors import TunecardError

    try:
        app()()
    except (TunecardError, ReportError) as error:
        _stderr().print(f"tunecard: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(error.exit_code)


def _refuse_shadows() -> None:
    """Stop where another file or folder is imported under one of our names.

    ``python -m tunecard`` puts the working folder first on the path, so that a
    ``report.py`` there would be imported in place of our package.
    """
    home = Path(__file__).resolve().parent
    for name in ("runner", "report", "templates"):
        found = PathFinder.find_spec(name)
        origin = Path(found.origin).resolve() if found and found.origin else None
        if origin is not None and home not in origin.parents:
            sys.stderr.write(
                f"tunecard: {origin} shadows Tunecard's own package {name!r}. "
                "Start it as 'tunecard', not 'python -m tunecard', or elsewhere.\n"
            )
            sys.exit(2)


def _stderr() -> "Console":
    from rich.console import Console

    return Console(stderr=True)


if __name__ == "__main__":
    main()
