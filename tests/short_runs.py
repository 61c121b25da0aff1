"""Makes the runs of a process short: that of a script, of a notebook or of the command.

As a script it is the command. A run is what it is for a user, but for the number of its
rounds and of the calls that they time.
"""

import sys
from pathlib import Path

from tunecard.report.charts.base import Drawing
from tunecard.runner import pipeline
from tunecard.runner.clock import timing
from tunecard.runner.processes import template

ROOT = Path(__file__).resolve().parents[1]


def shorten(n_rounds: int = 2) -> None:
    """Let workers import `short_timing`, in as many rounds."""
    sys.path.append(str(ROOT))  # where workers look for it
    modules = (*template.CLOCK, "tests.short_timing")
    pipeline.CLOCK = modules  # type: ignore[assignment,attr-defined] # of this process alone
    timing.MIN_ROUNDS = timing.MAX_ROUNDS = n_rounds


def draw_nothing() -> None:
    """Leave the pictures of pages empty."""
    Drawing.parts = property(lambda _: ['<svg role="img"></svg>'])  # type: ignore[assignment,method-assign] # so too


if __name__ == "__main__":
    from tunecard.command_line import main

    shorten()
    draw_nothing()
    main()
