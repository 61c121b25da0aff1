"""A browser for the tests of the page: Debian's or the system's own Chromium."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",  # a container has no namespaces for it; the pages are our own
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def missing(what: str) -> None:
    """Skip a test for want of a program, or fail it on CI, where a skip hides a gap."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}; .ci/run installs it")
    pytest.skip(what)


# One a module, not one a session: Playwright's event loop would stand in the way of
# other modules' asyncio.run.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a Chromium without a window, or skip and say why (on CI: fail)."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        missing("no Chromium on the PATH (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield chromium
        chromium.close()
