"""Mutated results.json files, through everything that reads a run.

``python -m tests.stress.mutated_results --number 20000 --seed 0`` prints what became of
them. Each is refused in a sentence, or read; then it is analyzed, put into words and
tables, compared, listed, exported, and one of many is rendered and validated. No number is
shown that the file or the rows next to it contradict.
"""

import argparse
import gc
import io
import json
import math
import random
import re
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics as reference

from tests import mutations
from tests.builders import KNN, LOGREG, make_run, write_run
from tests.seeds import several
from tests.stress.damage import Tally, ends_well, require
from tests.two_runs import new_run, reference_run
from tunecard.report.analyze import Analysis, analyze
from tunecard.report.cli.validate import validate
from tunecard.report.compare.comparison import Comparison
from tunecard.report.compare.terminal import comparison_text
from tunecard.report.conclusion import conclude
from tunecard.report.findings import find
from tunecard.report.gates import judge
from tunecard.report.history.digest import Unfinished, Unreadable, digest
from tunecard.report.load import Loaded, Predictions, load
from tunecard.report.render import SHIPPED, pages, render, to_markdown
from tunecard.report.render.environment import markdown_environment
from tunecard.report.render.junit import junit_xml
from tunecard.report.render.latex import latex_table
from tunecard.report.render.pytest_benchmark import pytest_benchmark_json
from tunecard.report.render.spreadsheets import candidates_csv, metrics_csv
from tunecard.report.render.summary_json import summary_json
from tunecard.report.run import Run
from tunecard.report.view import build_view
from tunecard.report.view.figures import tables_of
from tunecard.runner.metrics import Outputs
from tunecard.runner.schema import (
    OUT_OF_FOLD,
    PREDICTIONS,
    RESULTS,
    Gate,
    GridSearch,
    SearchRecord,
)
from tunecard.runner.store.out_of_fold import OutOfFold, SearchOutputs, write_out_of_fold
from tunecard.runner.store.predictions import PredictedRows, write_tables

DATA = Path(__file__).parents[1] / "data"
#: One of so many that can be read is rendered, and one compared and listed.
RENDERED, COMPARED = 400, 10
#: What no page may show as a number; texts of the file are left out of the search.
NO_NUMBER = re.compile(r"(?<![\w.])-?(?:nan|inf)(?![\w.])")


@dataclass(frozen=True)
class Base:
    """A run whose results are mutated.

    Attributes
    ----------
    name : str
    folder : Path
        With all its files.
    content : bytes
        Of its results.json.
    """

    name: str
    folder: Path
    content: bytes


def make_bases(place: Path) -> list[Base]:
    """Write runs that differ in what they hold: versions, seeds, gates, tables."""
    search = GridSearch(strategy="grid", folds=2, space={"n_neighbors": (1, 3)})
    small = KNN.model_copy(update={"search": search})
    gates = (
        Gate(model="knn", metric="accuracy", against="baseline", at_least=-0.05),
        Gate(model="knn", time="predict", at_most=1.5),
        Gate(model="logreg", metric="accuracy", against="reference", within=0.05),
    )
    binary: dict[str, Any] = {
        "classes": ("no", "yes"),
        "dataset": {"positive": "yes"},
        "models": (LOGREG,),
        "rounds": 0,
    }
    # Few classes: their intervals take most of an analysis; stored files have ten.
    two: dict[str, Any] = {
        "classes": ("a", "b", "c"),
        "n_test": 60,
        "models": (small, LOGREG),
        "rounds": 2,
        "probabilities": (),
    }
    runs = {
        "two models": make_run(**two),
        "seeds": several(n_test=40, models=(small,), rounds=2),
        "gates": new_run(gates=gates, **two),
        "two classes": make_run(n_test=50, **binary),
    }
    bases = []
    for name, run in runs.items():
        folder = write_run(run, place / name)
        if run.predictions is not None:
            _write_tables(run, folder)
        bases.append(Base(name, folder, (folder / RESULTS).read_bytes()))
    kept = bases[0]
    _keep_outputs(runs["two models"], kept.folder)
    bases[0] = replace(kept, content=(kept.folder / RESULTS).read_bytes())
    for version in ("1", "2"):
        folder = place / f"version {version}"
        folder.mkdir()
        shutil.copyfile(DATA / f"results-v{version}.json", folder / RESULTS)
        bases.append(Base(folder.name, folder, (folder / RESULTS).read_bytes()))
    for base in bases:
        load(base.folder)
    return bases


def _write_tables(run: Loaded, folder: Path) -> None:
    """Write the rows as a run does: names of classes, checksums of pages."""
    rows = run.predictions
    assert rows is not None
    cases = {
        key: Outputs(labels.astype(np.int64), probabilities=rows.probability.get(key))
        for key, labels in rows.predicted.items()
    }
    classes = tuple(entry.name for entry in run.results.dataset.classes)
    table = PredictedRows(rows.index, rows.y_true.astype(np.int64), classes, cases)
    write_tables(folder / PREDICTIONS, [table])


