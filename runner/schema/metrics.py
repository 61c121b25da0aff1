"""A metric in a file of the contract: what a reader needs, and no function."""

import math
from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationInfo

from tunecard.runner import metrics
from tunecard.runner.metrics import Inference, Metric, Needs, TaskName
from tunecard.runner.schema.base import Frozen


class MetricSpec(Frozen):
    """A metric's own name, label, unit, range and direction.

    Attributes
    ----------
    unit : str
        Of its values; empty for a pure number.
    greater_is_better : bool
        Its direction.
    headline : bool
        Whether it stands at the top of the report.
    range : tuple of float or None
        The lowest and the highest value that it can have; None without a limit.
    needs : str
        What of a model it is computed from: ``labels``, ``probabilities``, ``scores``
        (or probabilities, of a model without), ``values``, or the ``estimator`` itself.
    inference : str
        How two models are compared on it: ``mcnemar``, ``rows``, ``confusion``,
        ``auc``, ``resample``, or ``none``.
    """

    name: str
    label: str
    unit: str
    greater_is_better: bool
    headline: bool
    range: tuple[float | None, float | None]
    needs: Needs = Field(description="labels, probabilities, scores, values or estimator")
    inference: Inference

    @property
    def is_share(self) -> bool:
        """Whether it is a share of 1, whose differences are percentage points."""
        return self.range == (0, 1) and not self.unit

    @property
    def delta_unit(self) -> str:
        """Unit of its differences: ``points`` for a share, else its own."""
        return "points" if self.is_share else self.unit

    @property
    def is_share_of_rows(self) -> bool:
        """Whether it is the share of rows that are right."""
        return self.inference == "mcnemar"

    @property
    def task(self) -> TaskName:
        """What it is a metric of: classes, or values."""
        return "regression" if self.needs == "values" else "classification"

    def gain(self, new: float, old: float) -> float:
        """Return how much better a value is than another; below 0 where it is worse."""
        return new - old if self.greater_is_better else old - new

    def outside(self, value: float) -> str:
        """Return what a value of this metric must be; empty where this one is valid."""
        low, high = self.range
        if (low is None or value >= low) and (high is None or value <= high):
            return ""
        if low is not None and high is not None:
            return f"must be from {low:g} to {high:g}"
        return (
            f"must be at least {low:g}" if low is not None else f"must be at most {high:g}"
        )

    @property
    def width(self) -> float:
        """The largest difference of two values."""
        low, high = self.range
        return math.inf if low is None or high is None else high - low


def spec_of(
    metric: Metric,
    positive: str | None = None,
    n_classes: int | None = None,
    unit: str = "",
) -> MetricSpec:
    """Describe a metric.

    Parameters
    ----------
    metric : Metric
        With its functions.
    positive : str or None
        Name of the positive class; a metric of it alone bears it in its label.
    n_classes : int or None
        Number of classes, where that is known.
    unit : str
        Of the target of a regression; empty for a pure number.
    """
    label = metric.label
    if n_classes == 2 and metric.label_of_two:
        label = metric.label_of_two
    if metric.of_positive and positive is not None:
        label = f"{label} of {positive}"
    headline = metric.headline
    if positive is not None:  # its own precision, recall and F1 take the averages' place
        headline = metric.of_positive or (headline and not metric.averages)
    low, high = (end if math.isfinite(end) else None for end in metric.range)
    return MetricSpec(
        name=metric.name,
        label=label,
        unit=metric.unit or _to_power(unit, metric.power),
        greater_is_better=metric.greater_is_better,
        headline=headline,
        range=(low, high),
        needs=metric.needs,
        inference=metric.inference,
    )


def _to_power(unit: str, power: int) -> str:
    """Write a power of a unit: ``kg``, ``kg²``, ``(EUR/m²)²``."""
    if not unit or not power:
        return ""
    plain = unit if unit.isalpha() or power == 1 else f"({unit})"
    return plain if power == 1 else f"{plain}²"


def context_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the context to validate a results.json in: its own metrics are allowed.

    A metric of somebody's own need not be registered where its results are read.
    """
    specs = {}
    entries = document.get("metrics")
    for entry in entries if isinstance(entries, list) else ():
        try:
            spec = MetricSpec.model_validate(entry)
        except ValueError:  # reported with the other errors of the file
            continue
        specs[spec.name] = spec
    return {"metrics": specs}


def named(name: str, info: ValidationInfo, task: TaskName = "classification") -> MetricSpec:
    """Return the metric that a study or a gate names; `task` is the study's.

    Raises
    ------
    ValueError
        If the metric does not exist: what is allowed, with the nearest name.
    """
    specs: Mapping[str, MetricSpec] = (info.context or {}).get("metrics", {})
    if name in specs:
        return specs[name]
    metric = metrics.find(name)
    if metric is None:
        raise ValueError(metrics.allowed(name, task))
    return spec_of(metric.for_task(task))
