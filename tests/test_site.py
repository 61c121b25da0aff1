"""The site of docs/: its reference follows from the code, and its links lead somewhere."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.make_docs import FOLDER, pages

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(("name", "content"), pages().items(), ids=pages())
def test_the_reference_follows_from_the_code(name: str, content: str) -> None:
    """What `python tests/make_docs.py` writes is what is committed."""
    assert (FOLDER / name).read_text("utf-8") == content


def test_every_field_of_a_study_is_described() -> None:
    """No line of the study's reference is without words."""
    assert re.findall(r"\| `(\w+)` +\|  +\|", pages()["study.md"]) == []


def test_the_readme_is_short_and_its_links_lead_to_files() -> None:
    """At most 180 lines; each relative link names a file of the repository."""
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 180
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.slow
def test_the_site_builds(tmp_path: Path) -> None:
    """Every link and every anchor of the site leads somewhere."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "zensical.toml", tmp_path)
    ended = subprocess.run(
        [Path(sys.executable).parent / "zensical", "build", "--strict"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
