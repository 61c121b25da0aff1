"""The commands that need the runner alone, and what `tunecard run` measures with."""

import json
import shlex
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from runner import datasets, folders
from runner.datasets import Dataset
from runner.schema import RESULTS, Results, Study, json_schema
from runner.schema import load as load_results
from runner.terminal import watcher

DATA_DIR = "TUNECARD_DATA_DIR"

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar=DATA_DIR,
        help="Folder with data files, such as MNIST's four IDX files.",
        show_default=False,
    ),
]


def list_datasets(*, data_dir: DataDir = None, as_json: JsonFlag = False) -> None:
    """List the datasets that a study can name, and where each is now."""
    rows = datasets.known(data_dir)
    if as_json:
        sys.stdout.write(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
        return
    table = Table(
        "name", "what it is", "shape", "where it is now", box=None, pad_edge=False
    )
    for row in rows:
        table.add_row(row.name, row.title, row.shape, row.where)
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


def schema() -> None:
    """Print the JSON Schema of results.json."""
    sys.stdout.write(json.dumps(json_schema(), indent=1) + "\n")


def validate(
    file: Annotated[Path, typer.Argument(help="A results.json, or a run folder.")],
) -> None:
    """Check that a results.json follows the contract."""
    path = file / RESULTS if file.is_dir() else file
    results = load_results(path)
    sys.stdout.write(
        f"{path}: follows the contract (schema_version {results.schema_version}, "
        f"run {results.run_id}, {len(results.cases)} cases)\n"
    )


def measure(
    name: str | None,
    *,
    reports: Path,
    data_dir: Path | None,
    offline: bool,
    quick: bool,
    fresh: bool,
    jobs: int | None,
    console: Console,
    quiet: bool,
) -> tuple[Results, Path]:
    """Run a study, showing its progress.

    Parameters
    ----------
    name : str or None
        A shipped study or a file; None for MNIST, falling back to digits.
    reports : Path
        Where the run folder is made.
    data_dir : Path or None
        The user's data folder.
    offline : bool
        Whether to leave the network alone.
    quick : bool
        Whether to take a subset of MNIST.
    fresh : bool
        Whether to begin anew where an unfinished run could go on.
    jobs : int or None
        Parallel processes of a search; None for one a core.
    console : Console
        Where progress and notices go.
    quiet : bool
        Whether to show none.

    Returns
    -------
    Results, Path
        And the run folder they were written to.
    """
    from runner.environment import describe, logical_cores
    from runner.pipeline import Run, prepare, run_study
    from runner.resume import identity, open_run

    started = datetime.now(UTC)
    # An output that cannot be written is told now, not after the work.
    folders.check(reports)
    try:
        with watcher(console, quiet=quiet) as progress:

            def load(study: Study, fallback_reason: str | None) -> Dataset:
                return datasets.load(
                    study.dataset,
                    seed=study.seed,
                    test_size=study.test_size,
                    subset=study.subset,
                    data_dir=data_dir,
                    offline=offline,
                    notice=progress.notice,
                    fallback_reason=fallback_reason,
                )

            study, dataset = prepare(name, quick=quick, load=load, progress=progress)
            environment = describe()
            opened = open_run(
                reports,
                folders.run_id(study, started),
                identity(study, dataset, environment),
                started,
                fresh=fresh,
                notice=progress.notice,
            )
            with opened.journal as journal:
                run = Run(
                    run_id=opened.folder.name,
                    folder=opened.folder,
                    command=_command(name or study.name, quick=quick),
                    jobs=jobs or logical_cores(),
                    environment=environment,
                    started=opened.started,
                    now=lambda: datetime.now(UTC),
                    memory=journal,
                    n_sessions=opened.n_sessions,
                )
                results = run_study(study, dataset, run, progress)
                journal.discard()
            opened.lock.release()
            return results, opened.folder
    except BaseException:
        folders.remove_if_empty(reports)
        raise


def _command(name: str, *, quick: bool) -> str:
    """Write the command line that runs the same study again."""
    return shlex.join(["tunecard", "run", name, *(["--quick"] if quick else [])])
