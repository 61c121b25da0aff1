"""A study of several seeds: everything once with each, nothing of two seeds mixed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from sklearn.metrics import accuracy_score

from tests.test_runner.test_pipeline import Notes, all_in_this_process, in_this_process
from tunecard.runner import environment
from tunecard.runner.clock import calibration, measure, timing
from tunecard.runner.context import RunContext
from tunecard.runner.datasets import Dataset
from tunecard.runner.datasets import load as load_data
from tunecard.runner.metrics import Outputs
from tunecard.runner.pipeline import run_study
from tunecard.runner.processes import template
from tunecard.runner.progress import Silent
from tunecard.runner.schema import (
    PREDICTIONS,
    RESULTS,
    Distribution,
    GridSearch,
    ModelSpec,
    RandomSearch,
    Results,
    Study,
    Subset,
    Timing,
    load,
)
from tunecard.runner.store.predictions import PredictedRows, write_tables

KNN = "sklearn.neighbors.KNeighborsClassifier"
STUDY = Study(
    name="seeds",
    title="Seeds",
    dataset="digits",
    seeds=(3, 5),
    subset=Subset(train=200, test=60),
    models=(
        ModelSpec(
            name="near",
            estimator=KNN,
            search=RandomSearch(
                strategy="random",
                n_iter=3,
                folds=2,
                space={"n_neighbors": Distribution(distribution="randint", low=1, high=50)},
            ),
        ),
        ModelSpec(
            name="tree",
            estimator="sklearn.tree.DecisionTreeClassifier",
            params={"max_depth": 4},
        ),
    ),
    timing=Timing(budget=0.001),
)


def load_seed(seed: int) -> Dataset:
    """Load the study's data as a seed splits it."""
    return load_data(
        "digits",
        seed=seed,
        test_size=STUDY.test_size,
        subset=STUDY.subset,
        data_dir=None,
        offline=True,
        notice=lambda _: None,
    )


def run(study: Study, folder: Path, memory: Notes) -> Results:
    """Run a study with workers in this process."""
    folder.mkdir()
    return run_study(
        study,
        load_seed(study.seed),
        RunContext(
            run_id="seeds",
            folder=folder,
            command="tunecard run seeds.toml",
            jobs=1,
            environment=environment.describe(),
            started="2026-01-01T00:00:00Z",
            now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            memory=memory,
            load=load_seed,
        ),
        Silent(),
    )


@pytest.fixture(scope="module", autouse=True)
def _here() -> Iterator[None]:
    """Let workers run here, with short loops."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure, "run_worker", in_this_process)
        patch.setattr(measure, "run_workers", all_in_this_process)
        patch.setattr(calibration, "run_worker", in_this_process)
        patch.setattr(template, "SUPPORTED", False)
        patch.setattr(timing, "LOOP_NS", 1_000_000)
        patch.setattr(timing, "SHORT_CALLS", 2)
        patch.setattr(timing, "LATENCY_CALLS", 3)
        patch.setattr("tunecard.runner.clock.bench.gc.collect", lambda _generation=2: 0)
        yield


Both = tuple[Results, Path, Notes]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Give a run of two seeds, its folder, and what it noted."""
    folder = tmp_path_factory.mktemp("seeds") / "run"
    notes = Notes()
    return run(STUDY, folder, notes), folder, notes


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Path]:
    """Give a run of the second seed alone."""
    folder = tmp_path_factory.mktemp("single") / "run"
    alone = STUDY.model_copy(update={"seed": 5, "seeds": ()})
    return run(alone, folder, Notes()), folder


def test_every_case_has_a_row_for_each_seed(both: Both) -> None:
    """Cases are told apart by their seed, and the file is what the contract says."""
    results, folder, _ = both
    assert [case.key for case in results.cases] == [
        "near/baseline@3",
        "near/baseline@5",
        "near/tuned@3",
        "near/tuned@5",
        "tree/baseline@3",
        "tree/baseline@5",
    ]
    assert {case.status for case in results.cases} == {"ok"}
    assert load(folder / RESULTS) == results


def test_a_seed_among_others_is_that_seed_alone(
    both: Both, single: tuple[Results, Path]
) -> None:
    """Split, draws, folds, random_state and quality are those of a run of its own."""
    of_seed = {(c.model, c.variant): c for c in both[0].cases if c.seed == 5}
    for case in single[0].cases:
        among = of_seed[case.model, case.variant]
        assert (among.params, among.python) == (case.params, case.python)
        assert among.quality == case.quality
    (alone,) = single[0].searches
    (among_others,) = (record for record in both[0].searches if record.seed == 5)
    assert [c.params for c in among_others.candidates] == [
        c.params for c in alone.candidates
    ]
    assert [c.scores for c in among_others.candidates] == [
        c.scores for c in alone.candidates
    ]
    assert both[0].splits[1].dataset == single[0].dataset


