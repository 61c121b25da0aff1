"""prepare() and run_study(): the only file that knows the order of a run.

study -> data -> search -> rounds -> quality -> results
"""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner import config, environment, machine, metrics, models, timing
from runner.datasets import Dataset
from runner.errors import DataUnreachable, SearchFailed
from runner.measure import Bench, Measured, round_cost, run_round, write_arrays
from runner.predictions import Predicted, write_predictions
from runner.progress import Progress
from runner.schema import (
    PREDICTIONS,
    RESULTS,
    SCHEMA_VERSION,
    CapturedWarning,
    Case,
    ModelSpec,
    Results,
    SearchRecord,
    Stage,
    Study,
    Subset,
    dump,
)
from runner.search import tune
from runner.search.tune import Tuned, n_steps

HOME_STUDY, FALLBACK_STUDY = "mnist", "digits"
QUICK = {"mnist": Subset(train=6_000, test=1_000)}
TRAIN_ROWS = 10_000  # training rows that are scored, at the most


@dataclass(frozen=True)
class Run:
    """What the front door decides for a run.

    Attributes
    ----------
    run_id : str
        The run's name.
    folder : Path
        Where results.json and predictions.parquet go.
    command : str
        The command line that runs the same study again.
    jobs : int
        Parallel processes of a search.
    now : callable
        The time of day, UTC.
    """

    run_id: str
    folder: Path
    command: str
    jobs: int
    now: Callable[[], datetime]


@dataclass(frozen=True)
class _Searched:
    """A model after its search: what was found, or why nothing was."""

    spec: ModelSpec
    tuned: Tuned | None = None
    failure: str | None = None


class _Stopwatch:
    """Wall seconds of each stage, in the order they came."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._last = self._start
        self._seconds: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """Book the time since the last lap under a name."""
        now = time.perf_counter()
        self._seconds[name] = self._seconds.get(name, 0.0) + now - self._last
        self._last = now

    def total(self) -> float:
        return time.perf_counter() - self._start

    def stages(self) -> tuple[Stage, ...]:
        return tuple(Stage(name=n, wall_seconds=s) for n, s in self._seconds.items())


def prepare(
    name: str | None,
    *,
    quick: bool,
    load: Callable[[Study, str | None], Dataset],
    progress: Progress,
) -> tuple[Study, Dataset]:
    """Choose the study and load its data, before anything long.

    Parameters
    ----------
    name : str or None
        A shipped study or a file; None for MNIST, with digits in its place
        where MNIST is out of reach.
    quick : bool
        Whether to take a stratified subset of a large dataset.
    load : callable
        Loads a study's data; told why it is a fallback, or None.
    progress : Progress
        Who watches.

    Returns
    -------
    Study, Dataset
        The effective study, checked, and its data.

    Raises
    ------
    TunecardError
        If the study is wrong, or the data of a study that was named is not to
        be had.
    """
    study = _effective(config.load_study(name or HOME_STUDY), quick=quick)
    models.check(study)
    progress.stage("data", 1)
    try:
        dataset = load(study, None)
    except DataUnreachable as error:
        if name is not None:
            raise
        progress.notice(
            f"{error}\nGoing on with scikit-learn's embedded digits: NOT MNIST."
        )
        study = _effective(config.load_study(FALLBACK_STUDY), quick=quick)
        dataset = load(study, "MNIST is out of reach from here")
    progress.step(f"{dataset.info.title}: {dataset.info.source}")
    return study, dataset


def _effective(study: Study, *, quick: bool) -> Study:
    subset = QUICK.get(study.dataset) if quick else None
    return study.model_copy(update={"subset": subset}) if subset else study


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
        If the folder cannot be written. A case that fails is no error but a
        row in the results.
    """
    watch = _Stopwatch()
    started = run.now()
    work = run.folder / ".work"
    try:
        train_rows = _train_rows(dataset.y_train, study.seed)
        write_arrays(
            work / "data",
            {
                "X_train": dataset.X_train,
                "y_train": dataset.y_train,
                "X_test": dataset.X_test,
                "train_rows": train_rows,
            },
        )
        # From here on the features are read from disk, shared by all processes.
        X_train = np.load(work / "data" / "X_train.npy", mmap_mode="r")
        dataset = replace(dataset, X_train=X_train, X_test=np.empty((0, 0), np.float32))
        watch.lap("data")
        # The search is handed the training rows alone.
        searched = [
            _search(spec, study, X_train, dataset.y_train, run.jobs, progress)
            for spec in study.models
        ]
        watch.lap("search")
        bench = Bench(
            data=work / "data",
            work=work,
            seed=study.seed,
            n_classes=len(dataset.info.classes),
            threads=environment.logical_cores(),
            case_seconds=study.limits.case_seconds,
            memory=study.limits.memory,
        )
        measured = _measure(_cases(searched), study, bench, progress)
        watch.lap("timing and predicting")
        progress.stage("results", 1)
        cases = tuple(_case(case, study, dataset, train_rows) for case in measured)
        cases += tuple(_never_tuned(s, study) for s in searched if s.failure is not None)
        watch.lap("scoring")
        results = Results(
            schema_version=SCHEMA_VERSION,
            run_id=run.run_id,
            started=_iso(started),
            finished=_iso(run.now()),
            wall_seconds=watch.total(),
            command=run.command,
            study=study,
            dataset=dataset.info,
            environment=environment.describe(),
            metrics=tuple(metrics.METRICS.values()),
            cases=_in_study_order(cases, study),
            searches=tuple(
                _record(s.spec, s.tuned, study, run.jobs) for s in searched if s.tuned
            ),
            warnings=_warnings(searched, measured),
            stages=watch.stages(),
            peak_memory={
                "main": machine.resident_highest(),
                "search": max(
                    (s.tuned.peak_memory for s in searched if s.tuned), default=0
                ),
                "worker": max((case.peak_memory for case in measured), default=0),
            },
        )
        _write(results, measured, dataset, run.folder)
        progress.step("written")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return results


