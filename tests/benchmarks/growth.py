"""How the cost of a search grows with rows and with candidates: a table and a figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Grows = Literal["n_train", "n_candidates"]


@dataclass(frozen=True)
class Point:
    """One search: how large it was, how long it took, beside scikit-learn's own.

    ``theirs`` is None where scikit-learn's search was not run, because it would
    take too long; ``grows`` says which of the sizes is varied.
    """

    search: str
    grows: Grows
    n_train: int
    n_candidates: int
    ours: float
    theirs: float | None


def table(points: Sequence[Point]) -> list[str]:
    """Write points as lines of a Markdown table."""
    lines = [
        "| search | training rows | candidates | ours, s | scikit-learn, s | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for point in points:
        other = "-" if point.theirs is None else f"{point.theirs:.3g}"
        ratio = "-" if point.theirs is None else f"{point.theirs / point.ours:.3g}"
        lines.append(
            f"| {point.search} | {point.n_train:,} | {point.n_candidates} | "
            f"{point.ours:.3g} | {other} | {ratio} |"
        )
    return lines


def draw(points: Sequence[Point], path: Path) -> None:
    """Draw seconds over rows and over candidates, all axes logarithmic, as an SVG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    sides: tuple[tuple[Grows, str], ...] = (
        ("n_train", "training rows"),
        ("n_candidates", "candidates"),
    )
    for axes, (grows, name) in zip(figure.subplots(1, 2), sides, strict=True):
        for search in dict.fromkeys(point.search for point in points):
            chosen = [p for p in points if (p.search, p.grows) == (search, grows)]
            sizes = [getattr(point, grows) for point in chosen]
            (line,) = axes.plot(sizes, [p.ours for p in chosen], "o-", label=search)
            both = [(size, p.theirs) for size, p in zip(sizes, chosen, strict=True)]
            axes.plot(
                [size for size, seconds in both if seconds is not None],
                [seconds for _, seconds in both if seconds is not None],
                "s--",
                color=line.get_color(),
                label=f"{search}: scikit-learn",
            )
        axes.set(xscale="log", yscale="log", xlabel=name, ylabel="seconds of the search")
        axes.grid(visible=True, which="both", alpha=0.2)
        axes.legend()
    figure.savefig(path, format="svg")
