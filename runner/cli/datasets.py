"""``tunecard datasets``: what a study can name, and where it is now."""

import json
import sys
from dataclasses import asdict

from runner.cli.options import DataDir, JsonFlag, stdout


def list_datasets(*, data_dir: DataDir = None, as_json: JsonFlag = False) -> None:
    """List the datasets that a study can name, and where each is now."""
    from rich.table import Table

    from runner import datasets

    rows = datasets.known(data_dir)
    if as_json:
        sys.stdout.write(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
        return
    table = Table(
        "name", "what it is", "shape", "where it is now", box=None, pad_edge=False
    )
    for row in rows:
        table.add_row(row.name, row.title, row.shape, row.where)
    stdout().print(table)
