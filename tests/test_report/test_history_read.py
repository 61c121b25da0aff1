"""Reading a reports folder: what is a run, what is damaged, what is not read again."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import make_run, write_run
from tests.histories import (
    Document,
    document,
    names_of,
    run_name,
    scale_times,
    write_document,
    write_runs,
)
from tunecard.report.analyze import analyze
from tunecard.report.errors import ReadError
from tunecard.report.history import CACHE, History, read_history, update_index
from tunecard.report.history.digest import MOST_BYTES
from tunecard.report.history.words import quality_words
from tunecard.report.load import Loaded, load
from tunecard.runner.schema import PREDICTIONS, RESULTS

pytestmark = pytest.mark.usefixtures("no_drawing")

NAME = run_name(0)


@pytest.fixture(scope="module")
def content() -> Document:
    """The content of a results.json, to be damaged."""
    return document()


def only_left(history: History) -> tuple[str, str]:
    """Give state and reason of the one folder that was left out."""
    assert history.entries == ()
    assert len(history.left) == 1
    return history.left[0].state, history.left[0].reason


def test_runs_are_the_newest_first(tmp_path: Path) -> None:
    """By their names, which begin with the time."""
    made = write_runs(tmp_path, 3)
    history = read_history(tmp_path)
    assert names_of(history.entries) == made[::-1]
    assert history.pages == set(made)
    assert history.left == ()


def test_what_has_no_run_id_is_left_out(tmp_path: Path, content: Document) -> None:
    """Samples, `latest`, links, files and trash are no runs, whatever they hold."""
    for name in ("sample", "sample-digits", "notes", ".trash-1", "20260101-example"):
        write_document(tmp_path / name, content)
    write_document(tmp_path / "elsewhere" / run_name(1), content)
    (tmp_path / "latest").symlink_to("sample")
    (tmp_path / run_name(2)).symlink_to(tmp_path / "elsewhere" / run_name(1))
    (tmp_path / run_name(3)).write_text("a file", "utf-8")
    history = read_history(tmp_path)
    assert (history.entries, history.left) == ((), ())


def test_a_run_is_what_its_results_say(tmp_path: Path, content: Document) -> None:
    """Study, dataset, metrics, verdict, machine, versions, commit and kernel."""
    write_document(tmp_path / NAME, content)
    (entry,) = read_history(tmp_path).entries
    cases = {f"{case['model']}/{case['variant']}": case for case in content["cases"]}
    assert entry.group == ("example", "digits", "")
    assert (entry.title, entry.dataset_title) == ("An example", "Handwritten digits")
    for model in entry.models:
        for variant, case in model.cases.items():
            stored = cases[f"{model.name}/{variant}"]["quality"]["test"]
            assert case.metrics == {name: stored[name] for name in case.metrics}
    assert set(entry.models[0].cases["tuned"].metrics) == {
        "accuracy", "precision_macro", "recall_macro", "f1_macro",
    }  # fmt: skip
    assert entry.machine["processor"] == "Example CPU"
    assert entry.versions["numpy"] == "2.0.0"
    assert entry.commit == "0000000"
    # Of a product of 0.1 s and a copy of 0.05 s.
    assert entry.kernel == pytest.approx((0.1 * 0.05) ** 0.5)


def wanted_words(run: Loaded) -> dict[str, str]:
    """Give the words that the page of a run has."""
    return {model.name: model.quality_word or "" for model in analyze(run).models}


@pytest.mark.parametrize("metric", ["accuracy", "f1_macro"])
@pytest.mark.parametrize("tuned", [0.90, 0.93, 0.97])
def test_verdicts_are_those_of_the_page(tmp_path: Path, metric: str, tuned: float) -> None:
    """The same test, resamples and family as report.analyze."""
    run = make_run(accuracy={"knn/tuned": tuned}, study={"metric": metric})
    folder = write_run(run, tmp_path / NAME)
    words = quality_words(run.results, folder / PREDICTIONS)
    assert words == wanted_words(load(folder))
    assert read_history(tmp_path).entries[0].models[0].word == words["knn"]


def test_an_analysis_that_is_at_hand_gives_the_same_entry(tmp_path: Path) -> None:
    """Predictions are not read again for a run whose page has just been made."""
    run = make_run(failed={"logreg/tuned": ("oom", "it needed 9 GiB")})
    folder = write_run(run, tmp_path / NAME)
    entries = read_history(tmp_path).entries
    analysis = analyze(load(folder))
    (folder / PREDICTIONS).write_bytes(b"nothing")
    assert read_history(tmp_path, {NAME: analysis}).entries == entries
    assert read_history(tmp_path).entries != entries


def test_a_case_that_failed_is_said(tmp_path: Path) -> None:
    """The word of its model is failed, that of the other stays."""
    failed = make_run(failed={"knn/tuned": ("oom", "it needed 9 GiB")})
    write_run(failed, tmp_path / NAME)
    knn, logreg = read_history(tmp_path).entries[0].models
    assert knn.word == "failed"
    assert knn.cases["tuned"].status == "oom"
    assert logreg.word in {"better", "equivalent", "inconclusive"}


@pytest.mark.parametrize("damage", ["missing", "garbage", "cut"])
def test_without_fitting_predictions_nothing_is_compared(
    tmp_path: Path, damage: str
) -> None:
    """The run is listed all the same."""
    folder = write_run(make_run(n_test=60), tmp_path / NAME)
    path = folder / PREDICTIONS
    if damage == "missing":
        path.unlink()
    elif damage == "garbage":
        path.write_bytes(b"PAR1 nothing PAR1")
    else:
        path.write_bytes(path.read_bytes()[:-20])
    (entry,) = read_history(tmp_path).entries
    assert [model.word for model in entry.models] == ["not compared", "not compared"]


def test_rows_that_contradict_the_results_are_named(tmp_path: Path) -> None:
    """Which of the two is right is unknown, so that neither is listed."""
    folder = write_run(make_run(n_test=60), tmp_path / NAME)
    other = make_run(n_test=60, accuracy={"knn/tuned": 0.5})
    shutil.copy(write_run(other, tmp_path / "other") / PREDICTIONS, folder)
    (left,) = read_history(tmp_path).left
    assert left.state == "damaged"
    assert "gives accuracy 0.5 for 'knn/tuned', but the results say" in left.reason


def _with(**fields: object) -> Callable[[Document], str]:
    return lambda content: json.dumps({**content, **fields})


def _contradicting(content: Document) -> str:
    return json.dumps({**content, "dataset": {**content["dataset"], "n_test": 59}})


def _huge_time(content: Document) -> str:
    changed = json.loads(json.dumps(content))
    changed["cases"][0]["timings"][0]["samples"][1]["wall_ns"] = 10**400
    return json.dumps(changed)


DAMAGES: dict[str, tuple[Callable[[Document], str], str]] = {
    "empty": (lambda _: "", "is not JSON"),
    "cut off": (lambda content: json.dumps(content)[:5000], "is not JSON"),
    "a list": (lambda _: "[]", "holds "),
    "of a newer version": (_with(schema_version="99"), "schema_version is '99'"),
    "without cases": (
        lambda c: json.dumps({k: v for k, v in c.items() if k != "cases"}),
        "cases: ",
    ),
    "a wrong field": (_with(wall_seconds="long"), "wall_seconds: "),
    "fields that contradict": (_contradicting, "does not follow the contract"),
    "deeply nested": (lambda _: "[" * 200_000, "is not JSON"),
    "an endless time": (_huge_time, ""),
    "not UTF-8": (lambda _: "\udcff", "not UTF-8"),
}


@pytest.mark.parametrize(("damage", "reason"), DAMAGES.values(), ids=list(DAMAGES))
def test_a_damaged_run_is_listed_with_its_reason(
    tmp_path: Path, content: Document, damage: Callable[[Document], str], reason: str
) -> None:
    """In one line, and the others are listed as ever."""
    folder = tmp_path / run_name(7)
    folder.mkdir()
    (folder / RESULTS).write_bytes(damage(content).encode("utf-8", "surrogateescape"))
    write_document(tmp_path / NAME, content)
    history = read_history(tmp_path)
    assert names_of(history.entries) == [NAME]
    (left,) = history.left
    assert left.state == "damaged"
    assert reason in left.reason
    assert "\n" not in left.reason
    assert 10 < len(left.reason) <= 400


def test_results_that_are_no_file_are_not_waited_for(tmp_path: Path) -> None:
    """A pipe, a folder and a file beyond all measure are named and not opened."""
    for number, make in enumerate((os.mkfifo, os.mkdir)):
        folder = tmp_path / run_name(number)
        folder.mkdir()
        make(folder / RESULTS)
    big = tmp_path / run_name(9)
    big.mkdir()
    with (big / RESULTS).open("wb") as stream:
        stream.truncate(MOST_BYTES + 1)
    reasons = [one.reason for one in read_history(tmp_path).left]
    assert reasons[0].split()[:2] == ["results.json", "has"]
    assert reasons[1:] == ["results.json is not a regular file"] * 2


def test_an_interrupted_run_is_unfinished(tmp_path: Path) -> None:
    """It has a journal and no results."""
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "journal.jsonl").write_text("{}", "utf-8")
    state, reason = only_left(read_history(tmp_path))
    assert state == "unfinished"
    assert "resumes" in reason


def test_a_run_whose_times_are_to_come_is_unfinished(
    tmp_path: Path, content: Document
) -> None:
    """Its results hold quality alone as yet, so that no trend and no band may use it."""
    write_document(tmp_path / NAME, {**content, "in_progress": True})
    (tmp_path / NAME / "journal.jsonl").write_text("{}", "utf-8")
    assert only_left(read_history(tmp_path))[0] == "unfinished"


def test_a_half_folder_is_unfinished(tmp_path: Path) -> None:
    """Without results and journal."""
    (tmp_path / NAME).mkdir()
    state, reason = only_left(read_history(tmp_path))
    assert (state, reason) == ("unfinished", "it holds neither results nor a journal")


def test_a_live_run_is_running(tmp_path: Path) -> None:
    """Its folder is held by the process that measures it."""
    (tmp_path / NAME).mkdir()
    with (tmp_path / NAME / ".lock").open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        assert only_left(read_history(tmp_path))[0] == "running"
    assert only_left(read_history(tmp_path))[0] == "unfinished"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With what to give."""
    with pytest.raises(ReadError, match=r"nowhere: cannot be read \(No such file"):
        read_history(tmp_path / "nowhere")


