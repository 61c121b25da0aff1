"""Arguments of judge that become fields of a study, checked against what was answered."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunecard.runner import metrics
from tunecard.runner.errors import StudyError
from tunecard.runner.judge import build
from tunecard.runner.judge.labels import ClassLabels, as_texts
from tunecard.runner.judge.study import Judged
from tunecard.runner.quality import values_of
from tunecard.runner.schema import Data, named_gate


def metric_of(
    judged: Sequence[Judged],
    classes: ClassLabels,
    y_test: NDArray[np.int64],
    positive: str | None,
    own: NDArray[Any],
) -> str | None:
    """Return the metric of the searches, where it is tested and every case has a value.

    `own` are the labels of the classes, as scorers name them.
    """
    named = searched_metrics(judged)
    metric = metrics.find(named[0]) if len(named) == 1 else None
    if metric is None or metric.inference == "none":
        return None
    code = classes.labels.index(positive) if positive in classes.labels else None
    outputs = [
        build.outputs_of(answers, classes, code, own)
        for model in judged
        for _, answers in model.cases
    ]
    values, _ = zip(
        *(values_of([metric], y_test, output) for output in outputs), strict=True
    )
    return metric.name if all(value[metric.name] is not None for value in values) else None


def positive_of_searches(
    judged: Sequence[Judged], classes: ClassLabels, own: NDArray[Any]
) -> str | None:
    """Return the class that scikit-learn's scorers of one class are about: label 1.

    None where no search has such a scorer, or none of two classes has that label.
    """
    optimized = (metrics.find(name) for name in searched_metrics(judged))
    if len(own) != 2 or not any(m is not None and m.of_positive for m in optimized):
        return None
    labels = zip(classes.labels, own.tolist(), strict=True)
    ones = (text for text, label in labels if isinstance(label, int | float) and label == 1)
    return next(ones, None)


def searched_metrics(judged: Sequence[Judged]) -> tuple[str, ...]:
    """Return the metrics that searches optimized, each once."""
    named = (model.search.metric for model in judged if model.search is not None)
    return tuple(dict.fromkeys(named))


def gates_of(gates: Sequence[Any], judged: Sequence[Judged]) -> tuple[Any, ...]:
    """Give gates the keys of their models; one that names none is about the only model."""
    keys = {model.called: model.name for model in judged}
    made = []
    for gate in map(named_gate, gates):
        if isinstance(gate, Mapping):
            fields = dict(gate)
            if "model" not in fields and len(judged) == 1:
                fields["model"] = judged[0].name
            fields["model"] = keys.get(fields.get("model", ""), fields.get("model"))
            made.append({k: v for k, v in fields.items() if v is not None})
        else:
            made.append(gate)
    return tuple(made)


def data_of(positive: Any, labels: Mapping[Any, str] | None) -> Data:
    """Write the positive class and the names of classes as a study's ``[data]`` does.

    Raises
    ------
    StudyError
        If the names are not a dict by class.
    """
    if labels is not None and not isinstance(labels, Mapping):
        raise StudyError(
            "labels: give a dict from a class to the name to show, as in {0: 'stays'}."
        )
    class_names = {str(label): str(name) for label, name in (labels or {}).items()}
    return Data(
        positive=None if positive is None else str(positive), class_names=class_names
    )


def class_texts(classes: Sequence[Any]) -> tuple[str, ...]:
    """Write the classes of columns of probabilities as text."""
    return tuple(str(label) for label in as_texts(list(classes), "classes"))
