"""The page of two runs, its twins, and the object in Python."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pandas as pd
import pytest
from typer.testing import CliRunner

import tunecard
from tests.hostile import HOSTILE, PLAIN, hostile_run
from tests.pages import compare_page, page_files, whole_run
from tests.two_runs import (
    HASHES,
    new_run,
    of_seeds,
    reference_run,
    refused_comparison,
    whole_comparison,
    with_results,
    write_two,
)
from tunecard.report.compare.comparison import Comparison
from tunecard.report.compare.terminal import comparison_text
from tunecard.report.render.visible import visible
from tunecard.report.theme import PageTheme


@pytest.fixture(scope="module")
def compared() -> Comparison:
    """Two runs with everything to tell."""
    return whole_comparison()


@pytest.fixture(scope="module")
def page() -> str:
    """Their page."""
    return compare_page()


@cache
def parse(text: str) -> Any:
    """Parse a page as a browser does, without namespaces."""
    return html5lib.parse(text, namespaceHTMLElements=False)


def words_of(element: Element | None) -> str:
    """The text of an element with single spaces."""
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def rows_of(page: str, table_id: str) -> list[list[str]]:
    """The cells of a table's body."""
    table = parse(page).find(f".//table[@id='{table_id}']")
    return [[words_of(cell) for cell in row] for row in table.find("tbody")]


def test_the_page_has_the_policy_of_the_report(page: str) -> None:
    """The same policy, script, styles and frame."""
    report = page_files("whole")["report.html"]
    policy = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
    for pattern in (policy, re.compile(r"<script>.*?</script>", re.DOTALL)):
        assert pattern.findall(page) == pattern.findall(report)


