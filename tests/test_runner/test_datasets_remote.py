"""Fetching: mirrors and OpenML in turn, and that nothing can hold a run up.

All servers are on the loopback; nothing here reaches the outside network.
"""

import gzip
import hashlib
import io
import itertools
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from rich.console import Console
from sklearn.utils import Bunch

from tests.processes import wait_until_gone
from tunecard.runner.datasets import Places, fetcher, write_idx
from tunecard.runner.datasets.mnist import OPENML, load_mnist
from tunecard.runner.datasets.mnist_files import FILES, IdxFile
from tunecard.runner.datasets.remote import Remote, fetch_in_turn
from tunecard.runner.datasets.values import Progress, Request, Whole
from tunecard.runner.errors import DataUnreachable
from tunecard.runner.progress import Download
from tunecard.runner.terminal import watcher

ARRAYS = {
    "train-images": np.arange(60, dtype=np.uint8).reshape(10, 3, 2),
    "train-labels": np.arange(10, dtype=np.uint8),
    "t10k-images": np.arange(60, 90, dtype=np.uint8).reshape(5, 3, 2),
    "t10k-labels": np.arange(5, dtype=np.uint8),
}


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder and logs nothing."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # its name there
        """Keep quiet."""


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reach the loopback directly whatever the machine's proxies are."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Make the folder of a mirror: the four gzips."""
    folder = tmp_path / "mirror"
    for stem, array in ARRAYS.items():
        path = folder / f"{stem}-idx{array.ndim}-ubyte"
        write_idx(array, path)
        path.with_suffix(".gz").write_bytes(gzip.compress(path.read_bytes()))
    return folder


@pytest.fixture
def files(mirror: Path) -> tuple[IdxFile, ...]:
    """Describe the mirror's files as MNIST's are described."""
    described = []
    for stem, array in ARRAYS.items():
        content = mirror / f"{stem}-idx{array.ndim}-ubyte"
        packed = content.with_suffix(".gz").read_bytes()
        described.append(
            IdxFile(
                stem=stem,
                shape=array.shape,
                sha256=hashlib.sha256(content.read_bytes()).hexdigest(),
                gzip_sha256=hashlib.sha256(packed).hexdigest(),
                gzip_bytes=len(packed),
            )
        )
    return tuple(described)


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Serve folders over HTTP and return each one's URL."""
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(folder: Path) -> str:
        server = ThreadingHTTPServer(
            ("127.0.0.1", 0), partial(Handler, directory=str(folder))
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def silent() -> Iterator[int]:
    """Give the port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def refusing() -> int:
    """Give a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Asker:
    """Loads the small MNIST and keeps what it was told."""

    def __init__(self, cache: Path, files: tuple[IdxFile, ...]) -> None:
        self.cache = cache
        self.files = files
        self.notices: list[str] = []

    def load(self, *mirrors: str, progress: Progress | None = None, **places: Any) -> Whole:
        """Load from these mirrors; patience is long unless a test shortens it."""
        settings = {"silence": 60.0, "openml": False} | places
        return load_mnist(
            Request(
                data_dir=None,
                offline=False,
                places=Places(self.cache, mirrors=mirrors, **settings),
                notice=self.notices.append,
                progress=progress,
            ),
            self.files,
        )


@pytest.fixture
def asker(tmp_path: Path, files: tuple[IdxFile, ...]) -> Asker:
    """Load into a cache of the test's own."""
    return Asker(tmp_path / "cache", files)


def assert_is_whole(whole: Whole) -> None:
    """Compare with the arrays that the mirror serves."""
    assert whole.test is not None
    np.testing.assert_array_equal(
        np.rint(whole.train.X * 255), ARRAYS["train-images"].reshape(10, 6)
    )
    np.testing.assert_array_equal(whole.test.y, ARRAYS["t10k-labels"])


def test_a_mirror_fills_the_cache(
    asker: Asker, mirror: Path, serve: Callable[[Path], str]
) -> None:
    """What was fetched is kept under its own name, and the next load asks nobody."""
    url = serve(mirror)
    whole = asker.load(url)
    assert_is_whole(whole)
    assert whole.source == f"fetched from {url.split('/')[2]}"
    kept = sorted(path.name for path in (asker.cache / "mnist").iterdir())
    assert kept == sorted(f"{file.name}.gz" for file in asker.files)
    assert len(asker.notices) == 1
    again = asker.load()  # no mirror at all
    assert_is_whole(again)
    assert again.source == "the user cache"


def test_the_next_mirror_is_asked(
    asker: Asker, mirror: Path, tmp_path: Path, serve: Callable[[Path], str], refusing: int
) -> None:
    """A mirror that refuses and one that lacks the files leave the turn to the third."""
    empty = tmp_path / "empty"
    empty.mkdir()
    urls = (f"http://127.0.0.1:{refusing}/", serve(empty), serve(mirror))
    assert_is_whole(asker.load(*urls))


def test_every_failure_is_told(
    asker: Asker, tmp_path: Path, serve: Callable[[Path], str], refusing: int
) -> None:
    """When nobody has it, each remote is named with its own reason."""
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DataUnreachable) as caught:
        asker.load(f"http://127.0.0.1:{refusing}/", serve(empty))
    message = str(caught.value)
    assert f"127.0.0.1:{refusing}: Connection refused" in message
    assert "answered HTTP 404 File not found" in message
    assert list((asker.cache / "mnist").iterdir()) == []


