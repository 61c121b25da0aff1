"""``tunecard schema`` and ``tunecard validate``: the contract of results.json."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer


def schema() -> None:
    """Print the JSON Schema of results.json."""
    from tunecard.runner.schema import json_schema

    sys.stdout.write(json.dumps(json_schema(), indent=1) + "\n")


def validate(
    file: Annotated[Path, typer.Argument(help="A results.json, or a run folder.")],
) -> None:
    """Check that a results.json follows the contract."""
    from tunecard.runner.schema import RESULTS
    from tunecard.runner.schema import load as load_results

    path = file / RESULTS if file.is_dir() else file
    results = load_results(path)
    sys.stdout.write(
        f"{path}: follows the contract (schema_version {results.schema_version}, "
        f"run {results.run_id}, {len(results.cases)} cases)\n"
    )
