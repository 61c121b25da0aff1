"""A browser for the tests of the page: Debian's or the system's own Chromium."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

Open = Callable[..., Page]

#: The first draws and lays out as the others do, without the rest of a browser.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
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


@pytest.fixture
def open_page(browser: Browser, files: Mapping[str, Path]) -> Iterator[Open]:
    """Give a function that opens a page by name, in a context of its own.

    A module names its pages by a fixture `files`.
    """
    contexts = []

    def opened(name: str, width: int = 1440, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(files[name].as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
