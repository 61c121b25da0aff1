"""A tiny study from data to results: what a run writes, and that it all agrees."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn import metrics as sk
from sklearn.neighbors import KNeighborsClassifier

from tunecard.report.load import load as load_run
from tunecard.runner import cases, environment, pipeline
from tunecard.runner.clock import calibration, measure, size, timing, worker
from tunecard.runner.clock.jobs import Job
from tunecard.runner.context import RunContext
from tunecard.runner.datasets import Dataset, subset
from tunecard.runner.datasets import load as load_data
from tunecard.runner.host.cores import logical_cores
from tunecard.runner.pipeline import run_study
from tunecard.runner.processes import template
from tunecard.runner.processes.process import Ended
from tunecard.runner.progress import Silent
from tunecard.runner.schema import (
    OUT_OF_FOLD,
    PREDICTIONS,
    RESULTS,
    Calibration,
    Case,
    GridSearch,
    ModelSpec,
    Results,
    SplitSpec,
    Study,
    Subset,
    Timing,
    load,
)
from tunecard.runner.store.journal import NullCheckpoint, Value

HERE = Path(__file__).parent
KNN = "sklearn.neighbors.KNeighborsClassifier"
STUDY = Study(
    name="tiny",
    title="Tiny",
    dataset="digits",
    seed=3,
    models=(
        ModelSpec(
            name="wrong",
            estimator="hostile.Raises",
        ),
        ModelSpec(
            name="hopeless",
            estimator=KNN,
            search=GridSearch(strategy="grid", folds=2, space={"n_neighbors": (0,)}),
        ),
        ModelSpec(
            name="near",
            estimator=KNN,
            params={"p": 1, "algorithm": "kd_tree"},
            search=GridSearch(
                strategy="grid",
                folds=2,
                space={"n_neighbors": (1, 9), "weights": ("uniform",)},
            ),
        ),
        ModelSpec(
            name="linear",
            estimator="sklearn.linear_model.LogisticRegression",
            params={"max_iter": 3},
        ),
    ),
    timing=Timing(budget=0.001),
)


class Notes(NullCheckpoint):
    """A memory that keeps what it is told."""

    def __init__(self) -> None:
        self.kept: dict[str, Value] = {}

    def recall(self, key: str) -> Value | None:
        """Return what was noted."""
        return self.kept.get(key)

    def record(self, key: str, value: Value) -> None:
        """Note it, as JSON holds it."""
        self.kept[key] = json.loads(json.dumps(value, allow_nan=False))


class Watcher(Silent):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.stages: list[tuple[str, int]] = []
        self.steps: dict[str, int] = {}

    def stage(self, name: str, total: int) -> None:
        """Keep a stage."""
        self.stages.append((name, total))
        self.steps[name] = 0

    def step(self, text: str) -> None:  # noqa: ARG002 # the protocol's signature
        """Count a step."""
        self.steps[self.stages[-1][0]] += 1

    def notice(self, text: str) -> None:
        """Keep a notice."""
        self.notices.append(text)


def in_this_process(
    folder: Path,
    environ: Mapping[str, str],
    *,
    threads: int,
    seconds: float,
    module: str = "tunecard.runner.clock.worker",
    **_: object,
) -> Ended:
    """Do a worker's work here: real processes are the matter of other tests."""
    if module == "tunecard.runner.clock.kernel":
        kernel = Calibration(moment="", sgemm_ns=1, copy_ns=2)
        (folder / "kernel.json").write_text(kernel.model_dump_json(), "utf-8")
    else:
        job = Job.model_validate_json((folder / "job.json").read_bytes())
        outcome = worker.run(job, folder)
        (folder / "outcome.json").write_text(outcome.model_dump_json(), "utf-8")
    return Ended("ok", peak_memory=2**20)


def all_in_this_process(
    jobs: Sequence[tuple[Path, str | None]], environ: Mapping[str, str], **options: Any
) -> Iterator[tuple[int, Ended, float]]:
    """Do the work of several workers here, one after another."""
    run_worker: Callable[..., Ended] = vars(measure)["run_worker"]  # as it is patched now
    for number, (folder, _) in enumerate(jobs):
        yield number, run_worker(folder, environ, **options), 0.0


