"""The inputs of the benchmarks, their options, and the table of both sides."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.benchmarks.growth import Point
from tests.benchmarks.growth import draw as draw_growth
from tests.benchmarks.growth import table as growth_table
from tests.benchmarks.sides import Row, table, write
from tests.builders import make_run, write_run
from tunecard.report.load import Loaded, load
from tunecard.runner.config import load_study
from tunecard.runner.datasets import Dataset
from tunecard.runner.datasets import load as load_dataset
from tunecard.runner.schema import Study, Subset

ROOT = Path(__file__).resolve().parents[2]
#: What `tunecard run --quick` takes of MNIST.
PART_OF_MNIST = Subset(train=6_000, test=1_000)
ROWS = pytest.StashKey[list[Row]]()
POINTS = pytest.StashKey[list[Point]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this suite; pytest must be given its folder."""
    group = parser.getgroup("side by side")
    group.addoption(
        "--full", action="store_true", help="all 60,000 training rows of MNIST; hours"
    )
    group.addoption(
        "--rounds", type=int, help="how often each side is timed; 3, or 1 for whole runs"
    )
    group.addoption(
        "--sides",
        type=Path,
        default=Path(".benchmarks"),
        help="folder for sides.json, sides.md, growth.json and growth.svg",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make room for what the benchmarks find."""
    config.stash[ROWS] = []
    config.stash[POINTS] = []


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the tables, and write them beside each other."""
    rows, points = config.stash.get(ROWS, []), config.stash.get(POINTS, [])
    if not rows and not points:
        return
    folder: Path = config.getoption("--sides")
    part = "all of MNIST" if config.getoption("--full") else "a part of MNIST: no goals"
    lines = [*table(rows), ""] if rows else []
    lines += growth_table(points) if points else []
    terminalreporter.section(f"side by side, {part}")
    for line in lines:
        terminalreporter.write_line(line)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sides.md").write_text("\n".join(lines) + "\n", "utf-8")
    write(rows, points, folder / "sides.json")
    if points:
        draw_growth(points, folder / "growth.svg")
    terminalreporter.write_line(f"written to {folder}/")


@pytest.fixture(scope="session")
def scale(request: pytest.FixtureRequest) -> str:
    """Tell whether the "full" data is asked for, or a "part"."""
    return "full" if request.config.getoption("--full") else "part"


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> Callable[[int], int]:
    """Give a function that tells how often to time, where nothing is asked for."""
    asked: int | None = request.config.getoption("--rounds")
    return lambda usual: asked or usual


@pytest.fixture
def note(
    request: pytest.FixtureRequest, benchmark: Any, scale: str
) -> Callable[[Row], None]:
    """Give a function that puts a row into the table and into the benchmark's JSON."""

    def keep(row: Row) -> None:
        kept = row if scale == "full" or row.always else replace(row, goal=None, aim=None)
        request.config.stash[ROWS].append(kept)
        benchmark.extra_info.update(kept.record())

    return keep


@pytest.fixture
def note_point(request: pytest.FixtureRequest) -> Callable[[Point], None]:
    """Give a function that puts a point into the table and the figure of growth."""
    points: list[Point] = request.config.stash[POINTS]
    return points.append


@pytest.fixture(scope="session")
def digits() -> Dataset:
    """Give the digits: 1,347 training rows of 64 pixels."""
    return read(load_study("digits"), None, None)


@pytest.fixture(scope="session")
def mnist(mnist_dir: Path, scale: str, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Give a part of MNIST, 6,000 training rows of 784 pixels, or all of it.

    Mapped from disk, as a run has it; skipped without the files.
    """
    data = read(load_study("mnist"), None if scale == "full" else PART_OF_MNIST, mnist_dir)
    folder = tmp_path_factory.mktemp("mnist")
    mapped = {}
    for name in ("X_train", "X_test"):
        np.save(folder / f"{name}.npy", getattr(data, name))
        mapped[name] = np.load(folder / f"{name}.npy", mmap_mode="r")
    return replace(data, **mapped)


def read(study: Study, subset: Subset | None, data_dir: Path | None) -> Dataset:
    """Read a study's data without the network."""
    return load_dataset(
        study.dataset,
        seed=study.seed,
        test_size=study.test_size,
        subset=subset,
        data_dir=data_dir,
        offline=True,
        notice=lambda _: None,
    )


@pytest.fixture(scope="session", params=["digits", "mnist"])
def study(request: pytest.FixtureRequest) -> Study:
    """Give a shipped study."""
    return load_study(request.param)


@pytest.fixture(scope="session")
def dataset(request: pytest.FixtureRequest, study: Study) -> Dataset:
    """Give the study's data, in the size of this suite."""
    data: Dataset = request.getfixturevalue(study.name)
    return data


@pytest.fixture(scope="session", params=["built", "sample", "sample-digits"])
def recorded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Give a run folder: a built one of 10,000 test rows, or a committed sample."""
    if request.param == "built":
        run = make_run(n_test=10_000, n_train=60_000, classes=tuple("0123456789"))
        return write_run(run, tmp_path_factory.mktemp("recorded"))
    folder = ROOT / "reports" / str(request.param)
    if not (folder / "results.json").exists():
        pytest.skip(f"reports/{request.param} is not there; 'tox run -e sample' makes it")
    return folder


@pytest.fixture(scope="session")
def loaded(recorded: Path) -> Loaded:
    """Give the recorded run as it was read."""
    return load(recorded)


@pytest.fixture
def out(tmp_path: Path) -> Callable[[], Path]:
    """Give a function that names a new folder each time it is called."""
    numbers = iter(range(10**6))
    return lambda: tmp_path / str(next(numbers))
