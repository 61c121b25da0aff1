"""Reading a run folder, and refusing what does not belong together."""

import dataclasses
import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import log_loss

from tests.builders import (
    KNN,
    LOGREG,
    make_run,
    predictions_table,
    with_pictures,
    write_run,
)
from tunecard.report.errors import ReadError
from tunecard.report.load import Loaded, load
from tunecard.report.load.agreement import values_in
from tunecard.runner.errors import ContractError
from tunecard.runner.metrics import Outputs
from tunecard.runner.quality import quality
from tunecard.runner.schema import PREDICTIONS, RESULTS, WEIGHTS
from tunecard.runner.store.predictions import PredictedRows, write_tables


@pytest.fixture
def run() -> Loaded:
    """A small run."""
    return make_run(n_test=40)


def test_a_run_folder_is_read_back(run: Loaded, tmp_path: Path) -> None:
    """Results, predictions and probabilities are those that were written."""
    loaded = load(write_run(run, tmp_path / "run"))
    assert loaded.results == run.results
    assert loaded.folder == tmp_path / "run"
    assert loaded.predictions is not None
    assert run.predictions is not None
    assert loaded.predictions_reason is None
    assert loaded.predictions.predicted.keys() == run.predictions.predicted.keys()
    for key, codes in run.predictions.predicted.items():
        np.testing.assert_array_equal(loaded.predictions.predicted[key], codes)
        assert loaded.predictions.predicted[key].dtype == np.int32
    np.testing.assert_array_equal(
        loaded.predictions.probability["logreg/tuned"],
        run.predictions.probability["logreg/tuned"],
    )
    assert "knn/tuned" not in loaded.predictions.probability


def test_classes_by_name_are_read_as_those_by_code(tmp_path: Path) -> None:
    """Version 1 has codes; names may hold the marks that the columns' names are made of."""
    run = make_run(n_test=40, classes=("a:0", "b@1", "0"))
    folder, predictions = write_run(run, tmp_path), run.predictions
    assert predictions is not None
    by_code = load(folder).predictions
    scores = np.linspace(-1, 1, 120, dtype=np.float32).reshape(40, 3)
    cases = {
        key: Outputs(
            codes.astype(np.int64),
            probabilities=predictions.probability.get(key),
            scores=None if key in predictions.probability else scores,
        )
        for key, codes in predictions.predicted.items()
    }
    truth = predictions.y_true.astype(np.int64)
    names = tuple(one.name for one in run.results.dataset.classes)
    rows = PredictedRows(predictions.index, truth, names, cases)
    write_tables(folder / PREDICTIONS, [rows])
    by_name = load(folder).predictions
    assert by_code is not None
    assert by_name is not None
    np.testing.assert_array_equal(by_name.y_true, by_code.y_true)
    for key, codes in by_code.predicted.items():
        np.testing.assert_array_equal(by_name.predicted[key], codes)
    for key, shares in by_code.probability.items():
        np.testing.assert_array_equal(by_name.probability[key], shares)
    np.testing.assert_array_equal(by_name.score["knn/tuned"], scores)


def test_the_path_may_be_the_results_file(run: Loaded, tmp_path: Path) -> None:
    """The predictions beside it are found all the same."""
    folder = write_run(run, tmp_path / "run")
    loaded = load(folder / RESULTS)
    assert loaded.folder == folder
    assert loaded.predictions is not None


def test_without_predictions_the_reason_is_told(run: Loaded, tmp_path: Path) -> None:
    """A results.json alone is readable."""
    folder = write_run(dataclasses.replace(run, predictions=None), tmp_path)
    loaded = load(folder)
    assert loaded.predictions is None
    assert loaded.predictions_reason is not None
    assert PREDICTIONS in loaded.predictions_reason


