"""Two runs of the benchmarks can be compared; CI runs this with the tests."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run_benchmarks(storage: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the quickest benchmark as `tox run -e bench` does, once, saving into a folder."""
    return subprocess.run(
        [
            sys.executable, "-m", "pytest", "tests/benchmarks/test_report.py",
            "-k", "load and built", "-p", "no:cacheprovider",
            "--benchmark-only", "--benchmark-autosave", f"--benchmark-storage={storage}",
            "--benchmark-min-rounds=2", "--benchmark-max-time=0.01", *arguments,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_second_run_is_compared_with_the_first(tmp_path: Path) -> None:
    """--benchmark-compare shows the saved run beside this one, and can fail on it."""
    first = run_benchmarks(tmp_path)
    assert first.returncode == 0, first.stdout
    assert len(list(tmp_path.glob("*/0001_*.json"))) == 1

    # An hour is more than any change of this machine's mood.
    second = run_benchmarks(
        tmp_path, "--benchmark-compare", "--benchmark-compare-fail=median:3600"
    )
    assert second.returncode == 0, second.stdout
    assert "Comparing against benchmarks from" in second.stderr
    assert "test_load[built] (NOW)" in second.stdout
    assert "test_load[built] (0001_" in second.stdout