@pytest.fixture(scope="module")
def patched() -> Iterator[pytest.MonkeyPatch]:
    """Let workers run here, with short loops, and find the hostile estimators."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure, "run_worker", in_this_process)
        patch.setattr(measure, "run_workers", all_in_this_process)
        patch.setattr(calibration, "run_worker", in_this_process)
        patch.setattr(template, "SUPPORTED", False)
        patch.setattr(timing, "LOOP_NS", 1_000_000)
        patch.setattr(timing, "SHORT_CALLS", 2)
        patch.setattr(timing, "LATENCY_CALLS", 3)
        # The heap of a test process takes long to be collected.
        patch.setattr("tunecard.runner.clock.bench.gc.collect", lambda _generation=2: 0)
        patch.syspath_prepend(str(HERE))
        yield patch


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Give 300 rows of the digits."""
    return load_data(
        "digits",
        seed=3,
        test_size=0.25,
        subset=Subset(train=200, test=100),
        data_dir=None,
        offline=True,
        notice=lambda _: None,
    )


def run(folder: Path, memory: Notes) -> RunContext:
    """Make the run of a folder, with a clock that moves a minute a reading."""
    minutes = itertools.count()
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    return RunContext(
        run_id="the-run",
        folder=folder,
        command="tunecard run tiny",
        jobs=1,
        environment=environment.describe(),
        started="2026-01-01T00:00:00Z",
        now=lambda: begin + timedelta(minutes=next(minutes)),
        memory=memory,
    )


@pytest.fixture(scope="module")
def notes() -> Notes:
    """Give the memory of the run."""
    return Notes()


@pytest.fixture(scope="module")
def watcher() -> Watcher:
    """Give who watches the run."""
    return Watcher()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the run's folder."""
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def results(
    patched: pytest.MonkeyPatch,
    dataset: Dataset,
    folder: Path,
    notes: Notes,
    watcher: Watcher,
) -> Results:
    """Run the study."""
    return run_study(STUDY, dataset, run(folder, notes), watcher)


@pytest.fixture(scope="module")
def predictions(results: Results, folder: Path) -> pd.DataFrame:
    """Read the predictions of the run."""
    return pd.read_parquet(folder / PREDICTIONS)


def case(results: Results, key: str) -> Case:
    """Return a case by its key."""
    return next(case for case in results.cases if case.key == key)


def test_the_folder_holds_results_and_predictions_alone(
    results: Results, folder: Path
) -> None:
    """What is written is what was returned, and the work folder is gone."""
    assert load(folder / RESULTS) == results
    assert {path.name for path in folder.iterdir()} == {
        RESULTS,
        PREDICTIONS,
        OUT_OF_FOLD,
        "weights.parquet",
    }


def test_out_of_fold_labels_give_the_fold_scores(results: Results, folder: Path) -> None:
    """search.parquet holds what each candidate answered, the baseline as well."""
    (record,) = results.searches
    outputs = load_run(folder).out_of_fold(record)
    assert outputs is not None
    for candidate in record.candidates:
        right = outputs.answers[candidate.index] == outputs.y_true
        shares = [right[outputs.fold == fold].mean() for fold in range(2)]
        assert candidate.scores == pytest.approx(shares, abs=1e-12)


def test_cases_stand_in_the_studys_order(results: Results) -> None:
    """Every case has its row, failed ones too, the baseline before the tuned."""
    assert [(case.key, case.status) for case in results.cases] == [
        ("wrong/baseline", "failed"),
        ("hopeless/baseline", "ok"),
        ("hopeless/tuned", "failed"),
        ("near/baseline", "ok"),
        ("near/tuned", "ok"),
        ("linear/baseline", "ok"),
    ]


def test_a_failed_case_has_its_reason_and_no_numbers(results: Results) -> None:
    """A case that failed is a row with a reason, without quality and predictions."""
    wrong = case(results, "wrong/baseline")
    assert wrong.reason == "RuntimeError: no license"
    assert wrong.quality is None
    assert wrong.timings == ()


