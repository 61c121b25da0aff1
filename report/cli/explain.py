"""``tunecard explain``: what a finding means."""

from typing import Annotated

import typer


def explain(
    code: Annotated[
        str | None,
        typer.Argument(
            help="Such as TC004; without it, all codes are listed.", show_default=False
        ),
    ] = None,
) -> None:
    """Explain a finding of the report: when it applies, why it matters, what to do.

    Example: tunecard explain TC004
    """
    from tunecard.report.findings import RULES
    from tunecard.report.findings import explain as explanation

    if code is not None:
        typer.echo(explanation(code))
        return
    for rule in RULES:
        typer.echo(f"{rule.code}  {rule.title}")