def test_predictions_of_a_seed_are_those_of_its_own_run(
    both: Both, single: tuple[Results, Path]
) -> None:
    """Columns of a seed bear its name, and hold what its own run has in plain ones."""
    whole = pd.read_parquet(both[1] / PREDICTIONS)
    plain = pd.read_parquet(single[1] / PREDICTIONS)
    of_seed = {
        name.replace("@5", ""): whole[name] for name in whole.columns if "@5" in name
    }
    assert set(of_seed) == set(plain.columns)
    for name in set(plain.columns) - {"image"}:
        np.testing.assert_array_equal(of_seed[name], plain[name])
    assert "index" not in whole.columns
    assert not whole["index@3"].equals(whole["index@5"])


def test_quality_is_of_the_seed_s_own_rows(both: Both) -> None:
    """Every accuracy is computed again from the columns of its seed."""
    table = pd.read_parquet(both[1] / PREDICTIONS)
    for case in both[0].cases:
        truth = table[f"y_true@{case.seed}"]
        value = accuracy_score(truth, table[f"predicted:{case.key}"])
        assert case.quality is not None
        assert case.quality.test["accuracy"] == value


def test_all_seeds_have_the_same_rounds(both: Both) -> None:
    """The budget is for all seeds together; each case has as many rounds."""
    n_rounds = {len({timed.round for timed in case.timings}) for case in both[0].cases}
    assert n_rounds == {timing.MIN_ROUNDS}


def test_what_is_remembered_is_remembered_by_seed(both: Both, tmp_path: Path) -> None:
    """A run that goes on takes over each seed's own search and rounds."""
    results, _, notes = both
    keys = [key for key in notes.kept if "search near" in key]
    assert {key.split(" search")[0] for key in keys} == {"seed 3", "seed 5"}
    known = dict(notes.kept)
    # Round 1 leaves arrays, which the folder that was removed had.
    notes.kept = {key: value for key, value in known.items() if "round 1 " not in key}
    again = run(STUDY, tmp_path / "again", notes)
    assert [c.quality for c in again.cases] == [c.quality for c in results.cases]
    assert [s.candidates for s in again.searches] == [
        s.candidates for s in results.searches
    ]


def test_rows_of_its_own_split_are_the_same_for_all_seeds(tmp_path: Path) -> None:
    """Where the data has its own test part, seeds share the rows and nothing else."""
    study = STUDY.model_copy(update={"models": STUDY.models[:1]})
    whole = load_seed(0)
    fixed = whole.info.model_copy(update={"split": "own"})
    folder = tmp_path / "own"
    folder.mkdir()
    results = run_study(
        study,
        replace(whole, info=fixed),
        RunContext(
            run_id="own",
            folder=folder,
            command="",
            jobs=1,
            environment=environment.describe(),
            started="2026-01-01T00:00:00Z",
            now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        ),
        Silent(),
    )
    table = pd.read_parquet(folder / PREDICTIONS)
    assert results.splits == ()
    assert table["index@3"].equals(table["index@5"])
    first, second = results.searches
    assert [c.params for c in first.candidates] != [c.params for c in second.candidates]


def test_images_of_a_seed_have_a_column_of_their_own(tmp_path: Path) -> None:
    """Rows are other samples with each seed, and so are their images."""
    index = np.arange(2)
    tables = [
        PredictedRows(
            index,
            index,
            ("no", "yes"),
            {
                f"m/baseline@{seed}": Outputs(
                    index, probabilities=np.eye(2, dtype=np.float32)
                )
            },
            {seed: b"\x07"},
            seed,
        )
        for seed in (0, 1)
    ]
    write_tables(tmp_path / PREDICTIONS, tables)
    table = pd.read_parquet(tmp_path / PREDICTIONS)
    assert table["image@1"].tolist() == [None, b"\x07"]
    assert "probability:m/baseline@1:no" in table.columns


def test_seeds_are_checked() -> None:
    """Several seeds differ; a single one is no several; the first is the seed."""
    fields = {"name": "s", "title": "s", "dataset": "digits", "models": STUDY.models}
    assert Study(**fields, seeds=(7, 1)).seed == 7
    assert (Study(**fields, seeds=(7,)).seed, Study(**fields, seeds=(7,)).seeds) == (7, ())
    for wrong in ({"seeds": (1, 1)}, {"seeds": (1, 2), "seed": 3}):
        with pytest.raises(ValidationError):
            Study(**fields, **wrong)


def test_a_grid_search_of_one_seed_stays_as_it_was(tmp_path: Path) -> None:
    """With a single seed nothing bears its name: keys, columns and notes are plain."""
    spec = ModelSpec(
        name="near",
        estimator=KNN,
        search=GridSearch(strategy="grid", folds=2, space={"n_neighbors": (1, 3)}),
    )
    notes = Notes()
    study = STUDY.model_copy(update={"seeds": (), "models": (spec,)})
    results = run(study, tmp_path / "run", notes)
    assert [case.key for case in results.cases] == ["near/baseline", "near/tuned"]
    columns = pd.read_parquet(tmp_path / "run" / PREDICTIONS).columns
    assert {"index", "y_true", "predicted:near/tuned"} <= set(columns)
    assert not any("seed" in key for key in notes.kept)
