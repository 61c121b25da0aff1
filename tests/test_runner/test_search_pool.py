"""Candidates have a time and a memory limit; what goes wrong costs its own candidate."""

import os
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.processes import wait_until_gone
from tunecard.runner import models
from tunecard.runner.errors import OutputError
from tunecard.runner.metrics import scorer
from tunecard.runner.processes.template import SEARCH, Templates
from tunecard.runner.schema import Candidate, GridSearch, Limits, ModelSpec
from tunecard.runner.search import shared, tune
from tunecard.runner.search.pool import Pool
from tunecard.runner.search.pool_pipes import Piece
from tunecard.runner.store.journal import NullCheckpoint, Value

pytestmark = pytest.mark.usefixtures("forked")

HERE = Path(__file__).parent
LIMITS = Limits(case_seconds=120.0, memory=2**29)
#: Of a search that hangs, which is waited for: a process that is started imports first.
SHORT = {
    how: Limits(case_seconds=seconds, memory=2**29)
    for how, seconds in (("forked", 6.0), ("started", 20.0))
}
ROWS = np.zeros((40, 2), dtype=np.float32)
CODES = np.repeat([0, 1], 20)


class Notes(NullCheckpoint):
    """A memory that keeps what it is told."""

    def __init__(self) -> None:
        self.kept: dict[str, Value] = {}

    def recall(self, key: str) -> Value | None:
        """Return what was noted."""
        return self.kept.get(key)

    def record(self, key: str, value: Value) -> None:
        """Note it."""
        self.kept[key] = value


@pytest.fixture(
    scope="module",
    params=["forked", pytest.param("started", marks=pytest.mark.slow)],
)
def moody(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Candidate], Path, Notes]:
    """Give candidates by their mood, what one wrote, what its search noted."""
    note = tmp_path_factory.mktemp("moody") / "started.txt"
    found: dict[str, Candidate] = {}
    with ExitStack() as patches:
        patch = patches.enter_context(pytest.MonkeyPatch.context())
        patch.syspath_prepend(str(HERE))
        spec = ModelSpec(name="m", estimator="hostile.Moody", params={"note": str(note)})
        path = tuple(sys.path)
        templates = patches.enter_context(
            Templates({"m": ("hostile",)}, os.environ, threads=1, path=path, base=SEARCH)
        )
        for moods, limits in (
            (("hoards", "segfaults", "raises", "right"), LIMITS),
            (("hangs", "right"), SHORT[request.param]),
        ):
            notes = Notes()
            tuned = tune(
                models.build(spec, {}, 0),
                GridSearch(strategy="grid", folds=2, space={"mood": moods}),
                ROWS,
                CODES,
                seed=0,
                n_jobs=1,
                progress=lambda _: None,
                memory=notes,
                limits=limits,
                fork=partial(templates.fork_quietly, "m")
                if request.param == "forked"
                else None,
            )
            assert tuned.params == {"mood": "right"}
            found |= {str(row.params["mood"]): row for row in tuned.candidates[1:]}
    return found, note, notes


@pytest.mark.parametrize(
    ("mood", "reason"),
    [
        ("hangs", "ran longer than limits.case_seconds = "),
        ("hoards", "needed more than limits.memory = 0.5 GiB (MemoryError: "),
        ("segfaults", "the process died over it (SIGSEGV): a crash, or out of memory"),
        ("raises", "RuntimeError: no license"),
    ],
)
def test_what_goes_wrong_is_a_failed_candidate_with_its_reason(
    moody: tuple[dict[str, Candidate], Path, Notes], mood: str, reason: str
) -> None:
    """A hang that prints for ever, hunger for memory and a crash each fail alone."""
    row = moody[0][mood]
    assert row.status == "failed"
    assert row.scores == (None, None)
    assert (row.reason or "").startswith(reason)


def test_the_others_are_untouched(
    moody: tuple[dict[str, Candidate], Path, Notes],
) -> None:
    """A candidate that is right has all its scores."""
    row = moody[0]["right"]
    assert (row.status, row.reason) == ("ok", None)
    assert row.scores == (0.5, 0.5)


