"""Progress and notices that nobody reads any more end no run."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.builders import KNN, make_run
from tests.command import environment
from tunecard import command_line
from tunecard.report.run import Run
from tunecard.runner.terminal import watcher
from tunecard.screen import finish, print_notice, stderr

CODE = """
import os, sys
{before}
from tunecard.screen import print_notice
print_notice("nobody reads this")
print_notice("nor this")
print("to the end")
"""


def ended(tmp_path: Path, before: str) -> subprocess.CompletedProcess[str]:
    """Run the code in a process of its own, after what happens to its streams."""
    return subprocess.run(
        [sys.executable, "-c", CODE.format(before=before)],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "before",
    [
        "r, w = os.pipe(); os.dup2(w, 2); os.close(w); os.close(r)",
        "a, b = os.openpty(); os.dup2(b, 2); os.close(a); os.close(b)",
        "os.dup2(os.open('/dev/full', os.O_WRONLY), 2)",
        "os.close(2)",
        "sys.stderr = None",
    ],
)
def test_a_stderr_that_is_gone_ends_nothing(before: str, tmp_path: Path) -> None:
    """A closed pipe, a closed terminal, a full disk: the program goes on to its end."""
    done = ended(tmp_path, before)
    assert (done.returncode, done.stdout) == (0, "to the end\n"), done.stderr


def test_a_bar_whose_terminal_is_closed_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither the bar nor a notice above it raises."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        with watcher(stderr(), quiet=False) as progress:
            progress.stage("search", 2)
            os.close(ours)
            progress.step("fold 1 of 2")
            progress.notice("nobody reads this")
            print_notice("nor this")


def test_standard_streams_that_are_closed_are_taken_by_no_file(tmp_path: Path) -> None:
    """A file that is opened later gets none of their numbers, and print() works."""
    code = (
        "import os, sys\n"
        "from tunecard.command_line import _open_closed_streams\n"
        "_open_closed_streams()\n"
        "print('nowhere', sys.stdin.read())\n"
        "number = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)\n"
        "os.write(number, b'%d' % number)\n"
    )
    path = tmp_path / "file"
    subprocess.run(
        ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", code, path],
        env=environment(tmp_path),
        check=True,
    )
    assert path.read_text("ascii") == "3"


def test_no_place_for_temporary_files_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such as in a container that is read-only: what to set, and exit code 2."""
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/dev/null"])
    monkeypatch.setattr(command_line, "app", lambda: tempfile.mkdtemp)
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert ended.value.code == 2
    error = " ".join(capsys.readouterr().err.split())
    assert error.startswith("tunecard: No usable temporary directory found in")
    assert error.endswith("Set TMPDIR to a folder that can be written.")


def test_a_finished_run_ends_well_without_a_stdout(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its page is named on stderr, and its exit code is its own."""
    run = Run(make_run(models=(KNN,), n_test=40, rounds=0))
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        finish(run, open_page=False)
    error = " ".join(capsys.readouterr().err.split())
    assert error == f"stdout cannot be written. The page: {run.page}"
