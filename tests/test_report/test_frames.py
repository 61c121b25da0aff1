"""Tidy frames against the results that they are made of."""

import math

import pytest

from tests.builders import make_results, make_sample
from tunecard.report.frames import candidates_frame, metrics_frame, timings_frame

RESULTS = make_results()


def test_metrics_have_a_row_a_case_part_and_metric() -> None:
    """Each value of the results stands in one row, under its names."""
    frame = metrics_frame(RESULTS)
    for case in RESULTS.cases:
        assert case.quality is not None
        for part in ("test", "train"):
            rows = frame.query(
                "model == @case.model and variant == @case.variant and part == @part"
            )
            stored = getattr(case.quality, part)
            told = dict(zip(rows["metric"], rows["value"], strict=True))
            assert set(told) == set(stored)
            assert all(
                told[name] == value or (value is None and math.isnan(told[name]))
                for name, value in stored.items()
            )


def test_a_metric_carries_its_direction_and_unit() -> None:
    """Whether greater is better stands beside each value."""
    frame = metrics_frame(RESULTS)
    told = dict(zip(frame["metric"], frame["greater_is_better"], strict=True))
    assert told == {spec.name: spec.greater_is_better for spec in RESULTS.metrics}


def test_a_case_that_failed_is_in_the_frame() -> None:
    """A failed case has its rows, with NaN and its status: it is not left out."""
    frame = metrics_frame(make_results(failed={"knn/tuned": ("timeout", "too slow")}))
    rows = frame.query("model == 'knn' and variant == 'tuned' and part == 'test'")
    assert set(rows["status"]) == {"timeout"}
    assert rows["value"].isna().all()
    assert set(rows["metric"]) == {spec.name for spec in RESULTS.metrics}


def test_timings_are_seconds_of_one_call() -> None:
    """A reading of several calls is divided by their number; bytes stay bytes."""
    case = RESULTS.cases[0]
    sample = make_sample(0.6, loops=3, cpu_ns=900_000_000)
    timed = case.timings[0].model_copy(update={"samples": (sample,)})
    one = RESULTS.model_copy(
        update={"cases": (case.model_copy(update={"timings": (timed,)}),)}
    )
    (row,) = timings_frame(one).to_dict("records")
    assert row["seconds"] == pytest.approx(0.2)
    assert row["cpu_seconds"] == pytest.approx(0.3)
    assert (row["loops"], row["peak_memory"]) == (3, sample.peak_memory)


def test_timings_hold_every_sample() -> None:
    """No sample is left out, cold ones are marked."""
    frame = timings_frame(RESULTS)
    samples = [
        sample
        for case in RESULTS.cases
        for timed in case.timings
        for sample in timed.samples
    ]
    assert len(frame) == len(samples)
    assert frame["cold"].sum() == sum(sample.cold for sample in samples)


def test_candidates_have_a_row_a_fold() -> None:
    """Scores and parameters of each candidate stand in scikit-learn's naming."""
    frame = candidates_frame(RESULTS)
    for search in RESULTS.searches:
        for one in search.candidates:
            rows = frame.query("model == @search.model and candidate == @one.index")
            assert list(rows["fold"]) == list(range(1, len(one.scores) + 1))
            assert list(rows["score"]) == list(one.scores)
            assert set(rows["eligible"]) == {one.eligible}
            assert set(rows["chosen"]) == {one.index == search.best}
            if "C" in one.params:
                assert set(rows["param_C"]) == {one.params["C"]}


def test_a_study_without_a_search_has_no_candidates() -> None:
    """The frame is empty, its columns are there."""
    only = RESULTS.study.models[0].model_copy(update={"search": None})
    frame = candidates_frame(make_results(models=(only,)))
    assert frame.empty
    assert "score" in frame.columns


def test_a_parameter_stays_what_it_was() -> None:
    """A integer is none with a point, also where other models lack it."""
    frame = candidates_frame(RESULTS)
    told = {type(value) for value in frame["param_n_neighbors"] if value is not None}
    assert told == {int}


def test_flags_can_select_rows() -> None:
    """What is true or false is so for pandas too."""
    frame = timings_frame(RESULTS)
    assert not frame[~frame["cold"]].empty
    assert frame["round"].max() == 3
