"""The page of all runs: whole, small, with a way to everything, and harmless."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

import html5lib
import pytest

from tests.histories import Document, make_entry, run_name, scale_times, write_runs
from tests.hostile import HOSTILE
from tunecard.report.formats import TIMES
from tunecard.report.history import History, HistoryEntry, Left, update_index
from tunecard.report.history.figures import MOST_POINTS
from tunecard.report.history.page import to_html
from tunecard.report.history.types import Measure, Word
from tunecard.report.history.view import page_view
from tunecard.report.theme import PageTheme
from tunecard.runner.schema import Variant


def history_of(entries: Sequence[HistoryEntry], left: Sequence[Left] = ()) -> History:
    """Make a history of entries, given the oldest first; each has a page."""
    pages = frozenset(entry.run for entry in entries)
    return History(tuple(entries[::-1]), tuple(left), pages, (), 0)


def page_of(entries: Sequence[HistoryEntry], left: Sequence[Left] = ()) -> str:
    """Write the page of entries, given the oldest first."""
    return to_html(page_view(history_of(entries, left), "reports"), PageTheme())


def parse(page: str) -> Any:
    """Parse a page strictly, without namespaces."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def text_of(page: str) -> str:
    """Give the words of a page, with single spaces."""
    body = parse(page).find("body")
    for script in list(body.iter("script")):
        script.text = ""
    return words(" ".join(body.itertext()))


def words(text: str) -> str:
    """Write a text with single plain spaces."""
    return " ".join(text.split())


def two_machines() -> list[HistoryEntry]:
    """Runs with a break, a slow one after it, and a worse one."""
    runs = [make_entry(i) for i in range(8)]
    runs += [make_entry(i, versions={"numpy": "2.1.0"}) for i in range(8, 15)]
    slow: dict[Variant, float | None] = {"baseline": 1.0, "tuned": 3.0}
    runs.append(make_entry(15, versions={"numpy": "2.1.0"}, seconds=slow))
    return runs


PAGES: dict[str, tuple[list[HistoryEntry], list[Left]]] = {
    "none": ([], []),
    "only damaged": ([], [Left(run_name(0), "damaged", "results.json is not JSON")]),
    "one": ([make_entry(0)], []),
    "two": ([make_entry(0), make_entry(1)], []),
    "a break": (two_machines(), []),
    "three studies": (
        [make_entry(i, study=f"study-{i % 3}") for i in range(40)],
        [Left(run_name(50), "running", "it is being measured now")],
    ),
    "many": ([make_entry(i) for i in range(400)], []),
}
every_page = pytest.mark.parametrize("name", PAGES)


@every_page
def test_page_is_whole(name: str) -> None:
    """It parses strictly, ids are unique, rows have as many cells as heads."""
    tree = parse(page_of(*PAGES[name]))
    ids = [e.attrib["id"] for e in tree.iter() if "id" in e.attrib]
    assert len(ids) == len(set(ids))
    for table in tree.iter("table"):
        widths = {
            sum(int(cell.get("colspan", 1)) for cell in row) for row in table.iter("tr")
        }
        assert len(widths) == 1


@every_page
def test_links_stay_beside_the_page(name: str) -> None:
    """Each leads to a place of the page, or to the page of a run in a folder beside it."""
    entries, left = PAGES[name]
    tree = parse(page_of(entries, left))
    ids = {e.attrib["id"] for e in tree.iter() if "id" in e.attrib}
    pages = {f"{entry.run}/report.html" for entry in entries}
    for link in tree.iter("a"):
        target = link.attrib["href"]
        assert target.removeprefix("#") in ids if target[0] == "#" else target in pages
    linked = {link.attrib["href"] for link in tree.iter("a")}
    assert pages <= linked
    for element in tree.iter():
        for attribute in ("aria-labelledby", "aria-describedby"):
            assert set(element.attrib.get(attribute, "").split()) <= ids


def test_a_run_without_a_page_has_no_link() -> None:
    """It is listed by its time."""
    entries = [make_entry(0), make_entry(1)]
    history = History(tuple(entries[::-1]), (), frozenset({run_name(1)}), (), 0)
    page = to_html(page_view(history, "reports"), PageTheme())
    assert f'href="{run_name(1)}/report.html"' in page
    assert f'href="{run_name(0)}/report.html"' not in page
    assert "2026-01-01 00:00:00" in text_of(page)


