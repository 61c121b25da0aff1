"""Commands in a fresh process, as a user waits for them."""

import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.sides import Row
from tests.command import COMMAND

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("arguments", "goal"), [("--help", 0.5), ("report reports/sample --out OUT", 4.0)]
)
def test_command(
    benchmark: Any,
    arguments: str,
    goal: float,
    rounds: Callable[[int], int],
    note: Callable[[Row], None],
    tmp_path: Path,
) -> None:
    """The help, and rendering the MNIST sample again."""
    words = arguments.replace("OUT", str(tmp_path / "out")).split()
    benchmark.group = "commands"
    benchmark.pedantic(
        lambda: subprocess.run(
            [COMMAND, *words], check=True, cwd=ROOT, stdout=subprocess.DEVNULL
        ),
        rounds=rounds(5),
        warmup_rounds=1,  # the first reads the files from disk
    )
    own = tuple(benchmark.stats.stats.data)
    note(
        Row(
            work=f"tunecard {arguments}",
            against="-",
            ours=own,
            theirs=(),
            figure=statistics.median(own),
            figure_unit="s",
            direction="at most",
            goal=goal,
            always=True,
        )
    )
