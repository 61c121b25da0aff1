"""The study: what to measure. The TOML file's fields, checked and with defaults."""

from typing import Annotated, Any, TypeAlias

from pydantic import (
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from tunecard.runner.metrics import DEFAULT, TaskName, allowed, default_of, find
from tunecard.runner.schema.base import Frozen
from tunecard.runner.schema.data import Data
from tunecard.runner.schema.gates import Gate, GateErrors, check_models
from tunecard.runner.schema.metrics import named
from tunecard.runner.schema.models import ModelSpec
from tunecard.runner.schema.split import SplitSpec
from tunecard.runner.schema.study_parts import Findings, Limits, Subset, Timing

#: What is wrong with a field that contradicts the split.
_OTHER = "is the target, or the column of train and test; name another column"
_SPLIT = {
    "split.column": "data.split names another column; keep one of the two",
    "split.kind": "data.split names the rows of each part, once; take one of the two out",
    "seeds": "several outer splits have a seed each, from the first on; name one, as seed",
    "seed": "leaves no room for the seeds of the outer splits; choose a smaller one",
    "split.groups": _OTHER,
    "split.order": _OTHER,
}


Seed: TypeAlias = Annotated[int, Field(ge=0, lt=2**32)]


class Study(Frozen):
    """The fields of a study file, with every default filled in.

    Attributes
    ----------
    name : str
        Part of the run folder's name: lower-case letters, digits and hyphens.
    title : str
        The page's title.
    dataset : str
        A known name, ``openml:<number>``, or a path to a file, from the study's folder.
    task : str
        What the target is: classes (``classification``), or numbers (``regression``).
    seed : int
        For the split, the folds, the sampling of candidates, and random_state
        where an estimator has one.
    test_size : float
        Share of the rows held out; only for data without a split of its own.
    metric : str
        What the search optimizes and the verdict is about: the name of a registered
        metric or of a scorer of scikit-learn's for this task, or the import path
        of a scorer or a function, ``module:name``. Without one accuracy, or R2.
    margin : float or None
        Smallest difference in the metric that matters, in the metric's own
        unit; without it the verdict "equivalent" is impossible.
    split : SplitSpec
        How rows are held out, and which of them belong together.
    subset : Subset or None
        A stratified part of the data, for a quick look.
    models : tuple of ModelSpec
        ``[[models]]``, one table each.
    timing : Timing
        How long the clock may run.
    limits : Limits
        What one case may use.
    findings : Findings
        What the page shows as ignored.
    data : Data or None
        How the data is read: target, classes, columns.
    gates : tuple of Gate
        What must hold of a run; one that fails sets the exit code.
    seeds : tuple of int
        Several seeds in place of one: everything is done once with each, and
        `seed` is the first of them. Empty for a single seed.
    plugins : tuple of str
        Modules that are imported before the study is checked, and register metrics of
        the user's own. One may stand beside the study's file.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)
    title: str = Field(min_length=1, max_length=500)
    dataset: str = Field(min_length=1)
    task: TaskName = Field(
        default="classification", exclude_if=lambda task: task == "classification"
    )
    seed: Seed = 0
    test_size: float = Field(default=0.25, gt=0, lt=1)
    split: SplitSpec = Field(
        default=SplitSpec(), exclude_if=lambda split: split == SplitSpec()
    )
    metric: str = DEFAULT
    margin: float | None = Field(default=None, gt=0)
    subset: Subset | None = None
    models: tuple[ModelSpec, ...]
    timing: Timing = Timing()
    limits: Limits = Limits()
    findings: Findings = Findings()
    data: Data | None = None
    gates: tuple[Gate, ...] = ()
    seeds: tuple[Seed, ...] = Field(default=(), max_length=100)
    plugins: tuple[Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*$")], ...] = ()

    @property
    def all_seeds(self) -> tuple[int, ...]:
        """The seeds, also where there is but one: of each outer split its own."""
        return self.seeds or tuple(range(self.seed, self.seed + self.split.n_outer))

    @property
    def repetitions(self) -> tuple[int, ...]:
        """The seeds of several repetitions of everything; empty where there is one."""
        return self.all_seeds if len(self.all_seeds) > 1 else ()

    def of_repetition(self, seed: int) -> "Study":
        """Return the study of one repetition, as if it stood alone."""
        alone = {"seed": seed, "seeds": (), "split": self.split.one()}
        return self.model_copy(update=alone)

    @model_validator(mode="before")
    @classmethod
    def _metric_of_the_task(cls, data: Any) -> Any:
        """Fill in the metric of a regression that names none."""
        if not isinstance(data, dict) or data.get("task") != "regression":
            return data
        return {"metric": default_of("regression"), **data}

    @model_validator(mode="before")
    @classmethod
    def _first_of_seeds(cls, data: Any) -> Any:
        """Take the first of several seeds for the one; a single one is not a list."""
        seeds = data.get("seeds") if isinstance(data, dict) else None
        if not isinstance(seeds, list | tuple) or not all(type(s) is int for s in seeds):
            return data
        if not seeds or seeds[0] < 0 or data.get("seed", seeds[0]) != seeds[0]:
            return data
        return {**data, "seed": seeds[0], "seeds": seeds if len(seeds) > 1 else ()}

    @model_validator(mode="before")
    @classmethod
    def _split_column(cls, data: Any) -> Any:
        """Take the column of ``[split]`` for ``split`` of ``[data]``, as it is read."""
        split = data.get("split") if isinstance(data, dict) else None
        column = split.get("column") if isinstance(split, dict) else None
        if column is None or isinstance(data.get("data"), Data):
            return data
        table = data.get("data") or {}
        if not isinstance(table, dict) or table.get("split", column) != column:
            return data
        return {**data, "data": {**table, "split": column}}

    @model_validator(mode="after")
    def _split_fits(self) -> "Study":
        """Refuse two answers to one question of the split."""
        split, data = self.split, self.data or Data()
        several = split.n_outer > 1
        wrong = {
            "split.column": split.column is not None and data.split != split.column,
            "split.kind": several and data.split is not None,
            "seeds": several and bool(self.seeds),
            "seed": self.seed + split.n_outer > 2**32,
        }
        columns = {"split.groups": split.groups, "split.order": split.order}
        for field, column in columns.items():
            wrong[field] = column is not None and column in (data.target, data.split)
        lines = tuple(
            (field, _SPLIT[field]) for field, is_wrong in wrong.items() if is_wrong
        )
        if lines:
            raise GateErrors(lines)
        return self

    @field_validator("metric")
    @classmethod
    def _metric_exists(cls, metric: str, info: ValidationInfo) -> str:
        return named(metric, info, info.data.get("task", "classification")).name

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The metrics that the study and its gates name, each once."""
        gates = (gate.metric for gate in self.gates if gate.metric is not None)
        return tuple(dict.fromkeys((self.metric, *gates)))

    @field_validator("margin")
    @classmethod
    def _margin_is_a_difference(
        cls, margin: float | None, others: ValidationInfo
    ) -> float | None:
        if margin is None or "metric" not in others.data:  # reported already
            return margin
        task = others.data.get("task", "classification")
        width = named(others.data["metric"], others, task).width
        if margin >= width:
            raise ValueError(f"must be above 0 and below {width:g}")
        return margin

    @field_validator("seeds")
    @classmethod
    def _seeds_differ(
        cls, seeds: tuple[int, ...], others: ValidationInfo
    ) -> tuple[int, ...]:
        if len(set(seeds)) < len(seeds):
            raise ValueError("two are the same; give each once")
        if seeds and others.data.get("seed", seeds[0]) != seeds[0]:
            raise ValueError("seed is given too; keep one of the two")
        return seeds

    def without_content(self) -> "Study":
        """Return the study as results hold it: with no pickle of an estimator inside."""
        specs = tuple(model.without_content() for model in self.models)
        return self.model_copy(update={"models": specs})

    @field_validator("models")
    @classmethod
    def _names_differ(cls, models: tuple[ModelSpec, ...]) -> tuple[ModelSpec, ...]:
        if not models:
            raise ValueError("is empty; a study needs at least one [[models]]")
        names = [model.name for model in models]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two models are named {twice[0]!r}; give each its own name")
        return models

    @model_validator(mode="after")
    def _positive_class_is_named(self) -> "Study":
        """Refuse metrics of the positive class alone where none is named."""
        if self.data is not None and self.data.positive is not None:
            return self
        lines = tuple(
            (place, f"{name!r} is of the positive class alone; name it, as data.positive")
            for place, name in self._named_metrics()
            if (metric := find(name)) is not None and metric.of_positive
        )
        if lines:
            raise GateErrors(lines)
        return self

    def _named_metrics(self) -> tuple[tuple[str, str], ...]:
        """List the metrics that the study and its gates name, each with its field."""
        of_gates = (
            (f"gates[{number}].metric", gate.metric)
            for number, gate in enumerate(self.gates)
            if gate.metric is not None
        )
        return (("metric", self.metric), *of_gates)

    @model_validator(mode="after")
    def _metrics_are_of_the_task(self) -> "Study":
        """Refuse metrics, and fields of the data, that the target does not have."""
        lines = [
            (place, f"{name!r} {allowed(name, self.task)}")
            for place, name in self._named_metrics()
            if (metric := find(name)) is not None and not metric.suits(self.task)
        ]
        data = self.data or Data()
        if self.task == "regression":
            lines += [
                (f"data.{field}", "is about classes, and task is regression; take it out")
                for field in ("positive", "class_names")
                if getattr(data, field)
            ]
        else:
            lines += [
                (f"data.{field}", 'applies to task = "regression"; take it out')
                for field, applies in (
                    ("unit", data.unit is not None),
                    ("keep_columns", not data.keep_columns),
                )
                if applies
            ]
        if lines:
            raise GateErrors(tuple(lines))
        return self

    @model_validator(mode="after")
    def _gates_have_cases(self) -> "Study":
        check_models(self.gates, {model.name: model.has_tuned for model in self.models})
        return self
