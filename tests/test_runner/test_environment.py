"""The machine and the software of a run, as it is told in the results."""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import psutil
import pytest

from tunecard.runner import environment
from tunecard.runner.host import cores


def test_software_is_what_is_installed() -> None:
    """Versions are those of the packages that are imported."""
    found = environment.describe()
    assert found.python == platform.python_version()
    assert found.packages["scikit-learn"] == version("scikit-learn")
    assert found.packages["numpy"] == version("numpy")


def test_machine_is_what_it_says_of_itself() -> None:
    """Cores and memory are the machine's, as far as this process may use them."""
    found = environment.describe()
    assert found.memory == psutil.virtual_memory().total
    assert 1 <= found.logical_cores <= (os.cpu_count() or 1)
    assert found.cpu
    assert {pool.user_api for pool in found.thread_pools} >= {"openmp"}


def test_how_threads_wait_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is passed on to the timed processes, and changes their times, stands there."""
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.setenv("OPENBLAS_THREAD_TIMEOUT", "8")
    found = environment.describe()
    assert found.wait_variables == {"OPENBLAS_THREAD_TIMEOUT": "8"}
    monkeypatch.delenv("OPENBLAS_THREAD_TIMEOUT")
    assert "wait_variables" not in environment.describe().model_dump()


def test_cores_are_those_of_the_process() -> None:
    """A process bound to one core may use one, and what binds it is told."""
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("no affinity here")
    script = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from tunecard.runner.host import cores as e\n"
        "print(e.logical_cores(), e.core_limits()['affinity'])"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert told.stdout.split() == ["1", "1"]
    assert environment.describe().core_limits["machine"] == os.cpu_count()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "200000", "cpu/cpu.cfs_period_us": "100000"}, 2.0),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ({"cpu.max": "what is this"}, None),
        ({}, None),
    ],
)
def test_quota_of_a_control_group(
    tmp_path: Path, files: dict[str, str], expected: float | None
) -> None:
    """A container's quota is read as the kernel documents it, in both versions."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "ascii")
    assert cores.read_quota(tmp_path) == expected  # the real one is the machine's


def git(folder: Path, *arguments: str) -> str:
    """Call git in a folder, as nobody in particular."""
    return subprocess.run(
        ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def test_commit_of_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit is told, and whether tracked files differ from it."""
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "--quiet")
    (tmp_path / "file").write_text("1", "utf-8")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "--quiet", "--message", "one")
    (tmp_path / "untracked").touch()
    clean = environment.describe().git
    (tmp_path / "file").write_text("2", "utf-8")
    dirty = environment.describe().git
    assert clean is not None
    assert dirty is not None
    assert clean.commit == git(tmp_path, "rev-parse", "HEAD")
    assert (clean.dirty, dirty.dirty) == (False, True)


def test_a_folder_without_git_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside a work tree, and without git at all, there is no commit."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert environment.describe().git is None
    monkeypatch.setenv("PATH", "")
    assert environment.describe().git is None
