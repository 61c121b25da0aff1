"""``tunecard schema``: the contract of results.json."""

import json
import sys


def schema() -> None:
    """Print the JSON Schema of results.json."""
    from tunecard.runner.schema import json_schema

    sys.stdout.write(json.dumps(json_schema(), indent=1) + "\n")
