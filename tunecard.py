"""The front door: the command line and the Python API, made of the two packages.

The only place that calls both :mod:`runner` and :mod:`report`. The packages are
imported late, after `_refuse_place` has seen that they are ours.
"""

import os
import shlex
import signal
import sys
from contextlib import ExitStack
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from report.compare.comparison import Comparison
    from report.load import Loaded
    from report.looks import Looks
    from report.run import Run
    from runner.schema import Study

__all__ = ["compare", "load", "run"]

DATA_DIR = "TUNECARD_DATA_DIR"
EXIT_INTERRUPTED = 130

_EXAMPLES = """Examples:

  tunecard run                      MNIST, or digits where MNIST is out of reach

  tunecard run mnist --quick        a small part of MNIST, in a minute or two

  tunecard run study.toml --open    your own study, then open the page
"""


def run(
    study: "str | Path | Study | None" = None,
    *,
    models: "Sequence[Any] | None" = None,
    data: Any = None,
    target: str | int | None = None,
    reports: str | Path = "reports",
    data_dir: str | Path | None = None,
    offline: bool = False,
    quick: bool = False,
    fresh: bool = False,
    budget: str | float | None = None,
    jobs: int | None = None,
    quiet: bool = False,
    templates: str | Path | None = None,
    css: str | Path | None = None,
    against: str | Path | None = None,
    engine: "str | Sequence[str] | None" = None,
    backend: str = "local",
    scheduler: str | None = None,
) -> "Run":
    """Run a study, write its report, and return both.

    A run that was interrupted goes on where it stopped.

    Parameters
    ----------
    study : str, Path, Study or None
        A shipped study's name (``mnist``, ``digits``), a TOML file, or a
        :class:`runner.schema.Study`. None: MNIST, with digits in its place
        where MNIST is out of reach; or, with `models` and `data`, a study made of
        these.
    models : sequence or None
        In place of the study's: estimators, such as ``[LogisticRegression()]``;
        ``(name, estimator)``; or ``(name, estimator, space)``, where the space is a
        dict from a parameter to its values (a grid) or to a distribution of SciPy's
        (``uniform``, ``loguniform``, ``randint``: a randomised search). In place of
        a space, a dict with ``strategy`` and what else a study file's
        ``[models.search]`` holds. A class of a notebook's own will do.
    data : object or None
        In place of the study's: ``(X, y)``; a data frame, with `target`; or what a
        study file's ``dataset`` says.
    target : str, int or None
        The column of `data` that holds the classes.
    reports : str or Path
        Where run folders are kept.
    data_dir : str, Path or None
        Folder with data files, such as MNIST's four IDX files; None for the
        environment variable TUNECARD_DATA_DIR, where it is set.
    offline : bool
        Whether to leave the network alone.
    quick : bool
        Whether to take a subset of MNIST (6,000 training, 1,000 test rows).
    fresh : bool
        Whether to begin anew where an unfinished run could go on.
    budget : str, float or None
        For the whole run: seconds, or ``"10m"``. Candidates and rounds are cut to
        fit; what was cut is told.
    jobs : int or None
        Parallel processes of a search; None for one a core.
    quiet : bool
        Whether to show no progress on stderr; notices are shown nevertheless.
    templates : str, Path or None
        Folder of templates of your own, searched before the shipped ones.
    css : str, Path or None
        Style sheet of your own, after the page's.
    against : str, Path or None
        The earlier run that gates with ``against = "reference"`` look at: a run
        folder or a results.json.
    engine : str, sequence of str or None
        What every model runs on: ``"scikit-learn"``, ``"intelex"``, or both, one
        beside the other. None: what the study says of each model.
    backend : str
        Where searches run: ``"local"``, or ``"dask"`` for the workers of a Dask
        cluster. Times are taken on this machine in either case.
    scheduler : str or None
        Address of the cluster's scheduler, such as ``"tcp://host:8786"``.

    Returns
    -------
    Run
        Its ``results``, ``folder`` and ``page``; tables as data frames.

    Raises
    ------
    runner.errors.TunecardError, report.errors.ReportError
        With a message that names the field, the value and what to do.

    Notes
    -----
    Estimators given as objects are pickled for the processes that measure them; the
    results keep a hash of them, and no pickle. An interrupted run of the same models
    and data goes on where it stopped.

    Examples
    --------
    >>> import tunecard
    >>> run = tunecard.run("digits", budget="10s")  # doctest: +SKIP
    >>> run.to_frame().query("metric == 'accuracy' and part == 'test'")  # doctest: +SKIP

    Models of your own on data of your own:

    >>> from sklearn.datasets import load_wine
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> tunecard.run(  # doctest: +SKIP
    ...     models=[
    ...         LogisticRegression(max_iter=1000),
    ...         ("tree", DecisionTreeClassifier(), {"max_depth": [2, 3, 5, 8]}),
    ...     ],
    ...     data=load_wine(return_X_y=True),
    ... )
    """
    _refuse_place()
    from report.looks import Looks
    from runner import folders
    from runner.asked import given
    from runner.session import measured
    from runner.terminal import watcher

    looks = Looks(Path(templates) if templates else None, Path(css) if css else None)
    looks.check()
    reference = _reference(study, against)
    named = data_dir or os.environ.get(DATA_DIR) or None
    with ExitStack() as held:
        with watcher(_stderr(), quiet=quiet) as progress:
            folder = held.enter_context(
                measured(
                    str(study) if isinstance(study, Path) else study,
                    reports=Path(reports),
                    data_dir=Path(named) if named else None,
                    offline=offline,
                    quick=quick,
                    fresh=fresh,
                    budget=budget,
                    jobs=jobs,
                    progress=progress,
                    given=given(models, data, target),
                    on=[engine] if isinstance(engine, str) else engine or (),
                    against=Path(against) if against is not None else None,
                    backend=backend,
                    scheduler=scheduler,
                )
            )
        # Loaded late: what is wrong with a study is told before charts can be drawn.
        from report import load as reader
        from report.render import render
        from report.run import Run

        # Within the run: one that is interrupted here goes on with its report.
        loaded = reader.load(folder)
        render(loaded, folder, looks, reference)
        folders.point_latest(folder)
    _list_runs(folder.parent, looks)
    return Run(loaded, reference)


