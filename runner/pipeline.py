"""run_study(): the only file that knows the order of a run.

data -> search -> rounds -> quality -> results
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner import assemble, environment, machine, metrics, models, resume
from runner.assemble import Searched
from runner.datasets import Dataset
from runner.errors import SearchFailed
from runner.journal import Forgetful, Memory, Within
from runner.measure import Bench, Measured, write_arrays
from runner.predictions import (
    Predicted,
    differing_images,
    write_predictions,
    write_weights,
)
from runner.progress import Progress
from runner.rounds import run_rounds
from runner.schema import (
    PREDICTIONS,
    RESULTS,
    SCHEMA_VERSION,
    WEIGHTS,
    Encoding,
    Environment,
    ModelSpec,
    Results,
    Study,
    dump,
)
from runner.search import n_steps, tune
from runner.stopwatch import Stopwatch

WORK = ".work"  # in the run folder: arrays and jobs, removed at the end
TRAIN_ROWS = 10_000  # training rows that are scored, at the most


@dataclass(frozen=True)
class Run:
    """What the front door decides for a run.

    Attributes
    ----------
    run_id : str
        The run's name.
    folder : Path
        Where results.json and predictions.parquet go; it exists.
    command : str
        The command line that runs the same study again.
    jobs : int
        Parallel processes of a search.
    environment : Environment
        The machine and the software.
    started : str
        When the run began, UTC, ISO 8601; for a run that goes on, when it first began.
    now : callable
        The time of day, UTC.
    memory : Memory
        What is finished already, and where to note what gets finished.
    n_sessions : int
        How often the run was started or went on, this time included.
    """

    run_id: str
    folder: Path
    command: str
    jobs: int
    environment: Environment
    started: str
    now: Callable[[], datetime]
    memory: Memory = field(default_factory=Forgetful)
    n_sessions: int = 1


def run_study(study: Study, dataset: Dataset, run: Run, progress: Progress) -> Results:
    """Run a study and write its results.

    Parameters
    ----------
    study : Study
        From `prepare`.
    dataset : Dataset
        Its data.
    run : Run
        Where, as what, with how many processes.
    progress : Progress
        Who watches.

    Returns
    -------
    Results
        Also written to ``run.folder``, beside predictions.parquet.

    Raises
    ------
    TunecardError
        If the folder cannot be written; what is finished stands in
        ``run.memory``. A case that fails is no error but a row in the results.
    """
    watch = Stopwatch()
    work = run.folder / WORK
    train_rows = _train_rows(dataset.y_train, study.seed)
    dataset = _on_disk(dataset, work / "data", train_rows)
    watch.lap("data on disk")
    searched = []
    for spec in study.models:
        # The search is handed the training rows alone.
        searched.append(
            _search(
                spec,
                study,
                (dataset.X_train, dataset.y_train),
                dataset.encoding,
                run,
                progress,
            )
        )
        watch.lap(f"search: {spec.label}")
    bench = Bench(
        data=work / "data",
        work=work,
        seed=study.seed,
        n_classes=len(dataset.info.classes),
        threads=environment.logical_cores(),
        case_seconds=study.limits.case_seconds,
        memory=study.limits.memory,
        encoding=dataset.encoding,
    )
    # Times from before a reboot do not stand beside times from after it.
    boot = Within(run.memory, resume.boot(run.environment.boot_id))
    measured, calibrations, spent = run_rounds(
        _cases(searched), bench, boot, progress, budget=study.timing.budget
    )
    watch.split(spent)
    progress.stage("results", 1)
    cases = [assemble.case_row(case, study, dataset, train_rows) for case in measured]
    cases += [assemble.never_tuned(item, study) for item in searched if item.failure]
    watch.lap("scoring")
    results = Results(
        schema_version=SCHEMA_VERSION,
        run_id=run.run_id,
        started=run.started,
        finished=_iso(run.now()),
        wall_seconds=watch.total(),
        n_sessions=run.n_sessions,
        command=run.command,
        study=study.without_content(),
        dataset=dataset.info,
        environment=run.environment,
        metrics=metrics.specs(dataset.info.positive),
        cases=assemble.in_study_order(cases, study),
        searches=tuple(
            assemble.search_record(
                item.spec, item.tuned, study, jobs=run.jobs, threads=bench.threads
            )
            for item in searched
            if item.tuned
        ),
        warnings=assemble.all_warnings(searched, measured),
        calibrations=calibrations,
        stages=watch.stages(),
        peak_memory={
            "main": machine.resident_highest(),
            "search": max((s.tuned.peak_memory for s in searched if s.tuned), default=0),
            "worker": max((case.peak_memory for case in measured), default=0),
        },
    )
    _write(results, measured, dataset, run.folder)
    shutil.rmtree(work, ignore_errors=True)
    progress.step("written")
    return results


def _on_disk(dataset: Dataset, folder: Path, train_rows: NDArray[np.int64]) -> Dataset:
    """Write the arrays for all processes to map, and let go of the copies in memory."""
    write_arrays(
        folder,
        {
            "X_train": dataset.X_train,
            "y_train": dataset.y_train,
            "X_test": dataset.X_test,
            "train_rows": train_rows,
        },
    )
    return replace(
        dataset,
        X_train=np.load(folder / "X_train.npy", mmap_mode="r"),
        X_test=np.load(folder / "X_test.npy", mmap_mode="r"),
    )


def _search(
    spec: ModelSpec,
    study: Study,
    train: tuple[NDArray[np.float32], NDArray[np.int64]],
    encoding: Encoding | None,
    run: Run,
    progress: Progress,
) -> Searched:
    if spec.search is None:
        return Searched(spec)
    estimator = models.build(spec, {}, study.seed, encoding)
    steps = n_steps(estimator, spec.search, study.seed, train[1])
    progress.stage(f"search: {spec.label}", steps)
    try:
        tuned = tune(
            estimator,
            spec.search,
            *train,
            seed=study.seed,
            n_jobs=run.jobs,
            progress=progress.step,
            metric=study.metric,
            rename=lambda params: models.prefixed(spec, params, encoding, seed=study.seed),
            memory=Within(run.memory, f"search {spec.name}"),
            limits=study.limits,
        )
    except SearchFailed as error:
        progress.notice(f"search: {spec.label}: {error}")
        return Searched(spec, failure=str(error))
    return Searched(spec, tuned=tuned)


def _cases(searched: Sequence[Searched]) -> list[Measured]:
    cases = []
    for item in searched:
        cases.append(Measured(item.spec, "baseline", {}))
        if item.tuned is not None:
            cases.append(Measured(item.spec, "tuned", item.tuned.params))
    return cases


def _write(
    results: Results, measured: Sequence[Measured], dataset: Dataset, folder: Path
) -> None:
    """Write results.json last: it is the sign of a whole run."""
    ok = {case.key: case for case in measured if case.status == "ok"}
    predicted = {
        key: Predicted(case.y_pred, case.probabilities)
        for key, case in ok.items()
        if case.y_pred is not None
    }
    images = None
    if dataset.info.image_shape is not None:
        pairs = [
            (
                predicted[f"{spec.name}/baseline"].labels,
                predicted[f"{spec.name}/tuned"].labels,
            )
            for spec in results.study.models
            if {f"{spec.name}/baseline", f"{spec.name}/tuned"} <= set(predicted)
        ]
        images = differing_images(dataset.X_test, pairs)
        weights = {
            key: case.weights for key, case in ok.items() if case.weights is not None
        }
        if weights:
            write_weights(folder / WEIGHTS, weights)
    write_predictions(
        folder / PREDICTIONS, dataset.test_index, dataset.y_test, predicted, images
    )
    dump(results, folder / RESULTS)


def _train_rows(y: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Choose the training rows that are scored: all, or a stratified sample."""
    from sklearn.utils import resample

    rows = np.arange(len(y))
    if len(y) <= TRAIN_ROWS:
        return rows
    # train_test_split would demand two rows of each class, and as many left over.
    chosen: NDArray[np.int64] = resample(
        rows, replace=False, n_samples=TRAIN_ROWS, stratify=y, random_state=seed
    )
    return np.sort(chosen)


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