@pytest.fixture
def indexed(tmp_path: Path) -> Path:
    """Give a folder of six runs, one of them damaged, whose index was written."""
    write_runs(tmp_path, 5)
    write_document(tmp_path / run_name(9), {"schema_version": "99"})
    update_index(tmp_path)
    return tmp_path


def test_unchanged_runs_are_not_read_again(indexed: Path) -> None:
    """Nor the damaged one."""
    assert read_history(indexed).n_read == 0


def test_one_more_run_is_the_only_one_read(indexed: Path) -> None:
    """Whatever the number of the others."""
    write_runs(indexed, 1, first=5)
    history = read_history(indexed)
    assert (history.n_read, len(history.entries)) == (1, 6)


def test_the_cache_gives_what_reading_gives(indexed: Path) -> None:
    """The same entries and reasons, to the bit."""
    known = read_history(indexed)
    (indexed / CACHE).unlink()
    again = read_history(indexed)
    assert again.n_read == 6
    assert (known.entries, known.left) == (again.entries, again.left)


def test_a_run_that_changed_is_read_again(indexed: Path) -> None:
    """Even where name and size are the same."""
    path = indexed / run_name(2) / RESULTS
    content = json.loads(path.read_text("utf-8"))
    content["environment"]["cpu"] = "Exchanged!!"
    size = path.stat().st_size
    path.write_text(json.dumps(content), "utf-8")
    assert path.stat().st_size == size
    history = read_history(indexed)
    assert history.n_read == 1
    assert history.entries[2].machine["processor"] == "Exchanged!!"


