"""A worker process: how it is started, waited for and ended, with scripts for workers."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes import wait_until_gone
from tunecard.runner.processes import process, start
from tunecard.runner.processes.process import Ended, run_worker, run_workers

Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a script in a worker's place."""

    def run(script: str, seconds: float = 60.0, *, hurried: bool = True) -> Ended:
        path = tmp_path / "script.py"
        path.write_text(textwrap.dedent(script), "utf-8")
        monkeypatch.setattr(process, "START", path)
        monkeypatch.setattr(process, "_REACHES_US", 0.0 if hurried else 60.0)
        return run_worker(tmp_path, os.environ, threads=1, seconds=seconds)

    return run


def without_pidfd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this a kernel without pidfd_open."""

    def refuse(pid: int) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", refuse, raising=False)


@pytest.mark.parametrize("pidfd", [True, False])
@pytest.mark.parametrize(
    ("script", "status", "reason"),
    [
        ("print('well')", "ok", None),
        ("import sys; sys.exit('gone wrong')", "failed", "worker ended with code 1: gone"),
        ("import os; os.kill(os.getpid(), 9)", "killed", "ended by SIGKILL"),
        ("while True: print('.' * 1000)", "timeout", "ran longer than limits.case_seconds"),
    ],
)
def test_how_a_worker_ended(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    status: str,
    reason: str | None,
    pidfd: bool,  # noqa: FBT001 # a case
) -> None:
    """Its end is told, with and without the kernel's own way to wait for it."""
    if not pidfd:
        without_pidfd(monkeypatch)
    ended = run(script, seconds=0.5 if status == "timeout" else 60)
    assert ended.status == status
    assert (ended.reason or "").startswith(reason or "")
    assert ended.peak_memory > 2**20


def test_workers_run_side_by_side(run: Run, tmp_path: Path) -> None:
    """Two wait for each other; a third begins when one of them has ended."""
    folders = [tmp_path / name for name in ("first", "second", "third")]
    for folder in folders:
        folder.mkdir()
    run("")
    (tmp_path / "script.py").write_text(
        textwrap.dedent(
            """
            import sys, time
            from pathlib import Path
            own = Path(sys.argv[2])
            (own / "here").touch()
            pair = [own.parent / name for name in ("first", "second")]
            if own in pair:
                while not all((folder / "here").exists() for folder in pair):
                    time.sleep(0.01)
                (own / "leaves").touch()
            elif not any((folder / "leaves").exists() for folder in pair):
                sys.exit("both are at work")
            """
        ),
        "utf-8",
    )
    jobs = [(folder, None) for folder in folders]
    ended = run_workers(jobs, os.environ, threads=1, seconds=60.0, at_once=2)
    reasons = {number: end.reason for number, end, _ in ended}
    assert reasons == dict.fromkeys(range(3))


def test_workers_end_with_who_waits_for_them(run: Run, tmp_path: Path) -> None:
    """Of two that run, the second is ended where the first is all that is taken."""
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
    run("")
    (tmp_path / "script.py").write_text(
        textwrap.dedent(
            """
            import os, sys, time
            from pathlib import Path
            own = Path(sys.argv[2])
            if own.name == "second":
                (own / "half").write_text(str(os.getpid()))
                (own / "half").rename(own / "pid")
                time.sleep(60)
            while not (own.parent / "second" / "pid").exists():
                time.sleep(0.01)
            """
        ),
        "utf-8",
    )
    jobs = [(folder, None) for folder in folders]
    ended = run_workers(jobs, os.environ, threads=1, seconds=60.0, at_once=2)
    assert next(ended)[0] == 0
    ended.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int((folders[1] / "pid").read_text("utf-8")), 0)


def test_a_signal_to_all_processes_is_no_failure_of_one(run: Run) -> None:
    """A worker may meet the signal that stops a run before the run itself does."""
    with pytest.raises(KeyboardInterrupt):
        run(
            """
            import os, signal, subprocess
            later = f"sleep 0.2; kill -INT {os.getppid()}"
            quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
            subprocess.Popen(["sh", "-c", later], start_new_session=True, **quiet)
            os.kill(os.getpid(), signal.SIGTERM)
            """,
            hurried=False,
        )


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux 5.3")
def test_waiting_is_one_sleep_in_the_kernel(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a worker works, this process does not look again and again."""
    naps: list[float] = []
    monkeypatch.setattr(time, "sleep", naps.append)
    assert run("import time; time.sleep(0.3)").status == "ok"
    assert naps == []


@pytest.mark.parametrize("pidfd", [True, False])
def test_a_limit_of_years_is_no_error(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    pidfd: bool,  # noqa: FBT001 # a case
) -> None:
    """A limit that no single wait of the kernel can hold is waited for in parts."""
    if not pidfd:
        without_pidfd(monkeypatch)
    assert run("", seconds=1e10).status == "ok"


def test_what_a_worker_started_ends_with_it(run: Run, tmp_path: Path) -> None:
    """A process that a worker leaves behind is ended, too."""
    ended = run(
        """
        import subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(child.pid)
        """
    )
    wait_until_gone(int((ended.stderr_tail or "").split()[-1]))


_TELLS = """
    import sys
    import tunecard.runner.errors

    def main(folder):
        told = tunecard.runner.errors.__file__, *sys.path
        (folder / "told").write_text(chr(10).join(told))
"""


def test_a_worker_s_path_is_the_interpreter_s_own(tmp_path: Path) -> None:
    """Our package is found without a place on the path, whatever else bears its name."""
    (tmp_path / "tunecard").mkdir()
    (tmp_path / "tunecard" / "__init__.py").write_text(
        "raise SystemExit('not ours')", "utf-8"
    )
    (tmp_path / "tells.py").write_text(textwrap.dedent(_TELLS), "utf-8")
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    subprocess.run(
        [
            sys.executable,
            "-P",
            str(process.START),
            "tells",
            str(tmp_path),
            str(os.getpid()),
        ],
        check=True,
        env=environ,
        cwd=tmp_path,
    )
    plain = subprocess.run(
        [sys.executable, "-P", "-c", "import sys; print(*sys.path, sep='\\n')"],
        check=True,
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    package, *path = (tmp_path / "told").read_text("utf-8").splitlines()
    assert Path(package).parents[1] == start.HERE
    assert path == plain.stdout.splitlines()
