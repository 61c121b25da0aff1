"""The documents: every command is run, every recipe is tried, every link leads on."""

import configparser
import os
import re
import shlex
import shutil
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris

from tests.builders import KNN, make_run, write_run
from tests.command import call
from tests.processes import forked
from tunecard.report.load import load
from tunecard.report.render import render
from tunecard.runner.config import parse
from tunecard.runner.plan.probe import Child

pytestmark = pytest.mark.usefixtures("forked", "no_drawing")

ROOT = Path(__file__).resolve().parent.parent
#: README.md first: its study and its table are those that a reader meets first.
DOCUMENTS = (
    "README.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
    "CONTRIBUTING.md",
)

#: Commands that are not run here, each with the reason. A command is matched by its
#: beginning; one that is in no document any more is an error.
ELSEWHERE: Mapping[str, str] = {
    "python3 -m venv .venv": "would build an environment and run these very tests in it: "
    "it is what continuous integration starts with (.ci/run)",
    ".venv/bin/tox run": "would run these very tests; that the environments exist is "
    "tested below",
    "dask ": "servers, which do not end: tests/test_runner/test_search_cluster.py starts "
    "both",
    "tunecard run": "a whole run: tests/test_tunecard.py runs it and all it says",
    "python -m tests.stress.false_better": "a minute of simulations: "
    "tests/test_rules_of_comparison.py runs a few",
    "python -m tests.stress.search_luck": "minutes of simulations: "
    "tests/test_report/test_stress_selection.py runs them",
    "python -m tests.stress.honest_splits": "minutes of simulations: the stress tests run "
    "the same",
    ".tox/tests/bin/jupyter execute": "a whole run: tests/test_examples.py executes the "
    "notebook",
}
#: Blocks that are no commands.
DRAWINGS = (
    "tunecard/     the front door",
    "metrics/      what a metric is",
    "runner: errors, host, internals <-",
)


@dataclass(frozen=True)
class Block:
    """A block of code: where it stands, its language, its text."""

    document: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def blocks(document: str) -> list[Block]:
    """Every fenced and every indented block of a document."""
    found: list[Block] = []
    lines = (ROOT / document).read_text("utf-8").splitlines()
    number = 0
    while number < len(lines):
        start = number
        fence = re.fullmatch(r"(`{3,})(\w*)", lines[number])
        if fence:
            end = lines.index(fence[1], number + 1)
            text = "\n".join(lines[number + 1 : end])
            found.append(Block(document, start + 1, fence[2], text))
            number = end + 1
        elif lines[number].startswith("    ") and (start == 0 or not lines[start - 1]):
            while number < len(lines) and (
                lines[number].startswith("    ") or not lines[number]
            ):
                number += 1
            text = "\n".join(line[4:] for line in lines[start:number]).rstrip()
            found.append(Block(document, start + 1, "sh", text))
        else:
            number += 1
    return found


ALL = [block for document in DOCUMENTS for block in blocks(document)]
COMMANDS = [
    block
    for block in ALL
    if block.language in {"sh", "bash", "console"} and not block.text.startswith(DRAWINGS)
]


def commands(block: Block) -> list[str]:
    """Each command of a block, without the words that explain it beside it."""
    return [
        re.split(r" {2,}|  #", line)[0].strip()
        for line in block.text.splitlines()
        # "$ " is how the list of commands shows their form.
        if line.strip() and not line.lstrip().startswith(("#", "$ "))
    ]


def first_study() -> str:
    """The study that a reader meets first."""
    return next(
        block.text
        for block in ALL
        if block.language == "toml" and "[[models]]" in block.text
    )


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a reader has it after a run, with the first study and table shown."""
    folder = tmp_path_factory.mktemp("working")
    small = make_run(n_test=40, models=(KNN,), rounds=1)
    run = write_run(small, folder / "reports" / "run")
    render(load(run), run)
    (folder / "reports" / "latest").symlink_to("run")
    (folder / "study.toml").write_text(first_study(), "utf-8")
    flowers = load_iris(as_frame=True)
    species = flowers.target_names[flowers.target]
    flowers.data.assign(species=species).to_csv(folder / "flowers.csv", index=False)
    homes = load_diabetes(as_frame=True).frame.rename(columns={"target": "rent"})
    homes.to_csv(folder / "flats.csv", index=False)
    ids, label = range(100), ["yes", "no"] * 50
    for name, n_right in (("before", 60), ("after", 90)):
        predicted = label[:n_right] + ["no", "yes"] * ((100 - n_right) // 2)
        frame = pd.DataFrame({"id": ids, "label": label, "predicted": predicted})
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


def filled(command: str) -> str:
    """Give a command's placeholders values: RUN, FILE, DATA; leave out optional ones."""
    command = re.sub(r" \[[^\]]*\]", "", command)
    values = {
        "RUN": "reports/latest",
        "FILE": "reports/latest/results.json",
        "DATA": "iris --output iris.toml",
    }
    return re.sub(r"\b[A-Z]{3,}\b", lambda m: values.get(m[0], m[0]), command)


#: Each command once, in the order of the documents, with where it stands first.
HERE: dict[str, str] = {}
for _block in COMMANDS:
    for _command in commands(_block):
        if not _command.startswith(tuple(ELSEWHERE)):
            HERE.setdefault(filled(_command), str(_block))


