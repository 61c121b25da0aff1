"""Odd runs: a right answer or none with its reason, never an exception, never NaN."""

import dataclasses
import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.builders import KNN, LOGREG, make_run
from tunecard.report.analyze import analyze
from tunecard.report.analyze.types import Analysis
from tunecard.report.conclusion import conclude
from tunecard.report.findings import find
from tunecard.report.stats.confusion import confusion_differences
from tunecard.report.stats.labels import cells
from tunecard.runner.metrics import get

ROWS = [row % 2 for row in range(200)]

RUNS: dict[str, dict[str, Any]] = {
    "two classes": {"classes": ("no", "yes")},
    "one model": {"models": (KNN,)},
    "no search": {"models": (KNN.model_copy(update={"search": None}),)},
    "one class alone in test": {"y_true": [0] * 50, "n_test": 50},
    "a class that is never predicted": {
        "predicted": {"knn/tuned": [0] * 400, "logreg/tuned": [1] * 400}
    },
    "nothing right": {"accuracy": dict.fromkeys(("knn/tuned", "knn/baseline"), 0.0)},
    "everything right": {"accuracy": dict.fromkeys(("knn/tuned", "knn/baseline"), 1.0)},
    "from nothing to everything": {"accuracy": {"knn/baseline": 0.0, "knn/tuned": 1.0}},
    "identical": {"predicted": {"knn/baseline": ROWS, "knn/tuned": ROWS}, "y_true": ROWS},
    "one test row": {"n_test": 1},
    "two hundred rows": {"n_test": 200},
    "a hundred classes": {"classes": [str(n) for n in range(100)], "n_test": 500},
    "one round": {"rounds": 1},
    "two rounds": {"rounds": 2},
    "no rounds": {"rounds": 0},
    "no margin": {"study": {"margin": None}},
    "macro F1": {"study": {"metric": "f1_macro"}},
    "macro F1 of two hundred rows": {"study": {"metric": "f1_macro"}, "n_test": 200},
    "macro F1 of a hundred classes": {
        "study": {"metric": "f1_macro"},
        "classes": [str(n) for n in range(100)],
        "n_test": 500,
    },
    "macro F1, identical": {
        "study": {"metric": "f1_macro"},
        "predicted": {"knn/baseline": ROWS, "knn/tuned": ROWS},
        "y_true": ROWS,
    },
    "macro F1, a class that is never predicted": {
        "study": {"metric": "f1_macro"},
        "predicted": {"knn/tuned": [0] * 400, "logreg/tuned": [1] * 400},
    },
    "macro F1, a class absent from test": {
        "study": {"metric": "f1_macro"},
        "y_true": ROWS,
        "classes": ("0", "1", "2"),
    },
    "macro F1, everything right": {
        "study": {"metric": "f1_macro"},
        "accuracy": dict.fromkeys(("knn/tuned", "knn/baseline"), 1.0),
    },
    "no margin, identical": {
        "study": {"margin": None},
        "predicted": {"knn/baseline": ROWS, "knn/tuned": ROWS},
        "y_true": ROWS,
    },
    "macro precision of one row": {"study": {"metric": "precision_macro"}, "n_test": 1},
    "failed baseline": {"failed": {"knn/baseline": ("killed", "signal 9")}},
    "failed cases": {
        "failed": {
            f"{m}/{v}": ("invalid", "NaN")
            for m in ("knn", "logreg")
            for v in ("baseline", "tuned")
        }
    },
    "no times of one case": {"case": {"knn/tuned": {"timings": ()}}},
}


