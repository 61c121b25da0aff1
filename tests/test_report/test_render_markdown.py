"""The escaping of Markdown, value by value."""

import html
import re

import pytest

from tests.pages import page_files
from tunecard.report.render.markdown import escape, fenced
from tunecard.report.render.visible import visible
from tunecard.report.view.types import Code


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a|b", "a\\|b"),
        ("*x* _y_ max_iter", "\\*x\\* \\_y\\_ max_iter"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("[0.1, 0.2]", "[0.1, 0.2]"),
        ("[a](b)", "[a\\](b)"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("two\nlines", "two lines"),
        ("\tno code", "no code"),
        ("    no code", "no code"),
        ("half \ud83d", "half \N{REPLACEMENT CHARACTER}"),
        ("\N{MINUS SIGN}0.3", "\N{MINUS SIGN}0.3"),
    ],
)
def test_markdown_escape(value: str, written: str) -> None:
    """What would act in Markdown is escaped, what would not is left readable."""
    assert escape(value) == written


def test_a_fence_is_longer_than_any_inside() -> None:
    """Backticks in code cannot close its block."""
    assert fenced(Code("t", "x = '```'", "python")).startswith("````python\n")


def test_code_shows_acting_characters_too() -> None:
    """A study's comment cannot turn the direction of the lines after it."""
    assert fenced(Code("t", "a\u202e\tb\ud83d\n", "toml")) == (
        "```toml\na\\u202e\tb\N{REPLACEMENT CHARACTER}\n```"
    )


def test_acting_characters_are_shown() -> None:
    """A right-to-left override is written as its escape instead of turning the line."""
    assert visible("a\u202eb") == "a\\u202eb"


def test_the_words_are_explained_as_on_the_page() -> None:
    """Both glossaries have the same terms, with the method of each number."""
    files = page_files("whole")
    text = files["report.md"]
    terms = re.findall(r"^- \*\*(.*):\*\* ", text.partition("## Glossary")[2], re.MULTILINE)
    page = files["report.html"].partition('id="glossary"')[2]
    assert [html.unescape(term) for term in re.findall("<dt>([^<]*)</dt>", page)] == terms
    assert {"Noise floor", "Tango's score test", "95 % interval"} <= set(terms)