def test_every_figure_says_what_it_shows() -> None:
    """Title, caption, description, a table of its numbers, a name for each drawing."""
    tree = parse(page_of(two_machines()))
    figures = list(tree.iter("figure"))
    assert figures
    for figure in figures:
        told = words("".join(figure.find("figcaption").itertext()))
        assert "Neighbors: quality and time over 16 runs" in told
        assert "1 of 16 runs lies outside the band in at least one measure." in told
        assert figure.find(".//table/tbody/tr") is not None
        drawings = [e for e in figure.iter() if e.get("role") == "img"]
        assert [words(e.attrib["aria-label"]) for e in drawings] == [
            f"{name} of neighbors over 16 runs" for name in ("Accuracy", "Fit", "Predict")
        ]
        described = figure.find(f".//p[@id='{figure.attrib['id']}-description']")
        assert f"Fit, tuned: 16 values from 20{TIMES} to 30{TIMES}" in words(described.text)


def test_what_is_unusual_is_said_first() -> None:
    """The newest run's values outside the band, in words, with how far."""
    text = text_of(page_of(two_machines()))
    assert (
        "The newest run, of 2026-01-01 15:00:00 UTC, has 2 values outside the band: Fit of "
        f"neighbors, tuned: slower, 1.50{TIMES} the median; Predict of neighbors, tuned: "
        f"slower, 1.50{TIMES} the median."
    ) in text


def test_runs_by_another_metric_have_no_value_in_the_column_of_the_newest() -> None:
    """A column holds what its head says, or nothing."""
    error = Measure(name="error", label="error", greater_is_better=False)
    found = {"baseline": 0.3, "tuned": 0.2}
    newest = make_entry(1, metric="error", measures=(error,))
    cases = {
        variant: case.model_copy(update={"metrics": {"error": found[variant]}})
        for variant, case in newest.models[0].cases.items()
    }
    model = newest.models[0].model_copy(update={"cases": cases})
    text = text_of(page_of([make_entry(0), newest.model_copy(update={"models": (model,)})]))
    assert "0.3000 → 0.2000" in text
    assert "0.9000" not in text


def test_an_error_is_written_in_its_unit() -> None:
    """Its distance from the median, and a band that a margin of R2 does not widen."""
    error = Measure(name="mae", label="MAE", greater_is_better=False, unit="EUR")

    def entry(number: int, value: float) -> HistoryEntry:
        made = make_entry(number, metric="r2", margin=100.0, measures=(error,))
        cases = {
            variant: case.model_copy(update={"metrics": {"mae": value}})
            for variant, case in made.models[0].cases.items()
        }
        model = made.models[0].model_copy(update={"cases": cases})
        return made.model_copy(update={"models": (model,)})

    text = text_of(page_of([*(entry(i, 50.0) for i in range(9)), entry(9, 80.0)]))
    assert "MAE of neighbors, tuned: worse, +30 EUR from the median" in text
    usual = text_of(page_of([*(entry(i, 50.0) for i in range(9)), entry(9, 50.04)]))
    assert "lies inside the band in every measure." in usual


def test_a_usual_newest_run_is_said() -> None:
    """And one that has no band says what is missing."""
    inside = text_of(page_of([make_entry(i) for i in range(9)]))
    assert "08:00:00 UTC, lies inside the band in every measure." in inside
    few = text_of(page_of([make_entry(i) for i in range(3)]))
    assert "has no expected range yet: 2 of 5 comparable runs." in few
    assert few.count("No expected range yet: 2 of 5 comparable runs.") == 2
    assert "No value is outside the band" not in few


def test_a_value_beyond_the_drawn_range_has_an_arrow_and_its_value() -> None:
    """One run at 0.9533 far below the others is not drawn as if it lay at their edge."""
    scores = [0.985, 0.986, 0.987, 0.9533, 0.985, 0.986]
    page = page_of(
        [make_entry(i, accuracy={"tuned": score}) for i, score in enumerate(scores)]
    )
    assert ">0.9533</text>" in page
    assert page.count("m-3 -3l3 3l3 -3") == 2  # the arrow, and its sign in the legend
    usual = page_of([make_entry(i, accuracy={"tuned": 0.985}) for i in range(6)])
    assert usual.count("m-3 -3l3 3l3 -3") == 1


