"""The tables of docs/explanation/honest-splits.md.

``python -m tests.stress.honest_splits`` simulates and measures all of them and writes them
into the page; with names of parts, those alone.
"""

import argparse
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from numpy.random import Generator

from tests.stress import dependent_rows, procedures, small_tables

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "honest-splits.md"
SEED, STUDIES = 0, 2_000
N_GROUPS, SIZES = 50, (5, 20)
IN_TIME = ("accuracy", "log_loss")  # the stress tests have all four
WITHIN, MEMORY, ROWS = (0.0, 0.1, 0.3, 0.5), (0.0, 0.5, 0.8), (200, 1_000)
#: Studies of the procedures for each study of the others: they are fast.
_MORE = 50
_LABELS = {
    "accuracy": "accuracy",
    "f1_macro": "F1",
    "roc_auc": "AUC",
    "log_loss": "log loss",
}
_LEAST_IN_BIN = 200


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _errors(first: str, lines: Iterable[tuple[str, dependent_rows.Errors]]) -> str:
    """Write three shares for each metric: words, coverage, words row by row."""
    header, rows = [first], []
    for title, errors in lines:
        header = [first, *(_LABELS[name] for name in errors.words)]
        cells = [
            f"{100 * share:.1f} ({100 * errors.row_wise[name]:.1f}), "
            f"{100 * errors.coverage[name]:.1f}"
            for name, share in errors.words.items()
        ]
        rows.append([title, *cells])
        print(" | ".join(rows[-1]), flush=True)  # noqa: T201 # progress
    return _table(header, rows)


def groups(n_studies: int, seed: int) -> str:
    """Simulate rows in groups."""

    def lines() -> Iterable[tuple[str, dependent_rows.Errors]]:
        for within in WITHIN:
            part = (seed, N_GROUPS, SIZES[1], int(10 * within))
            draw = partial(_in_groups, within)
            yield str(within), dependent_rows.errors_of(draw, n_studies, part, time=False)

    return _errors("Correlation within a group", lines())


def _in_groups(within: float, rng: Generator, gain: float) -> dependent_rows.Answers:
    return dependent_rows.in_groups(rng, N_GROUPS, SIZES, within, gain)


def time(n_studies: int, seed: int) -> str:
    """Simulate rows in time."""

    def lines() -> Iterable[tuple[str, dependent_rows.Errors]]:
        for n_rows in ROWS:
            for memory in MEMORY:
                draw = partial(_in_time, n_rows, memory)
                part = (seed, n_rows, int(10 * memory))
                errors = dependent_rows.errors_of(
                    draw, n_studies, part, time=True, metrics=IN_TIME
                )
                yield f"{n_rows:,} rows, {memory}", errors

    return _errors("Rows, autocorrelation", lines())


def _in_time(
    n_rows: int, memory: float, rng: Generator, gain: float
) -> dependent_rows.Answers:
    return dependent_rows.in_time(rng, n_rows, memory, gain)


def procedure(n_studies: int, seed: int) -> str:
    """Simulate two procedures over ten outer splits."""
    bins, wrong = procedures.simulate(_MORE * n_studies, seed)
    rows = [
        [
            f"{each.word}, {100 * each.low:.0f} to {100 * each.high:.0f} %",
            f"{each.n:,}",
            f"{100 * each.stated:.1f}",
            f"{100 * each.true:.1f}",
        ]
        for each in bins
        if each.n >= _LEAST_IN_BIN
    ]
    rows.append(["a difference of two equal ones", f"{_MORE * n_studies:,}", "5.0"])
    rows[-1].append(f"{100 * wrong:.1f}")
    return _table(["Word, and its probability", "Studies", "stated", "true"], rows)


def tables(n_studies: int, seed: int) -> str:
    """Measure ten tables with one holdout and with ten splits."""
    rows, undecided, seconds = [], [0, 0], [0.0, 0.0]
    for name, X, y in small_tables.tables(seed):
        cells = []
        for column, n_splits in enumerate((1, 10)):
            row = small_tables.measure(X, y, n_splits=n_splits, seed=seed)
            cells += [", ".join(row.words), f"{row.seconds:.1f}"]
            undecided[column] += row.words.count("inconclusive")
            seconds[column] += row.seconds
        rows.append([name, f"{len(y):,}", *cells])
        print(" | ".join(rows[-1]), flush=True)  # noqa: T201 # progress
    n_words = len(rows) * len(small_tables.MODELS)
    total = ["**inconclusive, seconds in all**", ""]
    for count, spent in zip(undecided, seconds, strict=True):
        total += [f"**{count} of {n_words}**", f"**{spent:.1f}**"]
    header = ["Table", "Rows", "one holdout", "CPU s", "ten splits", "CPU s"]
    return _table(header, [*rows, total])


PARTS: Mapping[str, Callable[[int, int], str]] = {
    "groups": groups,
    "time": time,
    "procedure": procedure,
    "tables": tables,
}


def put(page: str, part: str, table: str) -> str:
    """Put a table into the page, in place of the one that is there."""
    between = re.compile(rf"(<!-- {part} -->\n).*?(<!-- /{part} -->)", re.DOTALL)
    return between.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", page)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the tables and write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="of the page")
    parser.add_argument("--studies", type=int, default=STUDIES, help="of each line")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--output", type=Path, default=PAGE, help="the page to change")
    given = parser.parse_args(arguments)
    for part in given.parts or PARTS:
        table = PARTS[part](given.studies, given.seed)
        page = given.output.read_text("utf-8")
        given.output.write_text(put(page, part, table), "utf-8")


if __name__ == "__main__":
    main()
