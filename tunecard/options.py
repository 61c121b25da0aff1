"""Options that several commands of the front door share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

REPORTS = Path("reports")

Reports: TypeAlias = Annotated[Path, typer.Option(help="Where run folders are kept.")]
OpenPage: TypeAlias = Annotated[
    bool, typer.Option("--open", help="Open the page in the browser at the end.")
]
Templates: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        help="Folder of templates of your own, searched first.", show_default=False
    ),
]
Css: TypeAlias = Annotated[
    Path | None,
    typer.Option(help="Style sheet that comes after ours.", show_default=False),
]
Against: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        help='An earlier run, for gates with against = "reference".',
        show_default=False,
    ),
]