def _reference(
    study: "str | Path | Study | None", against: str | Path | None
) -> "Loaded | None":
    """Read the run that gates look at; that one is needed and not named is told now."""
    from runner.config import load_study

    named = str(study) if isinstance(study, Path) else study
    chosen = load_study(named) if isinstance(named, str) else named
    # Loaded late: most studies have no gate, and wait for nothing of the report here.
    if chosen is not None and chosen.gates:
        from report.gates import check_reference

        check_reference(chosen.gates, given=against is not None)
    if against is None:
        return None
    from report import load as reader

    return reader.load(Path(against))


def _list_runs(reports: Path, looks: "Looks") -> None:
    """Write the list of all runs anew; that it cannot be written fails no run."""
    from report.errors import ReportError
    from report.history import INDEX, update_index
    from runner.errors import TunecardError

    try:
        update_index(reports, looks)
    # What a run of another's may hold cannot be foreseen; this one is finished.
    except (ReportError, TunecardError, OSError, ArithmeticError, LookupError, TypeError,
            ValueError) as error:  # fmt: skip
        _tell(f"{reports / INDEX} stays as it was: {error}")


def load(path: str | Path) -> "Run":
    """Read a run that was measured before.

    Parameters
    ----------
    path : str or Path
        A run folder, such as ``reports/latest``, or a results.json.

    Returns
    -------
    Run
        Its ``results``, ``folder`` and ``page``; tables as data frames.

    Raises
    ------
    runner.errors.ContractError
        If results.json cannot be read or does not follow the contract.
    report.errors.InputError
        If predictions.parquet cannot be read or does not match the results.

    Examples
    --------
    >>> import tunecard
    >>> tunecard.load("reports/nowhere")
    Traceback (most recent call last):
    ...
    runner.errors.ContractError: ...
    """
    _refuse_place()
    from report import load as reader
    from report.run import Run

    return Run(reader.load(Path(path)))


def compare(reference: str | Path, new: str | Path) -> "Comparison":
    """Compare a run with a reference: quality, times, what differs.

    Parameters
    ----------
    reference, new : str or Path
        Run folders, or their results.json. The words are the new run's against
        the reference.

    Returns
    -------
    Comparison
        Its ``verdicts``, ``to_frame()``, ``write(folder)``.

    Raises
    ------
    runner.errors.ContractError, report.errors.InputError
        As of :func:`load`.

    Examples
    --------
    >>> import tunecard
    >>> tunecard.compare("reports/latest", "reports/latest").compared.pairing
    'paired'
    """
    _refuse_place()
    from report import load as reader
    from report.compare.comparison import Comparison

    return Comparison(reader.load(Path(reference)), reader.load(Path(new)))