def _keep_outputs(run: Loaded, folder: Path) -> None:
    """Give the searches of a run outputs out of fold, and the scores that follow."""
    rng = np.random.default_rng(0)
    results = run.results
    n_train, n_classes = results.dataset.n_train, len(results.dataset.classes)
    truth = rng.integers(0, n_classes, n_train)
    records: list[SearchRecord] = []
    outputs = []
    for record in results.searches:
        fold = np.arange(n_train) % len(record.folds)
        answers, candidates = [], []
        for candidate in record.candidates:
            wrong = rng.random(n_train) < 0.1 + 0.02 * candidate.index
            labels = np.where(wrong, (truth + 1) % n_classes, truth)
            scores = tuple(
                float(np.mean((labels == truth)[fold == k]))
                for k in range(len(record.folds))
            )
            answers.append(labels.astype(np.uint8))
            candidates.append(candidate.model_copy(update={"scores": scores}))
        everywhere = tuple(np.ones(n_train, dtype=bool) for _ in answers)
        kept = OutOfFold("labels", fold, np.arange(n_train), tuple(answers), everywhere)
        outputs.append(
            SearchOutputs(record.model, record.seed, truth, np.arange(n_classes), kept)
        )
        update = {"candidates": tuple(candidates), "outputs": "labels"}
        records.append(record.model_copy(update=update))
    classes = [entry.name for entry in results.dataset.classes]
    write_out_of_fold(folder / OUT_OF_FOLD, outputs, classes)
    changed = results.model_copy(update={"searches": tuple(records)})
    (folder / RESULTS).write_text(changed.model_dump_json(indent=1), "utf-8")


def mutate(base: Base, others: Sequence[Base], draw: random.Random) -> bytes:
    """Mutate a file in one of five ways."""
    how = draw.randrange(10)
    if how < 4:
        return mutations.of_numbers(base.content, draw)
    if how < 7:
        return mutations.of_json(base.content, draw)
    if how < 8:
        return mutations.of_bytes(base.content, draw)
    document = json.loads(base.content)
    if how < 9:  # a part of another run, or of another version
        part = draw.choice(list(document))
        document[part] = json.loads(draw.choice(others).content).get(part)
    else:
        document["schema_version"] = draw.choice(("1", "2", "1-dev", 2))
        for name in draw.sample(list(document), draw.randrange(3)):
            del document[name]
    return json.dumps(document).encode()


