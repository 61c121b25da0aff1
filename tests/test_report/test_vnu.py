"""The Nu HTML checker, the one behind validator.w3.org, has no error to report."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.pages import RUNS, SAMPLES, page_files
from tests.two_runs import refused_comparison, whole_comparison

JAR = "TUNECARD_VNU_JAR"
#: The checker's style parser is older than container queries (CSS Containment 3, in every
#: browser since 2023); the rest of the style sheet is checked.
NOT_YET_KNOWN = r".*(“container”: Property|Unrecognized at-rule “@container”).*"


@pytest.fixture
def checker() -> list[str]:
    """Give the command that starts the checker, or skip and say why."""
    java, jar = shutil.which("java"), os.environ.get(JAR)
    if java is None:
        pytest.skip("no java on the PATH (Debian: apt-get install default-jre-headless)")
    if not jar:
        pytest.skip(f"{JAR} is not set to vnu.jar (npm install vnu-jar; .ci/run does)")
    if not Path(jar).is_file():
        pytest.fail(f"{JAR} is {jar}, but there is no such file")
    # One compiler alone, which such a short time repays; its code needs a larger stack.
    return [java, "-XX:TieredStopAtLevel=1", "-Xss8m", "-jar", jar]


def check(checker: list[str], *paths: Path) -> list[str]:
    """Run the checker and return its errors, each with its file and line."""
    done = subprocess.run(
        [
            *checker, "--errors-only", "--exit-zero-always", "--format", "json",
            "--filterpattern", NOT_YET_KNOWN, *map(str, paths),
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [
        f"{Path(one['url']).name}:{one.get('lastLine')}: {one['message']}"
        for one in json.loads(done.stderr)["messages"]
    ]


def test_every_page_is_valid(checker: list[str], tmp_path: Path) -> None:
    """Pages of every kind of run, and the committed samples, are valid HTML."""
    paths = list(SAMPLES)
    for name in RUNS:
        paths.append(tmp_path / f"{name}.html")
        paths[-1].write_text(page_files(name)["report.html"], "utf-8")
    for comparison in (whole_comparison, refused_comparison):
        paths.append(tmp_path / f"{comparison.__name__}.html")
        paths[-1].write_text(comparison().to_html(), "utf-8")
    assert check(checker, *paths) == []


def test_checker_finds_what_is_wrong(checker: list[str], tmp_path: Path) -> None:
    """The call is one that reports errors: a broken page has some."""
    path = tmp_path / "broken.html"
    path.write_text(
        "<!DOCTYPE html><html lang=en><title>t</title><p id=a><p id=a>", "utf-8"
    )
    assert any("Duplicate ID" in error for error in check(checker, path))
