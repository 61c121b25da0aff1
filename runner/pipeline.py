"""run_study(): the only file with the order of a run.

data -> search -> quality -> rounds of timing -> results
"""

import math
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from tunecard.runner import assemble, models, quality
from tunecard.runner.assemble import Searched
from tunecard.runner.clock.measure import BenchSettings, MeasuredCase
from tunecard.runner.clock.rounds import Rounds, first_passes, run_rounds
from tunecard.runner.clock.stopwatch import Stopwatch
from tunecard.runner.datasets import Dataset
from tunecard.runner.errors import SearchFailed
from tunecard.runner.host import machine
from tunecard.runner.host.clocks import monotonic
from tunecard.runner.host.cores import logical_cores
from tunecard.runner.internals import openmp_threads
from tunecard.runner.metrics import Codes
from tunecard.runner.models import origins
from tunecard.runner.parts import SeedSplit, have_own_rows, parts_of
from tunecard.runner.processes.template import CLOCK, SEARCH, Fork, Templates
from tunecard.runner.progress import Progress
from tunecard.runner.schema import (
    OUT_OF_FOLD,
    PREDICTIONS,
    RESULTS,
    SCHEMA_VERSION,
    WEIGHTS,
    Cut,
    Environment,
    ModelSpec,
    Params,
    Results,
    Split,
    Study,
    Variant,
    dump,
)
from tunecard.runner.search import backends, n_steps, tune
from tunecard.runner.search.cluster import Cluster
from tunecard.runner.store import resume
from tunecard.runner.store.journal import Checkpoint, NullCheckpoint, PrefixedCheckpoint
from tunecard.runner.store.out_of_fold import write_out_of_fold
from tunecard.runner.store.predictions import (
    PredictedRows,
    error_images,
    write_tables,
    write_weights,
)

_PAGE_SECONDS = 3.0  # for the results and the page, at the end
WORK = ".work"  # in the run folder: arrays and jobs, removed at the end


@dataclass(frozen=True)
class RunContext:
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
        When the run began, UTC, ISO 8601; for a resumed run, when it first began.
    now : callable
        The time of day, UTC.
    memory : Checkpoint
        What is finished already, and where to note what gets finished.
    n_sessions : int
        How often the run was started or went on, this time included.
    load : callable or None
        Loads the data as a seed splits it; for a study of several seeds.
    scheduler : str or None
        Address of the cluster that does the searches; None for this machine.
    cuts : mapping
        What a budget cut of the searches, by model.
    deadline : float or None
        When a budget of the whole run is used up, on the machine's monotonic clock.
    publish : callable or None
        Called with the run folder when quality is written and the times are still to
        come; None where nobody needs them apart.
    """

    run_id: str
    folder: Path
    command: str
    jobs: int
    environment: Environment
    started: str
    now: Callable[[], datetime]
    memory: Checkpoint = field(default_factory=NullCheckpoint)
    n_sessions: int = 1
    load: Callable[[int], Dataset] | None = None
    scheduler: str | None = None
    cuts: Mapping[str, Cut] = field(default_factory=dict)
    deadline: float | None = None
    publish: Callable[[Path], object] | None = None

    def seconds_left(self) -> float:
        """Return what the budget of the whole run leaves for timing; a second at least."""
        if self.deadline is None:
            return math.inf
        return max(self.deadline - monotonic() - _PAGE_SECONDS, 1.0)


def run_study(
    study: Study, dataset: Dataset, run: RunContext, progress: Progress
) -> Results:
    """Run a study and write its results.

    Parameters
    ----------
    study : Study
        From `prepare`.
    dataset : Dataset
        Its data.
    run : RunContext
        Where, as what, with how many processes.
    progress : Progress
        Progress reporter.

    Returns
    -------
    Results
        Also written to ``run.folder``, beside predictions.parquet.

    Raises
    ------
    TunecardError
        If the folder cannot be written; what is finished stands in
        ``run.memory``. A case that fails is not an error but a row in the results.
    """
    watch = Stopwatch()
    work = run.folder / WORK
    timed = study.timing.enabled
    # Times from before a reboot do not stand beside times from after it.
    boot = PrefixedCheckpoint(run.memory, resume.boot(run.environment.boot_id))
    with _templates(study, threads=1, base=SEARCH) as templates:
        templates.prepare()
        parts = parts_of(study, dataset, work / "data", run.load)
        watch.lap("data on disk")
        searched = []
        with backends.connected(run.scheduler) as cluster:
            for part in parts:
                for spec in study.models:
                    fork = partial(templates.fork_quietly, spec.name)
                    searched.append(
                        _run_search(spec, study, part, run, progress, cluster, fork)
                    )
                    watch.lap(f"search: {spec.label}")
        _write_outputs(searched, parts, dataset, run.folder)
        bench = _bench(study, work)
        cases = _make_cases(searched, parts)
        forking = replace(bench, templates=templates)
        done = first_passes(cases, forking, boot, progress, timed=timed)
    watch.split(done.spent)
    whole = _Whole(study, dataset, run, tuple(parts), tuple(searched), watch)
    if timed:
        with _templates(study, threads=bench.threads, base=CLOCK) as templates:
            templates.prepare()
            if run.publish is not None:
                whole.write(done, assemble.IN_PROGRESS, in_progress=True)
                run.publish(run.folder)
                watch.lap("page without times")
            budget = min(study.timing.budget, run.seconds_left())
            forking = replace(bench, templates=templates)
            # Outer splits ask how well a procedure does; what it costs one of them shows.
            once = study.split.n_outer > 1
            first = [case for case in done.cases if not once or case.seed == study.seed]
            others = [case for case in done.cases if once and case.seed != study.seed]
            done = run_rounds(first, forking, boot, progress, budget=budget)
            done = done._replace(cases=[*done.cases, *others])
            watch.split(done.spent)
    progress.stage("results", 1)
    results = whole.write(done, None if timed else assemble.NOT_TIMED)
    shutil.rmtree(work, ignore_errors=True)
    progress.step("written")
    return results


def _bench(study: Study, work: Path) -> BenchSettings:
    """Return what all workers share."""
    return BenchSettings(
        data=work / "data",
        work=work,
        seed=study.seed,
        threads=logical_cores(),
        case_seconds=study.limits.case_seconds,
        memory=study.limits.memory,
        metrics=study.metric_names,
    )


def _templates(study: Study, *, threads: int, base: tuple[str, ...]) -> Templates:
    """Make the templates of a study's models; none starts before it is needed."""
    imports = {spec.name: origins.modules_of(spec) for spec in study.models}
    path = tuple(str(Path(entry).absolute()) for entry in sys.path)
    return Templates(imports, os.environ, threads=threads, path=path, base=base)


