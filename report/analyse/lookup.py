"""Finds in the results of a run a case, a model and the study's metric by their names."""

from tunecard.runner.schema import Case, MetricSpec, ModelSpec, Results, Variant


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
    """Return the study's metric; one that no case has keeps its name as its label."""
    name = results.study.metric
    found = next((spec for spec in results.metrics if spec.name == name), None)
    return found or MetricSpec(
        name=name, label=name, unit="", greater_is_better=True, headline=True
    )
