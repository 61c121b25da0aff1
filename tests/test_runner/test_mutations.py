"""Damaged files: a clear error or a right answer each time, and never anything else.

Seeds count from TUNECARD_STRESS_SEED; a failure names the seed of its file.
"""

import contextlib
import gzip
import os
import random
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import mutations
from tests.builders import KNN, LOGREG, make_run, write_run
from tunecard.report import load as reader
from tunecard.report.analyze import analyze
from tunecard.report.compare.comparison import Comparison
from tunecard.report.compare.terminal import comparison_text
from tunecard.report.conclusion import conclude
from tunecard.report.errors import ReportError
from tunecard.report.findings import find
from tunecard.report.gates import judge
from tunecard.report.history.digest import digest
from tunecard.report.load import Loaded
from tunecard.report.render import render, to_markdown
from tunecard.report.view import build_view
from tunecard.runner import config
from tunecard.runner.datasets.idx import read_idx, write_idx
from tunecard.runner.errors import TunecardError
from tunecard.runner.metrics import Outputs
from tunecard.runner.schema import PREDICTIONS, RESULTS, GridSearch, Study, load
from tunecard.runner.store.journal import JOURNAL, Journal, read_header
from tunecard.runner.store.predictions import PredictedRows, write_tables

SEED = int(os.environ.get("TUNECARD_STRESS_SEED", "0"))
#: Files of each kind by default and in `stress`: 10,000 in all.
FEW, MANY = 100, 1_700
#: Of those, results that go through the whole report by default.
SHOWN = 20
#: Every so many results that can be read are rendered, which takes seconds.
RENDERED = 15
SECONDS = 60  # of one file; none takes one second
STUDY = "digits"
#: What a message to a user does not say.
JARGON = re.compile(
    r"Input should|tuple|valid dictionary|NoneType|Value error|object at 0x|Traceback"
    r"|pydantic"
    r"|\bkwargs\b|list index|ndarray|codec can't|recursion|sys\.|\(\)|Errno"
)

ERRORS = (TunecardError, ReportError)
Read = Callable[[Path], Any]


@dataclass(frozen=True)
class Kind:
    """A kind of file: its content, how it is damaged, read, and judged.

    ``right`` tells whether what was read may be what a file so damaged says.
    """

    name: str
    content: bytes
    mutate: tuple[mutations.Mutate, ...]
    read: Read
    right: Callable[[Any], bool]


def built() -> Loaded:
    """Build a small run with all that a folder can hold."""
    space: dict[str, Any] = {"n_neighbors": (1, 3)}
    search = GridSearch(
        strategy="grid", folds=2, space=space, simpler={"n_neighbors": "larger"}
    )
    small = KNN.model_copy(update={"search": search})
    return make_run(n_test=60, models=(small, LOGREG), rounds=2)


@pytest.fixture(scope="module")
def run() -> Loaded:
    """Give the run whose files are damaged."""
    return built()


@pytest.fixture(scope="module")
def kinds(run: Loaded, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Kind]:
    """Give the kinds of files, each with the content of a right one."""
    folder = write_run(run, tmp_path_factory.mktemp("right"))
    predictions = run.predictions
    assert predictions is not None
    cases = {
        key: Outputs(
            labels.astype(np.int64), probabilities=predictions.probability.get(key)
        )
        for key, labels in predictions.predicted.items()
    }
    images = {3: bytes(64), 7: bytes(range(64))}
    y_true = predictions.y_true.astype(np.int64)
    classes = tuple(one.name for one in run.results.dataset.classes)
    rows = PredictedRows(predictions.index, y_true, classes, cases, images)
    write_tables(folder / PREDICTIONS, [rows])
    right = reader.load(folder).predictions
    assert right is not None
    work = {f"boot b round {n} knn/tuned": {"ns": [n] * 20} for n in range(6)}
    with Journal(folder, {"identity": {"study": "s"}}) as journal:
        for key, value in work.items():
            journal.record(key, value)
    array = (np.arange(600) % 256).astype(np.uint8).reshape(10, 6, 10)
    write_idx(array, folder / "idx")
    plain = (folder / "idx").read_bytes()

    def read_predictions(path: Path) -> Any:
        return reader.read_predictions(path, run.results)

    def read_journal(path: Path) -> Any:
        path.rename(path.with_name(JOURNAL))
        read_header(path.parent)
        with Journal(path.parent, {}) as journal:
            return dict(journal.done)

    by_bytes = mutations.of_bytes
    found = [
        Kind(
            RESULTS,
            (folder / RESULTS).read_bytes(),
            (mutations.of_json, mutations.of_json, by_bytes),
            load,
            lambda _: True,
        ),
        Kind(
            PREDICTIONS,
            (folder / PREDICTIONS).read_bytes(),
            (by_bytes,),
            read_predictions,
            lambda value: same(value, right),
        ),
        Kind(
            "columns of " + PREDICTIONS,
            (folder / PREDICTIONS).read_bytes(),
            (mutations.of_parquet,),
            read_predictions,
            lambda value: set(value.predicted) == set(right.predicted),
        ),
        Kind(
            JOURNAL,
            (folder / JOURNAL).read_bytes(),
            (by_bytes,),
            read_journal,
            lambda value: value.items() <= work.items(),
        ),
        Kind(
            "study.toml",
            (Path(config.__file__).parent / "studies" / f"{STUDY}.toml").read_bytes(),
            (mutations.of_toml, mutations.of_toml, by_bytes),
            lambda path: config.load_study(str(path)),
            lambda value: isinstance(value, Study),
        ),
        Kind("idx", plain, (mutations.of_idx, by_bytes), read_idx, is_array),
        Kind(
            "idx.gz",
            gzip.compress(plain, mtime=0),
            (mutations.of_idx, by_bytes),
            read_idx,
            is_array,
        ),
    ]
    return {kind.name: kind for kind in found}


