"""The looks: contrast, paper, and that nothing escapes the escaping."""

import re
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader

from tunecard import templates
from tunecard.report.charts.canvas import VARIABLES
from tunecard.report.render.environment import html_environment

FOLDER = Path(templates.__file__).parent
TOKENS = (FOLDER / "css" / "tokens.css").read_text("utf-8")
PAIRS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", TOKENS
    )
}
#: The deepest tint of a confusion matrix (report.charts.confusion).
DEEPEST = 0.55


def channels(color: str) -> tuple[float, ...]:
    """Red, green and blue from 0 to 1."""
    return tuple(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))


def luminance(color: tuple[float, ...]) -> float:
    """Relative luminance (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Contrast ratio (WCAG 2.2)."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    """The formula gives WCAG's own extreme."""
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("paper", ["paper", "card", "sunk"])
@pytest.mark.parametrize("text", ["ink", "muted", "link"])
def test_words_reach_aa(text: str, paper: str, theme: int) -> None:
    """Words have 4.5:1 on every paper in both themes."""
    assert contrast(channels(PAIRS[text][theme]), channels(PAIRS[paper][theme])) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("tone", ["good", "bad", "same", "unclear", "none"])
def test_verdicts_reach_aa(tone: str, theme: int) -> None:
    """A verdict's word has 4.5:1 on its own soft ground, and so has ink."""
    soft = channels(PAIRS[f"{tone}-soft"][theme])
    assert contrast(channels(PAIRS[tone][theme]), soft) >= 4.5
    assert contrast(channels(PAIRS["ink"][theme]), soft) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    "mark", ["baseline", "tuned", "series-1", "series-2", "series-3", "series-4", "edge"]
)
def test_marks_reach_aa(mark: str, theme: int) -> None:
    """Lines, dots and the edges of buttons have 3:1 on a card."""
    assert contrast(channels(PAIRS[mark][theme]), channels(PAIRS["card"][theme])) >= 3


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("tint", ["less", "more"])
def test_numbers_on_the_deepest_tint_reach_aa(tint: str, theme: int) -> None:
    """Ink has 4.5:1 on the strongest cell of a matrix."""
    over, under = channels(PAIRS[tint][theme]), channels(PAIRS["card"][theme])
    mixed = tuple(DEEPEST * a + (1 - DEEPEST) * b for a, b in zip(over, under, strict=True))
    assert contrast(channels(PAIRS["ink"][theme]), mixed) >= 4.5


def test_every_color_of_a_chart_is_a_token() -> None:
    """Charts use no variable that the page does not define, in forced colors too."""
    forced = TOKENS.split("forced-colors", 1)[1]
    for variable in VARIABLES.values():
        name = variable.removeprefix("var(--").removesuffix(")")
        assert name in PAIRS
        assert f"--{name}:" in forced


def test_nothing_is_marked_safe() -> None:
    """No template turns the escaping off."""
    for path in FOLDER.rglob("*.j2"):
        assert not re.search(r"\|\s*safe|autoescape", path.read_text("utf-8")), path


def test_paper_is_thought_of() -> None:
    """Print opens what is folded, repeats heads and cuts no picture."""
    css = (FOLDER / "css" / "print.css").read_text("utf-8")
    assert "details::details-content" in css
    assert "table-header-group" in css
    assert re.search(r"\.chart[^{]*\{ break-inside: avoid", css)


def test_motion_is_only_for_those_who_want_it() -> None:
    """Smooth scrolling waits for no-preference; nothing else moves."""
    for path in (FOLDER / "css").glob("*.css"):
        css = path.read_text("utf-8")
        assert "animation" not in css
        assert "transition" not in css
    base = (FOLDER / "css" / "base.css").read_text("utf-8")
    assert base.index("no-preference") < base.index("scroll-behavior")


def test_styles_cannot_end_their_element() -> None:
    """No asset holds what would close the element it stands in."""
    for path in [*(FOLDER / "css").glob("*.css"), *(FOLDER / "js").glob("*.js")]:
        assert "</" not in path.read_text("utf-8"), path


def test_a_template_is_compiled_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The next page's environment takes it over; another text is compiled again."""
    compiled: list[str | None] = []
    compile_template = Environment.compile

    def note(environment: Environment, source: str, name: str, *more: Any) -> Any:
        compiled.append(name)
        return compile_template(environment, source, name, *more)

    monkeypatch.setattr(Environment, "compile", note)
    for text in ("first", "first", "second"):
        (tmp_path / "own.j2").write_text(text, "utf-8")
        environment = html_environment(FileSystemLoader(tmp_path))
        assert environment.get_template("own.j2").render() == text
    assert compiled == ["own.j2", "own.j2"]
