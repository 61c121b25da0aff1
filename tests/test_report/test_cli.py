"""``tunecard explain``: one finding in plain words, or the list of all."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

import tunecard
from tests.builders import KNN, make_run, write_run
from tests.command import call
from tunecard.report.findings import RULES, explain
from tunecard.runner.store.folders import Lock

pytestmark = pytest.mark.usefixtures("no_drawing")


def test_explain_prints_title_reason_and_what_to_do() -> None:
    """The same text as in Python, on stdout."""
    done = CliRunner().invoke(tunecard.app(), ["explain", "tc4"])
    assert (done.exit_code, done.stdout) == (0, f"{explain('TC004')}\n")


def test_explain_without_a_code_lists_all() -> None:
    """A line each: the code and its title."""
    done = CliRunner().invoke(tunecard.app(), ["explain"])
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [f"{rule.code}  {rule.title}" for rule in RULES]


def test_an_unknown_code_is_one_sentence_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what may be meant; no traceback."""
    monkeypatch.setattr("sys.argv", ["tunecard", "explain", "TC0009"])
    with pytest.raises(SystemExit) as ended:
        tunecard.main()
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "tunecard: 'TC0009' is not a finding; the codes are TC001 to TC039. "
        "Did you mean TC009 (Other processes ran during timed calls)?\n"
    )


def test_the_page_of_a_live_run_is_its_own(tmp_path: Path) -> None:
    """While a process is at work in the folder, it is rendered elsewhere alone."""
    folder = write_run(make_run(models=(KNN,), n_test=40, rounds=0), tmp_path / "run")
    lock = Lock(folder)
    refused = call(tmp_path, "report", folder)
    assert (refused.code, refused.out) == (2, "")
    assert "a run is at work there" in refused.err
    assert not (folder / "report.html").exists()
    assert call(tmp_path, "report", folder, "--out", "other").code == 0
    lock.release()
    assert call(tmp_path, "report", folder).code == 0
