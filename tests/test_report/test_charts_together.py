"""Pictures drawn side by side: each once, the same bytes, and never lost."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.processes import wait_until_gone
from tunecard.report.charts import Drawing, together
from tunecard.report.charts.together import LEAST_PICTURES, draw_together, may_fork

ROOT = Path(__file__).resolve().parents[2]
N_PICTURES = 3 * LEAST_PICTURES


@pytest.fixture
def forking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow forks beside pytest-xdist's own thread, which holds nothing of ours."""
    if sys.platform != "linux":
        pytest.skip("forks on Linux alone")
    monkeypatch.setattr(together, "may_fork", lambda: True)


def noted(folder: Path, number: int, before: Callable[[], None] | None = None) -> Drawing:
    """Make a picture that notes in a file's name which process drew it."""

    def make() -> str:
        if before is not None:
            before()
        (folder / f"{number}-{os.getpid()}").touch()
        return f"<svg>{number}</svg>"

    return Drawing(make)


def drawn_by(folder: Path) -> list[int]:
    """Processes that drew, one entry a picture."""
    return [int(path.name.partition("-")[2]) for path in folder.iterdir()]


def test_a_picture_is_drawn_when_asked_for_and_once(tmp_path: Path) -> None:
    """Nothing is drawn before, nothing twice."""
    picture = noted(tmp_path, 1)
    assert drawn_by(tmp_path) == []
    assert str(picture) == picture.__html__() == "<svg>1</svg>"
    assert drawn_by(tmp_path) == [os.getpid()]


@pytest.mark.usefixtures("forking")
def test_each_picture_is_drawn_by_one_process(tmp_path: Path) -> None:
    """And all are there when the work is done, each in its place."""
    several = [noted(tmp_path, number) for number in range(N_PICTURES)]
    draw_together(several, 2)
    assert len(drawn_by(tmp_path)) == N_PICTURES
    assert [str(one) for one in several] == [f"<svg>{i}</svg>" for i in range(N_PICTURES)]


@pytest.mark.usefixtures("forking")
def test_a_helper_draws_too(tmp_path: Path) -> None:
    """What it drew is taken over, and not drawn again."""
    ours = os.getpid()

    def wait_for_the_helper() -> None:
        last = time.monotonic() + 60
        while os.getpid() == ours and set(drawn_by(tmp_path)) <= {ours}:
            assert time.monotonic() < last, "no helper draws"
            time.sleep(0.005)

    several = [noted(tmp_path, number, wait_for_the_helper) for number in range(N_PICTURES)]
    draw_together(several, 2)
    assert len(drawn_by(tmp_path)) == N_PICTURES
    assert set(drawn_by(tmp_path)) > {ours} or ours not in drawn_by(tmp_path)


@pytest.mark.usefixtures("forking")
def test_what_a_helper_loses_is_drawn_here(tmp_path: Path) -> None:
    """A helper that is killed takes no picture with it."""
    ours = os.getpid()

    def die_elsewhere() -> None:
        if os.getpid() != ours:
            os._exit(9)

    several = [noted(tmp_path, number, die_elsewhere) for number in range(N_PICTURES)]
    draw_together(several, 2)
    assert drawn_by(tmp_path) == [ours] * N_PICTURES


@pytest.mark.usefixtures("forking")
def test_an_error_is_raised_where_it_belongs(capfd: pytest.CaptureFixture[str]) -> None:
    """An error of a picture comes out, whoever met it first."""

    def fail() -> str:
        raise ValueError("it cannot be drawn")

    with pytest.raises(ValueError, match="cannot be drawn"):
        draw_together([Drawing(fail) for _ in range(N_PICTURES)], 2)
    capfd.readouterr()


def test_few_pictures_need_no_helper(tmp_path: Path) -> None:
    """A process more would cost more than it saves."""
    draw_together([noted(tmp_path, number) for number in range(LEAST_PICTURES - 1)], 8)
    assert set(drawn_by(tmp_path)) == {os.getpid()}


def test_nothing_forks_beside_another_thread(tmp_path: Path) -> None:
    """A copy of a process would wait for ever for what its other thread holds."""
    end = threading.Event()
    other = threading.Thread(target=end.wait)
    other.start()
    try:
        assert not may_fork()
        draw_together([noted(tmp_path, number) for number in range(N_PICTURES)], 2)
    finally:
        end.set()
        other.join()
    assert drawn_by(tmp_path) == [os.getpid()] * N_PICTURES


@pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux alone")
def test_a_helper_ends_with_who_asked_for_it(tmp_path: Path) -> None:
    """It would wait for ever for a reader, and keep the lock of the run's folder."""
    code = (
        "import pathlib, sys, time\n"
        "from report.charts import Drawing, together\n"
        "def make():\n"
        "    pathlib.Path(sys.argv[1], 'drawn').touch()\n"
        "    time.sleep(600)\n"
        "together.draw_together([Drawing(make)] * 100, 2)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, tmp_path], cwd=ROOT) as parent:
        deadline = time.monotonic() + 60
        while not (helpers := psutil.Process(parent.pid).children()):
            assert parent.poll() is None
            assert time.monotonic() < deadline, "no helper was started"
            time.sleep(0.02)
        while not (tmp_path / "drawn").exists():
            assert time.monotonic() < deadline, "nothing is drawn"
            time.sleep(0.02)
        time.sleep(0.2)
        parent.kill()
    wait_until_gone(*helpers)
