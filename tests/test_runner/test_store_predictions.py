"""predictions.parquet: the columns that every quality number is computed from."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from tunecard.runner.errors import OutputError
from tunecard.runner.metrics import Outputs
from tunecard.runner.store import predictions
from tunecard.runner.store.predictions import (
    PredictedRows,
    error_images,
    write_tables,
    write_weights,
)

INDEX = np.array([7, 3, 9], dtype=np.int64)
Y_TRUE = np.array([0, 1, 1], dtype=np.int64)
CLASSES = ("no", "yes")
NAMES = "dictionary<values=string, indices=int32, ordered=0>"


def test_columns_have_the_contracts_names_and_types(tmp_path: Path) -> None:
    """One row a test sample, classes by name, probabilities as float32 to the bit."""
    shares = np.array([[1 / 3, 2 / 3], [0, 1], [0.1, 0.9]], dtype=np.float32)
    scores = np.array([0.5, 1.5, 2.5], dtype=np.float32)
    cases = {
        "knn/baseline": Outputs(np.array([0, 0, 1]), probabilities=shares),
        "svm/tuned": Outputs(np.array([1, 1, 1]), scores=scores),
    }
    write_tables(tmp_path / "p.parquet", [PredictedRows(INDEX, Y_TRUE, CLASSES, cases)])
    schema = pq.read_schema(tmp_path / "p.parquet")
    assert {name: str(schema.field(name).type) for name in schema.names} == {
        "index": "int64",
        "y_true": NAMES,
        "predicted:knn/baseline": NAMES,
        "probability:knn/baseline:no": "float",
        "probability:knn/baseline:yes": "float",
        "predicted:svm/tuned": NAMES,
        "score:svm/tuned": "float",
    }
    table = pd.read_parquet(tmp_path / "p.parquet")
    np.testing.assert_array_equal(table["index"], INDEX)
    assert table["y_true"].tolist() == ["no", "yes", "yes"]
    assert table["predicted:knn/baseline"].tolist() == ["no", "no", "yes"]
    np.testing.assert_array_equal(table["probability:knn/baseline:no"], shares[:, 0])


def test_a_run_without_an_ok_case_still_has_its_rows(tmp_path: Path) -> None:
    """When every case failed, the true labels are there alone."""
    write_tables(tmp_path / "p.parquet", [PredictedRows(INDEX, Y_TRUE, CLASSES, {})])
    assert list(pd.read_parquet(tmp_path / "p.parquet")) == ["index", "y_true"]


def test_images_of_errors() -> None:
    """The gray values of just the rows that some case labels wrong, a byte each."""
    X = np.array([[0, 1], [0.5, 0.25], [1, 1]], dtype=np.float32)
    y, cases = np.array([0, 1, 1]), [np.array([0, 1, 1]), np.array([0, 0, 1])]
    wrong = error_images(X, y, [cases])
    assert wrong == {1: bytes([128, 64])}
    assert error_images(X, y, []) == {}
    assert error_images(X * 255, y, [cases]) == wrong
    signed = np.array([[-1, 0, np.nan, 3]], dtype=np.float32)
    assert error_images(signed, np.array([1]), [[np.array([0]), np.array([0])]]) == {
        0: bytes([0, 64, 0, 255])
    }


def test_images_of_rows_that_tuning_changed_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where room is short, rows that are wrong in both cases give way."""
    monkeypatch.setattr(predictions, "MOST_IMAGE_BYTES", 2)
    X, y = np.zeros((3, 1), dtype=np.float32), np.array([0, 0, 0])
    cases = [np.array([1, 1, 0]), np.array([1, 1, 1])]
    assert sorted(error_images(X, y, [cases])) == [0, 2]


def test_images_stand_beside_their_rows(tmp_path: Path) -> None:
    """Rows without an image hold null."""
    rows = PredictedRows(INDEX, Y_TRUE, CLASSES, {}, {1: b"\x01\x02"})
    write_tables(tmp_path / "p.parquet", [rows])
    images = pq.read_table(tmp_path / "p.parquet").column("image").to_pylist()
    assert images == [None, b"\x01\x02", None]


def test_weights_have_a_column_an_output(tmp_path: Path) -> None:
    """A linear model's weights stand a feature a row."""
    weights = np.array([[1, 2, 3], [4, 5, 6]], dtype=np.float32)
    write_weights(tmp_path / "w.parquet", {"logreg/tuned": weights})
    table = pd.read_parquet(tmp_path / "w.parquet")
    assert list(table) == ["weight:logreg/tuned:0", "weight:logreg/tuned:1"]
    np.testing.assert_array_equal(table.to_numpy().T, weights)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A folder below a file gives one sentence, and nothing is left."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        write_tables(
            tmp_path / "file" / "p.parquet", [PredictedRows(INDEX, Y_TRUE, CLASSES, {})]
        )
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
