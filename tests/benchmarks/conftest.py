"""The inputs of the benchmarks: real rows of two sizes, and recorded runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from report.load import Loaded, load
from runner.config import load_study
from runner.datasets import Dataset
from runner.datasets import load as load_dataset
from runner.schema import Study, Subset
from tests.builders import make_run, write_run

ROOT = Path(__file__).resolve().parents[2]
#: What `tunecard run --quick` takes of MNIST.
PART_OF_MNIST = Subset(train=6_000, test=1_000)


@pytest.fixture(scope="session")
def digits() -> Dataset:
    """Give the digits: 1,347 training rows of 64 pixels."""
    return read(load_study("digits"), None, None)


@pytest.fixture(scope="session")
def mnist(mnist_dir: Path) -> Dataset:
    """Give a part of MNIST: 6,000 training rows of 784 pixels; skipped without it."""
    return read(load_study("mnist"), PART_OF_MNIST, mnist_dir)


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
