"""``tunecard.judge``: a verdict on what already ran."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunecard.pages import list_runs, make_theme, read_reference
from tunecard.screen import print_notice, stderr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tunecard.report.run import Run
    from tunecard.runner.metrics import TaskName


def judge(
    *inputs: Any,
    X_test: Any = None,
    y_test: Any = None,
    X_train: Any = None,
    y_train: Any = None,
    baseline: Any = None,
    search: Any = None,
    metric: Any = None,
    margin: float | None = None,
    positive: Any = None,
    groups: Any = None,
    labels: "Mapping[Any, str] | None" = None,
    classes: "Sequence[Any] | None" = None,
    gates: "Sequence[Any]" = (),
    title: str | None = None,
    seed: int = 0,
    time: bool | str | float = False,
    quiet: bool = False,
    reports: str | Path = "reports",
    templates: str | Path | None = None,
    css: str | Path | None = None,
    against: str | Path | None = None,
    task: "TaskName | None" = None,
    unit: str | None = None,
) -> "Run":
    """Judge what already ran: no search is run again.

    Parameters
    ----------
    *inputs
        One of

        - a fitted search, ``X_test, y_test`` and, where no `baseline` is named,
          ``X_train, y_train``: the baseline is the search's own estimator before the
          search, fitted on the training rows;
        - two fitted estimators, before and after, then ``X_test, y_test``;
        - a dict of such pairs by name, then ``X_test, y_test``;
        - in place of estimators arrays of predicted classes or values of shape
          (n_test,), of probabilities of shape (n_test, n_classes), or pairs of classes
          and probabilities, then ``y_test``.

        The training rows may follow in any form: test rows that occur among them are
        counted and reported.
    X_test, y_test, X_train, y_train : array_like or data frame
        The same by name. Rows are passed to the estimators as they are.
    baseline : estimator or None
        Fitted; what a search, or a single estimator, is compared with.
    search : object or None
        The fitted search or the Optuna study that led to the estimator after tuning;
        of several pairs, a dict by name. Its record becomes the page's search section.
    metric : str, scorer, callable or None
        What the verdict is about; None for the search's own metric where there is a
        test for it and every case has a value, else accuracy, or R2 of a regression.
    margin : float or None
        The smallest difference of the metric that matters.
    positive : object or None
        Of two classes, the one whose own precision, recall and F1 are shown. None: that
        of a search whose scorer is of one class, which is label 1; else none.
    groups : array_like of shape (n_test,), str or None
        Which test rows belong together, such as those of one patient: a value for each
        row, or a column of `X_test`. The group is then what the tests treat as
        independent, and no longer the row.
    labels : dict or None
        Names to show for the classes.
    classes : sequence or None
        The class of each column of probabilities that are given as an array.
    gates : sequence of Gate or dict
        What must hold, as in a study's ``[[gates]]``.
    title : str or None
        Of the page.
    seed : int
        Of the resamples.
    time : bool, str or float
        Whether to time predict, and fit where the training rows are given, by the
        protocol of :func:`tunecard.run`; a duration, as in ``"1m"``, is its budget.
    quiet : bool
        Whether to show no progress of the timing on stderr.
    reports : str or Path
        Where run folders are kept.
    templates, css : str, Path or None
        Templates and a style sheet of your own.
    against : str, Path or None
        The earlier run that gates with ``against = "reference"`` look at.
    task : str or None
        ``"regression"`` for predicted numbers, ``"classification"`` for classes. None to
        decide by what is handed over: regressors, or true values with fractions, make a
        regression.
    unit : str or None
        Of the numbers of a regression, as in ``"kg"``.

    Returns
    -------
    Run
        As of :func:`tunecard.run`.

    Raises
    ------
    tunecard.runner.errors.TunecardError, tunecard.report.errors.ReportError
        With one sentence that names the argument, the value and what to do.

    Examples
    --------
    >>> import tunecard
    >>> truth = ["spam", "ham", "spam", "ham"] * 50
    >>> before = ["spam", "ham", "ham", "ham"] * 50
    >>> run = tunecard.judge(before, truth, truth)  # doctest: +SKIP
    >>> run.verdicts["word"].tolist()  # doctest: +SKIP
    ['better']
    """
    from tunecard.runner.judge.call import read_call

    handed = read_call(
        inputs,
        X_test=X_test,
        y_test=y_test,
        X_train=X_train,
        y_train=y_train,
        baseline=baseline,
        search=search,
        groups=groups,
    )
    from tunecard.runner.terminal import watcher

    with watcher(stderr(), quiet=quiet) as progress:
        return judge_handed(
            handed,
            reports=Path(reports),
            templates=templates,
            css=css,
            against=against,
            command="tunecard.judge(...)  # in Python, with the same models and rows",
            metric=metric,
            margin=margin,
            positive=positive,
            labels=labels,
            classes=classes,
            gates=gates,
            title=title,
            seed=seed,
            time=time,
            progress=progress,
            task=task,
            unit=unit,
        )


def judge_handed(
    handed: Any,
    *,
    reports: Path,
    templates: str | Path | None = None,
    css: str | Path | None = None,
    against: str | Path | None = None,
    **arguments: Any,
) -> "Run":
    """Judge what was handed over, render its page, and return both.

    Parameters
    ----------
    handed : tunecard.runner.judge.values.HandedOver
    reports, templates, css, against
        As of :func:`judge`.
    **arguments
        As of :func:`tunecard.runner.judge.session.judged_run`.
    """
    from tunecard.report import load as reader
    from tunecard.report.analyze import analyze
    from tunecard.report.render import render
    from tunecard.report.run import Run
    from tunecard.runner.judge.session import judged_run
    from tunecard.runner.store import folders

    looks = make_theme(templates, css)
    reference = read_reference(against)
    folder = judged_run(handed, reports, **arguments)
    loaded = reader.load(folder)
    analysis = analyze(loaded)
    render(loaded, folder, looks, reference, analysis)
    folders.point_latest(folder, print_notice)
    list_runs(folder.parent, looks, {folder.name: analysis})
    return Run(loaded, reference)
