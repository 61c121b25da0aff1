"""Where Tunecard is: on a platform that will do, with packages that are its own."""

import sys
from importlib.machinery import PathFinder
from pathlib import Path


def unfit() -> str | None:
    """Say why Tunecard cannot work here: a platform, or a file under one of our names.

    ``python -m tunecard`` puts the working folder first on the path, so that a
    ``report.py`` there would be imported in place of our package.
    """
    if sys.platform == "win32":
        return (
            "Windows is not supported: the workers need POSIX process groups and resource "
            "limits. Use Linux, macOS, or the Windows Subsystem for Linux."
        )
    home = Path(__file__).resolve().parent.parent
    for name in ("runner", "report", "templates"):
        found = PathFinder.find_spec(name)
        origin = Path(found.origin).resolve() if found and found.origin else None
        if origin is not None and home not in origin.parents:
            return (
                f"{origin} shadows Tunecard's own package {name!r}. "
                "Start it as 'tunecard', not 'python -m tunecard', or elsewhere."
            )
    return None


def refuse_place() -> None:
    """Refuse to be used here, where there is a reason.

    Raises
    ------
    ImportError
    """
    reason = unfit()
    if reason is not None:
        raise ImportError(reason)