def test_a_search_without_a_winner_is_a_failed_case(
    results: Results, watcher: Watcher
) -> None:
    """The tuned case of a search that found nothing says so, and its baseline stands."""
    hopeless = case(results, "hopeless/tuned")
    assert hopeless.reason is not None
    assert "found no winner: every one of the 1 candidates failed" in hopeless.reason
    assert "hopeless" not in {record.model for record in results.searches}
    assert any("hopeless" in notice for notice in watcher.notices)


def test_predictions_are_those_of_the_ok_cases(
    results: Results, predictions: pd.DataFrame, dataset: Dataset
) -> None:
    """One row a test sample, and columns for each case that is ok."""
    ok = [case.key for case in results.cases if case.status == "ok"]
    named = [name for name in map(str, predictions) if name.startswith("predicted:")]
    assert named == [f"predicted:{key}" for key in ok]
    np.testing.assert_array_equal(predictions["index"], dataset.test_index)
    np.testing.assert_array_equal(predictions["y_true"], dataset.y_test.astype(str))
    kinds = predictions.dtypes.astype(str).to_dict()
    assert (kinds["index"], kinds["y_true"]) == ("int64", "category")
    assert kinds["predicted:near/tuned"] == "category"
    assert kinds["probability:near/tuned:9"] == "float32"


def test_quality_can_be_computed_again_from_the_predictions(
    results: Results, predictions: pd.DataFrame
) -> None:
    """Every quality number is scikit-learn's of what is stored, to the bit."""
    y_true = predictions["y_true"].to_numpy()
    for key in ("near/baseline", "near/tuned", "linear/baseline", "hopeless/baseline"):
        quality = case(results, key).quality
        assert quality is not None
        y_pred = predictions[f"predicted:{key}"].to_numpy()
        found = quality.test
        assert found["accuracy"] == sk.accuracy_score(y_true, y_pred)
        for name, score in (
            ("precision", sk.precision_score),
            ("recall", sk.recall_score),
            ("f1", sk.f1_score),
        ):
            for average in ("macro", "weighted"):
                expected = score(y_true, y_pred, average=average, zero_division=0)
                assert found[f"{name}_{average}"] == expected
        columns = [f"probability:{key}:{code}" for code in range(10)]
        shares = predictions[columns].to_numpy()
        assert found["log_loss"] == sk.log_loss(y_true, shares, labels=list("0123456789"))


def test_a_tuned_case_is_the_estimator_that_the_search_chose(
    results: Results, dataset: Dataset, predictions: pd.DataFrame
) -> None:
    """Test labels of the tuned case are scikit-learn's for the winner's parameters."""
    (search,) = results.searches
    chosen = search.candidates[search.best].params
    own: dict[str, Any] = {"p": 1, "algorithm": "kd_tree"}
    assert case(results, "near/tuned").params == {**own, **chosen}
    model = KNeighborsClassifier(**own, **chosen).fit(dataset.X_train, dataset.y_train)
    np.testing.assert_array_equal(
        predictions["predicted:near/tuned"], model.predict(dataset.X_test).astype(str)
    )


def test_the_search_is_recorded_whole(results: Results) -> None:
    """Method, folds, fits and the baseline's row of the search stand in the results."""
    (search,) = results.searches
    assert (search.model, search.method, search.strategy) == (
        "near",
        "shared-neighbors",
        "grid",
    )
    assert search.folds == ((100, 100), (100, 100))
    assert (search.n_fits, len(search.candidates), search.seed) == (4, 3, 3)


def test_the_search_never_sees_a_test_row(
    patched: pytest.MonkeyPatch, dataset: Dataset, tmp_path: Path
) -> None:
    """What is handed to the search are the training rows, and those alone.

    What it keeps on the disk meanwhile goes where the next sitting or the end clears it.
    """
    seen: list[tuple[NDArray[Any], NDArray[Any]]] = []

    def spy(_estimator: object, _search: object, X: Any, y: Any, **options: object) -> None:
        seen.append((np.array(X), np.array(y)))
        assert options["work"] == tmp_path / ".work" / "search"
        raise KeyboardInterrupt

    study = STUDY.model_copy(update={"models": STUDY.models[2:3]})
    with patched.context() as patch:
        patch.setattr(pipeline, "tune", spy)
        with pytest.raises(KeyboardInterrupt):
            run_study(study, dataset, run(tmp_path, Notes()), Watcher())
    ((X, y),) = seen
    np.testing.assert_array_equal(X, dataset.X_train)
    np.testing.assert_array_equal(y, dataset.y_train)
    rows = {row.tobytes() for row in X}
    assert not any(row.tobytes() in rows for row in dataset.X_test)


