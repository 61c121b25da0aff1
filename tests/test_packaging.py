"""The wheel: what is in it, and that it works away from its sources."""

import re
import shutil
import site
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from tests.command import Ended, tunecard
from tunecard.runner.schema import RESULTS, load

ROOT = Path(__file__).resolve().parent.parent
#: Where the folders of the repository stand in the wheel.
PLACES = {
    "tunecard": "tunecard",
    "runner": "tunecard/runner",
    "report": "tunecard/report",
    "templates": "tunecard/templates",
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

OWN = """
import report
from sklearn.tree import DecisionTreeClassifier

class Tree(DecisionTreeClassifier):
    def fit(self, X, y):
        assert report.NAME == "the report of the user"
        return super().fit(X, y)
"""
STUDY = """
name = "tiny"
title = "Tiny"
dataset = "digits"
timing = false
[subset]
train = 200
test = 100
[[models]]
name = "tree"
estimator = "own.Tree"
[models.search]
strategy = "grid"
folds = 2
space = { max_depth = [4, 8] }
"""


def run(*command: str | Path, cwd: Path) -> None:
    """Run a command that must succeed, with no package index to ask."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources: building leaves folders behind."""
    folder = tmp_path_factory.mktemp("wheel")
    hidden = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")
    shutil.copytree(ROOT, folder / "sources", ignore=hidden)
    pip = (sys.executable, "-m", "pip", "wheel", "--no-index", "--no-deps")
    run(*pip, "--no-build-isolation", "-w", "dist", "./sources", cwd=folder)
    (built,) = (folder / "dist").glob("*.whl")
    return built


@pytest.mark.slow  # builds it
def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    """Every file of the packages, and the metadata."""
    expected = {
        f"{place}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, place in PLACES.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.resolve() == path and "__pycache__" not in path.parts
    }
    metadata = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "top_level.txt"}
    metadata |= {"licenses/LICENSE", "licenses/NOTICE"}
    expected |= {f"tunecard-{PROJECT['version']}.dist-info/{name}" for name in metadata}
    with zipfile.ZipFile(wheel) as archive:
        assert sorted(archive.namelist()) == sorted(expected)
        (top,) = (name for name in archive.namelist() if name.endswith("top_level.txt"))
        assert archive.read(top) == b"tunecard\n"


def test_every_dependency_has_a_lower_bound() -> None:
    """A dependency names the oldest version that is known to do."""
    assert [one for one in PROJECT["dependencies"] if ">=" not in one] == []


def test_every_dependency_is_constrained() -> None:
    """constraints.txt pins each dependency at or above its lower bound's name."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {line.partition("==")[0].lower() for line in lines if "==" in line}
    named = {re.split(r"[<>=!~\[; ]", one)[0].lower() for one in PROJECT["dependencies"]}
    assert named - pinned == set()


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds the wheel; its dependencies are ours."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--no-index")
    run(*pip, "--no-deps", wheel, cwd=home)
    (packages,) = home.glob("lib/python*/site-packages")
    # What stands in the environment itself goes before what such a file adds.
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()), "utf-8")
    return python


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a runner/ of the user's own, and a report.py that is used."""
    folder = tmp_path_factory.mktemp("elsewhere") / "working"
    (folder / "runner").mkdir(parents=True)
    wrong = "raise RuntimeError('not the package of Tunecard')"
    (folder / "runner" / "__init__.py").write_text(wrong, "utf-8")
    (folder / "report.py").write_text("NAME = 'the report of the user'", "utf-8")
    (folder / "own.py").write_text(OWN, "utf-8")
    (folder / "study.toml").write_text(STUDY, "utf-8")
    return folder


@pytest.fixture(scope="module")
def away(installed: Path, elsewhere: Path) -> Ended:
    """A run of the installed command in that folder."""
    command = (installed.with_name("tunecard"),)
    return tunecard(elsewhere, "run", "study.toml", "--quiet", command=command)


@pytest.mark.slow
def test_the_installed_command_is_the_wheels(installed: Path, tmp_path: Path) -> None:
    """Python finds the packages in the environment, not in the sources."""
    code = (
        "import tunecard; from tunecard import report, runner, templates; "
        "print(*(m.__file__ for m in (tunecard, report, runner, templates)), sep='\\n')"
    )
    ended = tunecard(tmp_path, "-c", code, command=(installed,))
    assert ended.code == 0, ended.err
    home = installed.parent.parent
    assert all(home in Path(line).parents for line in ended.out.splitlines())


@pytest.mark.slow
def test_the_installed_command_runs_beside_files_of_the_same_names(
    away: Ended, elsewhere: Path
) -> None:
    """Search, workers and report use Tunecard's packages, not the folder's own files."""
    assert (away.code, away.err) == (0, "")
    page = elsewhere / away.out.strip()
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    results = load(page.with_name(RESULTS))
    assert [case.status for case in results.cases] == ["ok", "ok"]
