"""A stranger's path through README, timed: own table, judge, CI.

    python -m tests.stress.newcomer [--install]

Every command is taken from README.md as it stands there; a path that README no longer
has ends with an error. With ``--install`` the first step makes a virtual environment and
installs the working tree into it, as README does; without, the commands of this
environment run.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from sklearn.datasets import load_iris

ROOT = Path(__file__).resolve().parent.parent.parent
SEARCH = """\
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neighbors import KNeighborsClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 3, 5, 9]})
search.fit(X_train, y_train)
"""


def section(readme: str, heading: str) -> str:
    """Return README's text below a heading."""
    return readme.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def paths(readme: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield each path's name and commands."""
    table = section(readme, "Your own table")
    lines = re.findall(r"^ {4}(tunecard .*)$", table, re.MULTILINE)
    yield "own table, two commands", [line.split() for line in lines]
    judge = section(readme, "Judge a search that already ran")
    (block,) = re.findall(r"```python\n(.*?)```", judge, re.DOTALL)
    yield "the search, and judge in three lines", [[sys.executable, "-c", SEARCH + block]]
    ci = section(readme, "In CI, in ten lines")
    steps = re.findall(r"^- run: (.*)$", ci, re.MULTILINE)
    run = [["sh", "-c", step] for step in steps if not step.startswith("pip ")]
    yield "CI, the steps that run", run


def install(folder: Path) -> Mapping[str, str]:
    """Make an environment with Tunecard and return its variables."""
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    pip = folder / "venv" / "bin" / "pip"
    subprocess.run([pip, "install", "--quiet", str(ROOT)], check=True)
    return {**os.environ, "PATH": f"{folder / 'venv' / 'bin'}:{os.environ['PATH']}"}


def report(title: str, begun: float) -> None:
    """Print the seconds since ``begun``."""
    sys.stdout.write(f"{time.perf_counter() - begun:7.1f} s  {title}\n")
    sys.stdout.flush()


def main() -> None:
    """Walk the paths and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--install", action="store_true")
    options = parser.parse_args()
    readme = (ROOT / "README.md").read_text("utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        beside = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        environ: Mapping[str, str] = {
            **os.environ,
            "PATH": beside,
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        }
        flowers = load_iris(as_frame=True)
        rows = flowers.frame.assign(species=flowers.target_names[flowers.target])
        rows.drop(columns="target").to_csv(folder / "flowers.csv", index=False)
        if options.install:
            begun = time.perf_counter()
            environ = {**environ, "PATH": install(folder)["PATH"]}
            report("venv and install", begun)
        for title, commands in paths(readme):
            begun = time.perf_counter()
            for command in commands:
                done = subprocess.run(
                    command,
                    check=False,
                    cwd=folder,
                    env=environ,
                    capture_output=True,
                    text=True,
                )
                if done.returncode != 0:
                    sys.exit(
                        f"{' '.join(command)} ended with {done.returncode}: {done.stderr}"
                    )
                if command[:2] == ["tunecard", "init"]:
                    (folder / "study.toml").write_bytes(
                        (folder / "flowers.toml").read_bytes()
                    )
            report(title, begun)


if __name__ == "__main__":
    main()
