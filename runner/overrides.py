"""Overrides from Python: models and data as objects, in place of a study's own."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from tunecard.runner.datasets import GIVEN, DatasetEntry, as_typed, given_entry
from tunecard.runner.datasets.custom import GivenSplits, read_splits, with_groups
from tunecard.runner.datasets.weights import with_weights
from tunecard.runner.errors import StudyError
from tunecard.runner.metrics import default_of, find, name_of
from tunecard.runner.models.objects import Models, models_of
from tunecard.runner.schema import Data, ModelSpec, Study, named_gate
from tunecard.runner.schema.wording import TOML, sentences
from tunecard.runner.splitters import count_splits

#: Arguments in Python that are fields of a study's ``[data]``.
_OF_DATA = {name: name for name in ("positive", "sample_weight", "keep_columns")}
_OF_DATA["labels"] = "class_names"


@dataclass(frozen=True)
class Overrides:
    """Models and data that replace those of a study, or make a study.

    Attributes
    ----------
    models : Models or None
    dataset : str or None
        A name, or a path from the working folder.
    entry : DatasetEntry or None
        The data, where it is an object.
    target : str, int or None
        The column with the classes.
    fields : dict
        Fields of the study, as arguments: they take precedence over all others. Of
        ``positive``, ``labels``, ``sample_weight`` and ``keep_columns`` the study's
        ``[data]`` is made.
    splits : GivenSplits or None
        Splitters of the two levels.
    groups : str, array_like or None
        The column of groups, or the group of each row.
    """

    models: Models | None
    dataset: str | None
    entry: DatasetEntry | None
    target: str | int | None
    fields: Mapping[str, Any] = field(default_factory=dict)
    splits: GivenSplits | None = None
    groups: Any = None

    def apply_to(self, study: Study | None, base: Path) -> Study:
        """Apply the overrides to a study, or make a study of them.

        Parameters
        ----------
        study : Study or None
            None to make one of the overrides alone.
        base : Path
            The folder that the study's relative paths start from.

        Raises
        ------
        StudyError
            If the study is None, and models or data are missing.
        """
        fields = self._of_models(study)
        if self.splits is not None:
            specs = fields.get("models", study.models if study is not None else ())
            if specs:
                fields["models"] = self._with_folds(specs)
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
            fields["data"] = None  # it names columns of another table
        if self.target is not None:
            spoken = fields.get("data", study.data if study is not None else None) or Data()
            fields["data"] = spoken.model_copy(update={"target": self.target})
        fields |= self._named(fields, study)
        if study is not None:
            # Checked as a whole: gates name models.
            return _validate({**study.model_dump(exclude_unset=True), **fields})
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
        return _validate({"name": "study", "title": title, **fields})

    def _of_models(self, study: Study | None) -> dict[str, Any]:
        """Return what the models themselves decide: task, metric and seed."""
        if self.models is None:
            return {}
        models = self.models
        fields: dict[str, Any] = {"models": models.specs}
        if study is None or study.task != models.task:
            # The metric of a study of another task is none of these models'.
            fields |= {"task": models.task, "metric": default_of(models.task)}
        if models.metric is not None:
            fields["metric"] = models.metric
        if models.seed is not None:
            fields["seed"] = models.seed
        return fields

    def _with_folds(self, specs: Sequence[ModelSpec]) -> tuple[ModelSpec, ...]:
        """Give each search as many folds as the caller's splitter makes."""
        assert self.splits is not None
        changed = []
        for spec in specs:
            splitter = self.splits.inner_of(spec)
            if spec.search is not None and splitter is not None:
                folds = count_splits(splitter, self.groups, "inner")
                search = spec.search.model_copy(update={"folds": folds})
                changed.append(spec.model_copy(update={"search": search}))
            else:
                changed.append(spec)
        return tuple(changed)

    def _named(self, fields: Mapping[str, Any], study: Study | None) -> dict[str, Any]:
        """Return the fields that were given by name; gates name models as callers do."""
        made = {name: value for name, value in self.fields.items() if name not in _OF_DATA}
        task = fields.get("task", "classification" if study is None else study.task)
        if "metric" not in made and made.get("task", task) != task:
            made["metric"] = default_of(made["task"])
        if "seeds" in made or "seed" in made:
            made = {"seed": None, "seeds": (), **made}
            made = {name: value for name, value in made.items() if value is not None}
        split = made.get("split", {})
        if study is not None and split and set(split) <= {"inner", "groups"}:
            # They add to the split of the study; other fields replace it.
            made["split"] = {**study.split.model_dump(exclude_unset=True), **split}
        if "gates" in made:
            specs = fields.get("models", study.models if study is not None else ())
            keys = {spec.label: spec.name for spec in specs}
            made["gates"] = tuple(_gate(gate, keys) for gate in made["gates"])
        named = {"positive": self._positive_of_searches(), **self.fields}
        data_fields = {
            field: named[name]
            for name, field in _OF_DATA.items()
            if named.get(name) is not None
        }
        if data_fields:
            data = fields.get("data", study.data if study is not None else None) or Data()
            made["data"] = {**data.model_dump(exclude_unset=True), **data_fields}
        return made

    def _positive_of_searches(self) -> str | None:
        """Return label 1, which scikit-learn's scorers of one class are about."""
        name = self.models.metric if self.models is not None else None
        metric = find(name) if name is not None else None
        return "1" if metric is not None and metric.of_positive else None


