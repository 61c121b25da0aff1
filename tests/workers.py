"""Workers of measured runs and searches, forked from one process that all tests share.

A worker that is started takes a second or more for its imports, and a run has a template
of its own each round. Here one template serves every test of this process: what a worker
is given, does and leaves is the same, but for the number of timed calls (`short_timing`).
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest

from tunecard.runner.clock import calibration, measure
from tunecard.runner.plan import first, probe
from tunecard.runner.processes.process import run_worker
from tunecard.runner.processes.template import CLOCK, SEARCH, Forked, Templates
from tunecard.runner.search import backends

#: What workers of these tests import, beside their own estimator.
_MODULES = ("sklearn.linear_model", "sklearn.neighbors", "sklearn.tree", "cloudpickle")


class SharedTemplate(Templates):
    """A template that serves every model, and lasts longer than a run.

    Parameters
    ----------
    *modules : str
        What it imports beside what all workers of these tests do.
    """

    def __init__(self, *modules: str) -> None:
        base = tuple(dict.fromkeys((*CLOCK, *SEARCH, *_MODULES, *modules)))
        super().__init__({}, os.environ, threads=1, path=tuple(sys.path), base=base)
        self._place = Path.cwd()  # of the process, which began there

    def fork(
        self,
        module: str,
        folder: Path,
        model: str | None = None,  # noqa: ARG002 # it imports its own model
        keep: Sequence[int] = (),
        *,
        threads: int | None = None,
        quiet: bool = False,
    ) -> Forked | None:
        """Fork a worker, of whichever model; in this process's folder if it needs one."""
        if not folder.is_absolute() and self._place != Path.cwd():
            super().close()
        if self._process is None:
            self._place = Path.cwd()
        return super().fork(module, folder, None, keep, threads=threads, quiet=quiet)

    def prepare(self, number: int = 1) -> None:
        """Leave the start to the first fork."""

    def settle(self) -> None:
        """Wait for nothing: there is one process, for all rounds."""

    def renew(self) -> None:
        """Keep the process, which a run would renew each round."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Serve the next run."""

    def close(self) -> None:
        """Serve the next run, also where a session ends its template."""

    def end(self) -> None:
        """End the process."""
        super().close()


@contextmanager
def forked_from(template: SharedTemplate) -> Iterator[None]:
    """Fork the workers of every search, case, plan and run from a template."""

    def worker(*arguments: Any, templates: Any = None, **more: Any) -> Any:
        return run_worker(*arguments, templates=templates or template, **more)

    def fork(module: str, folder: Path, keep: Sequence[int]) -> Forked | None:
        return template.fork(module, folder, None, keep, quiet=True)

    scorers = backends.scorers

    def open_scorers(*arguments: Any, **more: Any) -> Any:
        return scorers(*arguments, **{**more, "fork": more.get("fork") or fork})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tunecard.runner.pipeline.Templates", lambda *_, **__: template)
        for module in (calibration, measure, first, probe):
            patch.setattr(module, "run_worker", worker)
        patch.setattr(backends, "scorers", open_scorers)
        yield
