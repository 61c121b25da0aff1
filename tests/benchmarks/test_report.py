"""Loading, analysis and rendering of a recorded run, here and in a fresh process."""

import resource
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders import KNN, LOGREG, make_run, write_run
from tests.command import COMMAND
from tunecard.report.analyze import analyze
from tunecard.report.load import Loaded, load
from tunecard.report.render import HTML, render

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.benchmark(group="report: load")
def test_load(benchmark: Any, recorded: Path) -> None:
    """Read results.json and predictions.parquet, checked against each other."""
    loaded = benchmark(load, recorded)
    assert loaded.predictions is not None


@pytest.mark.benchmark(group="report: analyze")
def test_analyze(benchmark: Any, loaded: Loaded) -> None:
    """Compute every interval, test and verdict."""
    assert len(benchmark(analyze, loaded).models) == 2


@pytest.mark.benchmark(group="report: render")
def test_render(benchmark: Any, loaded: Loaded, out: Callable[[], Path]) -> None:
    """Write all files of the report, the analysis included."""
    page, *_ = benchmark(lambda: render(loaded, out()))
    assert page.name == "report.html"


@pytest.fixture(scope="module")
def twenty_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a run of 20 models, baseline and tuned, 10 classes, 10,000 test rows."""
    models = tuple(
        (KNN, LOGREG)[number % 2].model_copy(
            update={"name": f"m{number}", "label": f"model number {number}"}
        )
        for number in range(20)
    )
    run = make_run(
        models=models,
        n_test=10_000,
        n_train=60_000,
        classes=tuple("0123456789"),
        probabilities=[model.name for model in models],
    )
    return write_run(run, tmp_path_factory.mktemp("twenty") / "run")


@pytest.mark.benchmark(group="report: a fresh process")
@pytest.mark.parametrize("which", ["sample", "twenty models"])
def test_fresh_process(
    benchmark: Any, request: pytest.FixtureRequest, tmp_path: Path, which: str
) -> None:
    """Render with the command, imports and all: what a user waits for.

    To be held: MNIST's page in 4 s, 400 MB and 1.5 MB of page, that of twenty
    models in 15 s and 5 MB.
    """
    run = ROOT / "reports" / "sample"
    if which == "twenty models":
        run = request.getfixturevalue("twenty_models")
    elif not (run / "results.json").exists():
        pytest.skip("reports/sample is not there; 'tox run -e sample' makes it")
    call = [str(part) for part in (COMMAND, "report", run, "--out", tmp_path)]
    benchmark.pedantic(lambda: subprocess.run(call, check=True), rounds=3, iterations=1)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # kB, of the largest
    benchmark.extra_info["peak_memory_bytes"] = peak * 1024
    benchmark.extra_info["page_bytes"] = (tmp_path / HTML).stat().st_size
    assert benchmark.extra_info["page_bytes"] < 5_000_000
