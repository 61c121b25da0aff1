"""judge(): the only file of this room that knows the order of the work."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner import metrics
from tunecard.runner import rows as selection
from tunecard.runner.datasets.subset import scored_rows
from tunecard.runner.environment import describe
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.judge import answers as answering
from tunecard.runner.judge import build, searches
from tunecard.runner.judge.build import Judged
from tunecard.runner.judge.labels import Classes, Texts, as_texts, classes_of, listed
from tunecard.runner.judge.values import Answers, HandedOver, ImportedSearch, Pair
from tunecard.runner.models import final_step, one_line
from tunecard.runner.progress import Progress, Silent
from tunecard.runner.quality import specs
from tunecard.runner.schema import (
    PREDICTIONS,
    RESULTS,
    SCHEMA_VERSION,
    Calibration,
    Data,
    Results,
    Stage,
    dump,
)
from tunecard.runner.store import folders
from tunecard.runner.store.predictions import PredictedRows, write_tables


def judged_run(
    handed: HandedOver,
    reports: Path,
    *,
    command: str,
    title: str | None = None,
    metric: str | None = None,
    margin: float | None = None,
    positive: Any = None,
    labels: Mapping[Any, str] | None = None,
    classes: Sequence[Any] | None = None,
    gates: Sequence[Any] = (),
    seed: int = 0,
    time: bool | str | float = False,
    progress: Progress | None = None,
    source: str = "handed over in Python",
) -> Path:
    """Judge what was handed over, and write a run folder of it.

    Parameters
    ----------
    handed : HandedOver
        What `read_call` made of a call.
    reports : Path
        Where the run folder is made.
    command : str
        What makes the same comparison again.
    title, metric, margin, gates, seed
        As in a study; without a metric that of the search, else accuracy.
    positive : object or None
        Of two classes, the one whose own metrics are shown.
    labels : dict or None
        Names to show for the classes.
    classes : sequence or None
        The class of each column, where probabilities are handed over as an array.
    time : bool, str or float
        Whether to time predict, and fit where the training rows are handed over; a
        duration is the budget of all rounds.
    progress : Progress or None
        Progress reporter of the timing.
    source : str
        Where the rows come from, in words.

    Returns
    -------
    Path
        The run folder, with results.json and predictions.parquet.

    Raises
    ------
    TunecardError
        With one sentence that names what is wrong.
    """
    now, start = datetime.now(UTC), perf_counter()
    truth = as_texts(handed.y_test, "y_test")
    positions = _scored(handed, seed)
    judged = _answered(
        handed, truth, positions, None if classes is None else _texts_of(classes)
    )
    known = _classes(handed, truth, judged)
    y_test = known.codes(truth)
    y_train = None
    if handed.y_train is not None:
        y_train = known.codes(as_texts(handed.y_train, "y_train"))
    data = _data(positive, labels)
    study = build.study_of(
        judged,
        {
            "title": title,
            "metric": metric or _metric(judged),
            "margin": margin,
            "seed": seed,
            "gates": _gates(gates, judged),
            "data": data if data != Data() else None,
            "timing": None if isinstance(time, bool) else {"budget": time},
        },
    )
    info = build.dataset_of(handed, known, y_test, y_train, data, source)
    scored = None if y_train is None or positions is None else y_train[positions]
    cases = tuple(
        build.case_of(
            one,
            variant,
            answers,
            classes=known,
            info=info,
            y_test=y_test,
            scored=scored,
            seed=study.seed,
        )
        for one in judged
        for variant, answers in one.cases
    )
    calibrations: tuple[Calibration, ...] = ()
    if time is not False:
        from tunecard.runner.judge.timing import with_times

        watching = progress or Silent()
        cases, calibrations = with_times(cases, judged, handed, study, watching)
    records = (build.record_of(one, study.seed) for one in judged)
    spent = perf_counter() - start
    results = Results(
        schema_version=SCHEMA_VERSION,
        run_id=folders.run_id(study, now),
        started=_iso(now),
        finished=_iso(datetime.now(UTC)),
        wall_seconds=spent,
        command=command,
        study=study,
        dataset=info,
        environment=describe(),
        metrics=specs(info.positive),
        cases=cases,
        searches=tuple(record for record in records if record is not None),
        warnings=build.warnings_of(judged),
        calibrations=calibrations,
        stages=(Stage(name="judge", wall_seconds=spent),),
    )
    names = tuple(entry.name for entry in info.classes)
    return _write(results, _table(judged, known, names, y_test), reports)


def _scored(handed: HandedOver, seed: int) -> NDArray[np.int64] | None:
    """Choose the training rows that are scored, where they are handed over."""
    if handed.X_train is None:
        return None
    y_train = as_texts(handed.y_train, "y_train")
    return scored_rows(np.unique(y_train, return_inverse=True)[1], seed)


def _answered(
    handed: HandedOver,
    truth: Texts,
    positions: NDArray[np.int64] | None,
    classes: tuple[str, ...] | None,
) -> list[Judged]:
    """Ask every estimator, and take every array of predictions."""
    n_test, made = len(truth), []
    taken: list[str] = []
    scored = None if positions is None else selection.take(handed.X_train, positions)
    known = np.array(classes_of([truth]).labels)
    alone = len(handed.pairs) == 1
    for pair in handed.pairs:
        before, after = (
            answering.of_estimator(value, handed.X_test, n_test, place, scored)
            if answering.is_estimator(value)
            else answering.of_arrays(value, n_test, classes, known, place)
            for value, place in (
                (_baseline(pair, handed), "before" if alone else f"{pair.name}[0]"),
                (pair.after, "after" if alone else f"{pair.name}[1]"),
            )
        )
        name = build.name_of(pair.name, taken)
        taken.append(name)
        label = _label(pair, after)
        made.append(Judged(name, label, pair.name, before, after, _search(pair, handed)))
    return made


def _label(pair: Pair, after: Answers) -> str:
    """Return what a reader sees: the caller's name, else the classifier's class."""
    if pair.name != "model" or after.estimator is None:
        return pair.name
    inner = getattr(after.estimator, "best_estimator_", after.estimator)
    return type(final_step(inner)).__name__


def _baseline(pair: Pair, handed: HandedOver) -> Any:
    """Return the case before tuning: as handed over, or the search's own estimator."""
    if pair.before is not None:
        return pair.before
    estimator = getattr(pair.after, "estimator", None)
    if handed.X_train is None:
        raise StudyError(
            "judge: the baseline of a search is its own estimator before the search, "
            "fitted on the training rows. Give X_train and y_train, or a fitted baseline=."
        )
    from sklearn.base import clone

    try:
        return clone(estimator).fit(handed.X_train, handed.y_train)
    except Exception as error:  # a user's estimator may raise anything
        raise DataError(
            f"before: {type(estimator).__name__} cannot be fitted on X_train, y_train "
            f"({one_line(error)}). Fit the baseline yourself and name it, as "
            "baseline=."
        ) from error