@pytest.mark.parametrize(
    "command",
    [
        # A plan measures every model; that of iris needs the study made before it.
        pytest.param(command, marks=[pytest.mark.slow] if " plan" in command else [])
        for command in HERE
    ],
)
def test_every_command_works(
    command: str, working: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command of the documents ends well, or says here where it is run."""
    short = partial(Child, seconds=0.5)  # of measuring a model, in place of 10
    monkeypatch.setattr("tunecard.runner.plan.estimate.Child", short)
    name, *arguments = shlex.split(command)
    assert name == "tunecard", HERE[command]
    ended = call(working, *arguments)
    assert ended.code == 0, f"{HERE[command]}: {command}\n{ended.err}"


def test_the_list_of_commands_run_elsewhere_is_in_use() -> None:
    """Each entry is a command that some document still has."""
    told = [command for block in COMMANDS for command in commands(block)]
    for beginning in ELSEWHERE:
        assert any(command.startswith(beginning) for command in told), beginning


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    """A block in another language needs a test of its own: add it here."""
    tested = {"sh", "bash", "console", "toml", "python", "pycon", "jinja", "yaml"}
    assert {block.language for block in ALL} <= tested
    # tests/test_workflows.py runs the jobs of GitHub and of GitLab.
    jobs = [block.document for block in ALL if block.language == "yaml"]
    assert jobs == ["README.md", "docs/guides/ci.md"]


def test_every_study_is_one() -> None:
    """A study file that is shown whole is read as one."""
    for block in ALL:
        if block.language == "toml" and "[[models]]" in block.text:
            parse(block.text, str(block))


def test_every_gate_is_one() -> None:
    """Gates that are shown are gates of the study that is shown first."""
    study = first_study()
    shown = [b for b in ALL if b.language == "toml" and b.text.startswith("[[gates]]")]
    parsed = [parse(f"{study}\n{block.text}", str(block)) for block in shown]
    assert sum(len(each.gates) for each in parsed) >= 5


def test_every_tox_environment_exists() -> None:
    """`tox run -e NAME` names environments of tox.ini."""
    known = configparser.ConfigParser(interpolation=None)
    known.read(ROOT / "tox.ini", "utf-8")
    told = [command for block in COMMANDS for command in commands(block)]
    named = {
        name
        for command in told
        for names in re.findall(r"tox run -e ([\w,]+)", command)
        for name in names.split(",")
    }
    assert named
    assert [name for name in named if f"testenv:{name}" not in known] == []


@dataclass(frozen=True)
class Recipe:
    """A section *How to add ...*: its title, its text."""

    title: str
    text: str


def recipes() -> list[Recipe]:
    """Every recipe of CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return [
        Recipe(title, body)
        for title, body in re.findall(
            r"^## (How to add [^\n]+)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE
        )
    ]


_FENCED = r"```\w+\n(?P<{0}>.*?\n)```"
_STEP = re.compile(
    r"[Nn]ew file\s+`(?P<new>[\w./]+)`:\s+"
    + _FENCED.format("content")
    + r"|[Ii]n\s+`(?P<path>[\w./]+)`,(?:[^`]*?)\s?replace\s+"
    + _FENCED.format("old")
    + r"\s+by\s+"
    + _FENCED.format("text")
    + r"|"
    + _FENCED.format("check"),
    re.DOTALL,
)


#: Before the checks of a recipe: of all pictures only that of its own chart is drawn.
DRAW_ONE = """
from tunecard.report.charts.base import Drawing
Drawing.parts = property(
    lambda self: [make() for make in self._makes]
    if getattr(self.draw, "__module__", "").endswith("class_rows")
    else ['<svg role="img"></svg>']
)
"""


def run_in_copy(folder: Path, code: str, answer: Connection) -> None:
    """Run code with the packages of a folder, in a fork that has only loaded others'."""
    answer.send("begun")
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    for name in list(sys.modules):
        if name.split(".")[0] in {"tunecard", "tests"}:
            del sys.modules[name]
    try:
        exec(code, {"__name__": "__main__"})  # noqa: S102 # our own document
    except BaseException:  # noqa: BLE001 # whatever it is, the test shows it
        answer.send(traceback.format_exc())
    else:
        import tunecard

        answer.send("" if folder in Path(tunecard.__file__).parents else tunecard.__file__)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.title)
def test_every_recipe_works(recipe: Recipe, tmp_path: Path) -> None:
    """Followed step by step in a copy of the sources, a recipe does what it says."""
    for name in ("report", "runner", "templates", "tests", "tunecard"):
        # What is compiled comes along: that takes longer than a recipe's checks.
        hidden = shutil.ignore_patterns("data", "test_*")
        # In `tunecard` the packages are links to the folders beside it.
        shutil.copytree(ROOT / name, tmp_path / name, ignore=hidden, symlinks=True)
    checks = []
    for step in _STEP.finditer(recipe.text):
        if step["new"]:
            assert not (tmp_path / step["new"]).exists()
            (tmp_path / step["new"]).write_text(step["content"], "utf-8")
        elif step["path"]:
            path = tmp_path / step["path"]
            before = path.read_text("utf-8")
            old, text = step["old"].removesuffix("\n"), step["text"].removesuffix("\n")
            assert before.count(old) == 1, f"{step['path']} has no single {old!r}"
            path.write_text(before.replace(old, text), "utf-8")
        else:
            checks.append(step["check"])
    assert checks, "a recipe ends with what then holds"
    for check in checks:
        fork, answer = forked(partial(run_in_copy, tmp_path, DRAW_ONE + check))
        fork.join()
        assert answer.recv() == ""


def test_there_is_a_recipe_for_each_part_of_the_house() -> None:
    """A metric, a search strategy, a chart, a finding, a dataset."""
    titles = [recipe.title for recipe in recipes()]
    for part in ("a metric", "a search strategy", "a chart", "a finding", "a dataset"):
        assert f"How to add {part}" in titles
