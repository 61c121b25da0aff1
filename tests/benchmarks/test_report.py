"""Loading, analysis and rendering of a recorded run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from report.analyse import analyse
from report.load import Loaded, load
from report.render import render


@pytest.mark.benchmark(group="report: load")
def test_load(benchmark: Any, recorded: Path) -> None:
    """Read results.json and predictions.parquet, checked against each other."""
    loaded = benchmark(load, recorded)
    assert loaded.predictions is not None


@pytest.mark.benchmark(group="report: analyse")
def test_analyse(benchmark: Any, loaded: Loaded) -> None:
    """Compute every interval, test and verdict."""
    assert len(benchmark(analyse, loaded).models) == 2


@pytest.mark.benchmark(group="report: render")
def test_render(benchmark: Any, loaded: Loaded, out: Callable[[], Path]) -> None:
    """Write all files of the report, the analysis included."""
    page, *_ = benchmark(lambda: render(loaded, out()))
    assert page.name == "report.html"
