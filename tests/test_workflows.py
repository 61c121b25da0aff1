"""The CI workflows: valid, pinned, with few rights, and their shell steps run for real."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from ruamel.yaml import YAML

from tests.builders import KNN, make_run, write_run
from tests.command import COMMAND
from tests.test_architecture import imports
from tunecard.report.history import INDEX, update_index
from tunecard.report.load import load
from tunecard.report.render import render

pytestmark = pytest.mark.usefixtures("no_drawing")

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
REPORT = ROOT / ".github" / "workflows" / "report.yml"
#: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
SUMMARY_LIMIT = 2**20

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def read(path: Path) -> dict[str, Any]:
    """Read a YAML file."""
    content: dict[str, Any] = YAML(typ="safe", pure=True).load(path)
    return content


def steps_of(path: Path) -> Iterator[dict[str, Any]]:
    """Every step of every job of a workflow."""
    for job in read(path)["jobs"].values():
        yield from job["steps"]


def yaml_of(document: str) -> str:
    """Give the one YAML block of a document."""
    (block,) = re.findall(
        r"```yaml\n(.+?)```", (ROOT / document).read_text("utf-8"), re.DOTALL
    )
    return str(block)


def gitlab_job() -> str:
    """Give the guide's GitLab job."""
    return yaml_of("docs/guides/ci.md")


def check_schema(name: str, path: Path) -> None:
    """Check a file against a schema that check-jsonschema carries along."""
    done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", name, str(path)])
    assert done.exit_code == 0, done.output


@dataclass(frozen=True)
class Outcome:
    """What a shell step left behind."""

    code: int
    summary: str
    output: str
    log: str


def run_step(text: str, folder: Path, **environment: str) -> Outcome:
    """Run a step's text in a folder as GitHub's `shell: bash` does."""
    summary, output = folder / "GITHUB_SUMMARY", folder / "GITHUB_OUTPUT"
    script = folder / "step.sh"
    script.write_text(text, "utf-8")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_OUTPUT": str(output),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(
        done.returncode,
        summary.read_text("utf-8") if summary.exists() else "",
        output.read_text("utf-8") if output.exists() else "",
        done.stdout + done.stderr,
    )


def step(name: str) -> dict[str, Any]:
    """Give the step of report.yml that has this name."""
    return next(one for one in steps_of(REPORT) if one.get("name") == name)


SHOW = "Find the report and show its summary"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a run folder with its report."""
    small = make_run(n_test=40, models=(KNN,), rounds=1)
    folder = write_run(small, tmp_path_factory.mktemp("rendered"))
    render(load(folder), folder)
    return folder


@pytest.fixture
def place(tmp_path: Path, rendered: Path) -> Path:
    """Give a folder with a run in reports/, and reports/latest pointing to it."""
    folder = tmp_path / "reports" / "20260101T000000Z-example"
    shutil.copytree(rendered, folder)
    (tmp_path / "reports" / "latest").symlink_to(folder.name)
    update_index(tmp_path / "reports")
    # What tox leaves behind: the command, in an environment of its own.
    command = tmp_path / ".tox" / "report" / "bin" / "tunecard"
    command.parent.mkdir(parents=True)
    command.symlink_to(COMMAND)
    return tmp_path


@every_workflow
@pytest.mark.parametrize(
    "schema", ["vendor.github-workflows", "custom.github-workflows-require-timeout"]
)
def test_workflow_is_valid(path: Path, schema: str) -> None:
    """Each workflow follows GitHub's schema, and each job has a time limit."""
    check_schema(schema, path)