def test_what_changed_is_listed_with_both_values() -> None:
    """With the run that it began with, and the command that compares two runs."""
    text = text_of(page_of(two_machines()))
    assert "2026-01-01 08:00:00 versions numpy 2.0.0 → 2.1.0" in text
    assert f"tunecard compare reports/{run_name(14)} reports/{run_name(15)}" in text
    same = text_of(page_of([make_entry(i) for i in range(3)]))
    assert "Machine, versions and data are the same in all runs." in same


def test_the_rule_of_the_band_is_said() -> None:
    """With the numbers that are decided with."""
    text = text_of(page_of([make_entry(0)]))
    for piece in (
        "compared with the 20 runs before it, or with as many as exist from 5 on",
        "one value in 100 lies outside",
        "never narrower than 5 % either way for a time",
        "or 0.10 points where it has none",
    ):
        assert piece in text


def test_folders_that_are_left_out_are_listed_with_their_reason() -> None:
    """In words."""
    left = [Left(run_name(3), "damaged", "results.json is not JSON")]
    text = text_of(page_of([make_entry(0)], left))
    assert f"{run_name(3)} damaged results.json is not JSON" in text


def test_no_run_at_all_says_how_to_make_one() -> None:
    """The page is there all the same."""
    assert "No runs yet. tunecard run makes one." in text_of(page_of([]))


@pytest.mark.parametrize(
    ("word", "tone", "sign"),
    [("better", "good", "▲"), ("failed", "bad", "✕"), ("not tuned", "none", "\N{EN DASH}")],
)
def test_a_word_has_its_tone_and_its_sign(word: Word, tone: str, sign: str) -> None:
    """As on the page of the run: meaning is never by color alone."""
    page = page_of([make_entry(0, word=word)])
    told = (
        f'<td class=" {tone}"><span class="sign" aria-hidden="true">{sign}</span> {word}<'
    )
    assert told in page