def test_the_page_loads_nothing_and_its_links_lead_somewhere(page: str) -> None:
    """Each id once, each link to one of them."""
    document = parse(page)
    ids = [e.get("id") for e in document.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    links = [e.get("href") for e in document.iter("a")]
    assert links
    assert all(link.startswith("#") and link[1:] in ids for link in links)


def test_each_shared_case_has_its_card(page: str) -> None:
    """The word, the sentence behind it, the times."""
    cards = {
        words_of(card.find(".//h3")): words_of(card) for card in parse(page).iter("article")
    }
    assert list(cards) == [
        "K-nearest neighbors, baseline", "K-nearest neighbors, tuned",
        "Logistic regression, baseline", "Logistic regression, tuned",
    ]  # fmt: skip
    assert (
        "Better ▲ Accuracy +4.00 points, 98.33 % interval"
        in cards["K-nearest neighbors, tuned"]
    )
    assert "Worse" in cards["Logistic regression, tuned"]
    assert "slower" in cards["Logistic regression, tuned"]
    assert (
        "Not compared The case of the new run ran out of memory (it needed 9 GiB)."
        in cards["Logistic regression, baseline"]
    )


def test_the_summary_names_every_word(page: str) -> None:
    """Better, worse, slower, new and gone, each with its cases."""
    summary = words_of(parse(page).find(".//p[@class='summary']"))
    for part in (
        "tuned k-nearest neighbors better", "tuned logistic regression worse",
        "tuned logistic regression (fit slower and predict slower)",
        "New: baseline other neighbors and tuned other neighbors.",
        "Gone: baseline old regression and tuned old regression.",
    ):  # fmt: skip
        assert part in summary


def test_new_gone_and_changed_models_are_listed(page: str) -> None:
    """In tables of their own, with both values of what changed."""
    assert rows_of(page, "table-moved") == [
        ["Other neighbors, baseline", "new"], ["Other neighbors, tuned", "new"],
        ["Old regression, baseline", "gone"], ["Old regression, tuned", "gone"],
    ]  # fmt: skip
    assert rows_of(page, "table-setups")[0] == [
        "K-nearest neighbors, baseline", "parameters", "defaults", "n_neighbors = 7",
    ]  # fmt: skip


def test_only_what_differs_is_listed(page: str) -> None:
    """The rest stands in one sentence."""
    assert rows_of(page, "table-differences") == [
        ["Software", "matplotlib", "none", "4.0.0"]
    ]
    section = words_of(parse(page).find(".//section[@id='differences']"))
    assert "The same in both: machine (processor, architecture, physical cores" in section


def test_gates_stand_on_the_page(page: str) -> None:
    """Each with its status, those against the reference included."""
    statuses = [row[1] for row in rows_of(page, "table-gates")]
    assert statuses == [
        "✓ passed", "✓ passed", "✕ failed", "\N{EN DASH} not measured",
        '? inconclusive (fails because undecided = "fail")',
    ]  # fmt: skip


def test_a_refused_comparison_names_key_and_values() -> None:
    """Other data: no quality; another processor: no times."""
    page = refused_comparison().to_html()
    assert rows_of(page, "table-times-refused")[0] == [
        "Machine", "processor", "Example CPU", "Another CPU",
    ]  # fmt: skip
    text = words_of(parse(page).find(".//main"))
    assert "Quality is not compared: the data is digits in the reference, mnist" in text
    assert "table-quality" not in page


def test_unpaired_is_said() -> None:
    """In the page and in the data, with the two hashes."""
    other = new_run(dataset={"sha256": {**HASHES, "y_test": "e" * 64}})
    compared = Comparison(reference_run(), other)
    text = words_of(parse(compared.to_html()).find(".//section[@id='quality']"))
    assert "Not the same rows: the SHA-256 of y_test is 222222222222" in text
    assert "two independent samples" in text
    assert json.loads(compared.to_json())["pairing"] == "unpaired"


def test_the_same_bytes_twice(compared: Comparison, page: str) -> None:
    """Page, Markdown and JSON hold no clock and nothing random."""
    again = whole_comparison()
    assert again.to_html() == page
    assert again.to_markdown() == compared.to_markdown()
    assert again.to_json() == compared.to_json()


def test_markdown_has_the_tables_of_the_page(compared: Comparison, page: str) -> None:
    """Every number of the page's tables stands in the Markdown."""
    text = compared.to_markdown()
    for table in ("table-quality", "table-times", "table-gates", "table-moved"):
        for row in rows_of(page, table):
            for number in re.findall(r"\d+\.\d+", " ".join(row)):
                assert number in text


def test_the_terminal_has_words_and_tables_without_control_characters(
    compared: Comparison,
) -> None:
    """The summary, then aligned tables: every line of a table under its heads."""
    text = comparison_text(compared)
    assert text.startswith("Accuracy in the new run: tuned k-nearest neighbors better")
    assert all(char == "\n" or char.isprintable() for char in text)
    lines = text.splitlines()
    start = lines.index("Accuracy on the test rows")
    place = lines[start + 1].index("Verdict")
    assert [line[place:] for line in lines[start + 2 : start + 5]] == [
        "≈ equivalent", "▲ better", "▼ worse",
    ]  # fmt: skip


def test_runs_of_several_seeds_say_by_which_they_are_compared() -> None:
    """On the terminal and in JSON as on the page."""
    several = Comparison(of_seeds(reference_run(), 0, 3), of_seeds(new_run(), 2, 3))
    note = "The runs are compared by seed 3 alone."
    assert note in comparison_text(several).splitlines()
    assert json.loads(several.to_json())["seed_note"] == note
    assert note in words_of(parse(several.to_html()).find("body"))


def test_json_holds_full_precision(compared: Comparison) -> None:
    """What the analysis has, unrounded, and no number that JSON does not know."""
    data = json.loads(compared.to_json(), parse_constant=pytest.fail)
    case = next(c for c in data["cases"] if (c["model"], c["variant"]) == ("knn", "tuned"))
    found = compared.compared.case("knn", "tuned")
    assert found is not None
    assert found.test is not None
    assert case["quality"]["p"] == found.test.p
    assert case["quality"]["word"] == "better"
    assert [time["operation"] for time in case["times"]] == [
        "fit",
        "predict",
        "fit+predict",
    ]
    assert {gate["status"] for gate in data["gates"]} >= {"passed", "failed"}


def test_verdicts_are_words_by_case(compared: Comparison) -> None:
    """Of the shared cases alone; times where they are compared."""
    words = compared.verdicts
    assert set(words) == {"knn/baseline", "knn/tuned", "logreg/baseline", "logreg/tuned"}
    assert words["logreg/tuned"] == {
        "quality": "worse", "fit": "slower", "predict": "slower", "fit+predict": "slower",
    }  # fmt: skip
    assert words["logreg/baseline"] == {"quality": "not compared"}


def test_the_frame_has_a_row_a_metric_and_a_time(compared: Comparison) -> None:
    """Numbers as numbers; the tested metric has its p-value."""
    frame = compared.to_frame()
    tested = frame.query("model == 'knn' and variant == 'tuned' and name == 'accuracy'")
    assert len(tested) == 1
    assert tested["change"].item() == pytest.approx(0.97 - 0.93)
    assert tested["word"].item() == "better"
    assert frame["low"].dtype == "float64"
    assert set(frame["kind"]) == {"quality", "time"}
    assert frame.query("kind == 'time'")["p"].isna().all()
    assert isinstance(frame, pd.DataFrame)


def test_a_notebook_shows_it_in_a_frame(compared: Comparison) -> None:
    """What the page says first, isolated from the notebook."""
    shown = compared._repr_html_()
    assert shown.startswith("<iframe sandbox")
    assert "tuned k-nearest neighbors better" in shown
    assert "against 2026" in repr(compared)


def test_what_cannot_be_compared_says_why() -> None:
    """In a terminal, too, where there is no page."""
    other = new_run(dataset={"name": "mnist", "sha256": {}})
    shown = repr(Comparison(reference_run(), other))
    assert "Quality is not compared. The data is digits in the reference" in shown


def test_a_template_of_ones_own_takes_part(tmp_path: Path, compared: Comparison) -> None:
    """The user's folder is searched first; an error there is blamed by file and line."""
    own = tmp_path / "html"
    own.mkdir()
    (own / "glossary.html.j2").write_text("<p>our words</p>")
    assert "our words" in compared.to_html(PageTheme(templates=tmp_path))


@pytest.mark.parametrize("offset", [0, 44])
def test_hostile_words_do_not_act(offset: int) -> None:
    """Every text of both runs hostile: no element that a tame page lacks."""
    run, _ = hostile_run(offset)
    first = with_results(run, environment=whole_run().results.environment)
    compared = Comparison(first, run)
    tame = {str(e.tag) for e in parse(compare_page()).iter()}
    page = parse(compared.to_html())
    assert {str(e.tag) for e in page.iter()} <= tame
    assert len(list(page.iter("script"))) == 1
    assert not [e for e in page.iter() for name in e.keys() if name.startswith("on")]  # noqa: SIM118 # an element is no dict
    assert all(char == "\n" or char.isprintable() for char in comparison_text(compared))
    json.loads(compared.to_json())
    shown = words_of(page.find(".//main"))
    processor = run.results.environment.cpu
    if processor in HOSTILE and processor not in PLAIN and len(processor) < 200:
        assert " ".join(str(visible(processor)).split()) in shown


@pytest.fixture
def stored(tmp_path: Path) -> Mapping[str, Path]:
    """Two runs on disk."""
    first, second = write_two(tmp_path, reference_run(), new_run(seed=1))
    return {"first": first, "second": second}


def test_the_command_writes_three_files_and_prints_the_table(
    stored: Mapping[str, Path], tmp_path: Path
) -> None:
    """Into --out; stdout has the table, then the page's path."""
    out = tmp_path / "out"
    arguments = ["compare", str(stored["first"]), str(stored["second"]), "--out", str(out)]
    done = CliRunner().invoke(tunecard.app(), arguments)
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.iterdir()} == {
        "compare.html", "compare.md", "compare.json",
    }  # fmt: skip
    assert "Accuracy on the test rows" in done.stdout
    assert done.stdout.splitlines()[-1] == str(out / "compare.html")


