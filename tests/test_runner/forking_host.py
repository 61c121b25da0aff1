"""A host that forks runs: what a run imports is imported once, its workers are forks.

Started as a script. Each line of its input is a folder with a study.toml: the study is
run there, in a process whose id is printed, then how it ended. Timed calls are few and
short; all else is a run's own: its data on disk, its journal, a process a round. Where
the folder has a file ``room``, no file may grow beyond the bytes that it says.
"""

import gc
import importlib
import os
import resource
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from tunecard.runner import session
from tunecard.runner.clock import calibration, kernel, measure, timing, worker  # noqa: F401 # so too
from tunecard.runner.datasets import digits  # noqa: F401 # so too
from tunecard.runner.errors import TunecardError
from tunecard.runner.processes import template
from tunecard.runner.processes.process import Ended
from tunecard.runner.progress import Silent


class Log(Silent):
    """Prints notices to the run's log."""

    def notice(self, text: str) -> None:
        """Print it."""
        print(text, flush=True)  # noqa: T201 # to a file, see below


def forked_worker(
    folder: Path,
    environ: Mapping[str, str],
    *,
    threads: int,
    seconds: float,
    module: str = "tunecard.runner.clock.worker",
    **_more: object,
) -> Ended:
    """Do a worker's work in a fork of this process, in a session of its own."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        _end(lambda: importlib.import_module(module).main(folder))
    _, status = os.waitpid(pid, 0)
    return Ended("ok" if status == 0 else "failed", peak_memory=2**20)


def forked_workers(
    jobs: Sequence[tuple[Path, str | None]], environ: Mapping[str, str], **options: Any
) -> Iterator[tuple[int, Ended, float]]:
    """Do the work of several workers one after another, each as a single one is done."""
    run_worker: Callable[..., Ended] = vars(measure)["run_worker"]
    for number, (folder, _) in enumerate(jobs):
        yield number, run_worker(folder, environ, **options), 0.0


def run(folder: Path) -> None:
    """Run the study of a folder, with its output in a file beside it."""
    os.chdir(folder)
    log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    room = Path("room")
    if room.exists():
        size = int(room.read_text("ascii"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        with session.run_session(
            "study.toml",
            reports=Path("reports"),
            data_dir=None,
            offline=True,
            quick=False,
            fresh=False,
            budget=None,
            jobs=1,
            progress=Log(),
        ):
            pass
    except TunecardError as error:
        print(f"tunecard: {error}", flush=True)  # noqa: T201 # as the command line does
        os._exit(error.exit_code)


def _warm_up() -> None:
    """Load what scikit-learn loads with its first fit, for all forks; no fork copies it."""
    X, y = np.arange(20.0).reshape(10, 2), np.arange(10) % 2
    for estimator in (KNeighborsClassifier(3), GaussianNB()):
        roc_auc_score(y, estimator.fit(X, y).predict_proba(X)[:, 1])
    gc.collect()
    gc.freeze()  # a collection in a fork would copy every page that it touches


def _end(call: Callable[[], object]) -> None:
    """Call something, then end this process without what its parent would do at its end."""
    code = 1
    try:
        call()
        code = 0
    except BaseException:  # noqa: BLE001 # a fork must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def make_quick() -> None:
    """Let this process fork its workers, and time few and short calls."""
    for module in (calibration, measure):
        module.run_worker = forked_worker  # type: ignore[attr-defined] # of this process alone
    measure.run_workers = forked_workers  # type: ignore[attr-defined,assignment] # so too
    template.SUPPORTED = False
    timing.MIN_ROUNDS = 2
    timing.LOOP_NS, timing.SHORT_CALLS, timing.LATENCY_CALLS = 100_000, 2, 3
    kernel.SIDE, kernel.COPY_BYTES = 64, 1000


def main() -> None:
    """Run each folder that is named on the input, one after the other."""
    make_quick()
    _warm_up()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.setsid()
            _end(partial(run, Path(line.rstrip("\n"))))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
