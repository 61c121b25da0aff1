"""Fitting models on a few rows, to detect which of them fail: here, or in a child.

As a child process: ``python -P start.py tunecard.runner.plan.trying FOLDER``. Each failure
is a line of ``failures.jsonl`` as soon as it is known.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tunecard.runner import models
from tunecard.runner.host import child
from tunecard.runner.models.fitting import captured, describe
from tunecard.runner.plan.jobs import Failure, TrialJob
from tunecard.runner.rows import Rows, load, take
from tunecard.runner.schema import Params
from tunecard.runner.task import Labels

QUERIES = 20  # rows to predict


def main(folder: Path) -> None:
    """Do the job in `folder`, a line a failure."""
    job = TrialJob.model_validate_json((folder / "job.json").read_bytes())
    child.die_with(job.parent)
    sys.path += [entry for entry in job.path if entry not in sys.path]
    child.limit_memory(job.memory)
    X, y = load(folder, "X"), load(folder, "y")
    with (folder / "failures.jsonl").open("a", encoding="utf-8") as stream:
        for failure in attempt(job, X, y):
            stream.write(failure.model_dump_json() + "\n")
            stream.flush()


def attempt(job: TrialJob, X: Rows, y: Labels) -> Iterator[Failure]:
    """Fit each model once as it is, and once with each named value of its space.

    Parameters
    ----------
    job : TrialJob
        The models.
    X : ndarray or DataFrame of shape (n_samples, n_features)
        Rows to fit on; the first of them are predicted.
    y : ndarray of shape (n_samples,)
        Classes.

    Yields
    ------
    Failure
    """
    for spec, named in zip(job.models, job.named, strict=True):
        settings: Sequence[Params] = ({}, *named)
        for setting in settings:
            try:
                with captured():
                    model = models.build(spec, setting, job.seed, job.encoding)
                    model.fit(X, y)
                    model.predict(take(X, slice(QUERIES)))
            except MemoryError:  # its own row of the results states the limit
                continue
            except (Exception, SystemExit) as error:  # noqa: BLE001 # a user's class may
                yield Failure(
                    model=spec.name,
                    setting=setting,
                    kind=type(error).__name__,
                    reason=describe(error),
                )
