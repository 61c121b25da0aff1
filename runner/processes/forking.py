"""The template's side: imports once what workers need, then forks one for each job.

Started as ``python -P start.py tunecard.runner.processes.forking FILE PARENT``; FILE is an
open file without a name, with its job. Requests come through a socket, a message each,
with the file descriptors that a worker keeps; answers report its start and its end.

A fork is only as good as a new process while nothing runs beside it. So nothing is
computed here, and after the imports of each model the threads are counted that a fork
leaves alive: OpenBLAS ends its own before one, and starts them again where it needs them.
"""

import atexit
import contextlib
import fcntl
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import threadpoolctl

from tunecard.runner.host import child, machine
from tunecard.runner.processes.process import THREAD_VARIABLES
from tunecard.runner.schema import Frozen

# jemalloc, which pyarrow brings, stops its thread before a fork and starts it after.
_FORKS_WELL = ("jemalloc_bg_thd",)
_MESSAGE = 65_536  # bytes of a request or an answer at most
_HIGH = 100  # file descriptors are moved here before they get the numbers they had


class TemplateJob(Frozen):
    """What a template receives when it starts.

    Attributes
    ----------
    socket : int
        File descriptor of its end.
    path : tuple of str
        Where modules are looked for behind its own places.
    base : tuple of str
        Modules that every worker needs.
    imports : dict
        The modules of each model, by its name.
    """

    socket: int
    path: tuple[str, ...]
    base: tuple[str, ...]
    imports: dict[str, tuple[str, ...]]


def main(file: Path) -> None:
    """Import, answer which model no fork may serve, then fork until the end."""
    job = TemplateJob.model_validate_json(file.read_bytes())
    os.close(int(file.name))
    sys.path += [entry for entry in job.path if entry not in sys.path]
    server = _Server(socket.socket(fileno=job.socket))
    unsafe = None
    gc.disable()  # nearly all that imports make stays
    for name, modules in ({"": job.base} | job.imports).items():
        for module in modules:
            # Its own worker meets the same error, and reports it.
            with contextlib.suppress(Exception, SystemExit):
                importlib.import_module(module)
        if unsafe is None and _threads_after_a_fork():
            unsafe = name
    gc.collect()
    gc.freeze()  # a collection in a fork would copy every page that it touches
    gc.enable()
    server.answer({"unsafe": unsafe})
    if unsafe is None:
        server.serve()


def _threads_after_a_fork() -> tuple[str, ...]:
    """Fork once, and name the threads of this process that are still there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads; see above
        pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    names = []
    for task in Path("/proc/self/task").iterdir():
        if int(task.name) != os.getpid():
            with contextlib.suppress(OSError):  # it ended since it was listed
                names.append((task / "comm").read_text("utf-8", "replace").strip())
    return tuple(name for name in names if name not in _FORKS_WELL)


class _Server:
    """Forks workers, and reports how each ended."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._workers: set[int] = set()
        self._woken, self._wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def answer(self, message: Mapping[str, object]) -> None:
        """Send a message; nobody may be there any more."""
        with contextlib.suppress(OSError):
            self._channel.send(json.dumps(message).encode())

    def serve(self) -> None:
        """Fork for each request, until the other end is closed."""
        # The end of a child writes to a pipe, so that one poll waits for everything.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in poll.poll()]
            if self._woken in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._woken, _MESSAGE)
                self._reap()
            if self._channel.fileno() not in ready:
                continue
            text, descriptors, _, _ = socket.recv_fds(self._channel, _MESSAGE, 16)
            if not text:
                return
            request = json.loads(text)
            if "kill" in request:
                self._kill(request["kill"])
            else:
                self._fork(request, descriptors)

    def _reap(self) -> None:
        for pid in tuple(self._workers):
            ended, status, used = os.wait4(pid, os.WNOHANG)
            if ended:
                self._workers.remove(pid)
                code = os.waitstatus_to_exitcode(status)
                peak = machine.bytes_of_maxrss(used.ru_maxrss)
                self.answer({"ended": pid, "code": code, "peak": peak})

    def _kill(self, pid: int) -> None:
        if pid in self._workers:  # not reaped, so that its number is still its own
            os.kill(pid, signal.SIGKILL)

    def _fork(self, request: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        template = os.getpid()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            with _ending_well():
                self._become(template, descriptors, request["keep"])
                if request["threads"] is not None:
                    _set_threads(request["threads"])
                folder = Path(request["folder"])
                importlib.import_module(request["module"]).main(folder)
        for descriptor in descriptors:
            os.close(descriptor)
        self._workers.add(pid)
        self.answer({"started": pid})

    def _become(
        self, template: int, descriptors: Sequence[int], keep: Sequence[int]
    ) -> None:
        """Make this fork what a new process would be: alone, with what it was given."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, _HIGH) for descriptor in descriptors]
        for descriptor in (*descriptors, self._woken, self._wake):
            os.close(descriptor)
        self._channel.close()
        output, *kept = high
        for descriptor, number in [(output, 1), (output, 2), *zip(kept, keep, strict=True)]:
            os.dup2(descriptor, number)
        for descriptor in high:
            if descriptor not in keep:
                os.close(descriptor)
        os.setsid()
        child.die_with(template)
        child.guard_group()
        _reseed()


@contextlib.contextmanager
def _ending_well() -> Iterator[None]:
    """End this fork as an interpreter ends, without tearing down what it inherited.

    As multiprocessing does with its own forks: threads are waited for, what is registered
    for the end is done, and the pages of the template are not touched.
    """
    code = 1
    try:
        try:
            yield
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
            if isinstance(end.code, str):
                sys.stderr.write(f"{end.code}\n")
        except BaseException:  # noqa: BLE001 # a fork must not go on as its template
            traceback.print_exc()
        threading._shutdown()  # type: ignore[attr-defined] # see above
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _set_threads(threads: int) -> None:
    """Give this fork's native thread pools other sizes than the template's have."""
    os.environ |= dict.fromkeys(THREAD_VARIABLES, str(threads))  # of pools loaded later
    threadpoolctl.threadpool_limits(threads)


def _reseed() -> None:
    """Draw new seeds, which two forks would share: of NumPy, as Python does its own."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
