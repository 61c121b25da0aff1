"""The command as a user starts it: a process of its own, in a folder of its own."""

import doctest
import gzip
import json
import os
import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tunecard.python as front_door
from tests.builders import KNN, make_run, write_run
from tests.command import COMMAND, Ended, call, on_one_core, start, tunecard
from tunecard.report import run as run_module
from tunecard.report.compare import comparison
from tunecard.runner.errors import StudyError
from tunecard.runner.schema import RESULTS, SCHEMA_VERSION, ModelSpec, Study, load
from tunecard.runner.store.resume import record_written

pytestmark = [pytest.mark.early, pytest.mark.usefixtures("no_drawing")]  # a whole run

MODEL = """
[[models]]
name = "forest"
estimator = "sklearn.ensemble.RandomForestClassifier"
params = { n_estimators = 30 }
"""
HEAD = """
name = "tiny"
title = "Tiny"
dataset = "digits"
"""
#: Its search waits long enough to be interrupted there; nothing else of it waits.
PATIENT = """
import time
from sklearn.tree import DecisionTreeClassifier

class Patient(DecisionTreeClassifier):
    def fit(self, X, y):
        if len(y) < 200:
            time.sleep(0.2)
        return super().fit(X, y)
"""
TINY = f"""{HEAD}
[subset]
train = 200
test = 100
[[models]]
name = "tree"
estimator = "patient.Patient"
[models.search]
strategy = "grid"
folds = 2
space = {{ max_depth = [2, 4, 8], min_samples_leaf = [1, 2] }}
[timing]
budget = "1s"
"""


def write_study(folder: Path, text: str) -> Path:
    """Write a study file into a folder."""
    path = folder / "study.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with the tiny study, for the one run that all tests look at."""
    folder = tmp_path_factory.mktemp("home") / "working"
    folder.mkdir()
    write_study(folder, TINY)
    (folder / "patient.py").write_text(PATIENT, "utf-8")
    return folder


@pytest.fixture(scope="module")
def interrupted(home: Path) -> Ended:
    """The run, ended by Ctrl-C in its search."""
    process = start(home, "run", "study.toml", "--fresh", "--reports", "out of runs")
    assert process.stderr is not None
    seen = ""
    while "search: tree [1/" not in seen:
        line = process.stderr.readline()
        assert line, seen
        seen += line
    # A terminal sends Ctrl-C to every process of the foreground group.
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return Ended(process.returncode, out, seen + err)


@pytest.fixture(scope="module")
def finished(home: Path, interrupted: Ended, forked: None) -> Ended:  # it forks its workers
    """The run, resumed by the very command that the interrupted one named."""
    named = interrupted.err.splitlines()[-1].partition("To resume: ")[2]
    name, *arguments = shlex.split(named)
    assert name == "tunecard"
    with on_one_core():
        return call(home, *arguments)


def test_ctrl_c_says_how_to_go_on(interrupted: Ended) -> None:
    """Ctrl-C ends the run with exit code 130, one sentence, and no traceback."""
    assert interrupted.code == 130
    assert interrupted.out == ""
    assert "Traceback" not in interrupted.err
    assert "timing" not in interrupted.err
    assert interrupted.err.splitlines()[-1] == (
        "tunecard: interrupted; what is finished is kept. "
        "To resume: tunecard run study.toml --reports 'out of runs'"
    )


def test_the_named_command_finishes_the_run(home: Path, finished: Ended) -> None:
    """The command that the interrupted run named takes its work over and ends well."""
    assert finished.code == 0, finished.err
    assert ": resumes. Kept: " in finished.err
    assert load((home / finished.out.strip()).with_name(RESULTS)).n_sessions == 2


def test_the_last_line_is_the_page(home: Path, finished: Ended) -> None:
    """Stdout ends with the path of the page, and holds nothing else."""
    assert finished.out.count("\n") == 1
    page = home / finished.out.strip()
    assert page.name == "report.html"
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")


def test_progress_is_plain_lines_when_piped(finished: Ended) -> None:
    """Progress goes to stderr line by line, with no control characters."""
    assert "timing: round 1 [1/2] round 1: tree, " in finished.err
    assert not set(finished.err) & {"\x1b", "\r"}


def test_a_run_leaves_only_its_results(home: Path, finished: Ended) -> None:
    """A finished run holds no journal, lock or working files."""
    names = {path.name for path in (home / finished.out.strip()).parent.iterdir()}
    assert names >= {RESULTS, "predictions.parquet", "report.html", "report.md"}
    assert not [name for name in names if name.startswith(".") or "journal" in name]


