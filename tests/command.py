"""Starts the command as a user does: in a folder of its own, with an empty cache.

:func:`tunecard` starts a process, which takes a second for its imports; :func:`call` is
the same command in this process, for what it prints, writes and ends with.
"""

import contextlib
import io
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from tunecard.command_line import main

COMMAND = Path(sys.executable).with_name("tunecard")
#: The command with two rounds of few calls, and no pictures.
SHORT = (sys.executable, Path(__file__).with_name("short_runs.py"))


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def environment(folder: Path) -> dict[str, str]:
    """The environment of this process, with an empty cache and no data folder."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TUNECARD_", "COV_"))}
    return {**kept, "XDG_CACHE_HOME": str(folder / "cache"), "COLUMNS": "100"}


def one_core() -> None:
    """Keep a command to one core: threads that share cores with others spin and wait."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[os.getpid() % len(cores)]})


@contextlib.contextmanager
def on_one_core() -> Iterator[None]:
    """Keep this process to one core meanwhile, as :func:`start` keeps its own."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    one_core()
    yield
    os.sched_setaffinity(0, before)


def start(
    folder: Path, *arguments: str | Path, command: tuple[str | Path, ...] = (COMMAND,)
) -> subprocess.Popen[str]:
    """Start the command in a folder, in a process group of its own."""
    return subprocess.Popen(
        [*command, *arguments],
        cwd=folder,
        env=environment(folder.parent),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        preexec_fn=one_core,  # noqa: PLW1509 # these tests have no threads
    )


def tunecard(
    folder: Path, *arguments: str | Path, command: tuple[str | Path, ...] = (COMMAND,)
) -> Ended:
    """Run the command in a folder to its end."""
    with start(folder, *arguments, command=command) as process:
        out, err = process.communicate(timeout=600)
    return Ended(process.returncode, out, err)


def call(folder: Path, *arguments: str | Path) -> Ended:
    """Run the command's `main` in this process, as if started in a folder."""
    # With a buffer below, as of a process: a picture is written as bytes.
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    code: str | int | None = 0
    handlers = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGHUP)}
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, environment(folder.parent), clear=True),
        mock.patch.object(sys, "argv", ["tunecard", *map(str, arguments)]),
        mock.patch.object(sys, "path", list(sys.path)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("default")
        try:
            main()
        except SystemExit as end:
            code = end.code
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    assert isinstance(code, int)
    for stream in (out, err):
        stream.seek(0)
    return Ended(code, *(s.buffer.read().decode("utf-8", "replace") for s in (out, err)))