def test_warnings_stand_once_with_their_number(results: Results) -> None:
    """A warning of many fits is one row, with the number of times it was raised."""
    found = [item for item in results.warnings if item.category == "ConvergenceWarning"]
    (warning,) = found
    assert (warning.model, warning.variant, warning.where) == ("linear", "baseline", "fit")
    timed = [t for t in case(results, "linear/baseline").timings if t.operation == "fit"]
    assert warning.count >= sum(sample.loops for t in timed for sample in t.samples)
    assert case(results, "linear/baseline").converged is False


def test_rounds_are_at_least_three(results: Results) -> None:
    """A budget of nothing still makes three rounds; each has its place in the order."""
    for key in ("near/baseline", "near/tuned"):
        assert [t.round for t in case(results, key).timings] == [1, 1, 2, 2, 3, 3]
    places = {t.round: set[int]() for item in results.cases for t in item.timings}
    for item in results.cases:
        for t in item.timings:
            places[t.round].add(t.position)
    # Five cases; the one that failed in round 1 keeps its place and is passed over.
    assert all(len(found) == 4 and found < set(range(5)) for found in places.values())


def test_the_kernel_is_timed_at_the_start_and_at_the_end(results: Results) -> None:
    """The machine's own speed is known around the rounds, however slow it is."""
    moments = [item.moment for item in results.calibrations]
    assert (moments[0], moments[-1]) == ("start", "round 3")


def test_progress_promises_what_comes(results: Results, watcher: Watcher) -> None:
    """Every stage has as many steps as it was begun with."""
    assert dict(watcher.stages) == watcher.steps


def test_python_lines_stand_with_each_case(results: Results) -> None:
    """Each case can be built again by copying its lines."""
    chosen = results.searches[0].candidates[results.searches[0].best].params
    lines = case(results, "near/tuned").python
    assert lines[0] == "from sklearn.neighbors import KNeighborsClassifier"
    assert f"n_neighbors={chosen['n_neighbors']}" in lines[1]
    assert case(results, "hopeless/tuned").python == ()


@pytest.mark.parametrize(
    ("stop", "apart"),
    [(1, True), (3, True), (7, True), (19, True), (3, False), (15, False)],
)
def test_a_run_that_goes_on_gives_the_same(
    patched: pytest.MonkeyPatch,
    results: Results,
    dataset: Dataset,
    folder: Path,
    tmp_path: Path,
    stop: int,
    *,
    apart: bool,
) -> None:
    """Stopped at any worker, a run goes on: nothing twice, and the same results."""
    started: list[str] = []

    def counted(folder: Path, *arguments: Any, **options: Any) -> Ended:
        started.append(folder.name)
        if len(started) == stop:
            raise KeyboardInterrupt
        return in_this_process(folder, *arguments, **options)

    notes = Notes()
    with patched.context() as patch:
        patch.setattr(measure, "run_worker", counted)
        if not apart:
            patch.setattr(size, "LITTLE", 0)
        with pytest.raises(KeyboardInterrupt):
            run_study(STUDY, dataset, run(tmp_path, notes), Watcher())
        again = run_study(STUDY, dataset, run(tmp_path, notes), Watcher())
    stopped = started.pop(stop - 1)
    assert started.count(stopped) == 1
    # Five cases answer, one of which fails; the others have cold calls, and three rounds.
    assert len(set(started)) == len(started) == 5 + 4 * apart + 4 * 3
    for ours, unbroken in zip(again.cases, results.cases, strict=True):
        same = {"model", "status", "reason", "params", "quality", "python", "converged"}
        assert ours.model_dump(include=same) == unbroken.model_dump(include=same)
    assert [row.scores for row in again.searches[0].candidates] == [
        row.scores for row in results.searches[0].candidates
    ]
    outputs = [(place / OUT_OF_FOLD).read_bytes() for place in (tmp_path, folder)]
    assert outputs[0] == outputs[1]
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / PREDICTIONS), pd.read_parquet(folder / PREDICTIONS)
    )


