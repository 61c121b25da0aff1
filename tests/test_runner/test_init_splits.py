"""How a first study holds rows out: groups that it detects, ten splits of a small table."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tunecard.runner.config import load_study
from tunecard.runner.init.command import write_study
from tunecard.runner.schema import Data, Study


def _first(frame: pd.DataFrame, folder: Path) -> tuple[Study, str]:
    """Write a table and its first study; return the study and what was decided."""
    frame.to_csv(folder / "d.csv", index=False)
    decided = write_study(
        str(folder / "d.csv"),
        Data(target="ill"),
        output=folder / "d.toml",
        models=("logreg",),
        data_dir=None,
        offline=True,
        origin="tunecard init",
        notice=print,
    )
    return load_study(str(folder / "d.toml")), " ".join(decided)


def _rows(n_rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(n_rows, 3)).round(3), columns=["a", "b", "c"])
    return frame.assign(ill=np.where(rng.random(n_rows) < 0.5, "yes", "no"))


def test_rows_of_a_patient_stay_together(tmp_path: Path) -> None:
    """A column named like a subject, with several rows each, groups the split."""
    frame = _rows(300).assign(patient=[f"P{row % 60}" for row in range(300)])
    study, decided = _first(frame, tmp_path)
    assert study.split.groups == "patient"
    assert study.data is not None
    assert "patient" not in study.data.drop
    assert 'Rows with one value of "patient" stay on one side' in decided
    assert '"patient" is left out' not in decided


def test_a_small_table_is_split_ten_times_without_timing(tmp_path: Path) -> None:
    """Under 2,000 rows one holdout seldom decides; the default of larger ones stays."""
    study, _ = _first(_rows(300), tmp_path)
    assert (study.split.kind, study.split.n_outer) == ("repeated", 10)
    assert not study.timing.enabled
    study, _ = _first(_rows(2_000), tmp_path)
    assert (study.split.n_outer, study.timing.enabled) == (1, True)


@pytest.mark.parametrize("is_sorted", [True, False])
def test_a_sorted_column_of_dates_is_reported(tmp_path: Path, *, is_sorted: bool) -> None:
    """With the field that follows it; dates in no order mean nothing."""
    days = pd.date_range("2024-01-01", periods=300).strftime("%Y-%m-%d")
    frame = _rows(300).assign(day=days if is_sorted else days[::-1].to_numpy()[[
        (7 * row) % 300 for row in range(300)
    ]])  # fmt: skip
    study, decided = _first(frame, tmp_path)
    assert ('use order = "day" in [split]' in decided) is is_sorted
    assert study.split.order is None
