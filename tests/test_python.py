"""The Python API as the guide shows it: models and data as objects."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tunecard
from tests.builders import make_run, write_run
from tests.command import on_one_core
from tunecard.pages import raise_if_empty
from tunecard.report import load as reader
from tunecard.report.run import Run
from tunecard.runner.overrides import make_overrides
from tunecard.runner.progress import Silent
from tunecard.runner.schema import GridSearch, RandomSearch, load
from tunecard.runner.source import Source

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "guides" / "python.md").read_text("utf-8")


#: Three rounds, the fewest there are; its model is replaced.
SHORT = """
name = "short"
title = "Short"
dataset = "digits"
[[models]]
name = "bayes"
estimator = "sklearn.naive_bayes.GaussianNB"
[timing]
budget = "1s"
"""


def shown() -> str:
    """Return the guide's Python that makes a study."""
    blocks = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    (block,) = (block for block in blocks if "tunecard.run(" in block)
    return str(block)


def test_what_the_guide_shows_is_a_study(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its models and data pass every check that comes before the first fit."""
    made: list[Any] = []

    def check(study: Any = None, *, models: Any, data: Any, budget: str) -> None:
        made.append(
            Source(study, None, offline=True, overrides=make_overrides(models, data)).ready(
                quick=False, progress=Silent()
            )
        )

    monkeypatch.setattr(tunecard, "run", check)
    exec(shown(), {})  # noqa: S102 # our own document
    ((study, dataset),) = made
    assert [model.name for model in study.models] == ["logreg", "tree"]
    assert [type(model.search) for model in study.models] == [RandomSearch, GridSearch]
    assert dataset.info.n_features == 13


@pytest.mark.slow
def test_what_the_readme_shows_runs(tmp_path: Path) -> None:
    """Run as a script with a class of its own, it leaves results without a pickle."""
    script = tmp_path / "script.py"
    (tmp_path / "short.toml").write_text(SHORT, "utf-8")
    script.write_text(
        "from tests import short_runs\nshort_runs.shorten()\nshort_runs.draw_nothing()\n"
        "class Mine(__import__('sklearn.tree').tree.DecisionTreeClassifier):\n    pass\n\n"
        + shown()
        .replace("DecisionTreeClassifier()", "Mine(random_state=None)")
        .replace("tunecard.run(", "tunecard.run('short.toml',")
        .replace('budget="2m",', ""),
        "utf-8",
    )
    with on_one_core():
        done = subprocess.run(
            [sys.executable, "-P", str(script)],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    results = load(tmp_path / "reports" / "latest" / "results.json")
    assert {case.status for case in results.cases} == {"ok"}
    assert results.study.models[1].estimator == "__main__.Mine"
    kept = results.study.models[1].object
    assert kept is not None
    assert kept.content is None
    assert all(case.quality and case.quality.test["accuracy"] for case in results.cases)


def test_a_run_without_a_case_is_an_error_with_the_run_in_it(tmp_path: Path) -> None:
    """It names the first case, its reason and the page, and ends a command with 5."""
    every = [f"{model}/{variant}" for model in ("knn", "logreg") for variant in VARIANTS]
    broken = ("failed", "it broke")
    made = make_run(failed=dict.fromkeys(every, broken))  # type: ignore[arg-type] # a status
    run = Run(reader.load(write_run(made, tmp_path / "run")))
    with pytest.raises(tunecard.EveryCaseFailed, match="knn/baseline: failed") as raised:
        raise_if_empty(run)
    assert raised.value.run is run
    assert raised.value.exit_code == 5
    made = make_run(failed=dict.fromkeys(every[1:], broken))  # type: ignore[arg-type] # a status
    raise_if_empty(Run(made))


VARIANTS = ("baseline", "tuned")
