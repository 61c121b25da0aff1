"""Reading a run works on any system: nothing that only POSIX has is used for it.

This file imports nothing of Tunecard: on Windows it runs beside an installed wheel, in a
clone whose links may be plain files.
"""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "reports" / "sample-digits"

#: Modules that Windows does not have, and names of `os` and `signal` likewise. NumPy
#: needs `os.uname` on Linux, and psutil `os.sysconf`: only our own sources do without.
MODULES = (
    "_posixshmem", "fcntl", "grp", "posix_ipc", "pty", "pwd", "resource", "syslog",
    "termios", "tty",
)  # fmt: skip
OS_NAMES = (
    "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getgroups",
    "getloadavg", "getpgid", "getpgrp", "getpriority", "getsid", "getuid", "killpg",
    "lchown", "memfd_create", "mkfifo", "nice", "pidfd_open", "posix_fadvise",
    "posix_spawn", "pread", "sched_getaffinity", "sched_setaffinity", "setpgid",
    "setpriority", "setsid", "statvfs", "tcgetpgrp", "wait", "wait3",
    "wait4", "waitid",
)  # fmt: skip
SIGNAL_NAMES = ("SIGALRM", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGUSR1", "alarm")

#: What each script begins with: a process that has none of them, as on Windows.
BLOCKED = f"""
import os, signal, sys
for name in {MODULES!r}:
    sys.modules[name] = None
for name in {OS_NAMES!r}:
    if hasattr(os, name):
        delattr(os, name)
for name in {SIGNAL_NAMES!r}:
    if hasattr(signal, name):
        delattr(signal, name)
"""


#: What judge needs of other packages.
LIBRARIES = "import joblib, psutil, sklearn.metrics, sklearn.tree, threadpoolctl"


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """A reports folder with two runs, the second a copy of the first."""
    folder = tmp_path / "reports"
    for name in ("20260101T000000Z-digits-aaaaaa", "20260102T000000Z-digits-bbbbbb"):
        shutil.copytree(SAMPLE, folder / name)
    return folder


def run_blocked(code: str, folder: Path, *arguments: str, before: str = "") -> str:
    """Run a script without what only POSIX has; returns what it printed.

    On Linux scikit-learn itself needs some of that: what is imported `before` keeps it.
    """
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "COLUMNS": "100"}
    environment.pop("PYTHONUTF8", None)
    done = subprocess.run(
        [sys.executable, "-c", f"{before}\n{BLOCKED}{code}", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="cp1252",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_python_reads_and_compares(reports: Path) -> None:
    """tunecard.load, tunecard.compare and the contract need no POSIX."""
    first, second = sorted(path.name for path in reports.iterdir())
    code = f"""
import tunecard, tunecard.runner.schema
run = tunecard.load({first!r})
print(run.results.study.name)
print(tunecard.compare({first!r}, {second!r}).compared.pairing)
print(any(name.startswith("tunecard.runner.host") for name in sys.modules))
"""
    assert run_blocked(code, reports).split() == ["digits", "paired", "False"]


@pytest.mark.slow
def test_python_judges(tmp_path: Path) -> None:
    """tunecard.judge needs no POSIX: two fitted models, and a page."""
    code = """
import numpy as np
from sklearn.tree import DecisionTreeClassifier
import tunecard
X = np.arange(200.0).reshape(100, 2)
y = np.arange(100) % 3
trees = [DecisionTreeClassifier(max_depth=depth).fit(X, y) for depth in (1, 20)]
run = tunecard.judge(*trees, X, y)
print(run.page.exists(), run.verdicts["word"][0])
"""
    said = run_blocked(code, tmp_path, before=LIBRARIES)
    assert said.split() == ["True", "better"]


#: The commands that read, each with a file that it writes.
COMMANDS = {
    ("report", "20260101T000000Z-digits-aaaaaa"): "report.html",
    (
        "compare",
        "20260101T000000Z-digits-aaaaaa",
        "20260102T000000Z-digits-bbbbbb",
    ): "compare.html",
    ("history", "--reports", "."): "index.html",
    (
        "judge",
        "both.csv",
        "--truth",
        "y",
        "--prediction",
        "old",
        "--prediction",
        "new",
        "--reports",
        "judged",
    ): "report.html",
    ("explain", "TC004"): None,
    ("validate", "20260101T000000Z-digits-aaaaaa/results.json"): None,
    ("prune", "--reports", ".", "--keep", "1", "--yes"): "index.html",
}


def test_commands_that_read(reports: Path) -> None:
    """Each command that reads works, also where the terminal is not a UTF-8 one."""
    for page in reports.rglob("*.html"):
        page.unlink()
    (reports / "both.csv").write_text("y,old,new\n" + "a,a,a\nb,a,b\n" * 30, "utf-8")
    code = f"""
from pathlib import Path
from tunecard.command_line import main
for words, written in {COMMANDS!r}.items():
    sys.argv = ["tunecard", *words]
    try:
        main()
    except SystemExit as end:
        assert not end.code, words
    for path in list(Path().rglob(written or "-")):
        path.unlink()
        written = None
    assert written is None, words
"""
    run_blocked(code, reports, before=LIBRARIES)
    # A run that cannot be locked is not removed: it could be at work. Windows has locks.
    n_runs = len([path for path in reports.iterdir() if path.name.startswith("2026")])
    assert n_runs == (1 if os.name == "nt" else 2)


def test_measuring_is_refused_on_windows(tmp_path: Path) -> None:
    """`tunecard run` alone is refused there, with what works instead."""
    code = """
import types
import tunecard.python
from tunecard.command_line import main
tunecard.python.sys = types.SimpleNamespace(platform="win32")
sys.argv[0] = "tunecard"
try:
    main()
except SystemExit as end:
    print(end.code)
"""
    assert run_blocked(code, tmp_path, "run", "digits").split() == ["2"]
    assert list(tmp_path.iterdir()) == []


def test_posix_is_used_in_one_room() -> None:
    """Modules that only POSIX has are imported by `runner/host`, and nowhere else."""
    modules = {*MODULES, "select"}
    names = {f"os.{name}" for name in (*OS_NAMES, "sysconf", "uname")}
    wrong = [
        path.relative_to(ROOT).as_posix()
        for folder in ("runner", "report", "tunecard")
        for path in (ROOT / folder).rglob("*.py")
        if path.resolve() == path and ROOT / "runner" / "host" not in path.parents
        if _posix_names(path) & {*modules, *names}
    ]
    # Pictures are drawn, and workers forked from a template, where there is a fork.
    assert sorted(wrong) == [
        "report/charts/together.py",
        "runner/processes/forking.py",
        "runner/processes/template.py",
    ]


def _posix_names(path: Path) -> set[str]:
    """Modules that a file imports, and attributes of `os` that it uses."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(f"{node.value.id}.{node.attr}")
    return found
