"""Workers that are forked from a template process, in place of one started for each."""

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

from tunecard.runner.host import processes
from tunecard.runner.processes.forking import TemplateJob
from tunecard.runner.processes.process import START, worker_environment

_MODULE = "tunecard.runner.processes.forking"
_BASE = ("sklearn", "tunecard.runner.clock.worker", "tunecard.runner.clock.kernel")
_START_SECONDS = 120.0  # for all imports
_ANSWER_SECONDS = 10.0  # for a fork
_MESSAGE = 65_536


class Forked:
    """A worker that a template has forked; as much of a Popen as is needed of one.

    Attributes
    ----------
    pid : int
    stdout : file
        What it prints.
    returncode : int or None
        None while it runs.
    peak : int
        Its highest resident set in bytes, once it has ended.
    """

    def __init__(self, template: "_Process", pid: int, stdout: IO[bytes]) -> None:
        self._template, self.pid, self.stdout = template, pid, stdout
        self.returncode: int | None = None
        self.peak = 0

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal; None while it runs."""
        self._template.look(0.0)
        return self.returncode

    def kill(self) -> None:
        """Kill it, if it is still there."""
        if self.returncode is None:
            self._template.send({"kill": self.pid})

    def wait(self, seconds: float = _ANSWER_SECONDS) -> int | None:
        """Wait for its end so long; return its exit code, None where it still runs."""
        deadline = time.monotonic() + seconds
        while self.returncode is None and (left := deadline - time.monotonic()) > 0:
            self._template.look(left)
        return self.returncode


class _Process:
    """A template process that is ready to fork."""

    def __init__(self, process: subprocess.Popen[bytes], channel: socket.socket) -> None:
        self.process, self._channel = process, channel
        self._workers: dict[int, Forked] = {}

    def fork(self, module: str, folder: Path) -> Forked | None:
        """Fork a worker; None where the template has died."""
        reading, writing = os.pipe()
        try:
            request = json.dumps({"module": module, "folder": str(folder)}).encode()
            socket.send_fds(self._channel, [request], [writing])
        except OSError:
            os.close(reading)
            return None
        finally:
            os.close(writing)
        deadline = time.monotonic() + _ANSWER_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            answer = self.look(left)
            if answer is None:
                break
            if "started" in answer:
                worker = Forked(self, answer["started"], os.fdopen(reading, "rb"))
                self._workers[worker.pid] = worker
                return worker
        os.close(reading)
        return None

    def send(self, message: Mapping[str, object]) -> None:
        """Send a message; where nobody is there any more, its workers are gone too."""
        with contextlib.suppress(OSError):
            self._channel.send(json.dumps(message).encode())

    def look(self, seconds: float) -> dict[str, int] | None:
        """Wait so long for an answer, and note which worker ended; None at the end."""
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        if not poll.poll(min(max(seconds, 0.0), 3_600.0) * 1000):
            return {}
        with contextlib.suppress(OSError, ValueError):
            answer: dict[str, int] = json.loads(self._channel.recv(_MESSAGE))
            worker = self._workers.pop(answer.get("ended", -1), None)
            if worker is not None:
                worker.returncode, worker.peak = answer["code"], answer["peak"]
            return answer
        for worker in self._workers.values():
            worker.returncode = -9  # the kernel has ended it with its template
        self._workers.clear()
        return None

    def close(self) -> None:
        """End it, with what is left of its workers."""
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(1.0)
        processes.end(self.process)


class Templates:
    """Templates of a run, one after another: each has its own layout of addresses.

    Which models are safe to fork is detected: one whose imports leave threads alive gets
    a new process for each of its workers. So do all where processes are not Linux's, or
    where no template starts. To be used as a context.

    Parameters
    ----------
    imports : mapping
        The modules of each model, by its name.
    environ : mapping
        The caller's environment.
    threads : int
        For every native thread pool of the workers.
    path : tuple of str
        Where this process looks for modules.
    """

    def __init__(
        self,
        imports: Mapping[str, tuple[str, ...]],
        environ: Mapping[str, str],
        *,
        threads: int,
        path: tuple[str, ...],
    ) -> None:
        self._imports = dict(imports)
        self._environ = worker_environment(environ, threads)
        self._path = path
        self._process: _Process | None = None
        self.usable = sys.platform.startswith("linux")

    def __enter__(self) -> "Templates":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def renew(self) -> None:
        """Put a new process in the place of the present one, if there is one."""
        if self._process is not None:
            self._close()
            self._start()

    def fork(self, module: str, folder: Path, model: str | None) -> Forked | None:
        """Fork a worker of a model, or of none; None where it needs a new process."""
        if self._process is None and self.usable:
            self._start()
        if self._process is None or (model is not None and model not in self._imports):
            return None
        return self._process.fork(module, folder)

    def _start(self) -> None:
        while self.usable:
            process, unsafe = self._begin()
            if process is not None:
                self._process = process
                return
            if unsafe:
                del self._imports[unsafe]
            else:
                self.usable = False

    def _begin(self) -> tuple[_Process | None, str | None]:
        """Start a process; the second value is the model whose imports forbid to fork."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, tempfile.TemporaryDirectory(prefix="tunecard-template-") as name:
            job = TemplateJob(
                socket=theirs.fileno(),
                path=self._path,
                base=_BASE,
                imports=self._imports,
            )
            folder = Path(name)
            (folder / "template.json").write_text(job.model_dump_json(), "utf-8")
            process = processes.start(
                START, _MODULE, str(folder), environ=self._environ, keep=(theirs.fileno(),)
            )
            theirs.close()
            made = _Process(process, ours)
            answer = made.look(_START_SECONDS)
        if answer and answer.get("unsafe", "") is None:
            return made, None
        made.close()
        unsafe = answer.get("unsafe") if answer else None
        return None, str(unsafe) if unsafe else None

    def _close(self) -> None:
        if self._process is not None:
            self._process.close()
            self._process = None
