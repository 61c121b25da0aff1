"""A contact sheet: test images that tuning fixed, and those that it broke."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tunecard.report import formats
from tunecard.report.analyze.types import ModelAnalysis
from tunecard.report.charts.base import NO_DRAWING, Chart
from tunecard.report.charts.sprites import LabeledImage, make_sheet
from tunecard.report.charts.text import shorten_all
from tunecard.report.load import Predictions

#: Images of each kind that are shown, and pixels of each kind that the page carries.
MOST_IMAGES: Final = 60
MOST_PIXELS: Final = 60_000
_HEADER: Final = ("True class", "Fixed", "Broke", "Fixed minus broke")


def contact_sheet(
    model: ModelAnalysis, predictions: Predictions, classes: Sequence[str]
) -> Chart | None:
    """Show the images that exactly one of a model's cases gets right.

    Parameters
    ----------
    model : ModelAnalysis
        A model whose two cases compare.
    predictions : Predictions
        With the images of the rows that they label differently.
    classes : sequence of str
        Names in the order of the codes.

    Returns
    -------
    Chart or None
        None where the cases do not compare or no such image was kept.
    """
    if model.quality is None or model.baseline is None or model.tuned is None:
        return None
    before = predictions.predicted[model.baseline.key]
    after = predictions.predicted[model.tuned.key]
    right_before = before == predictions.y_true
    right_after = after == predictions.y_true
    rows = {
        "fixed": np.flatnonzero(right_after & ~right_before),
        "broke": np.flatnonzero(right_before & ~right_after),
    }
    shown = {kind: _pick(positions, predictions) for kind, positions in rows.items()}
    if not any(shown.values()):
        return None
    groups = [
        (
            _title(kind, len(shown[kind]), len(rows[kind])),
            [
                LabeledImage(row, *_labels(row, predictions, before, after, classes))
                for row in shown[kind]
            ],
        )
        for kind in rows
        if shown[kind]
    ]
    header, cells = _table(predictions.y_true, rows, classes)
    sheet = make_sheet(predictions.images, groups)
    return Chart(
        id=f"figure-images-{model.name}",
        svg=NO_DRAWING,
        header=header,
        rows=cells,
        title=f"{formats.capital(model.label)}: test images that tuning fixed and broke",
        caption=_caption(len(rows["fixed"]), len(rows["broke"])),
        description=_description(rows, shown, predictions, classes),
        reading=_reading(ink=sheet.ink),
        sheet=sheet,
    )


def _pick(rows: NDArray[np.intp], predictions: Predictions) -> list[int]:
    """Take the first rows in the order of the test part, as many as there is room for."""
    kept = sorted(
        (int(row) for row in rows if int(row) in predictions.images),
        key=lambda row: int(predictions.index[row]),
    )
    if not kept:
        return []
    room = MOST_PIXELS // predictions.images[kept[0]].size
    return kept[: min(MOST_IMAGES, room)]


def _title(kind: str, n_shown: int, n: int) -> str:
    word = {"fixed": "Fixed: only tuned right", "broke": "Broke: only baseline right"}[kind]
    if n_shown == n:
        return f"{word}, {formats.count(n)} of {formats.counted(n, 'image')}"
    return f"{word}, the first {formats.count(n_shown)} of {formats.counted(n, 'image')}"


def _labels(
    row: int,
    predictions: Predictions,
    before: NDArray[np.int32],
    after: NDArray[np.int32],
    classes: Sequence[str],
) -> tuple[str, tuple[str, str]]:
    """Write an image's alternative text and the lines below it."""
    true, first, second = (
        classes[int(codes[row])] for codes in (predictions.y_true, before, after)
    )
    alt = (
        f"Test image {formats.count(int(predictions.index[row]))}: true {true}, baseline "
        f"{first}, tuned {second}"
    )
    short = dict(zip(classes, shorten_all(classes, 14), strict=True))
    arrow = "\N{RIGHTWARDS ARROW}"
    return alt, (short[true], f"{short[first]} {arrow} {short[second]}")


def _table(
    y_true: NDArray[np.int32],
    rows: dict[str, NDArray[np.intp]],
    classes: Sequence[str],
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Count fixed and broke by true class; the last row is the 2x2 table's."""
    n = len(classes)
    fixed, broke = (np.bincount(y_true[row], minlength=n) for row in rows.values())
    body = [
        _cells(name, int(a), int(b))
        for name, a, b in zip(classes, fixed, broke, strict=True)
        if a or b
    ]
    return _HEADER, (*body, _cells("all", int(fixed.sum()), int(broke.sum())))


def _cells(name: str, fixed: int, broke: int) -> tuple[str, ...]:
    net = fixed - broke
    sign = "+" if net > 0 else ""
    return name, formats.count(fixed), formats.count(broke), sign + formats.count(net)


def _caption(fixed: int, broke: int) -> str:
    return (
        f"Tuning fixed {formats.counted(fixed, 'test row')} and broke "
        f"{formats.count(broke)}: rows where exactly one of the two cases is right. "
        "Below each image stand its true class and the predictions of baseline and tuned."
    )


def _description(
    rows: dict[str, NDArray[np.intp]],
    shown: dict[str, list[int]],
    predictions: Predictions,
    classes: Sequence[str],
) -> str:
    sentences = []
    for kind, positions in rows.items():
        counts = np.bincount(predictions.y_true[positions], minlength=len(classes))
        order = [int(code) for code in np.argsort(-counts, kind="stable")[:5]]
        most = [
            f"{classes[code]} ({formats.count(int(counts[code]))})"
            for code in order
            if counts[code]
        ]
        text = f"{kind.capitalize()}: {formats.counted(len(positions), 'test image')}"
        if len(positions):
            text += f", most of them of the classes {formats.listed(most)}"
            text += f"; {formats.count(len(shown[kind]))} shown"
        sentences.append(text + ".")
    return " ".join(sentences)


def _reading(*, ink: bool) -> str:
    text = (
        "Below each image stands its true class; under it the prediction of the baseline, "
        "an arrow, and the prediction of the tuned model. Images are in the order of the "
        "test part; none was picked by hand."
    )
    if ink:
        text += " Ink is where the pixel's value is high."
    return text