def numbers(value: Any, path: str) -> Iterator[tuple[str, float]]:
    """Every float of a value, with where it stands."""
    if isinstance(value, float):
        yield path, value
    elif isinstance(value, np.ndarray):
        yield from ((path, float(number)) for number in value.ravel())
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from numbers(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from numbers(one, f"{path}[{key}]")
    elif isinstance(value, list | tuple):
        for position, one in enumerate(value):
            yield from numbers(one, f"{path}[{position}]")


@cache
def analyzed(name: str) -> Analysis:
    """Analyze a run once."""
    return analyze(make_run(**RUNS[name]))


@pytest.mark.parametrize("name", RUNS)
def test_every_number_is_one_and_every_gap_has_its_reason(name: str) -> None:
    """No exception, no NaN, p in (0, 1], and None only beside a reason."""
    analysis = analyzed(name)
    for path, number in numbers(analysis, "analysis"):
        assert math.isfinite(number), path
    for model in analysis.models:
        assert (model.quality is None) == (model.quality_reason is not None)
        assert (model.search is None) == (model.search_reason is not None)
        if model.quality is not None:
            test = model.quality.test
            assert 0 < test.p <= test.p_holm <= 1
            assert test.interval.low <= test.delta <= test.interval.high
            assert (test.reason is not None) == (test.word == "inconclusive")
        told: list[tuple[str, str | None]] = [
            (time.word, time.reason) for time in model.times
        ]
        told += [(memory.word, memory.reason) for memory in model.memory]
        for word, reason in told:
            assert (reason is not None) == (word == "inconclusive")


@pytest.mark.parametrize("name", RUNS)
def test_every_run_has_words(name: str) -> None:
    """A sentence and a claim a model, with no "None", "nan" or "p = 0.00" in any."""
    analysis = analyzed(name)
    conclusion = conclude(analysis)
    texts = [conclusion.summary, *conclusion.between, *conclusion.limits]
    for model in conclusion.models:
        texts += [model.headline, model.sentence, model.claim]
    texts += [finding.evidence for finding in find(analysis)]
    for text in texts:
        assert text
        assert not any(bad in text for bad in ("None", "nan", "p = 0.00 ", "..", "  "))
    assert len(conclusion.models) == len(analysis.models)


def test_a_million_rows_are_analyzed() -> None:
    """As exactly as few: 100 rows of a million are a difference of 0.01 points."""
    truth = np.arange(1_000_000) % 10
    first, second = truth.copy(), truth.copy()
    first[:200] = (first[:200] + 1) % 10
    second[:100] = (second[:100] + 1) % 10
    run = make_run(
        models=(KNN,),
        classes=[str(n) for n in range(10)],
        y_true=truth.tolist(),
        predicted={"knn/baseline": first.tolist(), "knn/tuned": second.tolist()},
        study={"margin": None},
    )
    quality = analyze(run).models[0].quality
    assert quality is not None
    assert quality.test.delta == pytest.approx(1e-4)
    assert quality.test.word == "better"
    assert quality.test.interval.low > 0


def test_a_million_rows_of_a_hundred_classes_are_analyzed() -> None:
    """On macro F1, with a quarter of a million combinations of labels."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 100, 1_000_000).astype(np.int32)
    table = []
    for share in (0.70, 0.71):
        keep = rng.random(len(truth)) < share
        table.append(np.where(keep, truth, rng.integers(0, 100, len(truth))))
    counted = cells(truth, table[0], table[1], 100)
    change = confusion_differences(counted, (get("f1_macro"),), rng)["f1_macro"]
    assert 0 < change.interval().low < change.estimate < change.interval().high
    assert 0 < change.p() < 0.01


def test_a_metric_that_was_not_stored_is_computed_from_the_predictions() -> None:
    """The test does not need it; the values beside it stay empty."""
    study = {"metric": "f1_macro"}
    whole = make_run(models=(KNN,), study=study)
    quality = whole.results.cases[1].quality
    assert quality is not None
    bare = quality.model_copy(update={"test": {**quality.test, "f1_macro": None}})
    case = {"knn/tuned": {"quality": bare}}
    run = make_run(models=(KNN,), study=study, case=case)
    (found, expected) = (analyze(one).models[0].quality for one in (run, whole))
    assert found is not None
    assert expected is not None
    assert found.test == expected.test
    metric = found.metric("f1_macro")
    assert metric is not None
    assert (metric.second, metric.delta) == (None, None)


def test_identical_predictions_are_equivalent_only_where_the_rows_can_say_so() -> None:
    """No difference in 200 rows leaves over a point open; in 20,000 0.01."""
    for metric in ("accuracy", "f1_macro"):
        words = []
        for n_rows in (200, 20_000):
            rows = [row % 2 for row in range(n_rows)]
            guess = dict.fromkeys(("knn/baseline", "knn/tuned"), rows)
            run = make_run(
                models=(KNN,), y_true=rows, predicted=guess, study={"metric": metric}
            )
            words.append(analyze(run).models[0].quality_word)
        assert words == ["inconclusive", "equivalent"]


def test_unequal_numbers_of_samples_are_no_obstacle() -> None:
    """A round of one call weighs as much as a round of two: workers are the sample."""
    run = make_run(models=(LOGREG,), rounds=4)
    timings = run.results.cases[0].timings
    fewer = timings[2].model_copy(update={"samples": timings[2].samples[:1]})
    changed = {"logreg/baseline": {"timings": (*timings[:2], fewer, *timings[3:])}}
    time = analyze(make_run(models=(LOGREG,), rounds=4, case=changed)).models[0].time("fit")
    assert time is not None
    assert time.n_rounds == 4