def test_a_failed_case_has_no_column(tmp_path: Path) -> None:
    """Its absence is no mismatch."""
    run = make_run(n_test=40, failed={"knn/tuned": ("failed", "it broke")})
    loaded = load(write_run(run, tmp_path))
    assert loaded.predictions is not None
    assert "knn/tuned" not in loaded.predictions.predicted


def test_a_folder_without_results_is_the_contracts_error(tmp_path: Path) -> None:
    """It passes through, naming the file."""
    with pytest.raises(ContractError, match=RESULTS):
        load(tmp_path)


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (
            lambda table: table.slice(0, 39),
            "has 39 rows, but the results have 40 test rows",
        ),
        (lambda table: table.drop_columns("y_true"), "has no column 'y_true'"),
        (
            lambda table: table.drop_columns("predicted:knn/tuned"),
            "has no column 'predicted:knn/tuned'",
        ),
        (
            lambda table: table.set_column(1, "y_true", [np.full(40, 4, dtype=np.int32)]),
            "column 'y_true' has codes outside 0..3",
        ),
        (
            lambda table: table.set_column(1, "y_true", [np.full(40, 0.5)]),
            "column 'y_true' is float64, but holds class codes",
        ),
        (
            lambda table: table.set_column(
                2, "predicted:knn/baseline", [np.zeros(40, dtype=np.int32)]
            ),
            "for 'knn/baseline', but the results say 0.9",
        ),
    ],
)
def test_predictions_of_another_run_are_refused(
    break_it: object, message: str, run: Loaded, tmp_path: Path
) -> None:
    """One sentence: the file, what differs, what to do."""
    assert callable(break_it)
    assert run.predictions is not None
    folder = write_run(run, tmp_path)
    pq.write_table(break_it(predictions_table(run.predictions)), folder / PREDICTIONS)
    with pytest.raises(ReadError) as caught:
        load(folder)
    assert message in str(caught.value)
    assert str(folder / PREDICTIONS) in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_file_that_is_no_parquet_is_refused(run: Loaded, tmp_path: Path) -> None:
    """With the reason on one line."""
    folder = write_run(run, tmp_path)
    (folder / PREDICTIONS).write_bytes(b"no parquet")
    with pytest.raises(ReadError, match="cannot be read as Parquet") as caught:
        load(folder)
    assert "\n" not in str(caught.value)


def test_reading_loads_pyarrow_late() -> None:
    """Importing the module leaves pyarrow alone."""
    code = "import sys, report.load; sys.exit('pyarrow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_images_and_weights_are_read_back(run: Loaded, tmp_path: Path) -> None:
    """Images come by row as height x width, weights by case as outputs x features."""
    pictured = with_pictures(run)
    loaded = load(write_run(pictured, tmp_path))
    assert loaded.predictions is not None
    assert pictured.predictions is not None
    assert loaded.predictions.images.keys() == pictured.predictions.images.keys()
    for row, image in pictured.predictions.images.items():
        np.testing.assert_array_equal(loaded.predictions.images[row], image)
    assert loaded.weights.keys() == {"logreg/baseline", "logreg/tuned"}
    for key, weights in pictured.weights.items():
        np.testing.assert_array_equal(loaded.weights[key], weights)


def test_a_run_without_images_and_weights_is_whole(run: Loaded, tmp_path: Path) -> None:
    """Older runs and tables have none: nothing is missed."""
    loaded = load(write_run(run, tmp_path))
    assert loaded.predictions is not None
    assert not loaded.predictions.images
    assert not loaded.weights


def test_images_of_another_shape_are_refused(run: Loaded, tmp_path: Path) -> None:
    """The message names the row and the size that it should have."""
    folder = write_run(with_pictures(run), tmp_path)
    table = pq.read_table(folder / PREDICTIONS)
    cells = [b"123" if cell else None for cell in table.column("image").to_pylist()]
    place = table.column_names.index("image")
    pq.write_table(table.set_column(place, "image", [cells]), folder / PREDICTIONS)
    with pytest.raises(ReadError, match="not 8 x 8 bytes"):
        load(folder)


