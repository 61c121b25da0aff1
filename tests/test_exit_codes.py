"""Every documented exit code, reached through the real command.

130 is reached in test_tunecard.py, by an interrupted run.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.builders import KNN
from tests.command import COMMAND, Ended, call, environment
from tests.two_runs import new_run, reference_run, with_gates, write_two
from tunecard.runner.schema import Gate

pytestmark = pytest.mark.usefixtures("no_drawing")

#: 372 of 400 test rows are right: 0.93, with an interval from 0.9007 to 0.9511.
PASSED = Gate(model="knn", metric="accuracy", at_least=0.9)
OPEN = Gate(model="knn", metric="accuracy", at_least=0.92)
ASKED = OPEN.model_copy(update={"undecided": "fail"})
AGAINST = Gate(model="knn", metric="accuracy", against="reference", within=0.02)


#: One model: its page is drawn in half the time.
ALONE: dict[str, Any] = {"models": (KNN,)}


def reported(folder: Path, *gates: Gate, options: tuple[str, ...] = ()) -> Ended:
    """Render a stored run with these gates by the command."""
    first, second = write_two(
        folder, reference_run(**ALONE), with_gates(new_run(**ALONE), *gates)
    )
    first.rename(folder / "reference")
    return call(folder, "report", second, *options)


def test_0_all_gates_hold(tmp_path: Path) -> None:
    """An open gate that asks for nothing holds too; the table stands on stderr."""
    ended = reported(tmp_path, PASSED, OPEN)
    assert ended.code == 0, ended.err
    assert ended.out.count("\n") == 1
    assert "passed" in ended.err
    assert "inconclusive" in ended.err
    folder = Path(ended.out.strip()).parent
    page = (folder / "report.html").read_text("utf-8")
    assert '<section id="gates"' in page
    assert "passed" in (folder / "summary.md").read_text("utf-8")
    assert (folder / "junit.xml").read_text("utf-8").count("<testcase") == 4


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_1_an_error_that_is_nobodys_fault(tmp_path: Path) -> None:
    """What no sentence was written for: here, stdout on a full disk."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [COMMAND, "schema"],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "No space left on device" in done.stderr


def test_0_a_reference_is_not_there_yet(tmp_path: Path) -> None:
    """A study's first run: its gate is open, and says what to name; 6 where that fails."""
    ended = reported(tmp_path, PASSED, AGAINST)
    assert ended.code == 0, ended.err
    assert "No reference run was given" in " ".join(ended.err.split())
    must = AGAINST.model_copy(update={"undecided": "fail"})
    other = tmp_path / "other"
    other.mkdir()
    assert reported(other, PASSED, must).code == 6


def test_2_a_reference_that_is_no_run(tmp_path: Path) -> None:
    """Told before anything long."""
    (tmp_path / "study.toml").write_text(STUDY, "utf-8")
    before = sorted(tmp_path.rglob("*"))
    run = call(tmp_path, "run", "study.toml", "--against", "nowhere")
    assert (run.code, run.out) == (2, "")
    assert "nowhere" in run.err
    assert sorted(tmp_path.rglob("*")) == before


def test_3_data_is_out_of_reach(tmp_path: Path) -> None:
    """A study that was named, and no place that has its data."""
    assert call(tmp_path, "run", "mnist", "--offline").code == 3


def test_4_a_gate_against_a_reference_failed(tmp_path: Path) -> None:
    """`report --against` and `compare` decide the same gate in the same way."""
    worse = with_gates(new_run(accuracy={"knn/tuned": 0.85}, **ALONE), AGAINST)
    first, second = write_two(tmp_path, reference_run(**ALONE), worse)
    assert call(tmp_path, "report", second, "--against", first).code == 4
    compared = call(tmp_path, "compare", first, second, "--json")
    assert compared.code == 4
    assert [gate["status"] for gate in json.loads(compared.out)["gates"]] == ["failed"]


def test_6_a_decision_is_asked_for(tmp_path: Path) -> None:
    """Inconclusive, and the gate says that this fails; one that passed changes nothing."""
    first, second = write_two(
        tmp_path, reference_run(**ALONE), with_gates(new_run(**ALONE), PASSED, ASKED)
    )
    ended = call(tmp_path, "compare", first, second, "--json")
    assert ended.code == 6
    assert [gate["status"] for gate in json.loads(ended.out)["gates"]] == [
        "passed", "inconclusive",
    ]  # fmt: skip


STUDY = """
name = "broken"
title = "Its model cannot predict"
dataset = "digits"
[subset]
train = 200
test = 100
[timing]
budget = "1s"
[[models]]
name = "broken"
estimator = "broken.Broken"
"""
REFERENCE_GATE = """
[[gates]]
model = "broken"
variant = "baseline"
metric = "accuracy"
against = "reference"
within = 0.01
"""
BROKEN = '''"""A classifier that can be fitted, and predict a few rows alone."""

from sklearn.base import BaseEstimator, ClassifierMixin


class Broken(ClassifierMixin, BaseEstimator):
    """It fails where the test rows are predicted."""

    def fit(self, X, y):
        """Learn nothing."""
        self.classes_ = [0]
        return self

    def predict(self, X):
        """Fail on many rows."""
        if len(X) > 50:
            raise ValueError("too many rows")
        return [0] * len(X)
'''


@pytest.fixture(scope="module")
def broken(
    tmp_path_factory: pytest.TempPathFactory,
    forked: None,  # it forks its workers
) -> tuple[Path, Ended]:
    """A whole run whose one case is not ok."""
    folder = tmp_path_factory.mktemp("broken") / "working"
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY, "utf-8")
    (folder / "broken.py").write_text(BROKEN, "utf-8")
    return folder, call(folder, "run", "study.toml", "--quiet")


@pytest.mark.slow  # a whole run
def test_5_a_case_is_not_ok(broken: tuple[Path, Ended]) -> None:
    """The run is finished, says which case it is, and stdout is the page alone."""
    folder, ended = broken
    assert ended.code == 5, ended.err
    assert "broken/baseline: failed: " in ended.err
    assert ended.out.count("\n") == 1
    junit = (folder / ended.out.strip()).with_name("junit.xml").read_text("utf-8")
    assert junit.count("<testcase") == 1
    assert junit.count("<error ") == 1


@pytest.mark.slow  # a whole run
def test_4_outweighs_5(broken: tuple[Path, Ended]) -> None:
    """A gate on the case that failed was not measured, and never passes."""
    folder, ended = broken
    run = (folder / ended.out.strip()).parent
    path = run / "results.json"
    document = json.loads(path.read_text("utf-8"))
    gate = {"model": "broken", "variant": "baseline", "metric": "accuracy", "at_least": 0}
    document["study"]["gates"] = [gate]
    out = folder / "again"
    out.mkdir()
    for table in run.glob("*.parquet"):
        shutil.copy(table, out)
    (out / "results.json").write_text(json.dumps(document), "utf-8")
    again = call(folder, "report", out)
    assert again.code == 4
    assert "not measured" in again.err
