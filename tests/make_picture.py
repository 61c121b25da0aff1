"""Makes the README's picture again: the top of the MNIST sample, in light.

    python tests/make_picture.py        needs Chromium, as the browser tests do

The picture carries the SHA-256 of the words that it shows, so that a test can tell when
the page has other ones (tests/test_report/test_samples.py).
"""

import hashlib
import io
import re
import shutil
import sys
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "reports" / "sample" / "report.html"
PICTURE = ROOT / "examples" / "report.png"
#: CSS pixels; the picture is as large.
WIDTH, HEIGHT = 1280, 780
_KEY = "shows"
_SHOWN = re.compile(
    r'<header class="masthead">.*?</header>|<section class="top".*?</section>', re.DOTALL
)


def shown(page: str) -> str:
    """Return the SHA-256 of what stands in the first screen of a page."""
    return hashlib.sha256("".join(_SHOWN.findall(page)).encode()).hexdigest()


def told(picture: Path) -> str:
    """Return what a picture says that it shows; empty where it says nothing."""
    with Image.open(picture) as image:
        return str(image.info.get(_KEY, ""))


def main() -> int:
    """Make it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium")
            or shutil.which("chromium-headless-shell"),
            args=["--no-sandbox"],
        )
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light"
        )
        page.goto(PAGE.as_uri())
        taken = page.screenshot()
        browser.close()
    note = PngInfo()
    note.add_text(_KEY, shown(PAGE.read_text("utf-8")))
    image = Image.open(io.BytesIO(taken)).convert("RGB")
    # The default method gives the few words that are colored the gray of the others.
    image = image.quantize(method=Image.Quantize.MAXCOVERAGE)
    image.save(PICTURE, optimize=True, pnginfo=note)
    sys.stdout.write(f"{PICTURE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
