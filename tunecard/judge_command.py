"""``tunecard judge``: its options, what it prints, and its exit code."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from tunecard.judging import judge_handed
from tunecard.options import REPORTS, Against, Css, OpenPage, Reports, Templates
from tunecard.screen import finish

EXAMPLES = """Examples:

  tunecard judge before.csv after.csv --truth label --prediction predicted

  tunecard judge both.parquet --truth y --prediction old --prediction new
"""


def judge_command(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="CSV or Parquet files of predictions, a file per case, the baseline "
            "first; or one file with several columns of predictions."
        ),
    ],
    *,
    truth: Annotated[str, typer.Option(help="Column of the true class or value.")],
    prediction: Annotated[
        list[str],
        typer.Option(
            help="Column of the predicted class or value; given once for all files, or "
            "once for each case, the baseline first."
        ),
    ],
    probability: Annotated[
        list[str] | None,
        typer.Option(
            help="Column of the probability of the positive class; of more classes a name "
            "such as 'p_{class}'.",
            show_default=False,
        ),
    ] = None,
    row_id: Annotated[
        str | None,
        typer.Option(
            "--id",
            help="Column that identifies a row. Left out: rows are joined by their order.",
            show_default=False,
        ),
    ] = None,
    groups: Annotated[
        str | None,
        typer.Option(
            help="Column whose rows with one value belong together, such as a patient.",
            show_default=False,
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="Metric of the verdict; left out: accuracy, or R2 of values.",
            show_default=False,
        ),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(help="Smallest difference that matters.", show_default=False),
    ] = None,
    positive: Annotated[
        str | None, typer.Option(help="Positive class of two.", show_default=False)
    ] = None,
    task: Annotated[
        Literal["classification", "regression"] | None,
        typer.Option(
            help="Whether classes or values are predicted; left out: numbers with "
            "fractions in --truth are values.",
            show_default=False,
        ),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option(help="Unit of the values of a regression.", show_default=False),
    ] = None,
    title: Annotated[
        str | None, typer.Option(help="Title of the page.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the resamples.")] = 0,
    gates: Annotated[
        Path | None,
        typer.Option(help="TOML file with [[gates]] that must hold.", show_default=False),
    ] = None,
    reports: Reports = REPORTS,
    open_page: OpenPage = False,
    templates: Templates = None,
    css: Css = None,
    against: Against = None,
) -> None:
    """Judge files of predictions of the same test rows; prints the page's path."""
    from tunecard.runner.config import gates_of_file
    from tunecard.runner.judge.joining import Columns
    from tunecard.runner.judge.tables import read_files

    columns = Columns(
        truth=truth,
        predictions=tuple(prediction),
        probabilities=tuple(probability or ()),
        id=row_id,
        positive=positive,
        groups=groups,
        task=task,
    )
    handed = read_files(files, columns)
    finished = judge_handed(
        handed,
        reports=reports,
        templates=templates,
        css=css,
        against=against,
        command=shlex.join(["tunecard", *sys.argv[1:]]),
        source=" and ".join(str(path) for path in files),
        gates=gates_of_file(gates) if gates is not None else (),
        metric=metric,
        margin=margin,
        positive=positive,
        title=title,
        seed=seed,
        task="regression" if handed.y_test.dtype.kind == "f" else "classification",
        unit=unit,
    )
    finish(finished, open_page=open_page)
