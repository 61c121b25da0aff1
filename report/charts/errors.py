"""A gallery of all test errors of a model: the images, in pages by true class."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tunecard.report import formats
from tunecard.report.analyze.types import CaseAnalysis, ModelAnalysis
from tunecard.report.charts.base import NO_DRAWING, Chart
from tunecard.report.charts.sprites import LabeledImage, make_sheet
from tunecard.report.charts.text import shorten_all
from tunecard.report.load import Predictions

#: Images of all galleries of a page, their pixels, and images of one page of a gallery.
MOST_TILES: Final = 3_200
MOST_PIXELS: Final = 1_200_000
_PAGE: Final = 100
_READING: Final = (
    "Each line opens the images of one true class that a case labels wrong. Below an image "
    "stands the class that was predicted. Images are in the order of the test part."
)


def error_gallery(
    model: ModelAnalysis, predictions: Predictions, classes: Sequence[str], n_models: int
) -> Chart | None:
    """Show every test image that a case of a model labels wrong.

    Parameters
    ----------
    model : ModelAnalysis
        The model.
    predictions : Predictions
        With the images of those rows.
    classes : sequence of str
        Names in the order of the codes.
    n_models : int
        Models of the page, which share the room.

    Returns
    -------
    Chart or None
        None where no case has an error whose image was kept.
    """
    cases = [case for case in model.cases if case.key in predictions.predicted]
    wrong = {
        case.key: np.flatnonzero(predictions.predicted[case.key] != predictions.y_true)
        for case in cases
    }
    kept = _kept(wrong, predictions, n_models)
    if not any(kept.values()):
        return None
    groups = [
        group
        for case in cases
        for group in _pages(case, kept[case.key], predictions, classes)
    ]
    return Chart(
        id=f"figure-errors-{model.name}",
        svg=NO_DRAWING,
        header=("True class", *(f"Errors, {case.variant}" for case in cases)),
        rows=_rows(cases, wrong, predictions, classes),
        title=f"{formats.capital(model.label)}: all test errors",
        caption=" ".join(
            _count(case, len(wrong[case.key]), len(kept[case.key])) for case in cases
        ),
        description=" ".join(
            _describe(case, wrong[case.key], predictions, classes) for case in cases
        ),
        reading=_READING,
        sheet=make_sheet(predictions.images, groups, folded=True),
    )


def _kept(
    wrong: dict[str, NDArray[np.intp]], predictions: Predictions, n_models: int
) -> dict[str, list[int]]:
    """Take of each case the first errors that have an image, as many as there is room."""
    images = predictions.images
    size = max(1, next(iter(images.values())).size) if images else 1
    n_cases = max(1, len(wrong))
    most = min(MOST_TILES // (n_models * n_cases), MOST_PIXELS // (n_models * size))
    return {
        key: [int(row) for row in rows if int(row) in images][:most]
        for key, rows in wrong.items()
    }


def _pages(
    case: CaseAnalysis,
    rows: Sequence[int],
    predictions: Predictions,
    classes: Sequence[str],
) -> Iterator[tuple[str, list[LabeledImage]]]:
    """Yield the pages of a case: its errors by true class, at most 100 on a page."""
    short = shorten_all(classes, 14)
    answers = predictions.predicted[case.key]
    for code, name in enumerate(classes):
        own = [row for row in rows if predictions.y_true[row] == code]
        for start in range(0, len(own), _PAGE):
            page = own[start : start + _PAGE]
            part = ""
            if len(own) > _PAGE:
                part = f", {formats.count(start + 1)} to {formats.count(start + len(page))}"
            title = f"{formats.capital(case.variant)}, true class {name}"
            yield (
                f"{title}: {formats.counted(len(own), 'error')}{part}",
                [
                    LabeledImage(
                        row,
                        f"Test image {formats.count(int(predictions.index[row]))}: true "
                        f"{name}, predicted {classes[int(answers[row])]}",
                        (short[int(answers[row])],),
                    )
                    for row in page
                ],
            )


def _rows(
    cases: Sequence[CaseAnalysis],
    wrong: dict[str, NDArray[np.intp]],
    predictions: Predictions,
    classes: Sequence[str],
) -> tuple[tuple[str, ...], ...]:
    """Count the errors of each class, the last row all of them."""
    counts = [
        np.bincount(predictions.y_true[wrong[case.key]], minlength=len(classes))
        for case in cases
    ]
    body = [
        (name, *(formats.count(int(of_case[code])) for of_case in counts))
        for code, name in enumerate(classes)
        if any(of_case[code] for of_case in counts)
    ]
    return (*body, ("all", *(formats.count(int(of_case.sum())) for of_case in counts)))


def _count(case: CaseAnalysis, n: int, n_kept: int) -> str:
    text = f"{formats.capital(case.variant)}: {formats.counted(n, 'error')}"
    return f"{text}." if n == n_kept else f"{text}, of which {formats.count(n_kept)} shown."


def _describe(
    case: CaseAnalysis,
    rows: NDArray[np.intp],
    predictions: Predictions,
    classes: Sequence[str],
) -> str:
    """Name the class with the most errors."""
    text = f"{formats.capital(case.variant)}: {formats.counted(len(rows), 'error')}"
    if not len(rows):
        return f"{text}."
    counts = np.bincount(predictions.y_true[rows], minlength=len(classes))
    most = int(np.argmax(counts))
    n = formats.count(int(counts[most]))
    return f"{text}; the most are of class {classes[most]}, {n}."