def test_other_content_from_a_mirror_is_not_used(
    asker: Asker, mirror: Path, serve: Callable[[Path], str]
) -> None:
    """A page of a hotel's network in place of the data counts as no answer."""
    (mirror / "train-images-idx3-ubyte.gz").write_bytes(b"<html>please log in</html>")
    with pytest.raises(DataUnreachable, match="does not match the known hash"):
        asker.load(serve(mirror))


def test_a_gzip_with_wrong_content_is_not_used(
    asker: Asker, mirror: Path, serve: Callable[[Path], str]
) -> None:
    """The content is verified even where the gzip is the expected one."""
    right = asker.files[0]
    asker.files = (
        IdxFile(right.stem, right.shape, "0" * 64, right.gzip_sha256, right.gzip_bytes),
        *asker.files[1:],
    )
    with pytest.raises(DataUnreachable, match=r"SHA-256 .* is 0{64}"):
        asker.load(serve(mirror))
    assert list((asker.cache / "mnist").iterdir()) == []


def test_a_silent_server_is_given_up(asker: Asker, silent: int) -> None:
    """A server that takes the connection and never answers ends as out of reach."""
    with pytest.raises(DataUnreachable, match=rf"{silent}: (timed out|no answer within)"):
        asker.load(f"http://127.0.0.1:{silent}/", silence=2.0)


def test_a_cache_that_cannot_be_written_is_no_obstacle(
    asker: Asker, mirror: Path, tmp_path: Path, serve: Callable[[Path], str]
) -> None:
    """The data is fetched and used, and a notice says that it is not kept."""
    asker.cache = tmp_path / "file"
    asker.cache.write_bytes(b"")
    assert_is_whole(asker.load(serve(mirror)))
    assert any("is not kept" in notice for notice in asker.notices)


def test_openml_that_cannot_be_reached_is_told(
    asker: Asker, monkeypatch: pytest.MonkeyPatch, refusing: int
) -> None:
    """The real request to OpenML, sent to a proxy that refuses, gives its reason."""
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{refusing}")
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{refusing}")
    with pytest.raises(DataUnreachable, match=r"OpenML \(mnist_784\): Connection refused"):
        asker.load(openml=True)


def openml_bunch() -> Bunch:
    """Make what fetch_openml returns: training rows first, labels as text."""
    images = np.concatenate([ARRAYS["train-images"], ARRAYS["t10k-images"]])
    labels = np.concatenate([ARRAYS["train-labels"], ARRAYS["t10k-labels"]])
    return Bunch(data=images.reshape(15, 6).astype(np.float64), target=labels.astype(str))


