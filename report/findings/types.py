"""What a rule reports when it applies."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tunecard.report import formats
from tunecard.report.analyze.types import Analysis

Severity: TypeAlias = Literal["issue", "tip", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing that a reader of the report should know.

    Attributes
    ----------
    code : str
        ``TC001`` and so on; ``tunecard explain TC001`` has more.
    severity : str
        ``issue``: it weakens a conclusion; ``tip``: it could be made better;
        ``note``: a further note.
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
    ignored : bool
        The study ignores it: it is a note whatever it was, its title has a
        remark, and it stands last.
    """

    code: str
    severity: Severity
    title: str
    evidence: str
    what_to_do: str
    model: str | None
    anchor: str
    ignored: bool = False


@dataclass(frozen=True)
class Evidence:
    """What a rule has detected, before its code and words are added.

    ``severity``, ``evidence``, ``model`` and ``anchor`` are those of
    :class:`Finding`.
    """

    severity: Severity
    evidence: str
    anchor: str
    model: str | None = None


@dataclass(frozen=True)
class Rule:
    """A coded rule.

    Attributes
    ----------
    code, title : str
        Its code and what it has found, a short phrase.
    why : str
        When exactly it applies and why it matters, in plain words.
    what_to_do : str
        One sentence.
    look : callable
        Reads an analysis and yields what applies.
    """

    code: str
    title: str
    why: str
    what_to_do: str
    look: Callable[[Analysis], Iterator[Evidence]]

    def findings(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield a finding for everything that the rule detects."""
        ignored = self.code in analysis.ignored
        for evidence in self.look(analysis):
            yield Finding(
                code=self.code,
                severity="note" if ignored else evidence.severity,
                title=f"{self.title} (ignored by the study)" if ignored else self.title,
                evidence=formats.capital(evidence.evidence),
                what_to_do=self.what_to_do,
                model=evidence.model,
                anchor=evidence.anchor,
                ignored=ignored,
            )