def test_latest_points_to_the_run(home: Path, finished: Ended) -> None:
    """`latest` in the reports folder is a relative link to the newest run."""
    link = home / "out of runs" / "latest"
    assert link.is_symlink()
    assert str(link.readlink()) == Path(finished.out).parent.name


def test_a_run_ends_with_the_list_of_runs(home: Path, finished: Ended) -> None:
    """`index.html` in the reports folder links to the run's page."""
    page = home / finished.out.strip()
    index = page.parent.parent / "index.html"
    assert f'href="{page.parent.name}/{page.name}"' in index.read_text("utf-8")


def test_report_renders_a_run_again(home: Path, finished: Ended, tmp_path: Path) -> None:
    """`tunecard report` writes the same page from the results alone."""
    page = home / finished.out.strip()
    again = call(home, "report", page.parent, "--out", tmp_path / "again")
    assert again == Ended(0, f"{tmp_path / 'again' / 'report.html'}\n", "")
    assert (tmp_path / "again" / "report.html").read_bytes() == page.read_bytes()


def test_validate_accepts_what_a_run_wrote(home: Path, finished: Ended) -> None:
    """`tunecard validate` says in one line that a run follows the contract."""
    ended = call(home, "validate", Path(finished.out.strip()).parent)
    assert (ended.code, ended.err) == (0, "")
    assert f"schema_version {SCHEMA_VERSION}" in ended.out


def test_without_mnist_digits_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no study named and MNIST out of reach, digits run, and stderr says so.

    What is measured then, and its page, is what `test_examples.py` looks at.
    """
    started: list[str] = []

    def measure(_study: object, dataset: Any, run: Any, _progress: object) -> None:
        started.append(run.command)
        assert dataset.info.name == "digits"
        write_run(make_run(n_test=40, models=(KNN,), rounds=1), run.folder)

    monkeypatch.setattr("tunecard.runner.session.run_study", measure)
    ended = call(tmp_path, "run", "--offline", "--quiet")
    assert ended.code == 0, ended.err
    assert "MNIST is out of reach" in ended.err
    assert "NOT MNIST" in ended.err
    assert started == ["tunecard run digits"]


def test_a_named_study_without_its_data_fails(tmp_path: Path) -> None:
    """`tunecard run mnist` with MNIST out of reach ends with 3 and says what to do."""
    ended = refused(tmp_path, 3, "run", "mnist", "--offline")
    assert "--data-dir or TUNECARD_DATA_DIR" in ended.err
    assert "tunecard run digits" in ended.err


def refused(folder: Path, code: int, *arguments: str | Path) -> Ended:
    """Run a command that must fail in a sentence and leave the folder as it was."""
    before = sorted(folder.rglob("*"))
    ended = call(folder, *arguments)
    assert ended.code == code, ended.err
    assert ended.out == ""
    assert ended.err.splitlines()[-1] != ""
    assert f"\n{ended.err}".count("\ntunecard: ") + ended.err.count("\nError: ") == 1
    assert "Traceback" not in ended.err
    assert sorted(folder.rglob("*")) == before
    return ended


TREE = TINY.replace("patient.Patient", "sklearn.tree.DecisionTreeClassifier")
BAD_STUDIES = {
    "unknown key": (
        HEAD + MODEL.replace("estimator =", "estimater ="),
        ["models[0].estimater: unknown key. Did you mean 'estimator'?"],
    ),
    "several errors": (
        HEAD.replace('"tiny"', '"Tiny!"') + "seed = -1\ntest_siz = 0.2\n" + MODEL,
        [
            "3 errors",
            "name: 'Tiny!': only a-z, 0-9 and - are allowed",
            "seed: -1: ",
            "test_siz: unknown key. Did you mean 'test_size'?",
        ],
    ),
    "no such estimator": (
        HEAD + MODEL.replace("RandomForestClassifier", "RandomForrestClassifier"),
        ["has no 'RandomForrestClassifier'. Did you mean", "RandomForestClassifier"],
    ),
    "no such module": (
        HEAD + MODEL.replace("sklearn.ensemble", "xgbust"),
        ["'xgbust.RandomForestClassifier' cannot be imported", "Check the spelling"],
    ),
    "no such parameter": (
        TREE.replace("max_depth", "max_dept"),
        ["search.space: DecisionTreeClassifier has no parameter 'max_dept'", "'max_depth'"],
    ),
    "regressor": (
        HEAD + MODEL.replace("RandomForestClassifier", "RandomForestRegressor"),
        ["'sklearn.ensemble.RandomForestRegressor' is not a classifier"],
    ),
    "no such dataset": (
        HEAD.replace('"digits"', '"digts"') + MODEL,
        ['dataset = "digts" is not known; did you mean "digits"?'],
    ),
    "more folds than rows of a class": (
        TREE.replace("folds = 2", "folds = 99"),
        ["folds", "99"],
    ),
    "no TOML": ("name = ", ["is not TOML"]),
}


@pytest.mark.parametrize("case", BAD_STUDIES)
def test_a_wrong_study_is_told(tmp_path: Path, case: str) -> None:
    """A wrong study file ends with 2 and names the field, the value and a way out."""
    text, sentences = BAD_STUDIES[case]
    write_study(tmp_path, text)
    ended = refused(tmp_path, 2, "run", "study.toml")
    for sentence in sentences:
        assert sentence in ended.err


def test_a_study_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A study that is neither shipped nor a file ends with 2 and lists what is."""
    ended = refused(tmp_path, 2, "run", "mnits")
    assert "Did you mean 'mnist'?" in ended.err