def test_the_command_writes_beside_the_new_run(stored: Mapping[str, Path]) -> None:
    """Where no other folder is named."""
    arguments = ["compare", str(stored["first"]), str(stored["second"])]
    assert CliRunner().invoke(tunecard.app(), arguments).exit_code == 0
    assert (stored["second"] / "compare.html").is_file()
    assert not (stored["first"] / "compare.html").exists()


def test_json_on_stdout_writes_no_file(stored: Mapping[str, Path]) -> None:
    """One JSON document, nothing else."""
    arguments = ["compare", str(stored["first"]), str(stored["second"]), "--json"]
    done = CliRunner().invoke(tunecard.app(), arguments)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["format"] == "tunecard-compare"
    assert not (stored["second"] / "compare.json").exists()


def test_python_compares_paths(stored: Mapping[str, Path]) -> None:
    """`tunecard.compare` takes folders or files."""
    compared = tunecard.compare(stored["first"] / "results.json", stored["second"])
    assert compared.compared.pairing == "paired"


def test_python_compares_runs(stored: Mapping[str, Path]) -> None:
    """What `tunecard.run` and `tunecard.load` return will do as well."""
    runs = [tunecard.load(stored[which]) for which in ("first", "second")]
    assert tunecard.compare(*runs).new is runs[1].loaded


def test_earlier_runs_beside_the_new_one_are_known(tmp_path: Path) -> None:
    """Run folders of the same study; damaged ones and links are passed by."""
    first, second = reference_run(), new_run(seed=1)
    write_two(tmp_path, first, second)
    for day in range(2, 9):
        name = f"202601{day:02d}T000000Z-example-{day:06d}"
        run = with_results(reference_run(seed=day), run_id=name)
        write_two(tmp_path, run, run)
    (tmp_path / "20260109T000000Z-example-damaged").mkdir()
    (tmp_path / "20260109T000000Z-example-damaged" / "results.json").write_text("{")
    (tmp_path / "latest").symlink_to(second.results.run_id)
    folder = tmp_path / second.results.run_id
    compared = tunecard.compare(tmp_path / first.results.run_id, folder)
    assert compared.compared.floor_runs == 8
    assert "8 earlier runs" in words_of(
        parse(compared.to_html()).find(".//section[@id='time']")
    )
