"""The page, its Markdown twins and the CSV files, whole."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import html5lib
import pytest

from tests import pages
from tests.builders import KNN, LOGREG, make_run, with_pictures
from tests.pages import files_of, page_files
from tunecard.report.load import Loaded
from tunecard.report.render.environment import unbroken
from tunecard.runner.schema import CapturedWarning

HOSTILE = (
    "</script><script>alert(1)</script>",
    "</style><svg onload=alert(1)>",
    "\"'><img src=x onerror=alert(1)>",
    "a|b`c`\n| d | e |",
    "[x](javascript:alert(1))",
    "$x$ {{ 7*7 }} {% raw %}",
    "# heading\n- list",
    "\u202eesrever \u200f",
    "NaN",
    "word " * 400,
)
SVG = "{http://www.w3.org/2000/svg}svg"
ALONE = KNN.model_copy(update={"search": None})
_FAILED = {"knn/tuned": ("oom", "it needed 9 GiB, the limit is 8 GiB")}
RUNS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "one case failed": {"failed": _FAILED},
    "a subset": {
        "dataset": {"subset_of": "MNIST", "fallback_reason": "no network"},
        "models": (ALONE,),
    },
}
#: Runs that other tests look at as well, on CI.
OTHERS = [
    pytest.param(name, marks=pytest.mark.slow)
    for name in ("all failed", "bare", "two classes", "many classes")
]


@cache
def rendered(name: str) -> dict[str, str]:
    """Render a run once and return its files' texts by name."""
    if name in pages.RUNS:
        return dict(page_files(name))
    return files_of(with_pictures(make_run(**RUNS[name])))


@cache
def hostile_files() -> dict[str, str]:
    """Render the run of attacks once."""
    return files_of(hostile_run())


def hostile_run() -> Loaded:
    """A run whose every name is an attack."""
    classes = HOSTILE[:4]
    label = HOSTILE[0][:200]
    warning = CapturedWarning(
        where="fit",
        model="knn",
        variant=None,
        category=HOSTILE[1],
        message=HOSTILE[3],
        count=2,
    )
    return make_run(
        classes=classes,
        models=(
            KNN.model_copy(update={"label": label}),
            LOGREG.model_copy(update={"label": HOSTILE[3]}),
        ),
        failed={"logreg/tuned": ("failed", HOSTILE[2])},
        case={"logreg/tuned": {"stderr_tail": HOSTILE[1]}},
        study={"title": HOSTILE[5]},
        dataset={
            "title": HOSTILE[4],
            "fallback_reason": HOSTILE[6],
            "subset_of": HOSTILE[7],
        },
        warnings=(warning,),
    )


@cache
def parse(page: str) -> Any:
    """Parse a page as a browser does, without namespaces."""
    return html5lib.parse(page, namespaceHTMLElements=False)


@pytest.fixture(params=[*RUNS, *OTHERS])
def page(request: pytest.FixtureRequest) -> str:
    """The page of each kind of run."""
    return rendered(request.param)["report.html"]


def test_page_has_no_parse_error(page: str) -> None:
    """A strict HTML parser finds nothing to object to."""
    html5lib.HTMLParser(strict=True).parse(page)


def test_ids_are_unique_and_every_fragment_resolves(page: str) -> None:
    """Each id stands once, and each href, label and description leads to one."""
    elements = list(parse(page).iter())
    ids = [element.get("id") for element in elements if element.get("id")]
    assert len(ids) == len(set(ids))
    wanted = {e.get("href")[1:] for e in elements if (e.get("href") or "").startswith("#")}
    for attribute in ("aria-labelledby", "aria-describedby"):
        wanted |= {part for e in elements for part in (e.get(attribute) or "").split()}
    assert wanted <= set(ids)


def test_page_asks_nothing_of_the_network(page: str) -> None:
    """Nothing is loaded: no address in any attribute or style, one empty icon."""
    for element in parse(page).iter():
        for name, value in element.attrib.items():
            if str(name).rpartition("}")[2] in ("src", "href", "srcset", "action", "data"):
                assert value.startswith(("#", "data:")), (element.tag, name, value)
    style = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    assert "url(" not in style
    assert "@import" not in style


