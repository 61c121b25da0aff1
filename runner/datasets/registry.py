"""The known names of data: the one table from a name to its loader."""

import difflib
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from runner.datasets.digits import DIGITS
from runner.datasets.mnist import MNIST
from runner.datasets.values import Entry, Places, user_places
from runner.errors import StudyError

REGISTRY = MappingProxyType({entry.name: entry for entry in (MNIST, DIGITS)})


@dataclass(frozen=True)
class KnownDataset:
    """A dataset that a study can name.

    Attributes
    ----------
    name, title : str
        What a study writes, and what a reader sees.
    shape : str
        Rows, features and classes, in words.
    where : str
        Where it is now, in words: a folder, embedded, or not on this machine.
    """

    name: str
    title: str
    shape: str
    where: str


def known(
    data_dir: Path | None, *, places: Places | None = None
) -> tuple[KnownDataset, ...]:
    """List the known datasets and where each is now; nothing is fetched.

    Parameters
    ----------
    data_dir : Path or None
        The user's data folder, if they named one.
    places : Places or None
        Where else to look; None for the user's own places.
    """
    looked_at = places or user_places()
    return tuple(
        KnownDataset(entry.name, entry.title, entry.shape, entry.where(data_dir, looked_at))
        for entry in REGISTRY.values()
    )


def entry_of(name: str) -> Entry:
    """Return the entry of a name.

    Raises
    ------
    StudyError
        If no dataset is known by it; the message lists those that are.
    """
    if name in REGISTRY:
        return REGISTRY[name]
    close = difflib.get_close_matches(name.lower(), REGISTRY, n=1, cutoff=0.7)
    guess = f'; did you mean "{close[0]}"?' if close else "."
    listed = ", ".join(f'"{known_name}"' for known_name in sorted(REGISTRY))
    raise StudyError(
        f'dataset = "{name}" is not known{guess} Known are {listed}; '
        "'tunecard datasets' describes them."
    )