def test_openml_gives_the_same_data(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenML's one table becomes the four verified files of the cache."""
    monkeypatch.setattr("sklearn.datasets.fetch_openml", lambda *_, **__: openml_bunch())

    def fetched(remotes: Any, folder: Path, **_: Any) -> Iterator[tuple[Remote, None]]:
        fetcher.from_openml(folder, {**OPENML.job, "timeout": None})
        yield OPENML, None

    monkeypatch.setattr("tunecard.runner.datasets.mnist.fetch_in_turn", fetched)
    whole = asker.load(openml=True)
    assert_is_whole(whole)
    assert whole.source == "fetched from OpenML (mnist_784)"
    kept = sorted(path.name for path in (asker.cache / "mnist").iterdir())
    assert kept == sorted(file.name for file in asker.files)
    assert_is_whole(asker.load())


def test_another_table_from_openml_is_not_used(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table of another shape, or with one pixel off, is told and not used."""
    for n_rows, words in ((14, r"has the shape \(14, 6\)"), (15, "SHA-256")):

        def fetched(
            remotes: Any, folder: Path, n_rows: int = n_rows, **_: Any
        ) -> Iterator[tuple[Remote, None]]:
            np.save(folder / "X.npy", np.zeros((n_rows, 6), dtype=np.uint8))
            np.save(folder / "y.npy", np.zeros(n_rows, dtype=np.uint8))
            yield OPENML, None

        monkeypatch.setattr("tunecard.runner.datasets.mnist.fetch_in_turn", fetched)
        with pytest.raises(DataUnreachable, match=words):
            asker.load(openml=True)


# --- The watch over the fetcher, with a clock that is passed in ---

SLEEPS = (sys.executable, "-c", "import time; time.sleep(600)")
# Writes 100 bytes into the folder that it is given and stays for some seconds.
WRITES = """
import pathlib, sys, time
pathlib.Path(sys.argv[2], "part").write_bytes(b"x" * 100)
time.sleep({seconds})
"""
WRITES_AND_ENDS = (sys.executable, "-c", WRITES.format(seconds=1))
WRITES_AND_STAYS = (sys.executable, "-c", WRITES.format(seconds=600))
REMOTES = (Remote("first", {}), Remote("second", {}), Remote("third", {}))


def jumping(folder: Path) -> Callable[[], float]:
    """Make a clock that stands at 0 and jumps to 1,000 s once bytes were there a while."""
    seen = itertools.count()

    def clock() -> float:
        part = folder / "part"
        arrived = part.exists() and part.stat().st_size == 100
        return 1000.0 if arrived and next(seen) > 1 else 0.0

    return clock


def test_a_remote_that_hangs_is_ended(tmp_path: Path) -> None:
    """A name look-up that never returns ends with its share of the seconds.

    The three shares are the whole silence together.
    """
    asked = fetch_in_turn(REMOTES, tmp_path, silence=0.9, limit=60, command=SLEEPS)
    assert [reason for _, reason in asked] == ["no answer within 0.3 s"] * 3


def test_a_remote_that_fails_at_once_leaves_its_share(tmp_path: Path) -> None:
    """Three seconds among three remotes that take none: 1, then 1.5, then all 3."""
    told: list[float] = []
    command = (sys.executable, "-c", "import sys; sys.exit(sys.argv[1])")
    frozen = fetch_in_turn(
        REMOTES, tmp_path, silence=3, limit=60, command=command, clock=lambda: 0.0
    )
    for _, reason in frozen:
        assert reason is not None
        told.append(json.loads(reason)["timeout"])
    assert told == pytest.approx([0.6 * 1, 0.6 * 1.5, 0.6 * 3])


def test_a_download_that_goes_on_may_take_longer(tmp_path: Path) -> None:
    """Once bytes have arrived, the silence of 20 s is no limit any more."""
    asked = fetch_in_turn(
        REMOTES[:1],
        tmp_path,
        silence=20,
        limit=5000,
        command=WRITES_AND_ENDS,
        clock=jumping(tmp_path),
    )
    assert next(asked) == (REMOTES[0], None)


def test_a_download_has_a_limit_all_the_same(tmp_path: Path) -> None:
    """A download without end is ended, and those after it are not queried."""
    asked = fetch_in_turn(
        REMOTES[:2],
        tmp_path,
        silence=20,
        limit=600,
        command=WRITES_AND_STAYS,
        clock=jumping(tmp_path),
    )
    assert [reason for _, reason in asked] == [
        "not done within 600 s",
        "not queried, the 600 s for all remotes were over",
    ]


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    """Whoever watches hears the bytes that arrived and those that will."""
    heard: list[tuple[int, int | None]] = []
    asked = fetch_in_turn(
        [Remote("one", {}, n_bytes=200)],
        tmp_path,
        silence=60,
        limit=600,
        progress=lambda done, total: heard.append((done, total)),
        command=WRITES_AND_ENDS,
    )
    assert next(asked)[1] is None
    assert set(heard) == {(100, 200)}


@pytest.mark.parametrize("terminal", [True, False])
def test_a_download_is_shown(
    asker: Asker,
    serve: Callable[[Path], str],
    mirror: Path,
    terminal: bool,  # noqa: FBT001 # a case
) -> None:
    """A terminal has a bar and a log has lines, both up to the last byte."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=100, color_system=None)
    with watcher(console, quiet=False) as progress:
        progress.stage("data", 1)
        asker.load(serve(mirror), progress=Download(progress, within="data"))
    assert ("10/10" if terminal else "download [10/10] 0.0 of 0.0 MB") in stream.getvalue()


def test_a_fetcher_that_crashes_gives_its_last_line(tmp_path: Path) -> None:
    """What the child said last is the reason; a silent death tells its exit code."""
    for code, words in (
        ("raise KeyError('unforeseen')", "KeyError: 'unforeseen'"),
        ("import os; os._exit(7)", "the fetcher ended with 7"),
    ):
        asked = fetch_in_turn(
            REMOTES[:1],
            tmp_path,
            silence=60,
            limit=60,
            command=(sys.executable, "-c", code),
        )
        assert next(asked)[1] == words


def test_a_fetch_that_is_broken_off_leaves_no_process(tmp_path: Path) -> None:
    """An interrupt while waiting ends the child before it is passed on."""
    note = tmp_path / "pid"

    def clock() -> float:
        if note.exists() and note.read_text():
            raise KeyboardInterrupt
        return 0.0

    code = "import os, pathlib, sys, time; {}; time.sleep(600)".format(
        "pathlib.Path(sys.argv[2], 'pid').write_text(str(os.getpid()))"
    )
    command = (sys.executable, "-c", code)
    asked = fetch_in_turn(
        REMOTES[:1], tmp_path, silence=60, limit=60, command=command, clock=clock
    )
    with pytest.raises(KeyboardInterrupt):
        next(asked)
    assert not psutil.pid_exists(int(note.read_text()))


def test_the_real_files_have_four_hashes_of_gzips() -> None:
    """A mirror's job names the four gzips, each with a SHA-256."""
    assert len({file.gzip_sha256 for file in FILES}) == 4
    assert all(len(file.gzip_sha256) == len(file.sha256) == 64 for file in FILES)


def test_a_fetcher_ends_when_its_parent_does(tmp_path: Path) -> None:
    """A download that hangs does not outlive the process that began it."""
    silent = socket.create_server(("127.0.0.1", 0))  # takes connections, says nothing
    url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
    code = (
        "import sys; from pathlib import Path\n"
        "from tunecard.runner.datasets.remote import Remote, fetch_in_turn\n"
        "job = {'kind': 'mirror', 'url': sys.argv[2], 'files': {'a': '0' * 64}}\n"
        "folder = Path(sys.argv[1])\n"
        "list(fetch_in_turn([Remote('r', job)], folder, silence=60, limit=60))\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), url], cwd=Path(__file__).parents[2]
    )
    with silent, silent.accept()[0]:
        (child,) = psutil.Process(parent.pid).children()
        parent.kill()
        parent.wait()
        wait_until_gone(child)
