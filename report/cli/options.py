"""Options that the commands share."""

from pathlib import Path
from typing import Annotated

import typer

Reports = Annotated[Path, typer.Option(help="Where run folders are kept.")]
OneStudy = Annotated[
    str | None, typer.Option(help="The runs of this study alone.", show_default=False)
]
Against = Annotated[
    Path | None,
    typer.Option(
        help="The run that gates against a reference look at.", show_default=False
    ),
]
Templates = Annotated[
    Path | None,
    typer.Option(
        help="Folder of templates of your own, searched first.", show_default=False
    ),
]
Css = Annotated[
    Path | None,
    typer.Option(help="Style sheet that comes after ours.", show_default=False),
]
