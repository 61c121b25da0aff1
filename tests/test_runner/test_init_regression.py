"""Six tables of a regression, from the file to the page or to one clear sentence."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.command import call
from tunecard.runner.config import load_study

N_ROWS = 240


def features() -> tuple[pd.DataFrame, np.random.Generator]:
    """Draw what a home is like."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "area": rng.uniform(30, 200, N_ROWS).round(1),
            "rooms": rng.integers(1, 7, N_ROWS),
            "kind": rng.choice(["flat", "house"], N_ROWS),
        }
    )
    return frame, rng


def prices() -> pd.DataFrame:
    """Skewed prices, written with a currency and marks between thousands."""
    frame, rng = features()
    price = np.exp(10 + 0.01 * frame["area"] + rng.normal(0, 0.8, N_ROWS))
    return frame.assign(y=[f"${value:,.2f}" for value in price])


def counts() -> pd.DataFrame:
    """Counts from 0, of which a few are frequent."""
    frame, rng = features()
    return frame.assign(y=rng.poisson(np.exp(0.01 * frame["area"])))


def weights() -> pd.DataFrame:
    """Numbers with a unit behind each."""
    frame, rng = features()
    weight = 5 + 0.1 * frame["area"] + rng.normal(0, 1, N_ROWS)
    return frame.assign(y=[f"{value:.1f} kg" for value in weight])


def gaps() -> pd.DataFrame:
    """A target that is missing in every tenth row."""
    frame, rng = features()
    value = (0.1 * frame["area"] + rng.normal(0, 1, N_ROWS)).round(2)
    return frame.assign(y=value.where(np.arange(N_ROWS) % 10 > 0))


def days() -> pd.DataFrame:
    """A load with a date in each row."""
    frame, rng = features()
    day = pd.date_range("2024-01-01", periods=N_ROWS).strftime("%Y-%m-%d")
    load = (0.05 * frame["area"] + rng.normal(0, 1, N_ROWS)).round(2)
    return frame.assign(day=day, y=load)


TABLES = {"prices": prices, "weights": weights, "gaps": gaps, "days": days}


def first_study(folder: Path, table: pd.DataFrame, *options: str) -> tuple[int, str]:
    """Write a table and the first study of it; returns the exit code and the errors."""
    table.to_csv(folder / "rows.csv", index=False)
    ended = call(folder, "init", "rows.csv", "--target", "y", *options)
    return ended.code, ended.err


@pytest.mark.parametrize("make", TABLES.values(), ids=list(TABLES))
def test_a_quantity_is_recognized(make: Callable[[], pd.DataFrame], tmp_path: Path) -> None:
    """The study is a regression of R2 with two or three regressors."""
    code, error = first_study(tmp_path, make())
    assert code == 0, error
    study = load_study(str(tmp_path / "study.toml"))
    assert (study.task, study.metric) == ("regression", "r2")
    assert all("Regressor" in m.estimator or "Ridge" in m.estimator for m in study.models)
    assert len(study.models) in (2, 3)


@pytest.mark.slow
@pytest.mark.usefixtures("forked", "no_drawing")
@pytest.mark.parametrize("make", [*TABLES.values(), counts], ids=[*TABLES, "counts"])
def test_a_table_becomes_a_page(make: Callable[[], pd.DataFrame], tmp_path: Path) -> None:
    """Two commands, with the smallest of the models alone."""
    code, error = first_study(tmp_path, make(), "--task", "regression", "--models", "ridge")
    assert code == 0, error
    study = tmp_path / "study.toml"
    study.write_text(
        study.read_text("utf-8").replace("repeats = 10", "repeats = 2"), "utf-8"
    )
    # An absolute folder: the process that is forked has begun in another one.
    reports = tmp_path / "reports"
    ended = call(tmp_path, "run", "study.toml", "--no-timing", "--reports", reports)
    assert ended.code == 0, ended.err
    page = (tmp_path / "reports" / "latest" / "report.html").read_text("utf-8")
    assert "R²" in page
    results = json.loads((tmp_path / "reports/latest/results.json").read_text("utf-8"))
    n_rows = results["dataset"]["n_train"] + results["dataset"]["n_test"]
    assert n_rows == make()["y"].notna().sum()
    unit = {weights: "kg", prices: "$"}.get(make, "")
    assert results["dataset"]["values"]["unit"] == unit


def test_the_unit_is_read(tmp_path: Path) -> None:
    """It stands in the study, and the values are numbers."""
    first_study(tmp_path, weights())
    study = load_study(str(tmp_path / "study.toml"))
    assert study.data is not None
    assert study.data.unit == "kg"


def test_counts_need_the_task(tmp_path: Path) -> None:
    """They may be classes: both choices are named in one sentence."""
    code, error = first_study(tmp_path, counts())
    assert code == 2
    (sentence,) = [line for line in error.splitlines() if line.startswith("tunecard: ")]
    assert "--task classification" in sentence
    assert "--task regression" in sentence


def test_one_value_is_refused(tmp_path: Path) -> None:
    """Nothing can be learned from a constant."""
    frame, _ = features()
    code, error = first_study(tmp_path, frame.assign(y=3.5))
    assert code == 2
    (sentence,) = [line for line in error.splitlines() if line.startswith("tunecard: ")]
    assert "3.5" in sentence
