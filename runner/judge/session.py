"""judge(): the only file of this room with the order of the work."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tunecard.runner import rows
from tunecard.runner.environment import describe
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.host.clocks import perf_counter
from tunecard.runner.judge import build, regression
from tunecard.runner.judge.arguments import (
    class_texts,
    data_of,
    gates_of,
    metric_of,
    positive_of_searches,
    searched_metrics,
)
from tunecard.runner.judge.asking import answered, of_classes, scored_positions
from tunecard.runner.judge.labels import ClassLabels, Texts, as_texts, classes_of, listed
from tunecard.runner.judge.study import Judged, study_of
from tunecard.runner.judge.values import Answers, HandedOver
from tunecard.runner.metrics import TaskName, name_of
from tunecard.runner.progress import Progress, Silent
from tunecard.runner.quality import specs_for
from tunecard.runner.schema import (
    PREDICTIONS,
    RESULTS,
    SCHEMA_VERSION,
    Calibration,
    Case,
    Data,
    DatasetInfo,
    Results,
    Stage,
    Study,
    dump,
)
from tunecard.runner.schema.base import utc
from tunecard.runner.store import folders
from tunecard.runner.store.predictions import PredictedRows, write_tables


def judged_run(
    handed: HandedOver,
    reports: Path,
    *,
    command: str,
    title: str | None = None,
    metric: Any = None,
    margin: float | None = None,
    positive: Any = None,
    labels: Mapping[Any, str] | None = None,
    classes: Sequence[Any] | None = None,
    gates: Sequence[Any] = (),
    seed: int = 0,
    time: bool | str | float = False,
    progress: Progress | None = None,
    source: str = "handed over in Python",
    task: TaskName | None = None,
    unit: str | None = None,
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
        As in a study; without a metric that of the search, else accuracy. A metric may
        be a scorer or a function too.
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
    task : str or None
        Whether what is predicted are classes, or values; None to decide by what is
        handed over.
    unit : str or None
        Of the values of a regression.

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
    fields = {
        "title": title,
        "margin": margin,
        "seed": seed,
        "gates": tuple(gates),
        "split": None if handed.groups is None else {"groups": handed.groups.name},
        "timing": None if isinstance(time, bool) else {"budget": time},
        "metric": None if metric is None else name_of(metric),
    }
    if regression.task_of(handed, task) == "regression":
        _refuse_class_fields(positive=positive, labels=labels, classes=classes)
        compared = _compare_values(handed, fields, unit, source)
    else:
        named = None if classes is None else class_texts(classes)
        compared = _compare_classes(
            handed, {**fields, "data": data_of(positive, labels)}, named, source
        )
    calibrations: tuple[Calibration, ...] = ()
    cases, study = compared.cases, compared.study
    if time is not False:
        from tunecard.runner.judge.timing import with_times

        watching = progress or Silent()
        cases, calibrations = with_times(cases, compared.judged, handed, study, watching)
    records = (build.record_of(model, study.seed) for model in compared.judged)
    spent = perf_counter() - start
    results = Results(
        schema_version=SCHEMA_VERSION,
        run_id=folders.run_id(study, now),
        started=utc(now),
        finished=utc(datetime.now(UTC)),
        wall_seconds=spent,
        command=command,
        study=study,
        dataset=compared.info,
        environment=describe(),
        metrics=specs_for(compared.info, compared.names),
        cases=cases,
        searches=tuple(record for record in records if record is not None),
        warnings=build.warnings_of(compared.judged),
        calibrations=calibrations,
        stages=(Stage(name="judge", wall_seconds=spent),),
    )
    table = compared.table
    if handed.groups is not None:
        table = replace(table, unit=handed.groups.codes)
    return _write(results, table, reports)


class _Compared(NamedTuple):
    """What was handed over, answered and scored."""

    judged: Sequence[Judged]
    study: Study
    info: DatasetInfo
    names: tuple[str, ...]
    cases: tuple[Case, ...]
    table: PredictedRows


def _refuse_class_fields(**arguments: Any) -> None:
    """Refuse arguments about classes where there are none."""
    for name, value in arguments.items():
        if value is not None:
            raise StudyError(
                f"{name}: is about classes, and this is a regression. Leave it out."
            )


def _compare_values(
    handed: HandedOver, fields: Mapping[str, Any], unit: str | None, source: str
) -> _Compared:
    """Compare regressors, or predicted values."""
    truth = regression.true_values(handed.y_test)
    positions = scored_positions(handed, fields["seed"], by_class=False)
    scored = None if positions is None else rows.take(handed.X_train, positions)
    judged = answered(
        handed, lambda value, place: regression.answers_of(value, place, handed, scored)
    )
    study = study_of(
        judged,
        {
            **fields,
            "task": "regression",
            "metric": fields["metric"] or regression.metric_of(judged),
            "gates": gates_of(fields["gates"], judged),
            "data": None if unit is None else Data(unit=unit),
        },
    )
    y_train = None
    if handed.y_train is not None:
        y_train = regression.as_values(handed.y_train, "y_train")
    names = tuple(dict.fromkeys((*study.metric_names, *searched_metrics(judged))))
    cases = tuple(
        regression.case_of(
            model,
            variant,
            answers,
            truth=truth,
            train=None if y_train is None or positions is None else y_train[positions],
            study=study,
            names=names,
            handed=handed,
        )
        for model in judged
        for variant, answers in model.cases
    )
    info = regression.dataset_of(handed, truth, y_train, unit, source)
    table = regression.table_of(judged, truth)
    return _Compared(judged, study, info, names, cases, table)


def _compare_classes(
    handed: HandedOver,
    fields: Mapping[str, Any],
    named: tuple[str, ...] | None,
    source: str,
) -> _Compared:
    """Compare classifiers, or predicted classes."""
    truth = as_texts(handed.y_test, "y_test")
    positions = scored_positions(handed, fields["seed"])
    judged = answered(handed, of_classes(handed, truth, positions, named))
    all_classes = _classes(handed, truth, judged)
    y_test = all_classes.codes(truth)
    y_train = None
    if handed.y_train is not None:
        y_train = all_classes.codes(as_texts(handed.y_train, "y_train"))
    own, data = own_labels(handed, judged, all_classes), fields["data"]
    if data.positive is None:
        positive = positive_of_searches(judged, all_classes, own)
        data = data.model_copy(update={"positive": positive})
    study = study_of(
        judged,
        {
            **fields,
            "metric": fields["metric"]
            or metric_of(judged, all_classes, y_test, data.positive, own),
            "gates": gates_of(fields["gates"], judged),
            "data": data if data != Data() else None,
        },
    )
    info = build.dataset_of(handed, all_classes, own, y_test, y_train, data, source)
    names = tuple(dict.fromkeys((*study.metric_names, *searched_metrics(judged))))
    scored = None if y_train is None or positions is None else y_train[positions]
    cases = tuple(
        build.case_of(
            model,
            variant,
            answers,
            classes=all_classes,
            info=info,
            y_test=y_test,
            scored=scored,
            study=study,
            names=names,
            handed=handed,
        )
        for model in judged
        for variant, answers in model.cases
    )
    class_names = tuple(entry.name for entry in info.classes)
    table = _table(judged, all_classes, class_names, y_test)
    return _Compared(judged, study, info, names, cases, table)


def _classes(handed: HandedOver, truth: Texts, judged: Sequence[Judged]) -> ClassLabels:
    """Gather all classes, and refuse truths that a model cannot predict."""
    groups = [np.unique(truth)]
    if handed.y_train is not None:
        groups.append(np.unique(as_texts(handed.y_train, "y_train")))
    for model in judged:
        for variant, answers in model.cases:
            _check_known(truth, answers, model, variant)
            groups += [np.array(answers.classes), np.unique(answers.labels)]
    all_classes = classes_of(groups)
    if len(all_classes.labels) < 2:
        raise DataError(
            f"y_test: has one class only, {all_classes.labels[0]!r}, and no model predicts "
            "another; a comparison needs at least two."
        )
    return all_classes


def own_labels(
    handed: HandedOver, judged: Sequence[Judged], classes: ClassLabels
) -> NDArray[Any]:
    """Return the label of each class as it was handed over, where its text is one of it."""
    estimators = (answers.estimator for model in judged for _, answers in model.cases)
    label_arrays = [handed.y_test, handed.y_train]
    label_arrays += [getattr(estimator, "classes_", None) for estimator in estimators]
    by_text: dict[str, Any] = {}
    for labels in label_arrays:
        if labels is not None:
            distinct = np.unique(np.asarray(labels).ravel())
            for text, label in zip(as_texts(distinct, "y_test"), distinct, strict=True):
                by_text.setdefault(str(text), label)
    return np.array([by_text.get(text, text) for text in classes.labels])


def _check_known(truth: Texts, answers: Answers, model: Judged, variant: str) -> None:
    """Refuse labels that a model was not fitted on, and predictions that never fit."""
    labels = np.unique(truth)
    place = {"baseline": "before", "tuned": "after"}[variant]
    fitted = answers.estimator is not None or answers.probabilities is not None
    unknown = [str(label) for label in labels if label not in answers.classes]
    if fitted and unknown:
        raise DataError(
            f"y_test: holds {listed(unknown)}, which {place} ({model.label}) was not "
            f"fitted on; its classes are {listed(answers.classes)}. Write y_test as the "
            "labels that the model was fitted on, and leave out rows of other classes."
        )
    if not fitted and not set(answers.classes) & set(labels.tolist()):
        raise DataError(
            f"{place}: holds {listed(answers.classes)}, but y_test holds "
            f"{listed(labels.tolist())}; they have no label in common. Write both alike."
        )


def _table(
    judged: Sequence[Judged],
    classes: ClassLabels,
    names: tuple[str, ...],
    y_test: NDArray[np.int64],
) -> PredictedRows:
    return PredictedRows(
        index=np.arange(len(y_test), dtype=np.int64),
        y_true=y_test,
        classes=names,
        cases={
            f"{model.name}/{variant}": build.outputs_of(answers, classes)
            for model in judged
            for variant, answers in model.cases
        },
    )


def _write(results: Results, table: PredictedRows, reports: Path) -> Path:
    """Write the run folder, whole or not at all."""
    made = folders.missing(reports)
    try:
        folders.check(reports)
        with folders.make_whole(reports, results.run_id) as (folder, name):
            write_tables(folder / PREDICTIONS, [table])
            dump(results.model_copy(update={"run_id": name}), folder / RESULTS)
    except BaseException:
        folders.remove_if_empty(*made)
        raise
    return reports / name