def test_without_timing_quality_is_all_there_is(
    results: Results, dataset: Dataset, tmp_path: Path
) -> None:
    """Quality is that of a timed run; each time is missing, with its reason."""
    study = STUDY.model_copy(update={"timing": Timing(enabled=False)})
    quick = run_study(study, dataset, run(tmp_path, Notes()), Watcher())
    assert load(tmp_path / RESULTS) == quick
    assert [c.quality for c in quick.cases] == [c.quality for c in results.cases]
    assert quick.calibrations == ()
    assert not any(stage.name.startswith("timing") for stage in quick.stages)
    for item in quick.cases:
        assert (item.timings, item.latencies) == ((), ())
        assert ("timings" in item.unmeasured) == (item.status == "ok")


@pytest.mark.parametrize(
    ("repeats", "most", "little", "expected"),
    [
        (1, 10**6, 10**6, (logical_cores(), 3)),
        (1, 10**3, 10**6, (logical_cores(), 1)),
        (2, 10**3, 10**6, (1, 3)),
        (2, 10**3, 10**3, (logical_cores(), 1)),
    ],
)
def test_untimed_cases_run_side_by_side_where_threads_are_of_no_use(
    dataset: Dataset,
    monkeypatch: pytest.MonkeyPatch,
    repeats: int,
    most: int,
    little: int,
    expected: tuple[int, int],
) -> None:
    """Threads of a case and cases at once: small fits of several splits have one thread."""
    monkeypatch.setattr(size, "ONE_THREAD", most)
    monkeypatch.setattr(size, "LITTLE", little)
    split = SplitSpec(kind="repeated", repeats=repeats) if repeats > 1 else SplitSpec()
    study = STUDY.model_copy(update={"split": split})
    assert cases.untimed_threads(study, dataset, 3) == expected


@pytest.mark.parametrize("apart", [True, False])
def test_quality_is_written_before_anything_is_timed(
    patched: pytest.MonkeyPatch,
    results: Results,
    dataset: Dataset,
    tmp_path: Path,
    *,
    apart: bool,
) -> None:
    """A stop between quality and times leaves whole results, and costs no case a pass.

    Where fits are little work nothing has been timed by then, else the first calls alone.
    """
    early: list[Results] = []

    def publish(folder: Path) -> None:
        early.append(load(folder / RESULTS))
        if len(early) == 1:
            raise KeyboardInterrupt

    notes = Notes()
    context = replace(run(tmp_path, notes), publish=publish)
    with patched.context() as patch:
        if not apart:
            patch.setattr(size, "LITTLE", 0)
        with pytest.raises(KeyboardInterrupt):
            run_study(STUDY, dataset, context, Watcher())
        kept = dict(notes.kept)
        whole = run_study(STUDY, dataset, context, Watcher())
    assert any("cold" in key for key in notes.kept) is apart
    assert not any("cold" in key for key in kept)
    assert {key: notes.kept[key] for key in kept} == kept
    assert [(c.quality, c.timings) for c in early[0].cases] == [
        (c.quality, ()) for c in results.cases
    ]
    assert [state.in_progress for state in (*early, whole)] == [True, True, False]
    assert all(c.timings for c in whole.cases if c.status == "ok")


def test_labels_that_were_lost_are_predicted_again(
    results: Results, dataset: Dataset, notes: Notes, tmp_path: Path, folder: Path
) -> None:
    """Where round 1 is remembered but its labels are gone, it is run again."""
    run_study(STUDY, dataset, run(tmp_path, notes), Watcher())
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / PREDICTIONS), pd.read_parquet(folder / PREDICTIONS)
    )


def test_many_training_rows_are_scored_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """A seeded, stratified part is scored, also where a class has one row."""
    monkeypatch.setattr(subset, "TRAIN_ROWS", 50)
    y = np.repeat([0, 1, 2], [40, 11, 1])
    rows = subset.scored_rows(y, seed=0)  # no run of this size in a test
    assert len(rows) == len(set(rows.tolist())) == 50
    assert abs(np.count_nonzero(y[rows] == 0) - 50 * 40 / 52) < 2
    np.testing.assert_array_equal(rows, subset.scored_rows(y, seed=0))