class Reader:
    """Reads mutated files, and judges what comes of them.

    Parameters
    ----------
    place : Path
        Where folders are made.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._bases = make_bases(place)
        self._reference = reference_run(
            classes=("a", "b", "c"), n_test=60, models=(KNN, LOGREG), rounds=2
        )
        self._n_read = 0
        # Compiling the templates takes most of the time.
        environment = markdown_environment(SHIPPED.loader())
        vars(pages)["markdown_environment"] = lambda _: environment

    def attempt(self, draw: random.Random) -> str:
        """Mutate a file and read it; return how that ended."""
        base = draw.choice(self._bases)
        folder = self._place / "mutated"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for path in base.folder.iterdir():
            if path.name != RESULTS and draw.random() < 0.9:
                shutil.copyfile(path, folder / path.name)
        content = mutate(base, self._bases, draw)
        (folder / RESULTS).write_bytes(content)
        loaded, message = ends_well(partial(load, folder))
        if loaded is None:
            require(RESULTS in message or ".parquet" in message, f"no file: {message}")
            return "refused"
        self._n_read += 1
        require_same(json.loads(content), loaded)
        shown, message = ends_well(partial(self._show, loaded, content.decode()))
        if shown is None:
            return "refused when shown"
        return "shown"

    def _show(self, loaded: Loaded, content: str) -> bool:
        """Do with a run what every command does."""
        analysis = analyze(loaded)
        gates = judge(loaded, analysis, self._reference)
        findings, conclusion = find(analysis), conclude(analysis)
        view = build_view(loaded, analysis, findings, conclusion, gates)
        text = to_markdown(view, "report") + to_markdown(view, "summary")
        odd = NO_NUMBER.search(text)
        require(odd is None or odd[0].lower() in content.lower(), f"shows {odd}")
        summary = summary_json(loaded.results, analysis, conclusion, findings, gates)
        require_sound(json.loads(summary), analysis)
        require_rows(loaded)
        junit_xml(loaded.results, gates)
        pytest_benchmark_json(loaded.results)
        metrics_csv(analysis, "run")
        candidates_csv(analysis, "run")
        parts = [view.content(n) for n in ("gates", "quality", "time", "engines")]
        for table in tables_of(tuple(parts)):
            latex_table(table)
        if self._n_read % COMPARED == 0:
            with suppress(Unreadable, Unfinished):
                digest(loaded.folder)
            for pair in ((self._reference, loaded), (loaded, self._reference)):
                compared = Comparison(*pair)
                json.loads(compared.to_json())
                comparison_text(compared)
        if self._n_read % RENDERED == 0:
            self._render(loaded)
        return True

    def _render(self, loaded: Loaded) -> None:
        """Render a page, validate the folder, export a figure."""
        render(loaded, loaded.folder)
        left = [path for path in loaded.folder.iterdir() if path.name.startswith(".")]
        require(not left, f"left {left}")
        with redirect_stdout(io.StringIO()):
            validate(loaded.folder)
        run = Run(load(loaded.folder))
        for name in list(run.figures)[:2]:
            run.figure(name)
        run.to_frame()
        run.candidates_frame()
        run.timings_frame()


def require_same(document: Any, loaded: Loaded) -> None:
    """Every number of the file is the number that was read."""
    read = json.loads(loaded.results.model_dump_json())
    for path, value in _leaves(document, ()):
        place: Any = read
        with suppress(KeyError, IndexError, TypeError):
            for key in path:
                place = place[key]
            number = isinstance(place, int | float) and not isinstance(place, bool)
            if number and not isinstance(value, bool):
                require(
                    float(place) == float(value), f"{path}: {value} was read as {place}"
                )


def _leaves(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    elif isinstance(value, int | float):
        yield path, value
    for key, inner in items:
        yield from _leaves(inner, (*path, key))


def require_sound(summary: Any, analysis: Analysis) -> None:
    """Intervals hold their estimates, words agree with them, and p-values are shares."""
    sign = 1 if analysis.metric.greater_is_better else -1
    for model in summary["models"]:
        change = model["change"]
        if change is None:
            continue
        value, low, high = (change[name] for name in ("value", "low", "high"))
        slack = 1e-9 + 1e-9 * abs(value)
        if low is not None and high is not None:
            require(low - slack <= value <= high + slack, f"{model['name']}: {change}")
        for name in ("p", "p_holm"):
            require(change[name] is None or 0 <= change[name] <= 1, f"{change}")
        if model["verdict"] in ("better", "worse"):
            right = sign if model["verdict"] == "better" else -sign
            require(value * right > 0, f"{model['verdict']}: {change}")
        own = model["metrics"].get(summary["metric"])
        if own and None not in own.values() and len(own) == 2 and analysis.seeds is None:
            expected = own["tuned"] - own["baseline"]
            require(math.isclose(value, expected, abs_tol=1e-6), f"{value} and {own}")
        for each in model["times"]:
            seconds = each["baseline_seconds"], each["tuned_seconds"]
            require(all(s is None or s >= 0 for s in seconds), f"{each}")


_EXPECTED: dict[bytes, dict[str, float]] = {}


def require_rows(loaded: Loaded) -> None:
    """What is stored of each case is what scikit-learn computes from its rows."""
    if loaded.predictions is not None:
        for case in loaded.results.cases:
            if case.quality is not None:
                _require_quality(loaded.predictions, case.key, case.quality.test)


def _require_quality(rows: Predictions, key: str, stored: dict[str, float | None]) -> None:
    truth, predicted = rows.y_true, rows.predicted[key]
    shares = rows.probability.get(key)
    arrays = [truth, predicted, *([] if shares is None else [shares])]
    content = b"".join(array.tobytes() for array in arrays)  # the same in most files
    if content not in _EXPECTED:
        _EXPECTED[content] = _reference_quality(truth, predicted, shares)
    for name, value in _EXPECTED[content].items():
        own = stored.get(name)
        if own is not None:
            right = math.isclose(own, value, rel_tol=2e-4, abs_tol=1e-9)
            require(right, f"{key}: {name} is {own}, and {value} by its rows")


def _reference_quality(
    truth: NDArray[Any], predicted: NDArray[Any], shares: NDArray[Any] | None
) -> dict[str, float]:
    expected: dict[str, float] = {
        "accuracy": reference.accuracy_score(truth, predicted),
        "f1_macro": reference.f1_score(truth, predicted, average="macro"),
        "balanced_accuracy": reference.balanced_accuracy_score(truth, predicted),
        "matthews_corrcoef": reference.matthews_corrcoef(truth, predicted),
    }
    if shares is not None:
        codes: NDArray[Any] = np.arange(shares.shape[1])
        expected["log_loss"] = reference.log_loss(truth, shares, labels=codes)
        if shares.shape[1] == 2:
            expected["roc_auc"] = reference.roc_auc_score(truth, shares[:, 1])
    return expected


def main(arguments: Sequence[str] | None = None) -> int:
    """Mutate as many files as asked for; return 1 where one was handled wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=math.inf, help="at most")
    options = parser.parse_args(arguments)
    # NumPy warns of sums and logarithms of numbers that no run has.
    warnings.simplefilter("ignore")
    gc.collect = lambda *_: 0  # rendering calls it
    tally, begun = Tally(options.seed), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tunecard-mutated-") as name:
        reader = Reader(Path(name))
        for number in range(options.first, options.first + options.number):
            if time.monotonic() - begun > 60 * options.minutes:
                break
            seed = f"{options.seed}/results {number}"
            with tally.attempt(seed):
                tally.counts[reader.attempt(random.Random(seed))] += 1  # noqa: S311 # no secret
            if number % 500 == 499:
                sys.stdout.write(f"{number + 1}: {len(tally.failures)} failures\n")
                sys.stdout.flush()
    sys.stdout.write(f"{tally.summary()}\n{time.monotonic() - begun:.0f} s\n")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