NAMES = (
    RESULTS,
    PREDICTIONS,
    "columns of " + PREDICTIONS,
    JOURNAL,
    "study.toml",
    "idx",
    "idx.gz",
)


def same(one: reader.Predictions, other: reader.Predictions) -> bool:
    """Tell whether two files say the same, to the bit."""
    return all(
        left.keys() == right.keys()
        and all(np.array_equal(left[key], right[key]) for key in left)
        for left, right in zip(parts(one), parts(other), strict=True)
    )


def parts(predictions: reader.Predictions) -> Iterator[dict[Any, Any]]:
    """Yield the arrays of predictions by name."""
    yield {"index": predictions.index, "y_true": predictions.y_true}
    yield dict(predictions.predicted)
    yield dict(predictions.probability)
    yield dict(predictions.images)


def is_array(value: Any) -> bool:
    """Tell an array of what the format can hold; its numbers have no check in the file."""
    return isinstance(value, np.ndarray) and value.size <= 10_000


@contextlib.contextmanager
def no_hang(what: str) -> Iterator[None]:
    """Fail where a file holds the reader up."""

    def stop(*_: object) -> None:
        pytest.fail(f"{what}: not read within {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check_message(error: Exception, path: Path, what: str) -> None:
    """A message names the file, is no longer than a screen, and no programmer's."""
    text = str(error)
    assert path.name in text or path.parent.name in text, f"{what}: {text}"
    assert len(text.splitlines()) <= 13, f"{what}: {text}"
    ours = re.sub(r'"(\\.|[^"\\])*"|\'[^\']*\'', "", text)  # but for what the file says
    assert not JARGON.search(ours), f"{what}: {text}"


def check(kind: Kind, number: int, folder: Path) -> Any:
    """Damage a file, read it, and return what was read; None after a clear error."""
    seed = f"{kind.name} {SEED + number}"
    draw = random.Random(seed)  # noqa: S311 # no secret
    path = folder / kind.name.replace("columns of ", "").replace("study", f"{number}")
    for old in folder.iterdir():
        old.unlink()
    path.write_bytes(draw.choice(kind.mutate)(kind.content, draw))
    value = None
    with no_hang(seed):
        try:
            value = kind.read(path)
        except ERRORS as error:
            check_message(error, path, seed)
        else:
            assert kind.right(value), f"{seed}: {value}"
    left = {item.name for item in folder.iterdir()} - {path.name, JOURNAL}
    assert not left, f"{seed}: left {left}"
    return value


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_is_told_or_read_right(
    name: str, kinds: dict[str, Kind], tmp_path: Path
) -> None:
    """Some hundred files: an error in a sentence, or what the file says."""
    for number in range(FEW):
        check(kinds[name], number, tmp_path)


@pytest.mark.stress
@pytest.mark.parametrize("name", NAMES)
def test_many_damaged_files_are_told_or_read_right(
    name: str, kinds: dict[str, Kind], tmp_path: Path
) -> None:
    """Thousands of files more."""
    for number in range(FEW, MANY):
        check(kinds[name], number, tmp_path)


def show(results: Any, run: Loaded, out: Path | None) -> None:
    """Do with results that can be read what the report does with them."""
    loaded = replace(run, results=results, folder=Path("run"))
    with contextlib.suppress(*ERRORS):
        analysis = analyze(loaded)
        gates = judge(loaded, analysis)
        view = build_view(loaded, analysis, find(analysis), conclude(analysis), gates)
        to_markdown(view, "report")
        compared = Comparison(run, loaded)
        compared.to_json()
        comparison_text(compared)
        if out is not None:
            render(loaded, out)
    if out is not None and out.exists():
        assert not [path for path in out.iterdir() if path.name.startswith(".")]


# NumPy warns of sums and logarithms of numbers that no run has.
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("first", "last", "every"),
    [
        (0, SHOWN, 0),
        pytest.param(SHOWN, MANY, RENDERED, marks=pytest.mark.stress),
    ],
)
def test_changed_results_that_can_be_read_can_be_shown(
    kinds: dict[str, Kind], run: Loaded, tmp_path: Path, first: int, last: int, every: int
) -> None:
    """What passes as results is analyzed and written as Markdown.

    Under stress a part of it is rendered, whole or not at all.
    """
    (tmp_path / "in").mkdir()
    kind = replace(kinds[RESULTS], mutate=(mutations.of_numbers, mutations.of_json))
    shown = 0
    for number in range(first, last):
        results = check(kind, number, tmp_path / "in")
        if results is not None:
            shown += 1
            with no_hang(f"{number}"):
                digest(tmp_path / "in")
                rendered = every > 0 and shown % every == 1
                show(results, run, tmp_path / "out" if rendered else None)
    assert shown > (last - first) / 10
