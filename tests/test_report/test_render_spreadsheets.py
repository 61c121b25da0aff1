"""The CSV files."""

import csv
import io
import re

import pytest

from tests.builders import make_run
from tunecard.report.analyze import analyze
from tunecard.report.render.spreadsheets import candidates_csv, metrics_csv


def test_csv_reads_back_in_full_precision() -> None:
    """metrics.csv holds the stored floats to the bit."""
    run = make_run()
    rows = list(csv.DictReader(io.StringIO(metrics_csv(analyze(run), "a-run"))))
    case = run.results.cases[0]
    assert case.quality is not None
    found = [
        row
        for row in rows
        if (row["model"], row["variant"], row["metric"], row["part"], row["class"])
        == ("knn", "baseline", "f1_macro", "test", "")
    ]
    assert [float(row["value"]) for row in found] == [case.quality.test["f1_macro"]]


def test_candidates_csv_has_a_row_a_fold() -> None:
    """Each candidate's score on each fold is a row."""
    run = make_run()
    rows = list(csv.DictReader(io.StringIO(candidates_csv(analyze(run), "a-run"))))
    searches = run.results.searches
    assert len(rows) == sum(len(c.scores) for s in searches for c in s.candidates)
    assert {row["chosen"] for row in rows} == {"yes", "no"}
    first = searches[0].candidates[0]
    assert float(rows[0]["cpu_seconds_all_folds"]) == pytest.approx(
        sum(seconds or 0 for seconds in first.cpu_seconds)
    )


def test_csv_holds_no_formula() -> None:
    """A spreadsheet runs no class name."""
    run = make_run(classes=("=1+1", "@x", "+y", "-z"))
    for row in csv.reader(io.StringIO(metrics_csv(analyze(run), "a-run"))):
        for value in row:
            number = re.fullmatch(r"-?[\d.]+(e-?\d+)?", value)
            assert number or not value.startswith(("=", "@", "+", "-"))
