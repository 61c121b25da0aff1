"""Damaged run folders: resumed, read, compared, validated, listed.

``python -m tests.stress.damaged_folders --number 5000 --seed 0`` prints what became of
them. A fifth are unfinished and resumed; the others are finished and read. All of it
happens in one process, which fits tiny models.
"""

import argparse
import gc
import math
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import threadpoolctl

from tests import command
from tests.runs import told
from tests.stress.damage import Tally, damage_file, ends_well, require
from tests.test_runner import forking_host
from tunecard.judging import judge
from tunecard.report.analyze import analyze
from tunecard.report.compare.comparison import Comparison
from tunecard.report.conclusion import conclude
from tunecard.report.findings import find
from tunecard.report.gates import judge as judge_gates
from tunecard.report.history.digest import Unfinished, Unreadable, digest
from tunecard.report.load import Loaded, load
from tunecard.report.load.manifest import check_manifest
from tunecard.report.render import render
from tunecard.report.render.summary_json import summary_json
from tunecard.runner import session
from tunecard.runner.clock import calibration, kernel, measure, worker
from tunecard.runner.processes.process import Ended
from tunecard.runner.progress import Silent
from tunecard.runner.schema import MANIFEST, OUT_OF_FOLD, PREDICTIONS, RESULTS
from tunecard.runner.schema import load as load_results
from tunecard.runner.store.journal import JOURNAL, Journal

STUDY = """
name = "tiny"
title = "Tiny"
dataset = "iris"
[[models]]
name = "knn"
estimator = "sklearn.neighbors.KNeighborsClassifier"
[models.search]
strategy = "grid"
folds = 3
space = { n_neighbors = [1, 9] }
[timing]
budget = "0.001s"
"""
#: Of so many folders one is resumed; one is rendered and judged against.
RESUMED, RENDERED = 8, 400
TABLES = (PREDICTIONS, OUT_OF_FOLD)
DATA = (".json", ".parquet", ".npy")
#: How a run reports that something is done again.
NAMED = ("damaged", "cut off", "cannot be resumed", "left alone")
KEPT = (*NAMED, "resumes")


class Notices(Silent):
    """Keeps what a run reports."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def notice(self, text: str) -> None:
        """Keep it."""
        self.texts.append(text)


@dataclass
class Recorder:
    """Follows what a journal records, and copies the folder after each piece."""

    keys: list[str] = field(default_factory=list)
    after: Callable[[str], object] = lambda _: None

    def follow(self) -> None:
        """Put this between the journal and its callers."""
        record = Journal.record

        def recording(journal: Journal, key: str, value: dict[str, Any]) -> None:
            record(journal, key, value)
            self.keys.append(key)
            self.after(key)

        setattr(Journal, "record", recording)  # noqa: B010 # of this process alone


def run_here(
    folder: Path, *_: object, module: str = worker.__name__, **__: object
) -> Ended:
    """Do a worker's work in this process."""
    sys.modules[module].main(folder)
    return Ended("ok", peak_memory=2**20)


def make_quick() -> None:
    """Let this process measure without others, and without its costly care."""
    forking_host.make_quick()
    threadpoolctl.threadpool_limits(1)
    for module in (calibration, measure):
        vars(module)["run_worker"] = run_here  # of this process alone
    gc.collect = lambda *_: 0  # it takes most of the time
    assert kernel.__name__ in sys.modules


def run(place: Path) -> tuple[Path, list[str]]:
    """Run the study of a folder, or resume it, without its report."""
    notices = Notices()
    (place / "study.toml").write_text(STUDY, "utf-8")
    with session.run_session(
        str(place / "study.toml"),
        reports=place / "reports",
        data_dir=None,
        offline=True,
        quick=False,
        fresh=False,
        budget=None,
        jobs=1,
        progress=notices,
    ) as folder:
        pass
    return folder, notices.texts


