"""Workers that are forked from a template process, in place of one started for each."""

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, TypeAlias

from tunecard.runner.host import processes
from tunecard.runner.host.clocks import monotonic
from tunecard.runner.processes.forking import TemplateJob
from tunecard.runner.processes.process import START, worker_environment

_MODULE = "tunecard.runner.processes.forking"
CLOCK = ("sklearn", "tunecard.runner.clock.worker", "tunecard.runner.clock.kernel")
SEARCH = (*CLOCK[:2], "tunecard.runner.search.scorer")
SUPPORTED = sys.platform.startswith("linux")
_START_SECONDS = 120.0  # for all imports
_ANSWER_SECONDS = 10.0  # for a fork
_MESSAGE = 65_536


class Forked:
    """A worker that a template has forked; as much of a Popen as is needed of one.

    Attributes
    ----------
    pid : int
    stdout : file or None
        What it prints; None where that goes nowhere.
    returncode : int or None
        None while it runs.
    peak : int
        Its highest resident set in bytes, once it has ended.
    """

    def __init__(self, template: "_Process", pid: int, stdout: IO[bytes] | None) -> None:
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
        deadline = monotonic() + seconds
        while self.returncode is None and (left := deadline - monotonic()) > 0:
            self._template.look(left)
        return self.returncode


class _Process:
    """A template process that is ready to fork."""

    def __init__(self, process: subprocess.Popen[bytes], channel: socket.socket) -> None:
        self._process, self._channel = process, channel
        self._workers: dict[int, Forked] = {}

    def fork(
        self, request: Mapping[str, object], keep: Sequence[int], *, quiet: bool
    ) -> Forked | None:
        """Fork a worker; None where the template has died."""
        reading: int | None = None
        if quiet:
            writing = os.open(os.devnull, os.O_WRONLY)
        else:
            reading, writing = os.pipe()
        try:
            text = json.dumps(request).encode()
            socket.send_fds(self._channel, [text], [writing, *keep])
            pid = self._started()
        except OSError:
            pid = None
        finally:
            os.close(writing)
        if pid is None:
            if reading is not None:
                os.close(reading)
            return None
        stdout = None if reading is None else os.fdopen(reading, "rb")
        self._workers[pid] = Forked(self, pid, stdout)
        return self._workers[pid]

    def _started(self) -> int | None:
        """Wait until a worker has been forked; None where that does not happen."""
        deadline = monotonic() + _ANSWER_SECONDS
        while (left := deadline - monotonic()) > 0:
            answer = self.look(left)
            if answer is None:
                return None
            if "started" in answer:
                return answer["started"]
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

    def wait_for_answer(self, seconds: float) -> None:
        """Wait so long until there is something to look at, and leave it there."""
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        poll.poll(seconds * 1000)

    def kill(self) -> None:
        """Kill it: while it imports, it does not notice that nobody needs it any more."""
        self._process.kill()

    def close(self) -> None:
        """End it, with what is left of its workers."""
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        processes.end(self._process)


#: Forks a worker: its module, its folder, and the file descriptors that it keeps.
Fork: TypeAlias = Callable[[str, Path, Sequence[int]], Forked | None]


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
    base : tuple of str
        Modules that every worker needs.
    """

    def __init__(
        self,
        imports: Mapping[str, tuple[str, ...]],
        environ: Mapping[str, str],
        *,
        threads: int,
        path: tuple[str, ...],
        base: tuple[str, ...] = CLOCK,
    ) -> None:
        self._imports = dict(imports)
        self._environ = worker_environment(environ, threads)
        self._path, self._base, self._threads = path, base, threads
        self._begun: list[_Process] = []
        self._served = False
        self._process: _Process | None = None
        self.usable = SUPPORTED

    def __enter__(self) -> "Templates":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def prepare(self, number: int = 1) -> None:
        """Start processes that will be needed, and let them import meanwhile.

        Parameters
        ----------
        number : int
            How many there may be, with the one that serves now.
        """
        serving = self._process is not None
        while self.usable and len(self._begun) + serving < number:
            self._begun.append(self._begin())

    def settle(self) -> None:
        """Wait until all that were started have imported what is needed."""
        self.start()
        for begun in self._begun:
            begun.wait_for_answer(_START_SECONDS)

    def renew(self) -> None:
        """Have a process ready that has served no model yet."""
        if self._served:
            self._end_current()
        self.start()

    def fork(
        self,
        module: str,
        folder: Path,
        model: str | None = None,
        keep: Sequence[int] = (),
        *,
        threads: int | None = None,
        quiet: bool = False,
    ) -> Forked | None:
        """Fork a worker of a model, or of none; None where it needs a new process.

        Parameters
        ----------
        module : str
            What it runs; its ``main`` receives the folder.
        folder : Path
            The job's folder.
        model : str or None
            The model that it works on, by its name.
        keep : sequence of int
            File descriptors that it has by the same numbers.
        threads : int or None
            For its native thread pools; None for the template's.
        quiet : bool
            Whether what it prints goes nowhere.
        """
        self.start()
        if self._process is None or (model is not None and model not in self._imports):
            return None
        self._served = self._served or model is not None
        others = None if threads == self._threads else threads
        request = {"module": module, "folder": str(folder), "keep": list(keep)}
        return self._process.fork({**request, "threads": others}, keep, quiet=quiet)

    def fork_quietly(
        self, model: str, module: str, folder: Path, keep: Sequence[int]
    ) -> Forked | None:
        """Fork a worker of a model whose output goes nowhere."""
        return self.fork(module, folder, model, keep, quiet=True)

    def start(self) -> None:
        """Wait until a process is ready, where one can be."""
        while self.usable and self._process is None:
            begun = self._begun.pop(0) if self._begun else self._begin()
            answer = begun.look(_START_SECONDS)
            if answer and answer.get("unsafe", "") is None:
                self._process, self._served = begun, False
                return
            begun.close()
            unsafe = answer.get("unsafe") if answer else None
            if unsafe:
                self._imports.pop(str(unsafe), None)
            else:
                self.usable = False

    def _begin(self) -> _Process:
        """Start a process; its first answer is the model whose imports forbid to fork."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # A file without a name: nothing is left where both processes are killed.
        with theirs, tempfile.TemporaryFile() as file:
            job = TemplateJob(
                socket=theirs.fileno(),
                path=self._path,
                base=self._base,
                imports=self._imports,
            )
            file.write(job.model_dump_json().encode())
            file.seek(0)
            kept = (theirs.fileno(), file.fileno())
            process = processes.start(
                START, _MODULE, f"/dev/fd/{file.fileno()}", environ=self._environ, keep=kept
            )
        return _Process(process, ours)

    def close(self) -> None:
        """End all processes; what needs one later starts it again."""
        self._end_current()
        for process in self._begun:
            process.kill()
            process.close()
        self._begun = []

    def _end_current(self) -> None:
        """End the process that serves now; those that stand by are left."""
        if self._process is not None:
            self._process.close()
        self._process, self._served = None, False
