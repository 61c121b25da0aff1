"""Reports folders of many runs, and entries of a history, with few overrides."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.builders import make_run, write_run
from tunecard.report.history import HistoryEntry
from tunecard.report.history.types import HistoryCase, Measure, Model, Word
from tunecard.runner.schema import PREDICTIONS, RESULTS, Variant

START = datetime(2026, 1, 1, tzinfo=UTC)
Document = dict[str, Any]


def run_name(number: int, study: str = "example") -> str:
    """Name the run that began so many hours after the first."""
    return f"{START + timedelta(hours=number):%Y%m%dT%H%M%SZ}-{study}-{number:06x}"


def make_entry(
    number: int = 0,
    *,
    accuracy: Mapping[Variant, float | None] | None = None,
    seconds: Mapping[Variant, float | None] | None = None,
    word: Word = "better",
    kernel: float | None = 0.1,
    margin: float | None = 0.01,
    greater_is_better: bool = True,
    **fields: Any,
) -> HistoryEntry:
    """Build an entry of one model, whose fit and predict take as long as each other.

    Parameters
    ----------
    number : int
        Its place in time.
    accuracy, seconds : dict
        By variant.
    word : str
        Of its verdict.
    kernel, margin : float or None
        Fields of the entry.
    greater_is_better : bool
        Direction of the metric.
    **fields
        Further fields to override.
    """
    quality = accuracy or {"baseline": 0.9, "tuned": 0.95}
    times = seconds or {"baseline": 1.0, "tuned": 2.0}
    cases: dict[Variant, HistoryCase] = {
        variant: HistoryCase(
            status="ok",
            metrics={"accuracy": quality.get(variant)},
            fit=times.get(variant),
            predict=times.get(variant),
        )
        for variant in quality
    }
    label = "accuracy"
    values = {
        "run": run_name(number),
        "study": "example",
        "title": "An example",
        "dataset": "digits",
        "dataset_title": "Handwritten digits",
        "subset": "",
        "data": "00",
        "machine": {"processor": "A"},
        "versions": {"numpy": "2.0.0"},
        "commit": "",
        "kernel": kernel,
        "metric": "accuracy",
        "margin": margin,
        "measures": (
            Measure(name="accuracy", label=label, greater_is_better=greater_is_better),
        ),
        "models": (Model(name="knn", label="neighbors", word=word, cases=cases),),
    }
    return HistoryEntry.model_validate({**values, **fields})


def document(**overrides: Any) -> Document:
    """Build the content of a results.json, with a calibration kernel."""
    run = make_run(**{"n_test": 60, "n_train": 120, **overrides})
    made: Document = json.loads(run.results.model_dump_json())
    made["calibrations"] = [
        {"moment": "start", "sgemm_ns": 100_000_000, "copy_ns": 50_000_000}
    ]
    return made


def write_document(folder: Path, content: Document) -> Path:
    """Write a run folder that holds these results alone."""
    folder.mkdir(parents=True)
    (folder / RESULTS).write_text(json.dumps(content), "utf-8")
    return folder


def scale_times(content: Document, factor: float) -> None:
    """Make every timed call of a run so many times as long."""
    for case in content["cases"]:
        for timed in case["timings"]:
            for sample in timed["samples"]:
                sample["wall_ns"] = round(sample["wall_ns"] * factor)


def write_runs(
    reports: Path,
    n_runs: int,
    *,
    study: str = "example",
    change: Callable[[int, Document], None] | None = None,
    predictions: bool = False,
    base: Document | None = None,
    first: int = 0,
) -> list[str]:
    """Write many runs that differ by 1 % noise in their times.

    Parameters
    ----------
    reports : Path
        Where to.
    n_runs : int
        How many.
    study : str
        The study's name.
    change : callable, optional
        Changes the results of the run of a number.
    predictions : bool
        Whether each has a predictions.parquet.
    base : dict, optional
        The results that all are made of.
    first : int
        Number of the first.

    Returns
    -------
    list of str
        Their names, the oldest first.
    """
    text = json.dumps(base or document(study={"name": study}))
    noise = random.Random(0)  # noqa: S311 # noise of a test
    made = [run_name(number, study) for number in range(first, first + n_runs)]
    shared = None
    if predictions:
        shared = (
            write_run(make_run(n_test=60, n_train=120), reports / "sample") / PREDICTIONS
        )
    for number, name in enumerate(made, start=first):
        content = json.loads(text)
        content["run_id"] = name
        scale_times(content, noise.lognormvariate(0, 0.01))
        if change is not None:
            change(number, content)
        folder = write_document(reports / name, content)
        (folder / "report.html").write_text("<!DOCTYPE html><title>run</title>", "utf-8")
        if shared is not None:
            (folder / PREDICTIONS).write_bytes(shared.read_bytes())
    return made


def names_of(entries: Sequence[HistoryEntry]) -> list[str]:
    """Return the names of runs."""
    return [entry.run for entry in entries]