@dataclass(frozen=True)
class _Whole:
    """What the results are made of, the measured cases aside."""

    study: Study
    dataset: Dataset
    run: RunContext
    parts: tuple[SeedSplit, ...]
    searched: tuple[Searched, ...]
    watch: Stopwatch

    def _why_untimed(self, case: MeasuredCase, untimed: str | None) -> str | None:
        """Return why a case is not timed; None where it is."""
        split = self.study.split
        if untimed is None and split.n_outer > 1 and case.seed != self.study.seed:
            return assemble.TIMED_ONCE
        return untimed

    def write(
        self, done: Rounds, untimed: str | None, *, in_progress: bool = False
    ) -> Results:
        """Write the results of cases that have their rounds, or none yet."""
        study, run, searched = self.study, self.run, self.searched
        of_seed = {part.seed: part for part in self.parts}
        cases = [
            assemble.case_row(
                case, study, of_seed[case.seed], self._why_untimed(case, untimed)
            )
            for case in done.cases
        ]
        cases += [assemble.never_tuned(item, study) for item in searched if item.failure]
        tuned = [item.tuned for item in searched if item.tuned]
        self.watch.lap("scoring")
        results = Results(
            schema_version=SCHEMA_VERSION,
            run_id=run.run_id,
            started=run.started,
            finished=_iso(run.now()),
            wall_seconds=self.watch.total(),
            n_sessions=run.n_sessions,
            command=run.command,
            study=study.without_content(),
            dataset=self.dataset.info,
            environment=run.environment,
            metrics=quality.specs(
                self.dataset.info.positive,
                study.metric_names,
                len(self.dataset.info.classes),
            ),
            cases=assemble.in_study_order(cases, study),
            searches=tuple(
                assemble.search_record(
                    item,
                    item.tuned,
                    study,
                    jobs=run.jobs,
                    threads=openmp_threads(),
                    cut=run.cuts.get(item.spec.name),
                )
                for item in searched
                if item.tuned
            ),
            warnings=assemble.all_warnings(searched, done.cases),
            calibrations=done.calibrations,
            stages=self.watch.stages(),
            peak_memory={
                "main": machine.resident_highest(),
                "search": max((search.peak_memory for search in tuned), default=0),
                "worker": max((case.peak_memory for case in done.cases), default=0),
            },
            splits=tuple(
                Split(seed=part.seed, dataset=part.dataset.info)
                for part in (self.parts if have_own_rows(self.parts) else ())
            ),
            in_progress=in_progress,
        )
        _write(results, done.cases, self.parts, run.folder)
        return results


