"""pytest-benchmark.json, against NumPy and against pytest-benchmark's own tools."""

import csv
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.builders import make_results
from tests.pages import page_files, whole_run
from tunecard.report.render.pytest_benchmark import pytest_benchmark_json
from tunecard.runner.schema import Results


def written(results: Results) -> dict[str, Any]:
    """Read what is written for these results."""
    content: dict[str, Any] = json.loads(pytest_benchmark_json(results))
    return content


def compare(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the real ``pytest-benchmark compare`` in a folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pytest_benchmark", "compare", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )


def test_one_benchmark_a_case_and_operation() -> None:
    """Each ok case has a fit and a predict, named alike in every run."""
    assert [entry["fullname"] for entry in written(make_results())["benchmarks"]] == [
        "example::fit[knn-baseline]",
        "example::predict[knn-baseline]",
        "example::fit[knn-tuned]",
        "example::predict[knn-tuned]",
        "example::fit[logreg-baseline]",
        "example::predict[logreg-baseline]",
        "example::fit[logreg-tuned]",
        "example::predict[logreg-tuned]",
    ]


def test_baseline_and_tuned_share_a_group() -> None:
    """The default grouping of `compare` sets baseline beside tuned."""
    groups = [entry["group"] for entry in written(make_results())["benchmarks"]]
    assert groups[:4] == ["knn: fit", "knn: predict"] * 2


def test_statistics_are_of_the_counted_readings() -> None:
    """The cold call is left out; mean, median and spread are NumPy's of the rest."""
    results = make_results(rounds=4)
    walls = np.array(
        [
            sample.wall_ns / sample.loops / 1e9
            for timed in results.cases[0].timings
            for sample in timed.samples
            if timed.operation == "fit" and not sample.cold
        ]
    )
    stats = written(results)["benchmarks"][0]["stats"]
    assert stats["data"] == list(walls)
    assert stats["rounds"] == 8
    assert [stats[name] for name in ("min", "max", "mean", "median", "stddev")] == (
        pytest.approx(
            [walls.min(), walls.max(), walls.mean(), np.median(walls), walls.std(ddof=1)],
            rel=1e-12,
        )
    )


def test_inner_loops_are_iterations() -> None:
    """A reading of many calls is told a call, with the calls as iterations."""
    results = make_results()
    case = results.cases[0]
    looped = tuple(
        timed.model_copy(
            update={
                "samples": tuple(
                    sample.model_copy(update={"loops": 1 if sample.cold else 20})
                    for sample in timed.samples
                )
            }
        )
        for timed in case.timings
    )
    results = results.model_copy(
        update={"cases": (case.model_copy(update={"timings": looped}),)}
    )
    stats = written(results)["benchmarks"][0]["stats"]
    counted = [sample for sample in looped[0].samples if not sample.cold]
    assert stats["iterations"] == 20
    assert stats["data"][0] == counted[0].wall_ns / 20 / 1e9


def test_round_medians_stand_beside() -> None:
    """What the page's time rests on, the median of each round, is kept."""
    results = make_results()
    timed = [timing for timing in results.cases[1].timings if timing.operation == "predict"]
    medians = [
        statistics.median(s.wall_ns / 1e9 for s in timing.samples if not s.cold)
        for timing in timed
    ]
    extra = written(results)["benchmarks"][3]["extra_info"]
    assert extra["round_median_seconds"] == medians


def test_failed_case_is_left_out() -> None:
    """A case that is not ok has no benchmark, even where it was timed before."""
    results = make_results()
    before, case, *after = results.cases
    failed = case.model_copy(update={"status": "timeout", "reason": "took over 5 s"})
    cases = (before, failed, *after)
    results = results.model_copy(update={"cases": cases})
    names = [entry["name"] for entry in written(results)["benchmarks"]]
    assert len(names) == 6
    assert not any("knn-tuned" in name for name in names)


def test_no_clock_is_read() -> None:
    """The same results give the same text, whose time is that of the run."""
    results = make_results()
    assert pytest_benchmark_json(results) == pytest_benchmark_json(results)
    assert written(results)["datetime"] == results.finished


def test_host_name_is_not_told() -> None:
    """The machine is described without its name."""
    assert "node" not in written(make_results())["machine_info"]


@pytest.fixture
def two_files(tmp_path: Path) -> tuple[Path, Path]:
    """Write the files of two runs of one study, the second with slower tuned cases."""
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    first.write_text(pytest_benchmark_json(make_results(seed=1)), "utf-8")
    second.write_text(pytest_benchmark_json(make_results(seed=2, tuned_time=2.0)), "utf-8")
    return first, second


def test_the_real_compare_reads_two_runs(
    tmp_path: Path, two_files: tuple[Path, Path]
) -> None:
    """`pytest-benchmark compare` shows four groups of four rows, and loads both files."""
    done = compare(tmp_path, *map(str, two_files), "--columns=median,rounds,iterations")
    headings = [line for line in done.stdout.splitlines() if line.startswith("---")]
    tables = [line.split("'")[1] for line in headings if "benchmark" in line]
    assert tables == ["knn: fit", "knn: predict", "logreg: fit", "logreg: predict"]
    assert done.stdout.count("predict[knn-tuned]") == 2
    assert "Failed" not in done.stdout + done.stderr


def test_the_real_compare_gives_our_numbers(
    tmp_path: Path, two_files: tuple[Path, Path]
) -> None:
    """Its CSV holds the medians that were written, run by run."""
    table = tmp_path / "table.csv"
    compare(
        tmp_path, *map(str, two_files), "--group-by=fullname", f"--csv={table}",
        "--columns=median",
    )  # fmt: skip
    with table.open(encoding="utf-8", newline="") as stream:
        medians = sorted(float(row["median"]) for row in csv.DictReader(stream))
    expected = [
        entry["stats"]["median"]
        for path in two_files
        for entry in json.loads(path.read_text("utf-8"))["benchmarks"]
    ]
    assert medians == pytest.approx(sorted(expected), rel=1e-12)


def test_the_real_compare_reads_a_run_without_times(tmp_path: Path) -> None:
    """A run in which nothing ended well is an empty file, not a broken one."""
    failed = {
        f"{model}/{variant}": ("failed", "ValueError: no")
        for model in ("knn", "logreg")
        for variant in ("baseline", "tuned")
    }
    path = tmp_path / "empty.json"
    path.write_text(pytest_benchmark_json(make_results(failed=failed)), "utf-8")
    assert "Failed" not in compare(tmp_path, str(path)).stderr


def test_every_rendering_writes_it() -> None:
    """`render` puts pytest-benchmark.json beside the page."""
    written = page_files("whole")["pytest-benchmark.json"]
    assert written == pytest_benchmark_json(whole_run().results)