def test_predictions_that_came_later_are_seen(indexed: Path) -> None:
    """A run is read again when the file that its verdict rests on appears."""
    (indexed / run_name(1) / PREDICTIONS).write_bytes(b"")
    assert read_history(indexed).n_read == 1


def test_a_run_that_went_is_forgotten(indexed: Path) -> None:
    """It is in no list and, with the next index, in no cache."""
    shutil.rmtree(indexed / run_name(3))
    assert run_name(3) not in names_of(read_history(indexed).entries)
    update_index(indexed)
    assert run_name(3) not in (indexed / CACHE).read_text("utf-8")


def damaged_caches() -> dict[str, Callable[[bytes], bytes]]:
    """Ways in which a cache can be damaged."""
    return {
        "empty": lambda _: b"",
        "garbage": lambda _: os.urandom(2000),
        "cut off": lambda text: text[: len(text) // 2],
        "of another version": lambda text: text.replace(b'"cache":1', b'"cache":2'),
        "lines of others": lambda text: text + b"{}\n[1]\nnull\n\xff\n",
        "values of others": lambda text: text.replace(b'"kernel":', b'"kernel":"x",'),
    }


@pytest.mark.parametrize("kind", damaged_caches())
def test_a_damaged_cache_is_built_anew(indexed: Path, kind: str) -> None:
    """Silently, and with the same result."""
    wanted = read_history(indexed)
    path = indexed / CACHE
    path.write_bytes(damaged_caches()[kind](path.read_bytes()))
    update_index(indexed)
    found = read_history(indexed)
    assert (found.entries, found.left, found.n_read) == (wanted.entries, wanted.left, 0)


def test_a_cache_that_is_a_folder_hinders_only_the_index(tmp_path: Path) -> None:
    """Reading goes on without it."""
    write_runs(tmp_path, 1)
    (tmp_path / CACHE).mkdir()
    assert read_history(tmp_path).n_read == 1


def test_groups_are_study_dataset_and_part(tmp_path: Path) -> None:
    """A quick run on a part of the data is no run on all of it."""

    def part(number: int, content: Document) -> None:
        content["study"]["subset"] = {"train": 100, "test": 50} if number % 2 else None
        scale_times(content, 1.0)

    write_runs(tmp_path, 2, change=part)
    groups = [entry.group for entry in read_history(tmp_path).entries]
    assert groups == [("example", "digits", "100 + 50"), ("example", "digits", "")]