def test_the_policy_allows_the_one_script() -> None:
    """By the hash of what stands between its tags; nothing else is loaded."""
    page = page_of([make_entry(0)])
    script = re.search(r"<script>(.*)</script>", page, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    rules = [rule.strip() for rule in policy[1].split(";")]
    assert rules[0] == "default-src 'none'"
    assert f"script-src 'sha256-{digest}'" in rules
    assert not re.search(r"(src|href)=\"(https?:)?//|url\(|@import", page)


def points_in(page: str) -> list[int]:
    """Count the points of each series of a page."""
    return [path.count("h0") for path in re.findall(r'<path d="((?:M[\d. ]+h0)+)"', page)]


def test_many_runs_share_points() -> None:
    """A point stands for several; runs outside the band keep marks of their own."""
    slow: dict[Variant, float | None] = {"baseline": 1.0, "tuned": 9.0}
    runs = [make_entry(i, seconds=slow if i == 500 else None) for i in range(1000)]
    page = page_of(runs)
    assert 100 < max(points_in(page)) <= MOST_POINTS
    assert page.count('Z" fill="var(--card)"') == 1 + 2  # the legend has one
    assert "A point is the median of 7 consecutive runs" in text_of(page)


def test_few_runs_have_a_point_each() -> None:
    """One run, one point."""
    legend = [1, 1]
    assert points_in(page_of([make_entry(i) for i in range(30)])) == [*legend, *[30] * 6]


def many_models(number: int) -> HistoryEntry:
    """A run of a study with twenty models and eight metrics, whose names are long."""
    one = make_entry(number)
    measures = tuple(
        Measure(
            name=f"metric_{i}", label=f"Metric {i} " + "m" * 100, greater_is_better=True
        )
        for i in range(8)
    )
    names = {measure.name: 0.9 for measure in measures}
    models = tuple(
        one.models[0].model_copy(
            update={
                "name": f"model-{i}",
                "label": f"Model {i} " + "l" * 110,
                "cases": {
                    variant: case.model_copy(update={"metrics": names})
                    for variant, case in one.models[0].cases.items()
                },
            }
        )
        for i in range(20)
    )
    return one.model_copy(update={"models": models, "measures": measures})


CROWDS = {
    "one study": lambda: [make_entry(i) for i in range(1000)],
    "every run on another machine": lambda: [
        make_entry(i, machine={f"key {j} {i}": "x" * 120 for j in range(20)})
        for i in range(1000)
    ],
    "250 studies": lambda: [make_entry(i, study=f"s-{i % 250}") for i in range(1000)],
    "1,000 studies": lambda: [
        make_entry(i, study=f"s-{i}", title="t" * 120) for i in range(1000)
    ],
    "wild": lambda: [
        make_entry(i, seconds={"baseline": 1.0, "tuned": 10.0 ** (i % 7)})
        for i in range(1000)
    ],
    "many models": lambda: [many_models(i) for i in range(120)],
}


@pytest.mark.parametrize("crowd", CROWDS)
def test_the_page_of_many_runs_stays_small(crowd: str) -> None:
    """Below 3 MB, whatever the runs are like."""
    page = page_of(CROWDS[crowd]())
    assert len(page.encode()) < 3_000_000
    assert page.endswith("</html>\n")


def test_a_thousand_runs_are_all_listed() -> None:
    """Each once in the list, with its link."""
    page = page_of([make_entry(i) for i in range(1000)])
    for number in range(1000):
        assert f'href="{run_name(number)}/report.html"' in page


@pytest.mark.parametrize(
    "seconds",
    [1e-15, 1e15, 1.0],
)
def test_numbers_beyond_all_measure_are_drawn(seconds: float) -> None:
    """No drawing holds what is no number."""
    wild = {"baseline": seconds, "tuned": 1.0}
    quality = {"baseline": 1e15, "tuned": -1e15}
    runs = [make_entry(i, seconds=wild, accuracy=quality) for i in range(8)]  # type: ignore[arg-type] # by variant
    page = page_of([*runs, make_entry(8)])
    assert not re.search(r"(?:nan|inf)[ HVLZ\"]", page)


def hostile(number: int, content: Document) -> None:
    """Put a hostile string wherever the history takes a text from."""
    strings = iter([*HOSTILE[number:], *HOSTILE[:number]])
    one = strings.__next__
    content["study"]["title"] = one()[:500]
    # Of two names, so that there are trends.
    content["dataset"] |= {"name": HOSTILE[number % 2], "title": one()}
    content["environment"] |= {
        "cpu": one(), "os": one(), "machine": one(), "python": one(), "tunecard": one(),
        "packages": {one(): one(), one(): one(), "numpy": one()},
        "git": {"commit": one(), "dirty": True},
    }  # fmt: skip
    for pool in content["environment"]["thread_pools"]:
        pool["user_api"] = one()
    for model in content["study"]["models"]:
        model["label"] = one()[:200]
    for metric in content["metrics"]:
        metric["label"] = one()
    for case in content["cases"]:
        case["reason"] = one()
    scale_times(content, 1 + number / 10)


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of runs in which every string attacks, and of damaged ones."""
    reports = tmp_path_factory.mktemp("hostile")
    write_runs(reports, len(HOSTILE), change=hostile)
    for number, text in enumerate(HOSTILE):
        folder = reports / run_name(1000 + number)
        folder.mkdir()
        content = json.dumps({"schema_version": text}) if number % 2 else text
        (folder / "results.json").write_text(content, "utf-8", "surrogatepass")
    return update_index(reports).page.read_text("utf-8")


def test_hostile_runs_break_nothing(hostile_page: str) -> None:
    """The page parses strictly and has no element or attribute of an attack."""
    tree = parse(hostile_page)
    tame = {str(e.tag) for name in PAGES for e in parse(page_of(*PAGES[name])).iter()}
    assert {str(e.tag) for e in tree.iter()} <= tame
    for name in ("html", "head", "body", "title", "main", "script", "style"):
        assert sum(e.tag == name for e in tree.iter()) == 1
    for element in tree.iter():
        for name, value in element.attrib.items():
            assert not str(name).startswith("on")
            if str(name).endswith(("href", "src")):
                assert re.fullmatch(
                    r"#[\w-]+|data:,|\d{8}T\d{6}Z-[a-z0-9-]+/report\.html", value
                )
    for table in tree.iter("table"):
        assert (
            len({sum(int(c.get("colspan", 1)) for c in r) for r in table.iter("tr")}) == 1
        )


def test_hostile_runs_are_listed(hostile_page: str) -> None:
    """All of them, or with the reason why not."""
    shown = text_of(hostile_page)
    for number in range(len(HOSTILE)):
        linked = f'href="{run_name(number)}/report.html"' in hostile_page
        # Half a character is no text, so that a run that holds one is damaged.
        assert linked or f"{run_name(number)} damaged" in shown
        assert f"{run_name(1000 + number)} damaged" in shown
    assert hostile_page.count("/report.html") > 0.8 * len(HOSTILE)
    assert len(hostile_page.encode()) < 3_000_000
