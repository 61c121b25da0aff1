"""What is made once for all processes of the tests: one renders, the others read."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

#: Names the folder, made by `conftest.py` of the process that starts the others.
FOLDER = "TUNECARD_TESTS_SHARED"


def once(name: str, make: Callable[[], dict[str, str]]) -> dict[str, str]:
    """Return texts that the first process to ask for them makes."""
    folder = Path(os.environ[FOLDER])
    path = folder / f"{re.sub(r'[^a-z0-9-]', '-', name)}.json"
    with FileLock(f"{path}.lock"):
        if not path.exists():
            path.write_text(json.dumps(make()), "utf-8")
    texts: dict[str, str] = json.loads(path.read_text("utf-8"))
    return texts