def _search(pair: Pair, handed: HandedOver) -> ImportedSearch | None:
    if pair.search is None:
        return None
    if searches.is_study(pair.search):
        from tunecard.runner.judge.optuna_study import record_of_study

        return record_of_study(pair.search)
    if hasattr(pair.search, "study_"):
        from tunecard.runner.judge.optuna_study import record_of_study

        return record_of_study(pair.search.study_, searches.metric_of(pair.search)[0])
    return searches.record_of(pair.search, _folds(pair.search, handed))


def _folds(search: Any, handed: HandedOver) -> list[tuple[int, int]] | None:
    """Return the rows of each fold, from the search's own splitter on the training rows."""
    if handed.X_train is None or not hasattr(search, "cv"):
        return None
    from sklearn.base import is_classifier
    from sklearn.model_selection import check_cv

    try:
        splitter = check_cv(
            search.cv, handed.y_train, classifier=is_classifier(search.estimator)
        )
        return [
            (len(train), len(test))
            for train, test in splitter.split(handed.X_train, handed.y_train)
        ]
    except (TypeError, ValueError):  # such as one that needs groups
        return None


def _classes(handed: HandedOver, truth: Texts, judged: Sequence[Judged]) -> Classes:
    """Gather all classes, and refuse truths that a model cannot predict."""
    groups = [np.unique(truth)]
    if handed.y_train is not None:
        groups.append(np.unique(as_texts(handed.y_train, "y_train")))
    for one in judged:
        for variant, answers in one.cases:
            _check_known(truth, answers, one, variant)
            groups += [np.array(answers.classes), np.unique(answers.labels)]
    found = classes_of(groups)
    if len(found.labels) < 2:
        raise DataError(
            f"y_test: has one class only, {found.labels[0]!r}, and no model predicts "
            "another; a comparison needs at least two."
        )
    return found


