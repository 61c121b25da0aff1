"""The commands of tests/stress: all of what they do in `stress`, a little of it on CI.

The seed is printed, and taken from TUNECARD_STRESS_SEED. Each is a process of its own: the
commands change modules as no other test could bear.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stress import honest_splits, search_luck

ROOT = Path(__file__).resolve().parents[1]
SEED = os.environ.get("TUNECARD_STRESS_SEED", "0")
#: Each command with the whole of its attempts, and with a few of them.
ALL = {
    "mutated_results": ["--number", "20000"],
    "damaged_folders": ["--number", "5000"],
    "kills": ["--kills", "50"],
    "hostile": [],
}
#: Kills and hostile estimators have tests of their own on CI.
FEW = {
    "mutated_results": ["--number", "100"],
    "damaged_folders": ["--number", "30"],
}
PAGES = {"honest_splits": honest_splits.PAGE, "search_luck": search_luck.PAGE}
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def run(name: str, *arguments: str | Path) -> str:
    """Run a command of tests/stress to its end; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.stress.{name}", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-10_000:]
    return done.stdout


def check(name: str, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Run a command, and print its summary."""
    text = run(name, "--seed", SEED, *arguments)
    summary = re.findall(rf"^seed {SEED}: .* failures$", text, re.MULTILINE)[-1]
    with capsys.disabled():
        print(f"\n{name}: {summary}", end="")  # noqa: T201 # the seed, to repeat it
    assert summary.endswith("; 0 failures")


@pytest.mark.slow
@pytest.mark.parametrize("name", FEW)
def test_a_few_attempts_fail_in_nothing(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing lost, nothing mixed, no traceback."""
    check(name, FEW[name], capsys)


@pytest.mark.stress
@pytest.mark.parametrize("name", ALL)
def test_no_attempt_fails(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Thousands of files, 50 kills, all hostile estimators: the same."""
    check(name, ALL[name], capsys)


def moved(text: str, expected: str) -> Iterator[str]:
    """Yield the numbers of a page that are not those of another, rounding aside."""
    assert NUMBER.sub("#", text) == NUMBER.sub("#", expected)
    numbers = (map(_value, NUMBER.findall(each)) for each in (text, expected))
    for one, other in zip(*numbers, strict=True):
        if abs(one - other) > 0.2 + 0.02 * abs(other):
            yield f"{one:g} in place of {other:g}"


def _value(number: str) -> float:
    return float(number.replace(",", ""))


def test_numbers_that_moved_are_found() -> None:
    """What is written in other digits, or a little beside, has not."""
    assert list(moved("1,000 of 3.3", "1000.1 of 3.2")) == []
    assert list(moved("a 97.5 b", "a 94 b")) == ["97.5 in place of 94"]


@pytest.mark.stress
@pytest.mark.parametrize("name", PAGES)
def test_a_simulation_gives_the_page_that_is_published(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its own seed; of other processors some last digits may differ."""
    page = tmp_path / "page.md"
    shutil.copy(PAGES[name], page)
    run(name, "--output", page)
    other = list(moved(page.read_text("utf-8"), PAGES[name].read_text("utf-8")))
    with capsys.disabled():
        seed = {"honest_splits": honest_splits, "search_luck": search_luck}[name].SEED
        print(f"\n{name}: seed {seed}: {len(other)} failures", end="")  # noqa: T201 # so too
    assert not other
