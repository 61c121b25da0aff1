"""Judging rows that come in groups: the group is kept beside each test row."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.judge.call import read_call
from tunecard.runner.judge.joining import Columns
from tunecard.runner.judge.session import judged_run
from tunecard.runner.judge.tables import read_files
from tunecard.runner.schema import load

TRUTH = ["ill", "well"] * 30
PATIENTS = [f"P{row // 3}" for row in range(60)]


def test_groups_of_an_array_are_in_the_results(tmp_path: Path) -> None:
    """The unit of the split is the group, and each row has its group's code."""
    handed = read_call((TRUTH, TRUTH, TRUTH), groups=PATIENTS)
    folder = judged_run(handed, tmp_path, command="-")
    assert load(folder / "results.json").dataset.split_unit == "group"
    codes = pq.read_table(folder / "predictions.parquet")["unit"].to_numpy()
    np.testing.assert_array_equal(codes, np.unique(PATIENTS, return_inverse=True)[1])


def test_groups_of_a_file_are_a_column_of_it(tmp_path: Path) -> None:
    """``--groups patient`` names a column of the first file."""
    frame = pd.DataFrame({"y": TRUTH, "a": TRUTH, "b": TRUTH, "patient": PATIENTS})
    frame.to_csv(tmp_path / "both.csv", index=False)
    columns = Columns(truth="y", predictions=("a", "b"), groups="patient")
    handed = read_files([tmp_path / "both.csv"], columns)
    assert handed.groups is not None
    assert handed.groups.name == "patient"
    assert len(set(handed.groups.codes.tolist())) == 20


@pytest.mark.parametrize(
    ("groups", "error", "sentence"),
    [
        (PATIENTS[:-1], DataError, "groups has 59 values, but y_test has 60 rows"),
        ([None, *PATIENTS[1:]], DataError, "groups has no value in row 1"),
        ("patient", StudyError, "is not a column of X_test"),
    ],
)
def test_groups_that_are_not_of_these_rows_are_refused(
    groups: Any, error: type[Exception], sentence: str
) -> None:
    """One sentence with what to give."""
    with pytest.raises(error, match=sentence):
        read_call((TRUTH, TRUTH, TRUTH), groups=groups)