def test_a_process_is_ended_with_what_it_started(
    moody: tuple[dict[str, Candidate], Path, Notes],
) -> None:
    """Nothing that a hanging candidate started lives on."""
    pids = [int(pid) for pid in moody[1].read_text("utf-8").split()]
    assert len(pids) == 2
    wait_until_gone(*pids)


def test_failures_are_remembered(
    moody: tuple[dict[str, Candidate], Path, Notes],
) -> None:
    """A search that goes on does not try again what ran into a limit."""
    candidates, _, notes = moody
    again = tune(
        models.build(ModelSpec(name="m", estimator="sklearn.svm.SVC"), {}, 0),
        GridSearch(strategy="grid", folds=2, space={"mood": ("hangs", "right")}),
        ROWS,
        CODES,
        seed=0,
        n_jobs=1,
        progress=lambda _: None,
        memory=notes,
        limits=SHORT["forked"],
    )
    assert again.candidates[1:] == (candidates["hangs"], candidates["right"])


def test_an_estimator_that_cannot_be_loaded_there_says_so() -> None:
    """What cannot be made in another process fails, and does not hang."""
    with Pool(
        Unloadable(), (ROWS, CODES), score=scorer("accuracy"), n_jobs=1, limits=LIMITS
    ) as pool:
        ((_, scored),) = pool.score(
            [{}], [(np.arange(20), np.arange(20, 40))], [Piece(0, 0)]
        )
    assert scored.failure == "died"
    assert scored.reason == (
        "its process could not load the estimator (RuntimeError: only here)"
    )


def test_a_full_disk_is_no_failed_candidate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends the search, which takes what it had finished over once there is room."""
    monkeypatch.syspath_prepend(str(HERE))
    note, notes = tmp_path / "room", Notes()
    estimator = models.build(
        ModelSpec(name="m", estimator="hostile.Moody", params={"note": str(note)}), {}, 0
    )

    def search() -> dict[str, Candidate]:
        found = tune(
            estimator,
            GridSearch(strategy="grid", folds=2, space={"mood": ("right", "full")}),
            ROWS,
            CODES,
            seed=0,
            n_jobs=1,
            progress=lambda _: None,
            memory=notes,
            work=tmp_path / "work",
        )
        return {str(row.params["mood"]): row for row in found.candidates}

    with pytest.raises(OutputError, match=r"No space left on device: '/a/cache'\)\. What"):
        search()
    assert not (tmp_path / "work").exists()
    assert list(notes.kept) == [f"candidate {c} fold {f}" for c in (0, 1) for f in (0, 1)]
    assert all(value["score"] == 0.5 for value in notes.kept.values())
    note.touch()
    assert search()["full"].scores == (0.5, 0.5)


def test_what_scorers_share_is_made_anew_in_its_place(tmp_path: Path) -> None:
    """What a search that was killed left there is gone; mapped rows are not copied."""
    np.save(tmp_path / "rows.npy", ROWS)
    (tmp_path / "work" / "old").mkdir(parents=True)
    folder = shared.make(tmp_path / "work")
    rows = np.load(tmp_path / "rows.npy", mmap_mode="r")
    shared.write(folder, "an estimator", scorer("f1_macro"), (rows, CODES))
    assert {path.name for path in folder.iterdir()} == {
        "estimator.pickle",
        "scorer.pickle",
        "X.npy",
        "y.npy",
    }
    assert (folder / "X.npy").readlink() == tmp_path / "rows.npy"
    X, y, *weights = shared.read_data(folder)
    assert weights == []
    np.testing.assert_array_equal(X, ROWS)
    np.testing.assert_array_equal(y, CODES)
    assert shared.read_estimator(folder) == "an estimator"
    assert shared.read_scorer(folder) == scorer("f1_macro")


class Unloadable:
    """Pickles as a call that fails."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return _fail, ("only here",)


def _fail(message: str) -> None:
    raise RuntimeError(message)
