"""The study that describes a comparison of what was handed over."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from tunecard.runner import models
from tunecard.runner.errors import StudyError
from tunecard.runner.judge.values import Answers, ImportedSearch
from tunecard.runner.models.objects import key_of, unused_name
from tunecard.runner.schema import (
    ModelSpec,
    Study,
    Variant,
)
from tunecard.runner.schema.wording import TOML, sentences

DATASET = "handed-over"


@dataclass(frozen=True)
class Judged:
    """A model whose two cases have answered.

    Attributes
    ----------
    name, label, called : str
        The key in the results, what a reader sees, and what the caller calls it.
    before, after : Answers
    search : ImportedSearch or None
    """

    name: str
    label: str
    called: str
    before: Answers
    after: Answers
    search: ImportedSearch | None = None

    @property
    def cases(self) -> tuple[tuple[Variant, Answers], ...]:
        """Both cases, the baseline first."""
        return ("baseline", self.before), ("tuned", self.after)


def name_of(label: str, taken: Sequence[str]) -> str:
    """Make the key of a model from what it is called.

    Examples
    --------
    >>> name_of("Churn, model B", ())
    'churn-model-b'
    """
    return unused_name(key_of(label)[:50], taken)


def study_of(judged: Sequence[Judged], fields: Mapping[str, Any]) -> Study:
    """Make the study that describes a comparison, its arguments checked.

    Parameters
    ----------
    judged : sequence of Judged
    fields : dict
        ``title``, ``metric``, ``margin``, ``seed``, ``gates``, ``data``, ``split``.

    Raises
    ------
    StudyError
        If an argument is wrong.
    """
    title = fields.get("title") or (
        f"{' and '.join(model.label for model in judged[:3])}: before and after"
    )
    made = {
        "name": name_of(str(title), ())[:60],
        "dataset": DATASET,
        **fields,
        "title": title,
        "models": tuple(_spec(model) for model in judged),
    }
    try:
        return Study.model_validate({k: v for k, v in made.items() if v is not None})
    except ValidationError as error:
        first, *_ = sentences(error, Study, TOML)
        raise StudyError(first) from error


def _spec(model: Judged) -> ModelSpec:
    kind = type(model.before.estimator) if model.before.estimator is not None else None
    path = ""
    if kind is not None and kind.__module__ != "builtins":
        path = f"{models.public_module(kind.__module__)}.{kind.__qualname__}"
    return ModelSpec(
        name=model.name,
        label=model.label,
        estimator=path if re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", path) else "",
        search=model.search.space if model.search else None,
        origin="imported",
    )
