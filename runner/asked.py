"""What is given in Python beside a study: models and data as objects, put into it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from tunecard.runner.datasets import GIVEN, Entry, as_typed, given_entry
from tunecard.runner.errors import StudyError
from tunecard.runner.models.objects import Models, models_of
from tunecard.runner.schema import Data, Study
from tunecard.runner.schema.wording import TOML, sentences


@dataclass(frozen=True)
class Given:
    """Models and data that take the place of a study's own, or make a study.

    Attributes
    ----------
    models : Models or None
    dataset : str or None
        A name, or a path from the working folder.
    entry : Entry or None
        The data, where it was given as an object.
    target : str, int or None
        The column with the classes.
    """

    models: Models | None
    dataset: str | None
    entry: Entry | None
    target: str | int | None

    def into(self, study: Study | None, base: Path) -> Study:
        """Put what was given into a study, or make a study of it.

        Parameters
        ----------
        study : Study or None
            None for one made of nothing but what was given.
        base : Path
            The folder that the study's relative paths start from.

        Raises
        ------
        StudyError
            If there is no study, and models or data are missing.
        """
        fields: dict[str, Any] = {}
        if self.models is not None:
            fields["models"] = self.models.specs
            if self.models.metric is not None:
                fields["metric"] = self.models.metric
            if self.models.seed is not None:
                fields["seed"] = self.models.seed
        if self.entry is not None:
            fields["dataset"] = GIVEN
        elif self.dataset is not None:
            typed = as_typed(self.dataset)
            is_path = Path(typed).exists() and ("/" in typed or "." in typed)
            fields["dataset"] = (
                as_typed(os.path.relpath(self.dataset, base))
                if is_path and base != Path()
                else self.dataset
            )
        if study is not None and study.dataset != fields.get("dataset", study.dataset):
            fields["data"] = None  # it spoke of another table's columns
        if self.target is not None:
            spoken = fields.get("data", study.data if study is not None else None) or Data()
            fields["data"] = spoken.model_copy(update={"target": self.target})
        if study is not None:
            # Checked as a whole: gates speak of models.
            known = study.model_copy(update=fields)
            return _study(known.model_dump(exclude_unset=True))
        for missing, what in (
            ("models", "models=[LogisticRegression()]"),
            ("dataset", 'data=(X, y), a data frame, or a name such as "digits"'),
        ):
            if missing not in fields:
                raise StudyError(
                    f"{missing.replace('dataset', 'data')}: is missing, and no study is "
                    f"named; give {what}."
                )
        labels = " and ".join(spec.label for spec in fields["models"])
        title = f"{labels}, before and after tuning"
        return _study({"name": "study", "title": title, **fields})


def _study(fields: dict[str, Any]) -> Study:
    try:
        study = Study.model_validate(fields)
    except ValidationError as error:
        first, *_ = sentences(error, Study, TOML)
        raise StudyError(first) from error
    try:
        study.without_content().model_dump_json()
    except PydanticSerializationError as error:
        raise StudyError(
            "study: a title, name or label holds half of a character (a lone surrogate), "
            "which no file can hold. Take it out."
        ) from error
    return study


def given(models: Any = None, data: Any = None, target: Any = None) -> Given | None:
    """Take what was given in Python.

    Parameters
    ----------
    models : sequence or None
        As :func:`tunecard.runner.models.objects.models_of` takes them.
    data : object or None
        A name or path; a data frame; or ``(X, y)``.
    target : str, int or None
        The column with the classes, of a data frame or of a table's path.

    Returns
    -------
    Given or None
        None where nothing was given.

    Raises
    ------
    StudyError
        If something cannot be used.
    """
    if models is None and data is None and target is None:
        return None
    if isinstance(target, bool) or not isinstance(target, str | int | None):
        raise StudyError(
            f"target = {target!r}: must be the name of the column with the classes."
        )
    named = isinstance(data, str | Path)
    return Given(
        models=None if models is None else models_of(models),
        dataset=as_typed(str(data)) if named else None,
        entry=None if data is None or named else given_entry(data),
        target=target,
    )
