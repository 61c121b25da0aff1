"""OpenML by number: fetched by a process of its own, kept, and read as any table.

Nothing here reaches the outside network: fetch_openml is replaced.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.utils import Bunch

from tunecard.runner.datasets import Dataset, Places, fetcher, load
from tunecard.runner.datasets.remote import Remote
from tunecard.runner.errors import DataError, DataUnreachable, StudyError
from tunecard.runner.schema import Data

FRAME = pd.DataFrame(
    {
        "age": [22.0, np.nan, 35, 54, 2, 27, 14, 58],
        "port": pd.Categorical(["S", "C", "S", "Q", None, "S", "S", "C"]),
        "survived": pd.Categorical(["0", "1"] * 4),
    }
)


def bunch_of(frame: pd.DataFrame) -> Bunch:
    """Make what fetch_openml returns."""
    details = {"name": "boat", "version": "1"}
    return Bunch(frame=frame, target_names=["survived"], details=details)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Let the fetcher's work be done here, and note what scikit-learn is asked for."""
    calls: list[dict[str, Any]] = []

    def fetch_openml(**arguments: Any) -> Bunch:
        calls.append(arguments)
        return bunch_of(FRAME)

    def fetch_in_turn(remotes: list[Remote], folder: Path, **_: Any) -> Any:
        for remote in remotes:
            fetcher.table_from_openml(folder, {**remote.job, "timeout": None})
            yield remote, None

    monkeypatch.setattr("sklearn.datasets.fetch_openml", fetch_openml)
    monkeypatch.setattr("tunecard.runner.datasets.openml.fetch_in_turn", fetch_in_turn)
    return calls


def loaded(cache: Path, name: str = "openml:40945", **arguments: Any) -> Dataset:
    """Load with a cache of the test's own."""
    said: dict[str, Any] = {"offline": False, "data": None, **arguments}
    return load(
        name,
        seed=0,
        test_size=0.5,
        subset=None,
        data_dir=None,
        notice=print,
        places=Places(cache=cache),
        **said,
    )


def test_it_is_asked_once_and_kept(tmp_path: Path, asked: list[dict[str, Any]]) -> None:
    """The second time the cache has it, also offline; the target is OpenML's own."""
    first = loaded(tmp_path)
    again = loaded(tmp_path, offline=True)
    assert [(call["data_id"], call["as_frame"]) for call in asked] == [(40945, True)]
    np.testing.assert_array_equal(first.X_train, again.X_train)
    assert first.info.target == "survived"
    assert first.info.columns[1].categories == ("C", "Q", "S")
    assert first.info.n_missing == 2
    assert first.info.source == (
        "OpenML's dataset 40945, boat version 1, fetched from OpenML"
    )
    assert [p.name for p in sorted((tmp_path / "openml/40945").iterdir())] == [
        "about.json",
        "table.parquet",
    ]


def test_another_target_can_be_named(tmp_path: Path, asked: list[dict[str, Any]]) -> None:
    """The study's word stands above OpenML's."""
    data = Data(target="port", drop=("age",))
    with pytest.raises(DataError, match=r"target 'port' has no value in 1 of 8 rows"):
        loaded(tmp_path, data=data)


def test_a_study_to_be_mended_keeps_the_table(
    tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    """A target that the table does not have is no reason to fetch it again."""
    for _ in range(2):
        with pytest.raises(StudyError, match=r'data.target = "prot" is not a column'):
            loaded(tmp_path, data=Data(target="prot"))
    loaded(tmp_path)
    assert len(asked) == 1


def test_offline_says_what_was_not_asked(tmp_path: Path) -> None:
    """Without a copy on this machine nothing is invented."""
    with pytest.raises(
        DataUnreachable, match=r"lacks it; OpenML was not queried, --offline"
    ):
        loaded(tmp_path, offline=True)


def test_a_number_is_needed(tmp_path: Path) -> None:
    """A name may be any of several versions; a number is one."""
    for name in ("openml:titanic", "openml:", "openml:-1", "openml:0"):
        with pytest.raises(
            StudyError, match=r"is not a dataset of OpenML; write its number"
        ):
            loaded(tmp_path, name)


def test_a_damaged_copy_is_told(tmp_path: Path, asked: list[dict[str, Any]]) -> None:
    """What the cache holds is no better than any file."""
    loaded(tmp_path)
    (tmp_path / "openml/40945/about.json").write_text(json.dumps({"name": 1}))
    with pytest.raises(DataError, match=r"about\.json: is damaged .* Delete its folder"):
        loaded(tmp_path)


def test_a_sparse_table_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sparse data is not supported, and the fetcher says so before anything is kept."""
    sparse = FRAME.assign(age=pd.arrays.SparseArray([0.0] * 8))
    monkeypatch.setattr("sklearn.datasets.fetch_openml", lambda **_: bunch_of(sparse))
    with pytest.raises(ValueError, match=r"sparse"):
        fetcher.table_from_openml(tmp_path, {"id": 1, "timeout": None})
    assert list(tmp_path.iterdir()) == []