def summary_of(loaded: Loaded) -> str:
    """Return the numbers and words of a run."""
    analysis = analyze(loaded)
    gates = judge_gates(loaded, analysis)
    return summary_json(loaded.results, analysis, conclude(analysis), find(analysis), gates)


@dataclass
class Stage:
    """What all attempts start from.

    Attributes
    ----------
    place : Path
        Where folders are made.
    unfinished : list of Path
        Copies of a run folder after each piece of work.
    finished : Path
        The same run, with its page.
    loaded : Loaded
        The unbroken run.
    summary : str
        Its numbers and words.
    """

    place: Path
    unfinished: list[Path]
    finished: Path
    loaded: Loaded
    summary: str
    recorder: Recorder


def set_up(place: Path) -> Stage:
    """Run once without disturbance, and keep a copy of every state on the way."""
    make_quick()
    recorder = Recorder()
    copies: list[Path] = []
    recorder.follow()

    def keep(_: str) -> None:
        (folder,) = (place / "whole" / "reports").glob("2*")
        copies.append(
            shutil.copytree(folder, place / "copies" / str(len(copies)) / folder.name)
        )

    (place / "whole").mkdir()
    recorder.after = keep
    folder, _ = run(place / "whole")
    recorder.after = lambda _: None
    loaded = load(folder)
    render(loaded, folder)
    return Stage(place, copies, folder, loaded, summary_of(loaded), recorder)


def resume(stage: Stage, draw: random.Random) -> str:
    """Damage an unfinished run and give the same command again."""
    place = stage.place / "resumed"
    shutil.rmtree(place, ignore_errors=True)
    source = draw.choice(stage.unfinished)
    folder = place / "reports" / source.name
    shutil.copytree(source, folder)
    done = set(_keys(source))
    what = _damage(folder, draw)
    stage.recorder.keys.clear()
    value, message = ends_well(partial(run, place))
    if message:
        require(message.count("\n") == 0, f"{what}: {message}")
        return "refused in one sentence"
    ended, notices = value
    results = load_results(ended / RESULTS)
    require(told(results) == told(stage.loaded.results), f"{what}: other numbers")
    for name in TABLES:
        same = (ended / name).read_bytes() == (stage.finished / name).read_bytes()
        require(same, f"{what}: another {name}")
    again = done & {key for key in stage.recorder.keys if not key.startswith("session ")}
    if again and ended == folder:
        # A line that is gone leaves no trace but the count of what was kept.
        words = KEPT if "lines" in what else NAMED
        said = any(word in text for text in notices for word in words)
        require(said, f"{what}: done again, not reported: {sorted(again)}: {notices}")
    if ended != folder:
        return "left alone, a new run measured"
    left = {path.name for path in ended.iterdir()} - {RESULTS, *TABLES}
    extra = {name for name in left if not name.startswith("results.invalid")}
    require(not extra, f"{what}: left {extra}")
    return "resumed, some of it measured again" if again else "resumed"


def _keys(folder: Path) -> list[str]:
    with Journal(folder, {}) as journal:
        return [key for key in journal.done if not key.startswith("session ")]


def _damage(folder: Path, draw: random.Random) -> str:
    """Damage one file, or two."""
    done = []
    for _ in range(draw.choice((1, 1, 2))):
        files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != ".lock")
        journal = [path for path in files if path.name == JOURNAL]
        if not files:
            break
        data = [path for path in files if path.suffix in DATA]
        chosen = draw.choice(data if data and draw.random() < 0.7 else files)
        if journal and draw.random() < 0.3:
            chosen = journal[0]
        done.append(damage_file(chosen, files, draw))
    return " and ".join(done)


