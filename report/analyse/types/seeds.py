"""Several seeds: what each of them says, beside what they say together."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from report.analyse.types.model import Analysis


@dataclass(frozen=True)
class SeedsAnalysis:
    """The analyses of a run's seeds.

    Attributes
    ----------
    seeds : tuple of int
        In the study's order.
    split_anew : bool
        Whether each seed has rows of its own; else they share the test rows.
    analyses : tuple of Analysis
        Of each seed, as if it had run alone.
    """

    seeds: tuple[int, ...]
    split_anew: bool
    analyses: "tuple[Analysis, ...]"
