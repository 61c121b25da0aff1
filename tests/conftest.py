"""Fixtures that every part of the tests may use."""

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import hypothesis
import pytest
import threadpoolctl

if TYPE_CHECKING:  # they need what Windows does not have, where files are read alone
    from tests.workers import SharedTemplate


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that makes expected files again."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write tests/data/golden again from what is rendered now; read its diff",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Hear Ctrl-C, and let every command hear it, also where a shell's `&` started this.

    And make the folder of what all processes of the tests share (`shared.py`).
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    hypothesis.settings.register_profile(
        "ours",
        max_examples=30 if is_thorough() else 10,
        deadline=None,  # a slow machine fails nothing
        # Examples of one property may share a folder: each writes its files again.
        suppress_health_check=[
            hypothesis.HealthCheck.too_slow,
            hypothesis.HealthCheck.function_scoped_fixture,
        ],
    )
    hypothesis.settings.load_profile("ours")
    if not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="tunecard-tests-")
        os.environ["TUNECARD_TESTS_SHARED"] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def is_thorough() -> bool:
    """Check whether slow tests run as well: on CI, or where TUNECARD_SLOW is set."""
    return os.environ.get("CI") == "true" or bool(os.environ.get("TUNECARD_SLOW"))


def pytest_ignore_collect(
    collection_path: Path, config: pytest.Config
) -> Literal[True] | None:
    """Import neither files of simulations nor benchmarks where none of them is to run."""
    left_out: list[str] = []
    if config.option.markexpr == "not stress":
        left_out += ["test_stress_*.py", "test_*_stress.py"]
    if not config.option.benchmark_only:
        left_out += ["benchmarks"]
    return True if any(collection_path.match(pattern) for pattern in left_out) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave long runs and the rest of wide matrices to CI, or to who asks for them.

    Long files come first, since what is long and late is waited for: those that say so,
    then those with slow tests.
    """
    unstable = [item.nodeid for item in items if " at 0x" in item.nodeid]
    if unstable:  # another process would collect it under another name
        raise pytest.UsageError(f"a test's name holds an address: {unstable[0]}")
    early, slow = (
        {item.path for item in items if item.get_closest_marker(name)}
        for name in ("early", "slow")
    )
    items.sort(key=lambda item: (item.path not in early, item.path not in slow))
    if is_thorough():
        return
    reason = "slow, a long run or a matrix's rest: CI runs it, and TUNECARD_SLOW=1 does"
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish() -> None:
    """Leave all that is imported by now out of garbage collections, which take long.

    And compute in one thread: several processes of tests share the cores, and a thread
    of a pool waits for those that others have displaced.
    """
    gc.collect()
    gc.freeze()
    threadpoolctl.threadpool_limits(1)


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """Give the folder of the real MNIST files, or skip and say why.

    On CI a folder that is named and lacks them is a failure: a skip there
    would hide that nothing was tested.
    """
    named = os.environ.get("TUNECARD_DATA_DIR")
    if not named:
        pytest.skip(
            "needs the real MNIST: set TUNECARD_DATA_DIR to the folder of its files"
        )
    folder = Path(named)
    if not any(folder.glob("train-images*")):
        message = f"TUNECARD_DATA_DIR is {named}, but MNIST's files are not there"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def _template() -> "Iterator[SharedTemplate]":
    """Give the process from which workers are forked."""
    from tests.workers import SharedTemplate

    template = SharedTemplate("tests.short_timing")
    yield template
    template.end()


@pytest.fixture(scope="module")
def forked(_template: "SharedTemplate") -> Iterator[None]:
    """Fork the workers of a module's searches and runs; none is started for itself.

    They time few and short calls.
    """
    from tests.workers import forked_from

    with forked_from(_template):
        yield


@pytest.fixture(scope="module")
def forked_at_length() -> Iterator[None]:
    """Fork a module's workers, which time as many calls as those of a user's run."""
    from tests.workers import SharedTemplate, forked_from

    template = SharedTemplate()
    with forked_from(template):
        yield
    template.end()


@pytest.fixture(scope="module")
def no_drawing() -> Iterator[None]:
    """Leave the pictures of a module's pages empty: drawing them is most of a page."""
    from tunecard.report.charts.base import Drawing

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Drawing, "parts", property(lambda _: ['<svg role="img"></svg>']))
        patch.setattr("tunecard.report.charts.together.may_fork", lambda: False)
        yield


@pytest.fixture
def no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw no page, which takes longer than all else that is judged or measured here."""
    monkeypatch.setattr(
        "tunecard.report.render.render", lambda _, out, *_more: (out / "report.html",)
    )
