"""A thousand runs: memory and size of the index; its seconds are told, not judged."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import make_run, write_run
from tests.histories import document, write_runs
from tunecard.report.history import INDEX

pytestmark = pytest.mark.stress

ROOT = Path(__file__).resolve().parents[2]
N_RUNS = 1000
BUILD = """
import json, re, resource, sys, time
start = time.perf_counter()
from pathlib import Path
from tunecard.report.history import update_index
indexed = update_index(Path(sys.argv[1]))
status = Path("/proc/self/status")
if status.exists():  # the peak of getrusage begins with that of whoever started us
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({
    "seconds": time.perf_counter() - start,
    "read": indexed.history.n_read,
    "listed": len(indexed.history.entries),
    "peak": peak,
}))
"""


def build(reports: Path) -> dict[str, float]:
    """Write the index in a fresh process, and tell what it took."""
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(reports)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told: dict[str, float] = json.loads(done.stdout)
    print(f"{reports.name}: {told}")  # noqa: T201 # shown with -rP
    return told


def test_a_thousand_runs_take_little(tmp_path: Path) -> None:
    """Under 300 MB and a page under 3 MB; one more run is the only one that is read.

    The runs have the size of the default study's on MNIST: ten classes, 10,000 test
    rows, six rounds, two models with their searches.
    """
    run = make_run(n_test=10_000, n_train=60_000, classes=tuple("0123456789"), rounds=6)
    content = document(n_test=10_000, n_train=60_000, classes=tuple("0123456789"), rounds=6)
    reports = tmp_path / "reports"
    table = write_run(run, tmp_path / "base") / "predictions.parquet"
    made = write_runs(reports, N_RUNS + 1, base=content)
    for name in made:
        (reports / name / table.name).hardlink_to(table)
    late = shutil.move(reports / made[-1], tmp_path / made[-1])
    first = build(reports)
    assert (first["read"], first["listed"]) == (N_RUNS, N_RUNS)
    assert first["peak"] < 300e6
    assert (reports / INDEX).stat().st_size < 3e6
    shutil.move(late, reports / made[-1])
    second = build(reports)
    assert (second["read"], second["listed"]) == (1, N_RUNS + 1)
