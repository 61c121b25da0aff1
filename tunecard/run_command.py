"""``tunecard run``: its options, what it prints, and its exit code."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from tunecard.options import REPORTS, Against, Css, OpenPage, Reports, Templates
from tunecard.python import DATA_DIR, run
from tunecard.runner.errors import EveryCaseFailed
from tunecard.screen import finish, print_notice

EXIT_INTERRUPTED = 130

EXAMPLES = """Examples:

  tunecard run                      MNIST, or digits where MNIST is out of reach

  tunecard run --quick --budget 3m  a small part of MNIST, in three minutes

  tunecard run study.toml --open    your own study, then open the page

  tunecard run digits --no-timing   whether tuning helped, in seconds, without times
"""


def run_command(
    study: Annotated[
        str | None,
        typer.Argument(
            help="A shipped study's name (mnist, digits, diabetes) or a TOML file. Left "
            "out: mnist, or digits where MNIST is out of reach.",
            show_default=False,
        ),
    ] = None,
    *,
    reports: Reports = REPORTS,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            envvar=DATA_DIR,
            help="Folder with MNIST's four IDX files; no other place is then searched.",
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
        typer.Option("--fresh", help="Begin again where an unfinished run could resume."),
    ] = False,
    budget: Annotated[
        str | None,
        typer.Option(
            help="Time that the whole run is planned for, as in 10m; what is cut for it is "
            "reported.",
            show_default=False,
        ),
    ] = None,
    timing: Annotated[
        bool | None,
        typer.Option(
            "--timing/--no-timing",
            help="Time fit and predict, or compare quality alone, which takes seconds "
            "where the timing takes minutes.",
            show_default="as the study has it",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Parallel processes of a search.", show_default="one per core"
        ),
    ] = None,
    open_page: OpenPage = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Show no progress, only notices.")
    ] = False,
    templates: Templates = None,
    css: Css = None,
    against: Against = None,
    engine: Annotated[
        list[str] | None,
        typer.Option(
            help="Engine of every model: scikit-learn or intelex. Repeat it to run the "
            "models on both, side by side.",
            show_default=False,
        ),
    ] = None,
    backend: Annotated[
        str,
        typer.Option(
            help="Where searches run: local, or dask for the workers of a Dask cluster. "
            "Times are taken on this machine in either case."
        ),
    ] = "local",
    scheduler: Annotated[
        str | None,
        typer.Option(
            help="Address of the Dask cluster's scheduler, as in tcp://host:8786.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Run a study and write its report; the page's path is printed last."""
    try:
        finished = run(
            study,
            reports=reports,
            data_dir=data_dir,
            offline=offline,
            quick=quick,
            fresh=fresh,
            budget=budget,
            timing=timing,
            jobs=jobs,
            quiet=quiet,
            templates=templates,
            css=css,
            against=against,
            engine=engine,
            backend=backend,
            scheduler=scheduler,
        )
    except EveryCaseFailed as error:
        finished = error.run
    except KeyboardInterrupt:
        print_notice(_explain_resuming(sys.argv[1:]))
        raise typer.Exit(EXIT_INTERRUPTED) from None
    finish(finished, open_page=open_page)


def _explain_resuming(arguments: list[str]) -> str:
    """Return how to resume an interrupted run: the same command, without --fresh."""
    command = shlex.join(["tunecard", *(a for a in arguments if a != "--fresh")])
    return f"tunecard: interrupted; what is finished is kept. To resume: {command}"
