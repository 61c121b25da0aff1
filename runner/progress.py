"""What the measuring tells whoever watches: stages, steps, notices."""

from typing import Protocol


class Progress(Protocol):
    """A watcher of a run. It must not raise and must not be slow."""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of `total` steps; the one before it is over."""

    def step(self, text: str) -> None:
        """Tell that one more step of the stage is done, and which."""

    def notice(self, text: str) -> None:
        """Tell something worth a line of its own."""


class Silent:
    """Watches nothing."""

    def stage(self, name: str, total: int) -> None:
        """Ignore the stage."""

    def step(self, text: str) -> None:
        """Ignore the step."""

    def notice(self, text: str) -> None:
        """Ignore the notice."""