def test_policy_allows_exactly_the_one_script(page: str) -> None:
    """The policy names the hash of the bytes between the script tags, and nothing else."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_every_figure_has_its_twin_in_words(page: str) -> None:
    """A figure has a title, a caption, a reading, a description and a table of numbers."""
    for figure in parse(page).iter("figure"):
        name = figure.get("id")
        inside = {e.get("id"): e for e in figure.iter() if e.get("id")}
        for part in ("title", "description"):
            assert "".join(inside[f"{name}-{part}"].itertext()).strip()
        assert all("".join(p.itertext()).strip() for p in figure.find("figcaption"))
        assert inside[f"{name}-table"].find("tbody").find("tr") is not None
        assert figure.find(f".//{SVG}") is not None


def test_tables_are_whole(page: str) -> None:
    """Each table has a caption, heads with a scope, and rows as wide as its heads."""
    for table in parse(page).iter("table"):
        assert "".join(table.find("caption").itertext()).strip()
        heads = list(table.find("thead"))[-1]
        assert all(th.get("scope") for th in table.iter("th"))
        for row in table.find("tbody"):
            assert len(list(row)) == len(list(heads))


def test_headings_never_skip_a_level(page: str) -> None:
    """A reader who jumps by headings finds no gap."""
    levels = [
        int(e.tag[1]) for e in parse(page).iter() if re.fullmatch("h[1-6]", str(e.tag))
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_rendering_twice_gives_the_same_bytes() -> None:
    """The same results render to the same files."""
    assert files_of(with_pictures(make_run())) == rendered("plain")


def test_page_says_what_the_analysis_says() -> None:
    """The verdict words, the headline values and the command stand on the page."""
    page = rendered("plain")["report.html"]
    assert re.search(r'class="word">.*?Better', page)
    assert "tunecard run example" in page
    assert "0.9300" in page


def test_an_option_of_a_command_is_not_broken_at_its_hyphens() -> None:
    """A line may end before it, never within; what is hostile in it stays a word."""
    told = unbroken("With --budget 3m <b>")
    assert told == 'With <span class="nowrap">--budget</span> 3m &lt;b&gt;'


def test_banners_warn_of_other_data() -> None:
    """A subset and a stand-in are told at the top, in the summary too."""
    for name in ("report.html", "report.md", "summary.md"):
        text = rendered("a subset")[name]
        assert "This is a subset." in text
        assert "no network" in text


def test_a_failure_is_told_with_its_reason() -> None:
    """A case that failed stands on the card, in the banner and among the failures."""
    page = rendered("one case failed")["report.html"]
    assert page.count("the limit is 8 GiB") >= 2
    assert "1 of 4" in visible_text(page)


def test_missing_predictions_leave_a_good_page() -> None:
    """Without predictions.parquet the stored metrics still stand, with the reason."""
    reason = "the file is not there"
    run = replace(make_run(models=(LOGREG,)), predictions=None, predictions_reason=reason)
    page = files_of(run)["report.html"]
    assert "0.8550" in page
    assert reason in page


def visible_text(page: str) -> str:
    """The page's words with single spaces."""
    return " ".join("".join(parse(page).itertext()).split())


def test_hostile_names_do_not_break_out() -> None:
    """Attacks are text: the page has the elements of a tame one and shows each name."""
    page = hostile_files()["report.html"]
    html5lib.HTMLParser(strict=True).parse(page)
    tree = parse(page)
    assert len(list(tree.iter("script"))) == 1
    assert len(list(tree.iter("img"))) == 0
    for element in tree.iter():
        assert not any(str(name).startswith("on") for name in element.attrib)
    shown = visible_text(page)
    for text in (HOSTILE[0], HOSTILE[1], HOSTILE[2], "{{ 7*7 }} {% raw %}", HOSTILE[4]):
        assert text in shown


def test_hostile_names_do_not_break_markdown() -> None:
    """Every table row keeps its columns, no HTML and no link comes from a name."""
    text = hostile_files()["report.md"]
    prose = re.sub(r"^(`{3,})\w*\n.*?\n\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert "<" not in prose
    assert "](" not in prose.replace("\\](", "")
    for block in re.findall(r"(?:^\|.*\n)+", prose, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1


def test_markdown_tables_stand_alone() -> None:
    """A blank line before each table and a rule row under its head: none is glued."""
    for name in ("report.md", "summary.md"):
        text = rendered("plain")[name]
        blocks = re.findall(r"^(.*)\n((?:^\|.*\n)+)", text, re.MULTILINE)
        blocks = [pair for pair in blocks if not pair[0].startswith("|")]
        assert blocks
        for before, block in blocks:
            assert before == ""
            assert re.match(r"\|( :?-+:? \|)+$", block.splitlines()[1])


def test_summary_is_short() -> None:
    """A job summary takes 1 MiB in all; ours stays under 60 kB with a hundred classes."""
    assert len(page_files("many classes")["summary.md"].encode()) < 60_000


def test_acting_characters_do_not_reach_the_page() -> None:
    """A right-to-left override in a name turns no line of the page."""
    assert "\u202e" not in hostile_files()["report.html"]
