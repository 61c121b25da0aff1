"""Gates of a study: what must hold of a run, decided on an end of an interval."""

import difflib
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from pydantic import ValidationInfo, field_validator, model_validator

from tunecard.runner.metrics import name_of
from tunecard.runner.schema.base import Frozen
from tunecard.runner.schema.metrics import MetricSpec, named

GateTime: TypeAlias = Literal["fit", "predict", "fit+predict"]
Against: TypeAlias = Literal["value", "baseline", "reference"]

_LIMITS = ("at_least", "at_most", "within")


class GateErrors(ValueError):
    """What is wrong with gates: a sentence each, with the field it is about.

    Attributes
    ----------
    lines : tuple of (str, str)
        The field, relative to the gate or to the study, and the sentence.
    """

    def __init__(self, lines: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in lines))
        self.lines = lines


class Gate(Frozen):
    """What must hold of one case: ``[[gates]]`` in a study.

    A gate is decided on the 95 % interval of what was observed: it has passed
    where the whole interval lies within the limit, failed where all of it lies
    beyond, and is inconclusive in between.

    Attributes
    ----------
    model : str
        Short name of the model.
    metric : str or None
        Name of a quality metric, on the test rows; as a study's ``metric``.
    time : str or None
        ``fit``, ``predict`` or ``fit+predict``; a gate has a metric or a time.
    variant : str
        The case that is looked at: ``tuned`` or ``baseline``.
    against : str
        ``value``: the limit is for the metric itself, or for the seconds of one
        call; ``baseline``: for the difference from (of times: the ratio to) the
        model's baseline in the same run; ``reference``: the same to the case of
        an earlier run. When left out, ``value`` for a metric and ``baseline``
        for a time.
    at_least, at_most, within : float or None
        The limit, exactly one, in the metric's own unit. A difference of shares is a
        fraction (0.01 is one percentage point); ``within = 0.05`` allows 0.05 either
        way, of a ratio 5 % either way.
    undecided : str
        What an inconclusive gate means for the exit code: ``pass`` nothing,
        ``fail`` exit code 6.
    """

    model: str
    metric: str | None = None
    time: GateTime | None = None
    variant: Literal["baseline", "tuned"] = "tuned"
    against: Against = "value"
    at_least: float | None = None
    at_most: float | None = None
    within: float | None = None
    undecided: Literal["pass", "fail"] = "pass"

    @model_validator(mode="before")
    @classmethod
    def _times_are_ratios(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("time") and "against" not in data:
            return {**data, "against": "baseline"}
        return data

    @field_validator("metric")
    @classmethod
    def _metric_exists(cls, metric: str | None, info: ValidationInfo) -> str | None:
        if metric is None:
            return None
        own = named(metric, info).name
        if own != metric and metric.startswith("neg_"):
            raise ValueError(
                f"is {own} with the sign changed; a gate is on {own} itself: write "
                f"metric = {own!r}, of which lower is better"
            )
        return own

    @model_validator(mode="after")
    def _makes_sense(self, info: ValidationInfo) -> "Gate":
        spec = named(self.metric, info) if self.metric is not None else None
        lines = tuple(self._find_problems(spec))
        if lines:
            raise GateErrors(lines)
        return self

    @property
    def limit(self) -> tuple[Literal["at_least", "at_most", "within"], float]:
        """The kind of limit and its value."""
        if self.at_least is not None:
            return "at_least", self.at_least
        if self.at_most is not None:
            return "at_most", self.at_most
        assert self.within is not None
        return "within", self.within

    def _find_problems(self, spec: MetricSpec | None) -> list[tuple[str, str]]:
        problems = []
        if (self.metric is None) == (self.time is None):
            which = "metric and time are both given" if self.metric else "is about nothing"
            problems.append(("", f"{which}; give either a metric or a time"))
        limits = [name for name in _LIMITS if getattr(self, name) is not None]
        if len(limits) != 1:
            which = f"{' and '.join(limits)} are given" if limits else "has no limit"
            problems.append(("", f"{which}; give exactly one of {', '.join(_LIMITS)}"))
        if self.against == "baseline" and self.variant == "baseline":
            text = (
                "'baseline': would compare the baseline with itself; use 'value' or "
                "'reference'"
            )
            problems.append(("against", text))
        if self.against == "value" and self.within is not None:
            text = (
                f"{self.within:g}: needs something to be near to; set against = "
                "'baseline' or 'reference'"
            )
            problems.append(("within", text))
        if spec is not None and spec.inference == "none":
            why = "has no interval, so that no gate can be decided on it"
            problems.append(("metric", f"{self.metric!r} {why}"))
        problems += [
            (name, f"{value:g}: {must}")
            for name in limits
            if (must := self._allowed(name, value := getattr(self, name), spec))
        ]
        return problems

    def _allowed(self, name: str, value: float, spec: MetricSpec | None) -> str:
        """Return what a limit must be where it is not; empty where it is valid."""
        if name == "within" and value <= 0:
            return "must be above 0"
        if self.time is not None:
            return "must be above 0" if value <= 0 else ""
        if spec is None:
            return ""
        if self.against == "value":
            hint = "; write 97 % as 0.97" if spec.is_share else ""
            must = spec.outside(value)
            return f"{must}{hint}" if must else ""
        if abs(value) < spec.width:
            return ""
        hint = "; write one percentage point as 0.01" if spec.is_share else ""
        return f"must lie between {-spec.width:g} and {spec.width:g}{hint}"


def named_gate(gate: Any) -> Any:
    """Name the metric of a gate that was made in Python, where it is an object."""
    if not isinstance(gate, Mapping) or gate.get("metric") is None:
        return gate
    return {**gate, "metric": name_of(gate["metric"])}


def check_models(gates: tuple[Gate, ...], tuned: Mapping[str, bool]) -> None:
    """Check that the cases of gates exist.

    Parameters
    ----------
    gates : tuple of Gate
        Of a study.
    tuned : dict of bool
        Every model's name, and whether it has a search.

    Raises
    ------
    GateErrors
        With every gate whose case will never be measured.
    """
    lines = []
    for number, gate in enumerate(gates):
        if gate.model not in tuned:
            close = difflib.get_close_matches(gate.model, tuned, n=1)
            hint = f", did you mean {close[0]!r}" if close else ""
            text = f"{gate.model!r} is not a model of this study ({', '.join(tuned)}){hint}"
            lines.append((f"gates[{number}].model", text))
        elif gate.variant == "tuned" and not tuned[gate.model]:
            text = (
                f"'tuned': model {gate.model!r} has no search and thus no tuned case; "
                "set variant = 'baseline'"
            )
            lines.append((f"gates[{number}].variant", text))
    if lines:
        raise GateErrors(tuple(lines))
