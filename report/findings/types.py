"""What a rule says when it applies."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["issue", "tip", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing that a reader of the report should know.

    Attributes
    ----------
    code : str
        ``TC001`` and so on; ``tunecard explain TC001`` tells more.
    severity : str
        ``issue``: it weakens a conclusion; ``tip``: it could be made better;
        ``note``: good to know.
    title : str
        One short phrase, no full stop.
    evidence : str
        The numbers behind it, one sentence or two.
    what_to_do : str
        One sentence.
    model : str or None
        Short name of the model it is about; None for the whole run.
    anchor : str
        The page's section with the details: quality, classes, time, search,
        data or environment; with a model, the page appends ``-<model>``.
    """

    code: str
    severity: Severity
    title: str
    evidence: str
    what_to_do: str
    model: str | None
    anchor: str