def _run(
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
    budget: Annotated[
        str | None,
        typer.Option(
            help="For the whole run, as in 10m: fewer candidates and rounds, and says so.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Parallel processes of a search.", show_default="one a core"
        ),
    ] = None,
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser at the end.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Show no progress, only notices.")
    ] = False,
    templates: Annotated[
        Path | None,
        typer.Option(
            help="Folder of templates of your own, searched first.", show_default=False
        ),
    ] = None,
    css: Annotated[
        Path | None,
        typer.Option(help="Style sheet that comes after ours.", show_default=False),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            help="The run that gates against a reference look at.", show_default=False
        ),
    ] = None,
    engine: Annotated[
        list[str] | None,
        typer.Option(
            help="What every model runs on: scikit-learn or intelex. Given twice, the "
            "models run on both, side by side.",
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
            jobs=jobs,
            quiet=quiet,
            templates=templates,
            css=css,
            against=against,
            engine=engine,
            backend=backend,
            scheduler=scheduler,
        )
    except KeyboardInterrupt:
        _tell(_to_go_on(sys.argv[1:]))
        raise typer.Exit(EXIT_INTERRUPTED) from None
    from report.gates import exit_code_of
    from report.render.lines import gates_lines

    not_ok = [case for case in finished.results.cases if case.status != "ok"]
    for case in not_ok:
        _tell(f"{case.key}: {case.status}: {case.reason}")
    if finished.gates:
        _tell(gates_lines(finished.gates))
    sys.stdout.write(f"{finished.page}\n")
    if open_page:
        typer.launch(finished.page.resolve().as_uri())
    code = exit_code_of(finished.gates, not_ok=bool(not_ok))
    if code:
        raise typer.Exit(code)


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
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it."),
    ] = False,
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
    typer_app.command("run", epilog=_EXAMPLES)(_run)
    typer_app.command("plan")(runner_cli.plan)
    typer_app.command("init")(runner_cli.init)
    typer_app.command("report")(report_cli.report)
    typer_app.command("compare")(report_cli.compare)
    typer_app.command("explain")(report_cli.explain)
    typer_app.command("history")(report_cli.history)
    typer_app.command("prune")(report_cli.prune)
    typer_app.add_typer(runner_cli.datasets_app(), name="datasets")
    typer_app.command("schema")(runner_cli.schema)
    typer_app.command("validate")(runner_cli.validate)
    return typer_app


def main() -> None:
    """Run the command line; errors become one message and an exit code."""
    reason = _unfit()
    if reason is not None:
        sys.stderr.write(f"tunecard: {reason}\n")
        sys.exit(2)
    # Who cancels a job sends SIGTERM; it stops a run as Ctrl-C does.
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        from report.errors import ReportError
        from runner.errors import TunecardError

        try:
            app()()
        except (TunecardError, ReportError) as error:
            _tell(f"tunecard: {error}")
            sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


def _to_go_on(arguments: list[str]) -> str:
    """Say how an interrupted run goes on: the same command, but not from anew."""
    command = shlex.join(["tunecard", *(a for a in arguments if a != "--fresh")])
    return f"tunecard: interrupted; what is finished is kept. To go on: {command}"


def _unfit() -> str | None:
    """Say why Tunecard cannot work here: a platform, or a file under one of our names.

    ``python -m tunecard`` puts the working folder first on the path, so that a
    ``report.py`` there would be imported in place of our package.
    """
    if sys.platform == "win32":
        return (
            "Windows is not supported: the workers need POSIX process groups and resource "
            "limits. Use Linux, macOS, or the Windows Subsystem for Linux."
        )
    home = Path(__file__).resolve().parent
    for name in ("runner", "report", "templates"):
        found = PathFinder.find_spec(name)
        origin = Path(found.origin).resolve() if found and found.origin else None
        if origin is not None and home not in origin.parents:
            return (
                f"{origin} shadows Tunecard's own package {name!r}. "
                "Start it as 'tunecard', not 'python -m tunecard', or elsewhere."
            )
    return None


def _refuse_place() -> None:
    reason = _unfit()
    if reason is not None:
        raise ImportError(reason)


def _tell(text: str) -> None:
    _stderr().print(text, markup=False, highlight=False, soft_wrap=True)


def _stderr() -> "Console":
    from rich.console import Console

    # In a notebook too: a line is text on stderr, not a display of its own.
    return Console(stderr=True, force_jupyter=False)


if __name__ == "__main__":
    main()
