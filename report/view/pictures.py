"""The view of what images show: rows that tuning fixed and broke, errors, weights."""

import numpy as np

from tunecard.report.analyze.types import Analysis, ModelAnalysis
from tunecard.report.charts import Chart, contact_sheet, error_gallery, weight_images
from tunecard.report.charts.contact import MOST_PIXELS
from tunecard.report.load import Loaded
from tunecard.runner.schema import PREDICTIONS, WEIGHTS


def images(model: ModelAnalysis, run: Loaded) -> tuple[Chart | None, str]:
    """Show the test images that tuning fixed and broke, or return why there are none.

    Returns
    -------
    Chart or None, str
        The reason is empty where there is a chart, and where none is to be
        expected: the data are not images, or the cases do not compare.
    """
    shape = run.results.dataset.image_shape
    if not run.results.dataset.classes:
        return None, ""
    if shape is None or model.quality is None or run.predictions is None:
        return None, ""
    if model.quality.table.discordant == 0:
        return None, "both cases are right on exactly the same test rows"
    if shape[0] * shape[1] > MOST_PIXELS:
        return None, f"images of {shape[0]} x {shape[1]} pixels are too large for the page"
    names = tuple(label.name for label in run.results.dataset.classes)
    chart = contact_sheet(model, run.predictions, names)
    if chart is None:
        return None, (
            f"this run's {PREDICTIONS} holds no test images. To get them, run the study "
            f"again: {run.results.command}"
        )
    return chart, ""


def errors(
    model: ModelAnalysis, analysis: Analysis, run: Loaded
) -> tuple[Chart | None, str]:
    """Show all test images that a case labels wrong, or return why there are none.

    Returns
    -------
    Chart or None, str
        The reason is empty where there is a chart, and where none is to be
        expected: the data are not images, or images are too large for the page.
    """
    shape, rows = run.results.dataset.image_shape, run.predictions
    if rows is not None and rows.of_values:
        return None, ""
    if shape is None or rows is None or shape[0] * shape[1] > MOST_PIXELS:
        return None, ""
    answers = [rows.predicted[c.key] for c in model.cases if c.key in rows.predicted]
    if not answers:
        return None, ""
    in_all = np.flatnonzero(np.all([labels != rows.y_true for labels in answers], axis=0))
    if len(in_all) and not any(int(row) in rows.images for row in in_all):
        return None, (
            f"this run's {PREDICTIONS} holds images of the rows alone that tuning changed. "
            f"To get those of all errors, run the study again: {run.results.command}"
        )
    names = tuple(label.name for label in run.results.dataset.classes)
    return error_gallery(model, rows, names, len(analysis.models)), ""


def weights(model: ModelAnalysis, run: Loaded) -> tuple[Chart | None, str]:
    """Show a linear model's weights as images, or return why there are none.

    Returns
    -------
    Chart or None, str
        The reason is empty where there is a chart, and where none is to be
        expected: the data are not images, or the model is not linear.
    """
    shape = run.results.dataset.image_shape
    if shape is None or not any(case.ok for case in model.cases):
        return None, ""
    names = tuple(label.name for label in run.results.dataset.classes)
    chart = weight_images(model, run.weights, shape, names)
    if chart is not None or ".linear_model." not in model.estimator:
        return chart, ""
    spec = next(spec for spec in run.results.study.models if spec.name == model.name)
    if spec.preprocess:
        return None, "the model weighs preprocessed features, not the pixels themselves"
    return None, (
        f"this run's {WEIGHTS} holds none of this model. To get them, run the study again: "
        f"{run.results.command}"
    )