def read(stage: Stage, draw: random.Random, *, whole: bool) -> str:
    """Damage a finished run and read it in every way."""
    place = stage.place / "read"
    shutil.rmtree(place, ignore_errors=True)
    folder = shutil.copytree(stage.finished, place / "reports" / stage.finished.name)
    what = _damage(folder, draw)
    changed = _changed(stage.finished, folder)
    checked, message = ends_well(partial(check_manifest, folder))
    confirmed = checked is not None and not checked.damaged
    require(not (confirmed and changed - {MANIFEST}), f"{what}: confirmed: {changed}")
    if not changed & {RESULTS, *TABLES, MANIFEST} and draw.random() < 0.95:
        return "a rendering damaged, and named"  # its data reads as before
    loaded, error = ends_well(partial(load, folder))
    named = error
    if loaded is not None:
        summary, named = ends_well(partial(summary_of, loaded))
        if summary is not None:
            _check_numbers(stage, folder, summary, what)
        if draw.random() < 0.2:
            _, other = ends_well(lambda: Comparison(stage.loaded, loaded).to_json())
            named = named or other
    if draw.random() < 0.5:
        _list(stage, folder, what)
    if whole:
        _use_commands(stage, folder, what)
    if not changed:
        return "not damaged"
    return "refused" if named or message else "read without what is missing"


def _list(stage: Stage, folder: Path, what: str) -> None:
    """List the run; its numbers are those of the unbroken run, or it has none."""
    if not (folder / RESULTS).is_file():
        return
    try:
        entry = digest(folder)
    except (Unreadable, Unfinished):
        return
    quality = stage.loaded.results.cases[1].quality
    listed = entry.models[0].cases["tuned"].metrics["accuracy"]
    assert quality is not None
    known = (folder / MANIFEST).is_file()
    require(not known or listed == quality.test["accuracy"], f"{what}: listed {listed}")


def _changed(before: Path, after: Path) -> set[str]:
    names = {path.name for path in (*before.iterdir(), *after.iterdir())}
    return {
        name
        for name in names
        if not (after / name).is_file()
        or not (before / name).is_file()
        or (before / name).read_bytes() != (after / name).read_bytes()
    }


def _check_numbers(stage: Stage, folder: Path, summary: str, what: str) -> None:
    """Numbers are those of the unbroken run, unless a file is missing, or the checksums."""
    missing = [n for n in (*TABLES, MANIFEST) if not (folder / n).is_file()]
    require(missing or summary == stage.summary, f"{what}: other numbers")


def _use_commands(stage: Stage, folder: Path, what: str) -> None:
    """Call the commands themselves, as a user does."""
    other = str(stage.finished)
    for arguments in (
        ("report", str(folder)),
        ("compare", other, str(folder), "--out", str(folder.parent / "compared")),
        ("history", "--reports", str(folder.parent)),
        ("validate", str(folder)),
        ("export", str(folder), "--latex"),
    ):
        ended = command.call(stage.place, *arguments)
        require("Traceback" not in ended.err, f"{what}: {arguments[0]}: {ended.err}")
        require(
            ended.code in (0, 2, 3), f"{what}: {arguments[0]}: {ended.code}: {ended.err}"
        )
    truth = ["a", "b"] * 30
    judging = partial(
        judge, truth, truth, truth, quiet=True, reports=folder.parent, against=folder
    )
    ends_well(judging)


def main(arguments: Sequence[str] | None = None) -> int:
    """Damage as many folders as asked for; return 1 where one was handled wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=5_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=math.inf, help="at most")
    options = parser.parse_args(arguments)
    tally, begun = Tally(options.seed), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tunecard-damage-") as name:
        stage = set_up(Path(name))
        for number in range(options.first, options.first + options.number):
            if time.monotonic() - begun > 60 * options.minutes:
                break
            seed = f"{options.seed}/folder {number}"
            draw = random.Random(seed)  # noqa: S311 # no secret
            with tally.attempt(seed):
                if number % RESUMED == 0:
                    tally.counts[resume(stage, draw)] += 1
                else:
                    whole = number % RENDERED == 1
                    tally.counts[read(stage, draw, whole=whole)] += 1
            if number % 100 == 99:
                sys.stdout.write(f"{number + 1}: {len(tally.failures)} failures\n")
                sys.stdout.flush()
    sys.stdout.write(f"{tally.summary()}\n{time.monotonic() - begun:.0f} s\n")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
