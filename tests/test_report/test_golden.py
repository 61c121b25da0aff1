"""What is rendered, byte for byte.

``pytest tests/test_report/test_golden.py --update-golden`` writes the expected files again.
They are our own output, read by a person when they change: they tell that something
changed, not that it is right. All other tests tell that.
"""

import difflib
import platform
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.pages import ROOT, page_files

GOLDEN = ROOT / "tests" / "data" / "golden"
#: Where what differs is kept to be looked at; git ignores it.
ACTUAL = ROOT / "tests" / "actual"
NAMES = ("report.html", "report.md", "summary.md", "metrics.csv", "candidates.csv")
#: What draws, writes or computes; another version may change the last digit of a path.
RENDERING = ("Jinja2", "MarkupSafe", "matplotlib", "numpy", "scipy")


def other_versions() -> list[str]:
    """Name what differs from the versions that the expected files were made with."""
    pins = dict(
        re.findall(
            r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE
        )
    )
    found = [
        f"{name} {version(name)} is not {pins[name]}"
        for name in RENDERING
        if version(name) != pins[name]
    ]
    if platform.machine() != "x86_64":
        found.append(f"{platform.machine()} is not x86_64")
    return found


@pytest.fixture(scope="module")
def rendered() -> Mapping[str, str]:
    """Give the files of a run, with the versions of constraints.txt."""
    differs = other_versions()
    if differs:
        pytest.skip("expected bytes are those of constraints.txt: " + "; ".join(differs))
    return page_files("whole")


@pytest.mark.parametrize("name", NAMES)
def test_bytes_are_the_expected(
    request: pytest.FixtureRequest, rendered: Mapping[str, str], name: str
) -> None:
    """The file is the expected one; what differs is kept in tests/actual/."""
    expected = GOLDEN / name
    if request.config.getoption("--update-golden"):
        save(expected, rendered[name])
    if expected.read_bytes() == rendered[name].encode():
        return
    actual = save(ACTUAL / name, rendered[name])
    lines = difflib.unified_diff(
        expected.read_text("utf-8").splitlines(), rendered[name].splitlines(), n=0
    )
    pytest.fail(
        f"{actual.relative_to(ROOT)} differs from {expected.relative_to(ROOT)}; where that "
        "is wanted: pytest tests/test_report/test_golden.py --update-golden\n"
        + "\n".join(line[:200] for line in list(lines)[2:12])
    )


def save(path: Path, text: str) -> Path:
    """Write a file with its folder and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path