def _search(
    spec: ModelSpec,
    study: Study,
    X: NDArray[np.float32],
    y: NDArray[np.int64],
    jobs: int,
    progress: Progress,
) -> _Searched:
    if spec.search is None:
        return _Searched(spec)
    estimator = models.build(spec, {}, study.seed)
    progress.stage(f"search: {spec.label}", n_steps(estimator, spec.search, study.seed))
    try:
        tuned = tune(
            estimator,
            spec.search,
            X,
            y,
            seed=study.seed,
            n_jobs=jobs,
            progress=progress.step,
            metric=study.metric,
            rename=lambda params: models.prefixed(spec, params),
        )
    except SearchFailed as error:
        progress.notice(f"search: {spec.label}: {error}")
        return _Searched(spec, failure=str(error))
    return _Searched(spec, tuned=tuned)


def _cases(searched: Sequence[_Searched]) -> list[Measured]:
    cases = []
    for item in searched:
        cases.append(Measured(item.spec, "baseline", {}))
        if item.tuned is not None:
            cases.append(Measured(item.spec, "tuned", item.tuned.params))
    return cases


def _measure(
    cases: Sequence[Measured], study: Study, bench: Bench, progress: Progress
) -> list[Measured]:
    """Run the rounds: the first tells how many there will be."""
    state = {case.key: case for case in cases}

    def one(number: int, name: str) -> None:
        for position, key in enumerate(timing.order(list(state), number, study.seed)):
            state[key] = run_round(state[key], number, position, bench)
            progress.step(f"{name}: {state[key].spec.label}, {state[key].variant}")

    progress.stage("timing: round 1", len(state))
    one(1, "round 1")
    first = sum(round_cost(case) for case in state.values())
    n_rounds = timing.rounds(study.timing.budget, first)
    progress.stage(f"timing: rounds 2 to {n_rounds}", len(state) * (n_rounds - 1))
    for number in range(2, n_rounds + 1):
        one(number, f"round {number} of {n_rounds}")
    return [state[case.key] for case in cases]