def _gate(gate: Any, keys: Mapping[str, str]) -> Any:
    """Give a gate the key of its model; the only model need not be named."""
    if not isinstance(gate, Mapping):
        return gate
    only = next(iter(keys.values())) if len(keys) == 1 else None
    model = gate.get("model", only)
    return {**gate, **({} if model is None else {"model": keys.get(model, model)})}


def _validate(fields: dict[str, Any]) -> Study:
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


def make_overrides(
    models: Any = None,
    data: Any = None,
    target: Any = None,
    test: Any = None,
    fields: Mapping[str, Any] | None = None,
    *,
    split: Any = None,
    inner: Any = None,
    groups: Any = None,
    sample_weight: Any = None,
) -> Overrides | None:
    """Make overrides of the arguments of :func:`tunecard.run`.

    Parameters
    ----------
    models : sequence or None
        As :func:`tunecard.runner.models.objects.models_of` takes them.
    data : object or None
        A name or path; a data frame; or ``(X, y)``.
    target : str, int or None
        The column with the classes, of a data frame or of a table's path.
    test : tuple of (X, y) or None
        The test part, where `data` is the training part, ``(X, y)`` as well.
    fields : dict or None
        Fields of the study that were given by name; None among them are left out.
    split, inner, groups : object or None
        As :func:`tunecard.runner.datasets.custom.read_splits` takes them.
    sample_weight : str, array_like or None
        The column of sample weights, or the weight of each row.

    Returns
    -------
    Overrides or None
        None where every argument is None.

    Raises
    ------
    StudyError
        If something cannot be used.
    """
    named_fields = _by_name(fields or {})
    if isinstance(sample_weight, str):
        named_fields["sample_weight"] = sample_weight
    given_models = None if models is None else models_of(models)
    of_model = None if given_models is None else given_models.inner
    of_split, splits = read_splits(split, inner, groups, of_model)
    if of_split:
        named_fields["split"] = of_split
    if models is None and data is None and target is None and not named_fields:
        if test is not None:
            raise StudyError("test: is the test part of data=(X, y), which is missing.")
        return None
    if isinstance(target, bool) or not isinstance(target, str | int | None):
        raise StudyError(
            f"target = {target!r}: must be the name of the column with the classes."
        )
    named = isinstance(data, str | Path)
    if test is not None and (named or not isinstance(data, tuple)):
        raise StudyError(
            "test: goes with data=(X, y), the training rows and their classes, in Python."
        )
    entry = None if data is None or named else given_entry(data, test)
    if groups is not None and not isinstance(groups, str):
        if entry is None:
            raise StudyError(
                "groups: an array goes with data in Python; of a file name a column."
            )
        entry = with_groups(entry, groups)
    if sample_weight is not None and not isinstance(sample_weight, str):
        if entry is None:
            raise StudyError(
                "sample_weight: an array goes with data in Python; of a file name a column."
            )
        entry = with_weights(entry, sample_weight)
    return Overrides(
        models=given_models,
        dataset=as_typed(str(data)) if named else None,
        entry=entry,
        target=target,
        fields=named_fields,
        splits=splits,
        groups=groups,
    )


def _by_name(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that were given; labels of classes may be any scalars."""
    given_fields = {name: value for name, value in fields.items() if value is not None}
    labels = given_fields.get("labels")
    if labels is not None:
        if not isinstance(labels, Mapping):
            raise StudyError(
                "labels: give a dict from a class to the name to show, as in "
                "{0: 'stays', 1: 'leaves'}."
            )
        given_fields["labels"] = {str(label): str(name) for label, name in labels.items()}
    if "metric" in given_fields:
        given_fields["metric"] = name_of(given_fields["metric"])
    if "gates" in given_fields:
        given_fields["gates"] = tuple(map(named_gate, given_fields["gates"]))
    if "positive" in given_fields:
        given_fields["positive"] = str(given_fields["positive"])
    return given_fields
