"""Workers that a template forks: what they share, and that they end as others do."""

import json
import os
import signal
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from sklearn.datasets import load_digits

from tests.processes import wait_until_gone
from tunecard.runner.processes import template as templates
from tunecard.runner.processes.process import Ended, run_worker
from tunecard.runner.processes.template import Templates

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="forks from templates on Linux alone"
)

#: Workers: each does something with the folder that it is given.
WORKERS = {
    "tells": """
        import json, os, sys, threading
        import numpy as np
        import threadpoolctl
        def main(folder):
            pools = threadpoolctl.threadpool_info()
            report = {
                "pools": sorted({pool["num_threads"] for pool in pools}),
                "omp": os.environ["OMP_NUM_THREADS"],
                "parent": os.getppid(),
                "leads": os.getsid(0) == os.getpid() == os.getpgrp(),
                "draw": float(np.random.random()),
                "loaded": "heavy" in sys.modules,
                "threads": threading.active_count(),
                "product": int((np.ones((300, 300)) @ np.ones((300, 300)))[0, 0]),
            }
            (folder / "report.json").write_text(json.dumps(report))
    """,
    "fits": """
        import json
        import numpy as np
        from importlib import import_module
        from sklearn.datasets import load_digits
        def main(folder):
            module, _, name = (folder / "estimator").read_text().rpartition(".")
            X, y = load_digits(n_class=2, return_X_y=True)
            model = getattr(import_module(module), name)().fit(X[:100], y[:100])
            np.save(folder / "predicted.npy", model.predict(X))
    """,
    "exits": "def main(folder): raise SystemExit('gone wrong')",
    "raises": "def main(folder): raise RuntimeError('no license')",
    "crashes": "def main(folder):\n import os; os.kill(os.getpid(), 9)",
    "sleeps": """
        import subprocess, time
        def main(folder):
            child = subprocess.Popen(["sleep", "600"])
            (folder / "half").write_text(str(child.pid))
            (folder / "half").rename(folder / "pid")
            time.sleep(600)
    """,
    "heavy": "",
    "endless": """
        import os, time
        from pathlib import Path
        Path(__file__).with_name("importing").write_text(str(os.getpid()))
        time.sleep(600)
    """,
    "threads": """
        import threading, time
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    """,
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the workers."""
    folder = tmp_path_factory.mktemp("workers")
    for name, text in WORKERS.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text), "utf-8")
    return folder


@pytest.fixture(scope="module")
def made(place: Path) -> Iterator[Templates]:
    """Give templates with a model that starts threads when it is imported."""
    imports = {"heavy": ("heavy", "no_such_module"), "threads": ("threads",)}
    with Templates(imports, os.environ, threads=2, path=(str(place),)) as open_templates:
        yield open_templates


def run(
    made: Templates,
    folder: Path,
    module: str,
    model: str | None = "heavy",
    threads: int = 2,
    **limits: float,
) -> Ended:
    """Run a worker."""
    return run_worker(
        folder,
        os.environ,
        threads=threads,
        **{"seconds": 60.0, **limits},
        module=module,
        templates=made,
        model=model,
    )


def report(made: Templates, folder: Path, threads: int = 2) -> dict[str, object]:
    """Return what a worker tells of itself."""
    ended = run(made, folder, "tells", threads=threads)
    assert (ended.status, ended.reason) == ("ok", None)
    found: dict[str, object] = json.loads((folder / "report.json").read_text("utf-8"))
    return found


def test_workers_are_forks_that_share_imports_and_no_random_state(
    made: Templates, tmp_path: Path
) -> None:
    """Each leads a group of its own; what was imported is there, and BLAS computes."""
    first, second = report(made, tmp_path), report(made, tmp_path)
    assert first["parent"] == second["parent"] != os.getpid()
    assert first["draw"] != second["draw"]
    same = {"leads": True, "loaded": True, "threads": 1, "product": 300}
    assert {key: first[key] for key in same} == same


@pytest.mark.parametrize("threads", [1, 2])
def test_a_fork_has_as_many_threads_as_it_needs(
    made: Templates, tmp_path: Path, threads: int
) -> None:
    """Its native pools and what it starts have that number, whatever the template's is."""
    found = report(made, tmp_path, threads)
    assert (found["pools"], found["omp"]) == ([threads], str(threads))


@pytest.mark.slow
@pytest.mark.parametrize(
    "estimator",
    [
        "lightgbm.LGBMClassifier",
        "xgboost.XGBClassifier",
        "sklearnex.neighbors.KNeighborsClassifier",
        "sklearn.ensemble.HistGradientBoostingClassifier",
    ],
)
def test_libraries_with_threads_of_their_own_fit_in_forks(
    place: Path, tmp_path: Path, estimator: str
) -> None:
    """None starts threads when it is imported; two forks in turn answer as this process."""
    module, _, name = estimator.rpartition(".")
    library = pytest.importorskip(module)
    (tmp_path / "estimator").write_text(estimator, "utf-8")
    with Templates(
        {"m": (module,)}, os.environ, threads=2, path=(str(place), *sys.path)
    ) as made:
        answers = []
        for _ in range(2):
            assert made.fork("tells", tmp_path, "m", quiet=True) is not None
            ended = run(made, tmp_path, "fits", "m")
            assert (ended.status, ended.reason) == ("ok", None)
            answers.append(np.load(tmp_path / "predicted.npy"))
    X, y = load_digits(n_class=2, return_X_y=True)
    expected = getattr(library, name)().fit(X[:100], y[:100]).predict(X)
    np.testing.assert_array_equal(answers[0], expected)
    np.testing.assert_array_equal(answers[1], expected)


@pytest.mark.parametrize(
    ("module", "status", "reason"),
    [
        ("exits", "failed", "worker ended with code 1: gone wrong"),
        ("raises", "failed", "worker ended with code 1: RuntimeError: no license"),
        ("crashes", "killed", "ended by SIGKILL"),
    ],
)
def test_how_a_fork_ended(
    made: Templates,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    status: str,
    reason: str,
) -> None:
    """Its status and reason are those of a process that was started."""
    monkeypatch.setattr("tunecard.runner.processes.process._REACHES_US", 0.0)
    ended = run(made, tmp_path, module)
    assert (ended.status, ended.reason) == (status, reason)
    assert ended.peak_memory > 2**20


def test_a_fork_that_takes_too_long_ends_with_what_it_started(
    made: Templates, tmp_path: Path
) -> None:
    """The time limit holds, for its own child too, and the template serves on."""
    for seconds in (1.0, 4.0, 16.0):  # longer where others use the machine
        assert run(made, tmp_path, "sleeps", seconds=seconds).status == "timeout"
        if (tmp_path / "pid").exists():
            break
    wait_until_gone(int((tmp_path / "pid").read_text("ascii")))
    assert report(made, tmp_path)


def test_imports_that_start_threads_forbid_to_fork(made: Templates, tmp_path: Path) -> None:
    """That model gets a new process for each worker; the others are forked."""
    assert made.fork("tells", tmp_path, "threads") is None
    assert report(made, tmp_path)


def test_a_renewed_template_is_another_process(made: Templates, tmp_path: Path) -> None:
    """Each round has its own layout of addresses."""
    before = report(made, tmp_path)["parent"]
    made.renew()
    assert report(made, tmp_path)["parent"] != before
    assert isinstance(before, int)
    assert not psutil.pid_exists(before)


def test_templates_stand_by_and_a_run_of_no_model_uses_none_up(
    place: Path, tmp_path: Path
) -> None:
    """Two are ready at once; the first serves until it has forked a worker of a model."""
    with Templates(
        {"heavy": ("heavy",)}, os.environ, threads=2, path=(str(place),), base=("numpy",)
    ) as two:
        two.prepare(2)
        two.settle()
        children = {child.pid for child in psutil.Process().children()}

        def parent(model: str | None) -> object:
            assert run(two, tmp_path, "tells", model).status == "ok"
            return json.loads((tmp_path / "report.json").read_text("utf-8"))["parent"]

        alone = parent(None)
        two.renew()
        first = parent("heavy")
        two.renew()
        second = parent("heavy")
    assert alone == first != second
    assert {first, second} <= children
    assert not any(psutil.pid_exists(int(str(pid))) for pid in (first, second))


def test_a_fork_ends_with_its_template(made: Templates, tmp_path: Path) -> None:
    """SIGKILL of the template leaves no worker; what comes next is started."""
    worker = made.fork("sleeps", tmp_path, None)
    assert worker is not None
    assert worker.stdout is not None
    worker.stdout.close()
    template = psutil.Process(worker.pid).parent()
    assert template is not None
    _eventually((tmp_path / "pid").exists)
    template.send_signal(signal.SIGKILL)
    assert worker.wait(60.0) == -signal.SIGKILL
    wait_until_gone(worker.pid)
    assert made.fork("tells", tmp_path, None) is None


def test_without_a_template_workers_are_started(
    place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One that is not ready in time serves nobody."""
    monkeypatch.setattr(templates, "_START_SECONDS", 0.0)
    with Templates({}, os.environ, threads=1, path=(str(place),), base=()) as made:
        assert made.fork("tells", tmp_path, None) is None
        assert not made.usable


def test_a_template_that_nobody_needs_ends_while_it_imports(place: Path) -> None:
    """A study that is refused does not wait for what was begun beside its checks."""
    made = Templates({}, os.environ, threads=1, path=(str(place),), base=("endless",))
    made.prepare()
    note = place / "importing"
    _eventually(lambda: note.exists() and note.read_text("utf-8"))
    made.close()
    wait_until_gone(int(note.read_text("utf-8")))


def _eventually(happened: object) -> None:
    assert callable(happened)
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)
