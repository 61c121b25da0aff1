"""scikit-learn's embedded tables: iris, wine, breast cancer, diabetes; no download."""

from functools import partial
from pathlib import Path

import numpy as np

from tunecard.runner.datasets.values import DataPart, DatasetEntry, Places, Request, Whole
from tunecard.runner.schema import ColumnInfo
from tunecard.runner.task import Regression


def _load(loader: str, _request: Request) -> Whole:
    """Read a table by the name of scikit-learn's function."""
    from sklearn import datasets  # takes a second, which a listing can save

    bunch = getattr(datasets, loader)()
    return Whole(
        source="scikit-learn's embedded data",
        image_shape=None,
        class_names=tuple(str(name) for name in bunch.target_names),
        train=DataPart(
            X=np.ascontiguousarray(bunch.data, dtype=np.float32),
            y=bunch.target.astype(np.int64),
        ),
        test=None,
        columns=tuple(ColumnInfo(name=str(name)) for name in bunch.feature_names),
    )


def _load_diabetes(_request: Request) -> Whole:
    """Read the diabetes table in its own units, which scikit-learn scales by default."""
    from sklearn import datasets  # takes a second, which a listing can save

    bunch = datasets.load_diabetes(scaled=False)
    return Whole(
        source="scikit-learn's embedded data",
        image_shape=None,
        class_names=(),
        train=DataPart(
            X=np.ascontiguousarray(bunch.data, dtype=np.float32),
            y=bunch.target.astype(np.float64),
        ),
        test=None,
        columns=tuple(ColumnInfo(name=str(name)) for name in bunch.feature_names),
        target="disease progression",
        task=Regression(),
    )


def _locate(_data_dir: Path | None, _places: Places) -> str:
    return "embedded in scikit-learn"


def _make_entry(name: str, title: str, shape: str) -> DatasetEntry:
    return DatasetEntry(name, title, shape, partial(_load, f"load_{name}"), _locate)


BUILTIN = (
    _make_entry("iris", "Fisher's iris", "150 rows of 4 numbers, 3 classes, split by seed"),
    _make_entry("wine", "Wine", "178 rows of 13 numbers, 3 classes, split by seed"),
    _make_entry(
        "breast_cancer",
        "Breast cancer (Wisconsin)",
        "569 rows of 30 numbers, 2 classes, split by seed",
    ),
    DatasetEntry(
        name="diabetes",
        title="Diabetes",
        shape="442 rows of 10 numbers, a number to predict, split by seed",
        load=_load_diabetes,
        where=_locate,
        task="regression",
    ),
)
