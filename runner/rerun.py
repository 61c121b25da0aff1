"""The command line that runs a study again, as results.json keeps it."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from tunecard.runner.datasets import GIVEN
from tunecard.runner.schema import Study


def command(
    study: str | Study | None,
    effective: Study,
    *,
    quick: bool,
    budget: str | float | None,
    against: Path | None,
    on: Sequence[str] = (),
    timing: bool | None = None,
) -> str:
    """Write the command line that runs the same study again.

    Parameters
    ----------
    study : str, Study or None
        As it was named.
    effective : Study
        What was run: digits, where digits stood in for MNIST.
    quick, budget, against, on, timing
        As of :func:`tunecard.runner.session.run_session`.
    """
    if isinstance(study, Study):
        extra = ["models=[...]"] if any(model.object for model in study.models) else []
        extra += ["data=..."] if study.dataset == GIVEN else []
        extra += [f"against={str(against)!r}"] if against is not None else []
        what = ", ".join(["study", *extra])
        return f"tunecard.run({what})  # in Python; the study is in results.json"
    flags = [*(["--quick"] if quick else [])]
    flags += [part for name in on for part in ("--engine", name)]
    if timing is not None:
        flags.append("--timing" if timing else "--no-timing")
    if budget is not None:
        flags += ["--budget", budget if isinstance(budget, str) else f"{budget:g}s"]
    if against is not None:
        flags += ["--against", str(against)]
    return shlex.join(["tunecard", "run", study or effective.name, *flags])
