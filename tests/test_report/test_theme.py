"""Templates and styles of the user's own."""

import re
from pathlib import Path

import pytest

from tests.builders import KNN, make_run
from tunecard.report.errors import ReadError
from tunecard.report.render import render
from tunecard.report.theme import PageTheme

pytestmark = pytest.mark.usefixtures("no_drawing")

BLOCKS = (
    "title", "masthead", "contents", "top", "quality", "search", "time", "conclusion",
    "trust", "glossary", "foot",
)  # fmt: skip
PAGE = "html/report.html.j2"


def write(folder: Path, name: str, text: str) -> Path:
    """Write a template of the user's and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def rendered(tmp_path: Path, looks: PageTheme) -> dict[str, str]:
    """Render a small run and return its files' texts by name."""
    run = make_run(models=(KNN.model_copy(update={"search": None}),), rounds=0)
    files = render(run, tmp_path / "out", looks)
    return {path.name: path.read_text("utf-8") for path in files}


def test_a_block_is_overridden(tmp_path: Path) -> None:
    """A page that extends the shipped one changes this block and keeps the others."""
    own = f'{{% extends "shipped/{PAGE}" %}}{{% block glossary %}}MINE{{% endblock %}}'
    write(tmp_path, PAGE, own)
    page = rendered(tmp_path, PageTheme(tmp_path))["report.html"]
    assert page.count("MINE") == 1
    assert 'id="conclusion"' in page
    assert 'id="glossary"' not in page
    assert 'id="glossary"' in rendered(tmp_path, PageTheme())["report.html"]


def test_every_block_can_be_overridden(tmp_path: Path) -> None:
    """Each stands once on the page, in the order of the page."""
    own = "".join(f"{{% block {block} %}}MINE-{block}.{{% endblock %}}" for block in BLOCKS)
    write(tmp_path, PAGE, f'{{% extends "shipped/{PAGE}" %}}{own}')
    page = rendered(tmp_path, PageTheme(tmp_path))["report.html"]
    assert re.findall(r"MINE-(\w+)\.", page) == list(BLOCKS)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("html/glossary.html.j2", "report.html"),
        ("html/report.html.j2", "report.html"),
        ("css/tokens.css", "report.html"),
        ("markdown/report.md.j2", "report.md"),
        ("markdown/summary.md.j2", "summary.md"),
    ],
)
def test_a_file_is_replaced(tmp_path: Path, name: str, file: str) -> None:
    """A file of the folder takes the place of the shipped one of that name."""
    write(tmp_path, name, "MINE")
    assert "MINE" in rendered(tmp_path, PageTheme(tmp_path))[file]


def test_extra_css_comes_last(tmp_path: Path) -> None:
    """The style sheet stands after all of ours, inside the page's style element."""
    css = write(tmp_path, "own.css", ":root { --paper: #fffff0; }")
    page = rendered(tmp_path, PageTheme(css=css))["report.html"]
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    assert style is not None
    assert style[1].endswith(":root { --paper: #fffff0; }")


def test_own_templates_are_escaped_too(tmp_path: Path) -> None:
    """A value in a template of the user's passes the same escaping."""
    write(tmp_path, "html/glossary.html.j2", "{{ '<b>' }}")
    assert "&lt;b&gt;" in rendered(tmp_path, PageTheme(tmp_path))["report.html"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{# one #}\n{% if %}", "line 2: Expected an expression"),
        ("\n\n{{ view.nothing }}", "line 3: .*has no attribute 'nothing'"),
        ("{{ unheard_of }}", "line 1: 'unheard_of' is undefined"),
        ("\n{{ 1 / 0 }}", "line 2: division by zero"),
        ("\n{{ 'a' + 1 }}", "line 2: can only concatenate"),
        ('{% include "html/none.j2" %}', "line 1: .*html/none.j2"),
        ("{{ 'x' | nofilter }}", "line 1: No filter named 'nofilter'"),
        ('{% include "html/glossary.html.j2" %}', "line 1: maximum recursion depth"),
    ],
)
def test_a_broken_template_is_named_with_its_line(
    tmp_path: Path, text: str, said: str
) -> None:
    """One sentence: the file, the line, what is wrong, where to read on; exit 2."""
    path = write(tmp_path, "html/glossary.html.j2", text)
    with pytest.raises(ReadError, match=said) as caught:
        rendered(tmp_path, PageTheme(tmp_path))
    assert str(caught.value).startswith(f"{path}, line ")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_syntax_is_checked_before_a_run(tmp_path: Path) -> None:
    """A broken template costs no measuring: checking alone finds it."""
    write(tmp_path, "html/glossary.html.j2", "{% endif %}")
    with pytest.raises(ReadError, match=r"glossary.html.j2, line 1"):
        PageTheme(tmp_path).check()


def test_other_files_are_refused(tmp_path: Path) -> None:
    """No folder, one that replaces nothing, no UTF-8, no style sheet: each is told."""
    with pytest.raises(ReadError, match="is not a folder"):
        PageTheme(tmp_path / "none").check()
    write(tmp_path, "report.html.j2", "misplaced")
    with pytest.raises(ReadError, match="takes the place of"):
        PageTheme(tmp_path).check()
    with pytest.raises(ReadError, match=r"none.css: cannot be read"):
        PageTheme(css=tmp_path / "none.css").check()
    with pytest.raises(ReadError, match="line 2: '</'"):
        PageTheme(css=write(tmp_path, "x.css", "a {}\n</style><script>")).check()
    (tmp_path / "y.css").write_bytes(b"a {}\n\xff")
    with pytest.raises(ReadError, match=r"y.css, line 2: is not UTF-8"):
        PageTheme(css=tmp_path / "y.css").check()


def test_an_error_of_ours_is_not_blamed_on_the_user(tmp_path: Path) -> None:
    """What goes wrong outside the user's folder stays the error it is."""
    with pytest.raises(ValueError, match="ours"), PageTheme(tmp_path).blame():
        raise ValueError("ours")