@every_workflow
def test_actions_are_pinned_by_commit(path: Path) -> None:
    """Each action is pinned by 40 hex digits, with its version in a comment."""
    lines = [line for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    pinned = re.compile(r"^ +(- )?uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
    assert lines
    assert [line for line in lines if not pinned.match(line)] == []


def test_one_action_has_one_pin() -> None:
    """The workflows agree on the commit of each action."""
    pins = {
        tuple(one["uses"].split("@")) for path in WORKFLOWS for one in steps_of(path)
        if "uses" in one
    }  # fmt: skip
    assert len(pins) == len({name for name, _ in pins})


@every_workflow
def test_rights_are_to_read(path: Path) -> None:
    """A workflow may read the repository; only the job that publishes may do more."""
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    more = {
        name: job["permissions"]
        for name, job in workflow["jobs"].items()
        if "permissions" in job
    }
    to_read = {"contents": "read", "actions": "read"}
    expected = {
        "report.yml": {
            "report": to_read,
            "pages": {"pages": "write", "id-token": "write"},
        },
        "tests.yml": {"windows": to_read},
    }
    assert more == expected[path.name]


def test_pages_are_off_until_switched_on() -> None:
    """Without the repository variable nothing of the site is made or published."""
    condition = "vars.TUNECARD_PAGES == 'true'"
    assert condition in read(REPORT)["jobs"]["pages"]["if"]
    assert condition in step("Make the site")["if"]
    assert condition in step("Hand the site to the pages job")["if"]


@every_workflow
def test_no_expression_is_pasted_into_a_shell(path: Path) -> None:
    """What a user typed reaches a shell as a variable, never as its text."""
    assert [one for one in steps_of(path) if "${{" in one.get("run", "")] == []


@every_workflow
def test_credentials_do_not_stay(path: Path) -> None:
    """The checkout leaves no token behind for the code that is then run."""
    checkouts = [
        one for one in steps_of(path) if one.get("uses", "").startswith("actions/checkout@")
    ]
    assert checkouts
    assert all(one["with"]["persist-credentials"] is False for one in checkouts)


def test_every_supported_python_is_tested() -> None:
    """The matrix begins at requires-python."""
    matrix = read(REPORT.with_name("tests.yml"))["jobs"]["tests"]["strategy"]["matrix"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_reading_is_tested_on_windows_from_the_wheel() -> None:
    """A clone there lacks the links; the installed wheel is what is tested."""
    job = read(REPORT.with_name("tests.yml"))["jobs"]["windows"]
    assert job["runs-on"] == "windows-latest"
    commands = [one["run"] for one in job["steps"] if "run" in one]
    assert any("dist/*.whl" in command for command in commands)
    tested = commands[-1].split()[-1]
    names = imports(ROOT / tested)
    assert names
    assert [name for name in names if name.startswith(("tests", "tunecard"))] == []


def test_cached_folder_is_the_one_tunecard_uses() -> None:
    """The data cache of the workflow is where Tunecard keeps what it fetched."""
    cached = next(one for one in steps_of(REPORT) if "/cache@" in one.get("uses", ""))
    code = "from tunecard.runner.datasets import user_places; print(user_places().cache)"
    home = {"HOME": "/home/someone", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=home, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    expected = cached["with"]["path"].replace("~", home["HOME"])
    if sys.platform == "linux":
        assert done.stdout.strip() == expected


@pytest.mark.parametrize("study", ["digits", "my studies/a $(touch pwned).toml"])
def test_named_study_reaches_tox_as_one_argument(tmp_path: Path, study: str) -> None:
    """The step calls `tox run -e report -- STUDY`, whatever the study is called."""
    tox = tmp_path / "bin" / "tox"
    tox.parent.mkdir()
    tox.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', "utf-8")
    tox.chmod(0o755)
    path = f"{tox.parent}{os.pathsep}{os.environ['PATH']}"
    outcome = run_step(step("Run the study")["run"], tmp_path, STUDY=study, PATH=path)
    assert outcome.log.splitlines() == ["run", "-e", "report", "--", study]


def test_summary_is_shown(place: Path) -> None:
    """summary.md of the newest run is appended, and its folder told to later steps."""
    outcome = run_step(step(SHOW)["run"], place)
    assert outcome.code == 0, outcome.log
    written = (place / "reports/latest/summary.md").read_text("utf-8")
    assert outcome.summary == written
    assert outcome.output == "folder=reports/20260101T000000Z-example\n"


def test_summary_is_small_and_has_no_images(place: Path) -> None:
    """What is shown stays far under GitHub's limit, and embeds nothing."""
    summary = run_step(step(SHOW)["run"], place).summary
    assert len(summary.encode()) < SUMMARY_LIMIT / 10
    assert "data:" not in summary
    assert "<img" not in summary


@pytest.mark.parametrize(("size", "shown"), [(1_000_000, True), (1_000_001, False)])
def test_size_is_checked(place: Path, size: int, *, shown: bool) -> None:
    """A summary near the limit is not sent; a sentence says where it is."""
    (place / "reports/latest/summary.md").write_text("x" * size, "utf-8")
    outcome = run_step(step(SHOW)["run"], place)
    assert outcome.code == 0
    assert outcome.summary.startswith("xxx") == shown
    assert ("too many" in outcome.summary) != shown
    assert len(outcome.summary.encode()) < SUMMARY_LIMIT


def test_run_without_a_report_is_told(tmp_path: Path) -> None:
    """Where nothing was written the summary says so, and nothing is uploaded."""
    outcome = run_step(step(SHOW)["run"], tmp_path)
    assert (outcome.code, outcome.output) == (0, "")
    assert outcome.summary == "No report was written; the log says why.\n"


RESTORE, GATHER = "Restore the history", "Gather the history"
#: A `gh` that knows two runs: the newest kept no history, the one before it did.
GH = """#!/bin/sh
echo "gh $*" >> gh.log
case "$1 $2" in
"run list") printf '%s\\n' 22 11 ;;
"run download")
    [ "$3" = "$KEEPS" ] || { echo "no artifact matches" >&2; exit 1; }
    mkdir -p before/20250101T000000Z-example-aaaaaa
    echo '{}' > before/20250101T000000Z-example-aaaaaa/results.json
    echo old > before/index.html ;;
esac
"""


def restore(folder: Path, keeps: str, gh: str = GH) -> Outcome:
    """Run the step that restores the history beside a `gh` of ours."""
    path = folder / "bin" / "gh"
    path.parent.mkdir()
    path.write_text(gh, "utf-8")
    path.chmod(0o755)
    return run_step(
        step(RESTORE)["run"],
        folder,
        PATH=f"{path.parent}{os.pathsep}{os.environ['PATH']}",
        GITHUB_WORKFLOW="report",
        BRANCH="a branch $(touch pwned)",
        KEEPS=keeps,
    )


def test_history_is_that_of_the_newest_run_that_kept_one(tmp_path: Path) -> None:
    """Of the same workflow and branch; its runs stand in reports/ before the new one."""
    outcome = restore(tmp_path, keeps="11")
    assert outcome.code == 0, outcome.log
    assert (tmp_path / "reports/20250101T000000Z-example-aaaaaa/results.json").exists()
    asked = (tmp_path / "gh.log").read_text("utf-8").splitlines()
    assert asked[0].startswith(
        "gh run list --workflow report --branch a branch $(touch pwned) --limit 30 "
    )
    assert asked[1:] == [
        f"gh run download {number} --name tunecard-history --dir before"
        for number in (22, 11)
    ]
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("gh", [GH, "#!/bin/sh\nexit 1\n"], ids=["none kept", "no answer"])
def test_without_a_history_the_run_goes_on(tmp_path: Path, gh: str) -> None:
    """The first run of a branch begins one, and so does one that cannot reach GitHub."""
    outcome = restore(tmp_path, keeps="", gh=gh)
    assert outcome.code == 0, outcome.log
    assert "it begins here" in outcome.log
    assert list((tmp_path / "reports").iterdir()) == []


def test_what_is_kept_is_what_is_restored() -> None:
    """The artifact of one run is the one that the next asks for."""
    kept = step("Keep the history")["with"]
    assert kept["name"] == "tunecard-history"
    assert f"--name {kept['name']} " in step(RESTORE)["run"]
    assert kept["path"] == "history"


def test_history_is_restored_before_and_kept_after_the_run() -> None:
    """Also where the run ended with a case that is not ok or a gate that failed."""
    names = [one.get("name") for one in steps_of(REPORT)]
    order = [names.index(name) for name in (RESTORE, "Run the study", SHOW, GATHER)]
    assert order == sorted(order)
    for name in (GATHER, "Keep the history"):
        assert "!cancelled()" in step(name)["if"]


def test_runs_of_a_branch_wait_for_each_other() -> None:
    """Two at once would each keep a history without the other's run."""
    concurrency = read(REPORT)["jobs"]["report"]["concurrency"]
    assert concurrency == {
        "group": "report-${{ github.ref }}",
        "cancel-in-progress": False,
    }


def test_history_is_of_finished_runs(place: Path) -> None:
    """With the list of runs, and without samples, links and unfinished runs."""
    (place / "reports" / "sample").mkdir()
    unfinished = place / "reports" / "20260102T000000Z-example-bbbbbb"
    unfinished.mkdir()
    (unfinished / "journal.jsonl").write_text("{}", "utf-8")
    outcome = run_step(step(GATHER)["run"], place)
    assert outcome.code == 0, outcome.log
    kept = {path.name for path in (place / "history").iterdir()}
    assert kept == {INDEX, "20260101T000000Z-example"}
    assert not (place / "history" / "20260101T000000Z-example").is_symlink()


def test_history_does_not_grow_for_ever(place: Path) -> None:
    """Fifty runs of each study and dataset are kept."""
    run = place / "reports" / "20260101T000000Z-example"
    for number in range(51):
        folder = run.with_name(f"20250101T0000{number:02}Z-example")
        folder.mkdir()
        shutil.copy(run / "results.json", folder)
    run_step(step(GATHER)["run"], place)
    assert len(list((place / "history").glob("*Z-example"))) == 50


def test_site_opens_with_the_list_of_runs(place: Path) -> None:
    """Each link of the list leads to a page; the newest has an address of its own."""
    folder = run_step(step(SHOW)["run"], place).output.strip().removeprefix("folder=")
    run_step(step(GATHER)["run"], place)
    outcome = run_step(step("Make the site")["run"], place, FOLDER=folder)
    assert outcome.code == 0, outcome.log
    site = place / "site"
    links = re.findall(r'href="([^"#]+/report\.html)"', (site / INDEX).read_text("utf-8"))
    assert links
    assert all((site / link).exists() for link in links)
    assert (site / "latest/report.html").read_bytes() == (
        place / "reports/latest/report.html"
    ).read_bytes()
    assert not [path for path in site.rglob("*") if path.is_symlink()]


def test_site_is_never_made_of_no_folder(place: Path) -> None:
    """Without a run folder the step stops, and does not copy the root of the disk."""
    assert run_step(step("Make the site")["run"], place, FOLDER="").code != 0


@pytest.mark.parametrize("name", ["report", "pages"])
def test_gitlab_job_is_valid(tmp_path: Path, name: str) -> None:
    """The guide's job follows GitLab's schema, under either of its names."""
    path = tmp_path / ".gitlab-ci.yml"
    path.write_text(gitlab_job().replace("report:", f"{name}:", 1), "utf-8")
    check_schema("vendor.gitlab-ci", path)


def test_the_readme_has_steps_of_github(tmp_path: Path) -> None:
    """The README's ten lines are steps of a job that follows GitHub's schema."""
    steps = yaml_of("README.md")
    assert len(steps.splitlines()) <= 10
    indented = "".join(f"      {line}\n" for line in steps.splitlines())
    path = tmp_path / "tunecard.yml"
    path.write_text(
        "on: push\njobs:\n  report:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - uses: actions/checkout@v4\n{indented}",
        "utf-8",
    )
    check_schema("vendor.github-workflows", path)


def test_gitlab_job_is_twelve_lines() -> None:
    """The guide promises little to copy."""
    assert len(gitlab_job().splitlines()) == 12


def test_gitlab_job_keeps_the_history() -> None:
    """Runs are cached and samples are not; one job at a time on whatever happens."""
    job: Mapping[str, Any] = YAML(typ="safe", pure=True).load(gitlab_job())["report"]
    assert job["cache"]["paths"] == [".cache/tunecard", "reports/*Z-*"]
    assert job["cache"]["when"] == "always"
    assert job["resource_group"]


@pytest.mark.slow
def test_gitlab_job_publishes_the_runs(place: Path) -> None:
    """Its last commands make a folder that GitLab can serve, without links."""
    (place / "job.yml").write_text(gitlab_job(), "utf-8")
    job: Mapping[str, Any] = read(place / "job.yml")["report"]
    outcome = run_step("\n".join(job["after_script"]), place)
    assert outcome.code == 0, outcome.log
    public = place / "public"
    assert not [path for path in public.rglob("*") if path.is_symlink()]
    assert "20260101T000000Z-example/report.html" in (public / INDEX).read_text("utf-8")
    assert (public / "latest/report.html").exists()
    assert job["artifacts"]["paths"] == ["public"]
    junit = Path(job["artifacts"]["reports"]["junit"])
    assert (place / junit).exists()