def _check_known(truth: Texts, answers: Answers, one: Judged, variant: str) -> None:
    """Refuse labels that a fitted model does not know, and predictions that never fit."""
    labels = np.unique(truth)
    place = {"baseline": "before", "tuned": "after"}[variant]
    fitted = answers.estimator is not None or answers.probabilities is not None
    unknown = [str(label) for label in labels if label not in answers.classes]
    if fitted and unknown:
        raise DataError(
            f"y_test: holds {listed(unknown)}, which {place} ({one.label}) was not fitted "
            f"on; its classes are {listed(answers.classes)}. Write y_test as the labels "
            "that the model was fitted on, and leave out rows of other classes."
        )
    if not fitted and not set(answers.classes) & set(labels.tolist()):
        raise DataError(
            f"{place}: holds {listed(answers.classes)}, but y_test holds "
            f"{listed(labels.tolist())}; they have no label in common. Write both alike."
        )


def _metric(judged: Sequence[Judged]) -> str | None:
    """Return the metric of the searches, where a study can name it."""
    named = {one.search.metric for one in judged if one.search is not None}
    found = metrics.find(named.pop()) if len(named) == 1 else None
    if found is None or found.of_positive:
        return None
    answers = [answers for one in judged for _, answers in one.cases]
    shares = all(one.probabilities is not None for one in answers)
    return found.name if found.needs == "labels" or shares else None


def _gates(gates: Sequence[Any], judged: Sequence[Judged]) -> tuple[Any, ...]:
    """Give gates the keys of their models; one that names none is about the only model."""
    keys = {one.called: one.name for one in judged}
    made = []
    for gate in gates:
        if isinstance(gate, Mapping):
            fields = dict(gate)
            if "model" not in fields and len(judged) == 1:
                fields["model"] = judged[0].name
            fields["model"] = keys.get(fields.get("model", ""), fields.get("model"))
            made.append({k: v for k, v in fields.items() if v is not None})
        else:
            made.append(gate)
    return tuple(made)


def _data(positive: Any, labels: Mapping[Any, str] | None) -> Data:
    if labels is not None and not isinstance(labels, Mapping):
        raise StudyError(
            "labels: give a dict from a class to the name to show, as in {0: 'stays'}."
        )
    class_names = {str(label): str(name) for label, name in (labels or {}).items()}
    return Data(
        positive=None if positive is None else str(positive), class_names=class_names
    )


def _texts_of(classes: Sequence[Any]) -> tuple[str, ...]:
    return tuple(str(label) for label in as_texts(list(classes), "classes"))


def _table(
    judged: Sequence[Judged],
    classes: Classes,
    names: tuple[str, ...],
    y_test: NDArray[np.int64],
) -> PredictedRows:
    return PredictedRows(
        index=np.arange(len(y_test), dtype=np.int64),
        y_true=y_test,
        classes=names,
        cases={
            f"{one.name}/{variant}": build.outputs_of(answers, classes)
            for one in judged
            for variant, answers in one.cases
        },
    )


def _write(results: Results, table: PredictedRows, reports: Path) -> Path:
    """Write the run folder: results.json last, as the sign of a whole run."""
    made = folders.missing(reports)
    try:
        folders.check(reports)
        folder = folders.make(reports, results.run_id)
    except BaseException:
        folders.remove_if_empty(*made)
        raise
    results = results.model_copy(update={"run_id": folder.name})
    write_tables(folder / PREDICTIONS, [table])
    dump(results, folder / RESULTS)
    return folder


def command_of(arguments: Sequence[str]) -> str:
    """Write the command line of a comparison."""
    return shlex.join(["tunecard", "judge", *arguments])


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