def _write_outputs(
    searched: Sequence[Searched],
    parts: Sequence[SeedSplit],
    dataset: Dataset,
    folder: Path,
) -> None:
    """Write what the candidates of the searches answered out of fold, if anything."""
    of_seed = {part.seed: part for part in parts}
    outputs = [assemble.outputs_of(item, of_seed[item.seed]) for item in searched]
    kept = [each for each in outputs if each is not None]
    if kept:
        classes = tuple(label.name for label in dataset.info.classes)
        write_out_of_fold(folder / OUT_OF_FOLD, kept, classes)


def _run_search(
    spec: ModelSpec,
    study: Study,
    part: SeedSplit,
    run: RunContext,
    progress: Progress,
    cluster: Cluster | None,
    fork: Fork,
) -> Searched:
    seed = part.seed
    if spec.search is None:
        return Searched(spec, seed)
    inputs = part.inputs[spec.name]
    encoding = inputs.encoding
    # The search is handed the training rows alone.
    train = inputs.X_train, inputs.y_train
    estimator = models.build(spec, {}, seed, encoding)
    label, memory = spec.label, run.memory
    if study.repetitions:
        label, memory = f"{label}, seed {seed}", PrefixedCheckpoint(memory, f"seed {seed}")
    code = part.dataset.info.positive_code

    def rename(params: Params) -> Params:
        return models.prefixed(spec, params, encoding, seed=seed)

    n_features = train[0].shape[1]
    steps = n_steps(
        estimator, spec.search, seed, train[1], n_features, study.metric, rename
    )
    progress.stage(f"search: {label}", steps)
    try:
        tuned = tune(
            estimator,
            spec.search,
            *train,
            seed=seed,
            n_jobs=run.jobs,
            progress=progress.step,
            metric=study.metric,
            positive=None if code is None else inputs.task.labels[code],
            rename=rename,
            memory=PrefixedCheckpoint(memory, f"search {spec.name}"),
            limits=study.limits,
            cluster=cluster,
            work=run.folder / WORK / "search",
            resampling=part.dataset.resampling,
            fork=fork,
        )
    except SearchFailed as error:
        progress.notice(f"search: {label}: {error}")
        return Searched(spec, seed, failure=str(error))
    return Searched(spec, seed, tuned=tuned)


def _make_cases(
    searched: Sequence[Searched], parts: Sequence[SeedSplit]
) -> list[MeasuredCase]:
    """List the cases of all seeds; of a single one they bear no seed in their names."""
    of_seed = {part.seed: part for part in parts}
    cases = []
    for item in searched:
        spec, part = item.spec, of_seed[item.seed]
        params: dict[Variant, Params] = {"baseline": spec.given_params("baseline") or {}}
        fixed_params = spec.given_params("tuned")
        if item.tuned is not None or fixed_params is not None:
            params["tuned"] = (
                item.tuned.params if item.tuned is not None else fixed_params or {}
            )
        cases += [
            MeasuredCase(
                spec.of_variant(variant),
                variant,
                values,
                seed=item.seed,
                n_seeds=len(parts),
                data=part.folder_of(spec, variant),
                encoding=part.inputs_of(spec, variant).encoding,
            )
            for variant, values in params.items()
        ]
    return cases


def _write(
    results: Results,
    measured: Sequence[MeasuredCase],
    parts: Sequence[SeedSplit],
    folder: Path,
) -> None:
    """Write results.json last: it is the sign of a whole run."""
    ok = [case for case in measured if case.status == "ok"]
    tables = [_gather_rows(part, ok, results.study) for part in parts]
    weights = {case.key: case.weights for case in ok if case.weights is not None}
    if weights and results.dataset.image_shape is not None:
        write_weights(folder / WEIGHTS, weights)
    write_tables(folder / PREDICTIONS, tables)
    dump(results, folder / RESULTS)


def _gather_rows(
    part: SeedSplit, ok: Sequence[MeasuredCase], study: Study
) -> PredictedRows:
    """Gather the predictions of a seed's cases for its test rows."""
    outputs = {
        (case.spec.name, case.variant): (case.key, case.outputs)
        for case in ok
        if case.seed == part.seed and case.outputs is not None
    }
    y_true = part.dataset.task.encode(part.dataset.y_test)
    images = {}
    if part.dataset.info.image_shape is not None:
        by_model: dict[str, list[Codes]] = {}
        for (model, _), (_, answers) in outputs.items():
            if answers.labels is not None:
                by_model.setdefault(model, []).append(answers.labels)
        images = error_images(part.dataset.X_test, y_true, [*by_model.values()])
    return PredictedRows(
        index=part.dataset.test_index,
        y_true=y_true,
        classes=tuple(label.name for label in part.dataset.info.classes),
        cases=dict(outputs.values()),
        images=images,
        seed=part.seed if study.repetitions else None,
        unit=part.dataset.test_unit,
    )


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
