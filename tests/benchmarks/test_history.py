"""The index of many runs: all read again, one more, and none."""

from pathlib import Path
from typing import Any

import pytest

from tests.histories import write_runs
from tunecard.report.history import CACHE, update_index

N_RUNS = 200


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of many small runs."""
    folder = tmp_path_factory.mktemp("reports")
    write_runs(folder, N_RUNS)
    return folder


@pytest.mark.benchmark(group="history: index of 200 runs")
def test_all_are_read(benchmark: Any, reports: Path) -> None:
    """As where there is no cache, or that of another version."""

    def forget() -> None:
        (reports / CACHE).unlink(missing_ok=True)

    indexed = benchmark.pedantic(update_index, (reports,), setup=forget, rounds=5)
    assert indexed.history.n_read == N_RUNS


@pytest.mark.benchmark(group="history: index of 200 runs")
def test_one_more_run(benchmark: Any, reports: Path) -> None:
    """As at the end of a run."""
    update_index(reports)
    numbers = iter(range(N_RUNS, 10 * N_RUNS))

    def add() -> None:
        write_runs(reports, 1, first=next(numbers))

    indexed = benchmark.pedantic(update_index, (reports,), setup=add, rounds=5)
    assert indexed.history.n_read == 1


@pytest.mark.benchmark(group="history: index of 200 runs")
def test_nothing_new(benchmark: Any, reports: Path) -> None:
    """The page is written all the same."""
    update_index(reports)
    assert benchmark(update_index, reports).history.n_read == 0