def test_a_truncated_idx_file_is_told(tmp_path: Path) -> None:
    """An IDX file that ends too early is named, with what to do about it."""
    data = tmp_path / "data"
    data.mkdir()
    for name, shape in {
        "train-images-idx3": (60_000, 28, 28),
        "train-labels-idx1": (60_000,),
        "t10k-images-idx3": (10_000, 28, 28),
        "t10k-labels-idx1": (10_000,),
    }.items():
        sizes = b"".join(size.to_bytes(4, "big") for size in shape)
        with gzip.open(data / f"{name}-ubyte.gz", "wb") as stream:
            stream.write(bytes([0, 0, 8, len(shape)]) + sizes + bytes(1000))
    ended = refused(tmp_path, 2, "run", "mnist", "--data-dir", data)
    assert str(data / "train-images-idx3-ubyte.gz") in ended.err
    assert "truncated" in ended.err


def test_a_data_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A data folder that does not exist is named, also where no study is named."""
    ended = refused(tmp_path, 2, "run", "--data-dir", "nowhere")
    assert "the data folder nowhere is not there" in ended.err


def test_an_output_below_a_file_is_told(tmp_path: Path) -> None:
    """Reports below a regular file are refused before anything is measured."""
    (tmp_path / "file").write_text("")
    ended = refused(tmp_path, 2, "run", "digits", "--reports", "file/reports")
    assert "--reports file/reports: no folder can be made there" in ended.err


def test_a_wrong_budget_is_told(tmp_path: Path) -> None:
    """A budget that is no duration is named with an example of one."""
    ended = refused(tmp_path, 2, "run", "digits", "--budget", "soon")
    assert "--budget soon: is not a duration" in ended.err


def test_no_jobs_is_told(tmp_path: Path) -> None:
    """--jobs 0 is refused with what is allowed."""
    ended = refused(tmp_path, 2, "run", "--jobs", "0")
    assert "'--jobs': Input should be greater than or equal to 1" in ended.err


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A valid results.json, to be damaged."""
    folder = write_run(make_run(), tmp_path_factory.mktemp("built"))
    value: dict[str, Any] = json.loads((folder / RESULTS).read_text("utf-8"))
    return value


def _wrong_type(document: dict[str, Any]) -> str:
    first = {**document["cases"][0], "elapsed": "long"}
    return json.dumps({**document, "cases": [first, *document["cases"][1:]]})


BAD_RESULTS: dict[str, tuple[Callable[[dict[str, Any]], str], list[str]]] = {
    "no JSON": (lambda document: json.dumps(document)[:1000], ["is not JSON", "cut off"]),
    "future version": (
        lambda document: json.dumps({**document, "schema_version": "99"}),
        ["schema_version is '99'", f"and {SCHEMA_VERSION!r}."],
    ),
    "wrong type": (_wrong_type, ["cases[0].elapsed: ", "number"]),
    "not there": (lambda _: "", ["cannot be read (No such file or directory)"]),
}


@pytest.mark.parametrize("command", ["report", "validate"])
@pytest.mark.parametrize("case", BAD_RESULTS)
def test_wrong_results_are_told(
    tmp_path: Path, document: dict[str, Any], command: str, case: str
) -> None:
    """A results.json that is damaged ends with 2 and names what is wrong where."""
    damage, sentences = BAD_RESULTS[case]
    text = damage(document)
    if text:
        (tmp_path / RESULTS).write_text(text, "utf-8")
    ended = refused(tmp_path, 2, command, RESULTS)
    for sentence in [RESULTS, *sentences]:
        assert sentence in ended.err


