"""A newcomer's two commands: a file becomes a study, and the study a report."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn.datasets
from sklearn import metrics

from tests.command import call, on_one_core
from tunecard.runner.schema import PREDICTIONS, load


def tumors(path: Path) -> None:
    """Write a public table with text labels, categories, gaps, an index and umlauts."""
    frame = sklearn.datasets.load_breast_cancer(as_frame=True).frame
    rng = np.random.default_rng(0)
    frame = frame[["mean radius", "worst texture", "mean symmetry", "target"]]
    sizes = pd.cut(
        frame["mean radius"], [0, 12, 15, 99], labels=["klein", "mittel", "groß"]
    )
    frame = frame.assign(
        größe=sizes.astype(object).where(rng.random(len(frame)) > 0.1),
        befund=frame.pop("target").map({0: "malignant", 1: "benign"}),
    )
    frame.loc[rng.random(len(frame)) < 0.05, "worst texture"] = np.nan
    frame.to_csv(path, sep=";", encoding="utf-8-sig")


@pytest.mark.slow
@pytest.mark.usefixtures("forked", "no_drawing")
def test_two_commands_from_a_table_to_a_report(tmp_path: Path) -> None:
    """The page tells of categories and gaps; each number follows from the predictions."""
    tumors(tmp_path / "Tumore.csv")
    made = call(tmp_path, "init", "Tumore.csv", "--target", "befund", "--models", "logreg")
    assert (made.code, made.out) == (0, "study.toml\n"), made.err
    study = tmp_path / "study.toml"
    text, n_spaces = re.subn(r"C = \[.*?\]", "C = [0.001, 0.1]", study.read_text("utf-8"))
    assert n_spaces == 1
    study.write_text(text, "utf-8")
    with on_one_core():
        ran = call(tmp_path, "run", "study.toml", "-q")
    assert ran.code == 0, ran.err
    page = (tmp_path / ran.out.strip()).read_text("utf-8")
    folder = (tmp_path / ran.out.strip()).parent
    assert "one-hot encoded, one column for each of their 3 values" in page
    results = load(folder / "results.json")
    assert results.dataset.dropped == ("column 0",)
    assert results.dataset.n_missing > 50
    table = pd.read_parquet(folder / PREDICTIONS)
    assert len(results.cases) == 20  # ten splits of a small table
    for case in results.cases:
        assert case.quality is not None
        pair = table[f"y_true@{case.seed}"], table[f"predicted:{case.key}"]
        found = case.quality.test
        assert found["accuracy"] == metrics.accuracy_score(*pair)
        assert found["f1_macro"] == metrics.f1_score(*pair, average="macro")
        assert found["precision"] == metrics.precision_score(*pair, pos_label="malignant")
        assert found["recall"] == metrics.recall_score(*pair, pos_label="malignant")
        assert (found["accuracy"] or 0) > 0.8
