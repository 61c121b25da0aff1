"""``tunecard history`` and ``tunecard prune`` as a user calls them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import tunecard
from tests.histories import (
    Document,
    run_name,
    scale_times,
    write_document,
    write_runs,
)
from tunecard.report.history import INDEX

pytestmark = pytest.mark.usefixtures("no_drawing")


def call(*arguments: str | Path, answer: str | None = None) -> Result:
    """Call the command; without an answer nobody can be asked."""
    return CliRunner().invoke(tunecard.app(), [str(a) for a in arguments], input=answer)


def slow_at_last(number: int, content: Document) -> None:
    """Make the eighth run twice as slow, on another processor from the sixth on."""
    if number == 7:
        scale_times(content, 2.0)


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Eight runs, the newest of them slow, and one that is damaged."""
    folder = tmp_path / "reports"
    write_runs(folder, 8, change=slow_at_last)
    write_document(folder / run_name(20, "broken"), {"schema_version": "99\x1b[31m"})
    return folder


def test_history_lists_the_newest_first(reports: Path) -> None:
    """A line a model: verdict, metric, times, what lies outside the band."""
    done = call("history", "--reports", reports)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "example on digits: 8 runs"
    assert lines[1].split() == [
        "run", "model", "verdict", "accuracy", "fit", "predict",
        "outside", "the", "band",
    ]  # fmt: skip
    assert lines[2].startswith(f"{run_name(7)}  knn ")
    assert lines[2].endswith("4 slower")
    assert lines[3].split()[0] == "logreg"
    assert lines[4].startswith(run_name(6))
    assert "not compared" in lines[2]
    assert (reports / INDEX).exists()


def test_history_says_how_the_newest_run_stands(reports: Path) -> None:
    """In the sentence of the page."""
    told = call("history", "--reports", reports).stdout
    assert "has 8 values outside the band: Fit of k-nearest neighbors, baseline" in told


def test_history_lists_what_it_left_out(reports: Path) -> None:
    """With the reason, and with nothing that acts on a terminal."""
    told = call("history", "--reports", reports).stdout
    left = told.partition("left out\n")[2]
    assert left.startswith(f"{run_name(20, 'broken')}  damaged  results.json: ")
    assert "\x1b" not in told


def test_history_as_json(reports: Path) -> None:
    """Raw numbers: values, the band, what changed."""
    value: dict[str, Any] = json.loads(
        call("history", "--reports", reports, "--json").stdout
    )
    (study,) = value["studies"]
    assert (study["study"], study["dataset"], study["subset"]) == (
        "example",
        "digits",
        None,
    )
    newest = study["runs"][0]
    assert newest["run"] == run_name(7)
    assert newest["started"] == "2026-01-01T07:00:00Z"
    assert newest["page"] == f"{run_name(7)}/report.html"
    assert {mark["word"] for mark in newest["outside"]} == {"slower"}
    for mark in newest["outside"]:
        assert mark["low"] < mark["median"] < mark["high"] < mark["value"]
        assert mark["runs_before"] == 7
    assert value["left_out"][0]["state"] == "damaged"


def test_history_of_one_study(reports: Path) -> None:
    """And of one that there is not."""
    write_runs(reports, 1, first=30, study="other")
    done = call("history", "--reports", reports, "--study", "other")
    assert "other on digits: 1 run" in done.stdout
    assert "example" not in done.stdout
    broken = call("history", "--reports", reports, "--study", "broken")
    assert "damaged" in broken.stdout
    refused = call("history", "--reports", reports, "--study", "nope")
    assert "Studies with runs: example and other." in str(refused.exception)


def test_history_of_nothing(tmp_path: Path) -> None:
    """An empty folder is no error, one that is not there is."""
    done = call("history", "--reports", tmp_path)
    assert (done.exit_code, done.stdout) == (
        0, f"No run in {tmp_path} yet: 'tunecard run' makes one.\n",
    )  # fmt: skip
    refused = call("history", "--reports", tmp_path / "nowhere")
    assert "nowhere: is not a folder" in str(refused.exception)


def test_history_lists_where_it_cannot_write(reports: Path) -> None:
    """The list is on stdout, the notice on stderr."""
    (reports / INDEX).mkdir()
    done = call("history", "--reports", reports)
    assert done.exit_code == 0
    assert "example on digits: 8 runs" in done.stdout
    assert "The index stays as it was: " in done.stderr


def test_history_takes_templates_of_ones_own(reports: Path, tmp_path: Path) -> None:
    """As the report does."""
    own = tmp_path / "own" / "html"
    own.mkdir(parents=True)
    text = '{% extends "shipped/html/history.html.j2" %}{% block title %}Ours{% endblock %}'
    (own / "history.html.j2").write_text(text, "utf-8")
    call("history", "--reports", reports, "--templates", own.parent)
    assert "<title>Ours</title>" in (reports / INDEX).read_text("utf-8")


def runs_of(reports: Path) -> list[str]:
    """Give the runs that are there."""
    return sorted(path.name for path in reports.glob("*-example-*"))


def test_prune_asks_and_tells_what_goes(reports: Path) -> None:
    """The runs on stdout, the question on stderr."""
    done = call("prune", "--reports", reports, "--keep", "6", answer="y\n")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[:2] == [run_name(1), run_name(0)]
    assert "Remove 2 folders and keep 6 runs? [y/N]" in done.stderr
    assert "Removed 2 folders." in done.stderr
    assert runs_of(reports) == [run_name(i) for i in range(2, 8)]


def test_prune_takes_no_for_an_answer(reports: Path) -> None:
    """And changes nothing."""
    done = call("prune", "--reports", reports, "--keep", "6", answer="n\n")
    assert done.exit_code == 0
    assert "Nothing was removed." in done.stderr
    assert len(runs_of(reports)) == 8


def test_prune_needs_yes_where_nobody_answers(reports: Path) -> None:
    """One sentence, and nothing is removed."""
    refused = call("prune", "--reports", reports, "--keep", "6")
    assert "nobody answered" in str(refused.exception)
    assert "--yes" in str(refused.exception)
    assert len(runs_of(reports)) == 8


def test_prune_with_yes_does_not_ask(reports: Path) -> None:
    """For scripts."""
    done = call("prune", "--reports", reports, "--keep", "1", "--yes")
    assert done.exit_code == 0
    assert "?" not in done.stderr
    assert runs_of(reports) == [run_name(7)]


def test_prune_with_nothing_to_remove(reports: Path) -> None:
    """Says so, and asks nothing."""
    done = call("prune", "--reports", reports, "--keep", "8")
    assert (done.exit_code, done.stdout) == (0, "Nothing to remove; 8 runs there.\n")


def test_prune_says_what_latest_keeps(reports: Path) -> None:
    """The run that it points to."""
    (reports / "latest").symlink_to(run_name(0))
    done = call("prune", "--reports", reports, "--keep", "1", "--yes")
    assert f"{run_name(0)} stays: reports/latest points to it." in done.stderr
    assert runs_of(reports) == [run_name(0), run_name(7)]


@pytest.mark.parametrize("keep", ["0", "-1", "many"])
def test_prune_keeps_at_least_one(reports: Path, keep: str) -> None:
    """All is not removed by a slip."""
    assert call("prune", "--reports", reports, "--keep", keep, "--yes").exit_code == 2
    assert call("prune", "--reports", reports, "--yes").exit_code == 2
    assert len(runs_of(reports)) == 8