def test_a_report_below_a_file_is_told(tmp_path: Path) -> None:
    """`tunecard report --out` below a regular file writes nothing."""
    write_run(make_run(n_test=40, models=(KNN,), rounds=1), tmp_path / "run")
    (tmp_path / "file").write_text("")
    ended = refused(tmp_path, 2, "report", "run", "--out", "file/out")
    assert "file/out" in ended.err
    assert "cannot be written" in ended.err


def test_datasets_are_listed_for_scripts(tmp_path: Path) -> None:
    """`tunecard datasets --json` prints the known names as JSON."""
    ended = call(tmp_path, "datasets", "--json")
    assert (ended.code, ended.err) == (0, "")
    assert {row["name"] for row in json.loads(ended.out)} >= {"mnist", "digits"}


def test_help_shows_examples(tmp_path: Path) -> None:
    """`tunecard run --help` ends with commands to copy."""
    ended = call(tmp_path, "run", "--help")
    assert (ended.code, ended.err) == (0, "")
    assert "tunecard run --quick --budget 3m" in ended.out.partition("Examples:")[2]


@pytest.mark.parametrize(
    "command",
    [
        (COMMAND, "--help"),
        (sys.executable, "-m", "tunecard", "--help"),
        (sys.executable, "-c", "import tunecard; tunecard.app()(['--help'])"),
    ],
    ids=["command", "module", "import"],
)
def test_a_folder_with_modules_of_our_names_disturbs_nothing(
    tmp_path: Path, command: tuple[str | Path, ...]
) -> None:
    """Only `tunecard` is ours: report.py, runner/ and templates/ may be the user's."""
    wrong = "raise RuntimeError('not ours')"
    (tmp_path / "report.py").write_text(wrong)
    for name in ("runner", "templates"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(wrong)
    ended = tunecard(tmp_path, command=command)
    assert (ended.code, ended.err) == (0, "")
    assert "compare" in ended.out


def test_the_examples_of_the_docstrings_hold(
    home: Path, finished: Ended, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The examples of the Python API, where `reports/latest` is a finished run."""
    (tmp_path / "reports").symlink_to(home / "out of runs")
    monkeypatch.chdir(tmp_path)
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    examples = ((front_door, 4), (run_module, 6), (comparison, 4))
    for module, least in examples:
        result = doctest.testmod(module, optionflags=flags)
        assert result.failed == 0
        assert result.attempted >= least


def test_a_study_made_in_python_is_checked(tmp_path: Path) -> None:
    """The Python function takes a Study, and raises what the command prints."""
    model = ModelSpec(name="line", estimator="sklearn.linear_model.LinearRegression")
    study = Study(name="made", title="Made", dataset="digits", models=(model,))
    with pytest.raises(StudyError, match="LinearRegression' is not a classifier"):
        front_door.run(study, reports=tmp_path / "reports", quiet=True)
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_was_interrupted_is_written_without_measuring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run is unfinished until its report is there; the same command only writes that."""
    measured = []

    def measure(_study: object, _dataset: object, run: Any, _progress: object) -> None:
        measured.append(run.folder)
        write_run(make_run(n_test=40, models=(KNN,), rounds=1), run.folder)
        record_written(run.memory, run.folder)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tunecard.runner.session.run_study", measure)
    with monkeypatch.context() as patch:
        patch.setattr("tunecard.report.render.render", interrupted)
        with pytest.raises(KeyboardInterrupt):
            front_door.run("digits", reports=tmp_path, quiet=True)
    assert [path.parent for path in tmp_path.glob("*/journal.jsonl")] == measured
    finished = front_door.run("digits", reports=tmp_path, quiet=True)
    assert len(measured) == 1
    assert "All of it is measured; its report is written." in capsys.readouterr().err
    assert finished.page.exists()
    names = {path.name for path in finished.folder.iterdir()}
    assert not {name for name in names if name.startswith(".") or "journal" in name}


def test_a_path_that_is_no_text_is_told(tmp_path: Path) -> None:
    """Results are UTF-8: a folder whose name is not is refused before anything is done."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes names in UTF-8 alone")
    ended = refused(tmp_path, 2, "run", "digits", "--reports", folder)
    assert "its path holds bytes that are not UTF-8 text. Rename it" in ended.err
    path = write_study(folder, TREE)
    assert "not UTF-8 text" in refused(tmp_path, 2, "run", path).err
    assert "not UTF-8 text" in refused(tmp_path, 2, "plan", path).err
    assert "not UTF-8 text" in refused(folder, 2, "run", "digits").err