def _case(
    case: Measured, study: Study, dataset: Dataset, train_rows: NDArray[np.int64]
) -> Case:
    quality = None
    if case.status == "ok" and case.y_pred is not None and case.y_train_pred is not None:
        quality = metrics.quality(
            dataset.y_test,
            case.y_pred,
            case.probabilities,
            tuple(item.name for item in dataset.info.classes),
            (dataset.y_train[train_rows], case.y_train_pred),
        )
    outcome = case.outcome
    return Case(
        model=case.spec.name,
        variant=case.variant,
        seed=study.seed,
        status=case.status,
        reason=case.reason,
        stderr_tail=case.stderr_tail,
        params={**case.spec.params, **case.params},
        python=models.python_lines(case.spec, case.params, study.seed),
        converged=outcome.converged if outcome else None,
        n_iter=outcome.n_iter if outcome else None,
        max_iter=outcome.max_iter if outcome else None,
        elapsed=case.elapsed,
        peak_memory=case.peak_memory or None,
        model_bytes=outcome.model_bytes if outcome else None,
        threads=outcome.threads if outcome else None,
        quality=quality,
        timings=case.rounds,
    )


def _never_tuned(item: _Searched, study: Study) -> Case:
    """Make the row of a tuned case that does not exist, because its search failed."""
    return Case(
        model=item.spec.name,
        variant="tuned",
        seed=study.seed,
        status="failed",
        reason=f"the search found no winner: {item.failure}",
        params={},
        python=(),
        elapsed=0.0,
    )


def _in_study_order(cases: Sequence[Case], study: Study) -> tuple[Case, ...]:
    names = [spec.name for spec in study.models]
    return tuple(sorted(cases, key=lambda case: (names.index(case.model), case.variant)))


def _record(spec: ModelSpec, tuned: Tuned, study: Study, jobs: int) -> SearchRecord:
    shared = tuned.method == "shared-neighbours"
    assert spec.search is not None  # it was tuned
    return SearchRecord(
        model=spec.name,
        seed=study.seed,
        strategy=spec.search.strategy,
        metric=study.metric,
        method="shared-neighbours" if shared else "parallel",
        folds=tuned.folds,
        candidates=tuned.candidates,
        best=tuned.best,
        n_fits=(len(tuned.candidates) - 1) * len(tuned.folds),
        jobs=1 if shared else jobs,
        threads=environment.logical_cores() if shared else 1,
        cpu_seconds=tuned.cpu_seconds,
        wall_seconds=tuned.wall_seconds,
        shared_cpu_seconds=tuned.shared_cpu_seconds,
        n_rows_asked_again=tuned.n_rows_asked_again,
        peak_memory=tuned.peak_memory,
    )


def _warnings(
    searched: Sequence[_Searched], measured: Sequence[Measured]
) -> tuple[CapturedWarning, ...]:
    """Gather the warnings, each once with its count."""
    found: dict[tuple[str, ...], CapturedWarning] = {}

    def add(item: CapturedWarning) -> None:
        key = (item.where, item.model, item.variant or "", item.category, item.message)
        count = item.count + (found[key].count if key in found else 0)
        found[key] = item.model_copy(update={"count": count})

    for search in searched:
        for (category, message), count in (
            search.tuned.warnings if search.tuned else {}
        ).items():
            add(
                CapturedWarning(
                    where="search",
                    model=search.spec.name,
                    variant=None,
                    category=category,
                    message=message,
                    count=count,
                )
            )
    for case in measured:
        for warning in case.warnings:
            add(
                CapturedWarning(
                    model=case.spec.name, variant=case.variant, **warning.model_dump()
                )
            )
    return tuple(found.values())


def _write(
    results: Results, measured: Sequence[Measured], dataset: Dataset, folder: Path
) -> None:
    """Write the predictions first: a results.json is the sign of a whole run."""
    write_predictions(
        folder / PREDICTIONS,
        dataset.test_index,
        dataset.y_test,
        {
            case.key: Predicted(case.y_pred, case.probabilities)
            for case in measured
            if case.status == "ok" and case.y_pred is not None
        },
    )
    dump(results, folder / RESULTS)


def _train_rows(y: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Choose the training rows that are scored: all, or a stratified sample."""
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(y))
    if len(y) <= TRAIN_ROWS:
        return rows
    chosen, _ = train_test_split(rows, train_size=TRAIN_ROWS, stratify=y, random_state=seed)
    return np.sort(chosen)


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
