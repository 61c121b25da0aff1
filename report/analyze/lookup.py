"""Finds in the results of a run a case, a model and the study's metric by their names."""

from tunecard.runner.metrics import get
from tunecard.runner.schema import Case, MetricSpec, ModelSpec, Results, Variant, spec_of


def case_of(results: Results, model: str, variant: Variant) -> Case | None:
    """Return a case of a run; None where there is none."""
    return next(
        (case for case in results.cases if (case.model, case.variant) == (model, variant)),
        None,
    )


def model_of(results: Results, name: str) -> ModelSpec | None:
    """Return a model of a run's study; None where there is none."""
    return next((model for model in results.study.models if model.name == name), None)


def metric_of(results: Results) -> MetricSpec:
    """Return the study's metric, also where no case has it."""
    return metric_named(results, results.study.metric)


def metric_named(results: Results, name: str) -> MetricSpec:
    """Return a metric of a run by its name."""
    spec = next((spec for spec in results.metrics if spec.name == name), None)
    return spec or spec_of(get(name), results.dataset.positive)
