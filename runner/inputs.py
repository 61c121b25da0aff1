"""What a model gets of a dataset: its rows as they are, or with an encoding in front.

A data frame given in Python reaches a model as it is. Where the model cannot be fitted to
it so, as a bare estimator on text, but can be with an encoding of ours in front, it gets
that. XGBoost takes no labels but 0 to k - 1, and gets class codes.
"""

from dataclasses import dataclass

import numpy as np

from tunecard.runner import models
from tunecard.runner.datasets import Dataset
from tunecard.runner.errors import DataError
from tunecard.runner.models import trial
from tunecard.runner.rows import Rows, take
from tunecard.runner.schema import Encoding, ModelSpec
from tunecard.runner.task import AnyTask, Labels, Task


@dataclass(frozen=True)
class Inputs:
    """The rows of a dataset as one model gets them.

    Attributes
    ----------
    X_train, X_test : ndarray or DataFrame of shape (n_samples, n_features)
    y_train : ndarray of shape (n_samples,)
        Labels, or values.
    task : Task or Regression
        The labels by class code.
    encoding : Encoding or None
        What stands before the model; None where it gets the rows as they are.
    form : str
        The same for models that get the same; "" for the data as it is.
    """

    X_train: Rows
    y_train: Labels
    X_test: Rows
    task: AnyTask
    encoding: Encoding | None
    form: str


def inputs_of(spec: ModelSpec, dataset: Dataset, seed: int) -> Inputs:
    """Decide what a model gets.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    dataset : Dataset
        Its data.
    seed : int
        For ``random_state``, where the model is tried on few rows.

    Raises
    ------
    DataError
        If the model cannot take the data frame, and neither can an encoding.
    """
    X_train, X_test, encoding = dataset.X_train, dataset.X_test, dataset.encoding
    y_train, task, form = dataset.y_train, dataset.task, []
    if dataset.coded is not None and (encoding is not None or dataset.problems):
        if _is_encoded(spec, dataset, seed):
            X_train, X_test = dataset.coded
            form.append("encoded")
        else:
            encoding = None
    codes = np.arange(len(task.labels))
    if not np.array_equal(task.labels, codes) and models.takes_codes_alone(spec, seed):
        y_train, task = task.encode(y_train), Task(codes)
        form.append("codes")
    return Inputs(X_train, y_train, X_test, task, encoding, "-".join(form))


def _is_encoded(spec: ModelSpec, dataset: Dataset, seed: int) -> bool:
    """Return whether a model takes few rows of a frame only with an encoding in front."""
    assert dataset.coded is not None  # the caller has a frame
    rows = trial.few_rows(dataset.coded[0], dataset.y_train)
    y = dataset.y_train[rows]
    own = models.build(spec, {}, seed)
    refused = trial.refusal(own, take(dataset.X_train, rows), y)
    if refused is None:
        return False
    encoding, coded = dataset.encoding, dataset.coded[0][rows]
    # Without a preprocessing of its own it depends on the columns that we can encode.
    if dataset.problems and not models.has_transformer(own):
        raise DataError(
            f"{dataset.problems[0]} The model {spec.name!r} cannot take it as it is: "
            f"{refused}"
        )
    if dataset.problems or encoding is None:
        return False
    # Of a model that fails either way its own reason is reported, for the rows as is.
    return trial.refusal(models.build(spec, {}, seed, encoding), coded, y) is None