def test_weights_of_other_features_are_refused(run: Loaded, tmp_path: Path) -> None:
    """Weights of another study do not pass for this one's."""
    weights = {"logreg/tuned": np.zeros((4, 9), dtype=np.float32)}
    folder = write_run(dataclasses.replace(run, weights=weights), tmp_path)
    with pytest.raises(ReadError, match=r"9 weights .* 64 features") as error:
        load(folder)
    assert WEIGHTS in str(error.value)


def _quality(run: Loaded, **update: object) -> Loaded:
    """Change the quality of the first case."""
    first, *rest = run.results.cases
    assert first.quality is not None
    changed = first.model_copy(update={"quality": first.quality.model_copy(update=update)})
    results = run.results.model_copy(update={"cases": (changed, *rest)})
    return dataclasses.replace(run, results=results)


@pytest.mark.parametrize("name", ["f1_macro", "log_loss", "brier", "roc_auc"])
def test_a_metric_that_its_rows_contradict_is_refused(name: str, tmp_path: Path) -> None:
    """Metrics of labels, of probabilities and of ranks are computed again when read."""
    run = make_run(n_test=60, models=(LOGREG,), probabilities=("logreg",))
    quality = run.results.cases[0].quality
    assert quality is not None
    load(write_run(run, tmp_path / "right"))
    stored = quality.test[name]
    assert stored is not None
    wrong = _quality(run, test={**quality.test, name: stored * 0.99})
    with pytest.raises(ReadError, match=f"gives {name} .* for 'logreg/baseline', but"):
        load(write_run(wrong, tmp_path / "wrong"))


def test_a_class_that_its_rows_contradict_is_refused(tmp_path: Path) -> None:
    """Precision, recall, F1 and support of each class follow from the rows as well."""
    run = make_run(n_test=60, models=(KNN,))
    quality = run.results.cases[0].quality
    assert quality is not None
    first, *rest = quality.per_class
    wrong = _quality(run, per_class=(first.model_copy(update={"recall": 0.5}), *rest))
    with pytest.raises(ReadError, match=r"gives recall of '0' .* but the results say 0\.5"):
        load(write_run(wrong, tmp_path))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_loss_of_certain_answers_is_scikit_learns(kind: type[np.floating[Any]]) -> None:
    """It takes a probability of 1 for a little less: in single precision by 1.19e-07."""
    truth = np.arange(60) % 3
    certain = np.eye(3)[truth]
    certain[0] = 1 - 2**-10, 2**-11, 2**-11
    stored = float(log_loss(truth, certain.astype(kind)))
    answered = Outputs(truth, probabilities=certain.astype(np.float32))
    computed = values_in(truth, answered, "log_loss", stored)
    assert computed == pytest.approx(stored, rel=1e-5)


def test_quality_of_any_answers_follows_from_their_rows() -> None:
    """Certain, wrong, nearly certain or random: no run is refused by its own report."""
    rng = np.random.default_rng(0)
    for n, k in itertools.product((2, 50), (2, 5)):
        truth = rng.integers(0, k, n)
        certain = np.eye(k)[truth]
        for shares in (
            certain,
            np.eye(k)[rng.integers(0, k, n)],
            certain * (1 - 1e-6) + 1e-6 / k,
            rng.dirichlet(np.full(k, 0.01), n),
            rng.dirichlet(np.ones(k), n),
        ):
            single = shares.astype(np.float32)
            labels = single.argmax(axis=1)
            names = tuple("abcde"[:k])
            positive = "b" if k == 2 else None
            stored = quality(truth, labels, single, names, None, positive).test
            answers = Outputs(
                labels,
                probabilities=single,
                n_classes=k,
                positive=None if positive is None else 1,
            )
            for name, value in stored.items():
                computed = values_in(truth, answers, name, value)
                if value is not None and computed is not None:
                    assert computed == pytest.approx(value, rel=1e-4, abs=1e-9), name
