"""The Python API: run a study, load a run, compare two."""

import os
import sys
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunecard.pages import list_runs, make_theme, raise_if_empty, read_reference
from tunecard.runner.errors import PlatformUnsupported
from tunecard.screen import print_notice, stderr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tunecard.report.analyze import Analysis
    from tunecard.report.compare.comparison import Comparison
    from tunecard.report.load import Loaded
    from tunecard.report.run import Run
    from tunecard.runner.metrics import TaskName
    from tunecard.runner.schema import Study

DATA_DIR = "TUNECARD_DATA_DIR"


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
    test: Any = None,
    metric: Any = None,
    margin: float | None = None,
    positive: Any = None,
    labels: "Mapping[Any, str] | None" = None,
    test_size: float | None = None,
    gates: "Sequence[Any] | None" = None,
    title: str | None = None,
    seed: int | None = None,
    seeds: "Sequence[int] | None" = None,
    engine: "str | Sequence[str] | None" = None,
    backend: str = "local",
    scheduler: str | None = None,
    timing: bool | None = None,
    split: Any = None,
    inner: Any = None,
    groups: Any = None,
    task: "TaskName | None" = None,
    sample_weight: Any = None,
    keep_columns: bool | None = None,
) -> "Run":
    """Run a study, write its report, and return both.

    An interrupted run resumes where it stopped.

    Parameters
    ----------
    study : str, Path, Study or None
        A shipped study's name (``mnist``, ``digits``, ``diabetes``), a TOML file, or a
        :class:`tunecard.runner.schema.Study`. None: MNIST, with digits in its place
        where MNIST is out of reach; or, with `models` and `data`, a study made of
        these.
    models : sequence or None
        In place of the study's: estimators, such as ``[LogisticRegression()]``;
        ``(name, estimator)``; or ``(name, estimator, space)``, where the space is a
        dict from a parameter to its values (a grid) or to a distribution of SciPy's
        (``uniform``, ``loguniform``, ``randint``: a randomized search). In place of
        a space, a dict with ``strategy`` and what else a study file's
        ``[models.search]`` holds. In place of an estimator and its space, a search
        object, such as a GridSearchCV, fitted or not. A class defined in a notebook
        works too.
    data : object or None
        In place of the study's: ``(X, y)``, or what scikit-learn's ``load_iris()``
        returns; a data frame, with `target`; or what a study file's ``dataset`` holds.
        Labels, and a pandas or polars data frame, reach the estimators as they are.
    target : str, int or None
        The column of `data` to predict: its classes, or its numbers.
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
        Whether to begin again where an unfinished run could resume.
    budget : str, float or None
        For the whole run: seconds, or ``"10m"``. Rounds and candidates are cut to
        fit, and time that is left gives more rounds; what changes is reported.
    jobs : int or None
        Parallel processes of a search; None for one per core.
    quiet : bool
        Whether to show no progress on stderr; notices are shown nevertheless.
    templates : str, Path or None
        Folder of templates of your own, searched before the shipped ones.
    css : str, Path or None
        Style sheet of your own, after the page's.
    against : str, Path or None
        The earlier run for gates with ``against = "reference"``: a run
        folder or a results.json.
    test : tuple or None
        The test part, ``(X, y)``, where `data` is the training part, ``(X, y)``; no rows
        are then split off.
    metric : str, scorer, callable or None
        As the field of a study; also a scorer of scikit-learn's ``make_scorer``, or a
        function of ``(y_true, y_pred)``, of which lower is better where its name ends in
        ``_loss``, ``_error`` or ``_deviance``. A callable of ``(estimator, X, y_true)``
        is measured and has no test.
    margin, test_size, gates, title, seed, seeds
        As the fields of a study; they take precedence over its own. A gate is a dict,
        and names its model as `models` does.
    positive : object or None
        Of two classes, the one whose own precision, recall and F1 are shown. None: that
        of a search whose scorer is of one class, which is label 1; else none.
    labels : dict or None
        Names to show for the classes.
    engine : str, sequence of str or None
        Engine of every model: ``"scikit-learn"``, ``"intelex"``, or both, side by
        side. None: the engine that the study names for each model.
    backend : str
        Where searches run: ``"local"``, or ``"dask"`` for the workers of a Dask
        cluster. Times are taken on this machine in either case.
    scheduler : str or None
        Address of the cluster's scheduler, such as ``"tcp://host:8786"``.
    timing : bool or None
        Whether fit and predict are timed; False for quality alone, which takes seconds
        where the timing takes minutes. None: as the study has it.
    split : dict, splitter, iterable of (train, test), or None
        How rows are held out: fields of a study's ``[split]``, as in ``{"kind":
        "repeated"}``; or a splitter of scikit-learn's, such as ``GroupKFold(5)``, or pairs
        of row numbers. With several outer splits the search runs inside each.
    inner : splitter, iterable of (train, test), or None
        The folds of every search, in place of stratified ones.
    groups : str, array_like or None
        Which rows belong together, such as those of one patient: a column, or a value for
        each row. No group is on both sides, at either level, and the tests take a group
        for independent.
    task : str or None
        ``"regression"`` where the target is a number, ``"classification"`` where it is a
        class. None: as the study has it, else regression where all models are regressors.
    sample_weight : str, array_like or None
        Weights of the rows: a column, or a number for each row. Each fit gets them, of the
        searches and of the two configurations, and so do the fold scores of a search,
        where estimator and metric take them, as scikit-learn's metadata routing has it.
        The test rows count once each.
    keep_columns : bool or None
        Of a regression, False to keep no columns of its test rows in the run folder.

    Returns
    -------
    Run
        Its ``results``, ``folder`` and ``page``; tables as data frames.

    Raises
    ------
    tunecard.EveryCaseFailed
        If every case failed. The page is written; the error's ``run`` holds the run.
    runner.errors.TunecardError, report.errors.ReportError
        With a message that names the field, the value and what to do.

    Notes
    -----
    Estimators given as objects are pickled for the processes that measure them; the
    results keep a hash of them, and no pickle. An interrupted run of the same models
    and data resumes where it stopped.

    Examples
    --------
    >>> import tunecard
    >>> run = tunecard.run("digits", budget="1m")  # doctest: +SKIP
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
    if sys.platform == "win32":
        raise PlatformUnsupported
    from tunecard.runner.overrides import make_overrides
    from tunecard.runner.session import run_session
    from tunecard.runner.store import folders
    from tunecard.runner.terminal import watcher

    fields = {
        "task": task,
        "metric": metric,
        "margin": margin,
        "positive": positive,
        "labels": labels,
        "test_size": test_size,
        "gates": None if gates is None else tuple(gates),
        "title": title,
        "seed": seed,
        "seeds": None if seeds is None else tuple(seeds),
        "keep_columns": keep_columns,
    }
    looks = make_theme(templates, css)
    reference = read_reference(against)
    named = data_dir or os.environ.get(DATA_DIR) or None

    def publish(folder: Path) -> "tuple[Loaded, Analysis]":
        """Render what is measured so far."""
        # Loaded late: an error in a study is reported before charts can be drawn.
        from tunecard.report import load as reader
        from tunecard.report.analyze import analyze
        from tunecard.report.render import render

        loaded = reader.load(folder)
        analysis = analyze(loaded)
        page, *_ = render(loaded, folder, looks, reference, analysis)
        if loaded.results.in_progress and not quiet:
            progress.notice(f"Quality is ready, the timing goes on: {page}")
        return loaded, analysis

    def prepare_page() -> None:
        """Import what `publish` and the list of runs need."""
        for name in ("render", "history", "run"):
            import_module(f"tunecard.report.{name}")

    with ExitStack() as stack:
        with watcher(stderr(), quiet=quiet) as progress:
            folder = stack.enter_context(
                run_session(
                    str(study) if isinstance(study, Path) else study,
                    reports=Path(reports),
                    data_dir=Path(named) if named else None,
                    offline=offline,
                    quick=quick,
                    fresh=fresh,
                    budget=budget,
                    jobs=jobs,
                    progress=progress,
                    overrides=make_overrides(
                        models,
                        data,
                        target,
                        test,
                        fields,
                        split=split,
                        inner=inner,
                        groups=groups,
                        sample_weight=sample_weight,
                    ),
                    on=[engine] if isinstance(engine, str) else engine or (),
                    against=Path(against) if against is not None else None,
                    backend=backend,
                    scheduler=scheduler,
                    timing=timing,
                    prepare_page=prepare_page,
                    publish=publish,
                )
            )
        # Within the run: one that is interrupted here resumes with its report.
        loaded, analysis = publish(folder)
        folders.point_latest(folder, print_notice)
    list_runs(folder.parent, looks, {folder.name: analysis})
    from tunecard.report.run import Run

    finished = Run(loaded, reference)
    raise_if_empty(finished)
    return finished


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
    tunecard.runner.errors.ContractError
        If results.json cannot be read or does not follow the contract.
    report.errors.InputError
        If predictions.parquet cannot be read or does not match the results.

    Examples
    --------
    >>> import tunecard
    >>> tunecard.load("reports/nowhere")
    Traceback (most recent call last):
    ...
    tunecard.runner.errors.ContractError: ...
    """
    from tunecard.report import load as reader
    from tunecard.report.run import Run

    return Run(reader.load(Path(path)))


def compare(reference: "str | Path | Run", new: "str | Path | Run") -> "Comparison":
    """Compare a run with a reference: quality, times, what differs.

    Parameters
    ----------
    reference, new : str, Path or Run
        Run folders, their results.json, or what `run` and `load` return. The words
        are the new run's against the reference.

    Returns
    -------
    Comparison
        Its ``verdicts``, ``to_frame()``, ``write(folder)``.

    Raises
    ------
    tunecard.runner.errors.ContractError, report.errors.InputError
        As of :func:`load`.

    Examples
    --------
    >>> import tunecard
    >>> tunecard.compare("reports/latest", "reports/latest").compared.pairing
    'paired'
    """
    from tunecard.report import load as reader
    from tunecard.report.compare.comparison import Comparison

    first, second = (
        reader.load(Path(run)) if isinstance(run, str | Path) else run.loaded
        for run in (reference, new)
    )
    return Comparison(first, second)
