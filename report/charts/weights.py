"""A linear model's weights as images: which pixels count for a class, which against it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tunecard.report import formats
from tunecard.report.analyze.types import ModelAnalysis
from tunecard.report.charts.base import NO_DRAWING, Chart, Sheet, Tile
from tunecard.report.charts.sprites import pack, to_png
from tunecard.report.charts.text import shorten_all

#: Outputs that are drawn; the table has all of them.
MOST_OUTPUTS: Final = 20
#: Steps from no weight to full color. Color is laid on with growing opacity, so that
#: no weight is the page's own paper in every theme.
_STEPS: Final = 31
#: Okabe and Ito's blue and vermilion: apart for every common kind of color vision, and
#: 3:1 at full color on light and dark cards.
FOR: Final = (0x00, 0x72, 0xB2)
AGAINST: Final = (0xD5, 0x5E, 0x00)
#: Below 1, so that small weights can be distinguished from none on dark paper too.
_GAMMA: Final = 0.75
#: Share of the weights within full color; the few beyond would make all others pale.
_WITHIN: Final = 0.995
#: Beyond this factor between the cases' sizes one scale would leave one of them blank.
_SCALES_APART: Final = 5.0
_HEADER: Final = (
    "Case",
    "Class",
    "Lowest weight",
    "Highest weight",
    "Mean size",
    "Pixels without weight",
)


def weight_images(
    model: ModelAnalysis,
    weights: Mapping[str, NDArray[np.float32]],
    image_shape: tuple[int, int],
    classes: Sequence[str],
) -> Chart | None:
    """Draw the weights of each output of a model's cases, a pixel each.

    Parameters
    ----------
    model : ModelAnalysis
        A linear model.
    weights : dict of ndarray of float32, shape (n_outputs, n_features)
        By case key.
    image_shape : (int, int)
        Height and width; their product is n_features.
    classes : sequence of str
        Names in the order of the codes.

    Returns
    -------
    Chart or None
        None where no case of the model has weights.
    """
    by_variant: dict[str, NDArray[np.float32]] = {
        case.variant: weights[case.key] for case in model.cases if case.key in weights
    }
    if not by_variant:
        return None
    names = {variant: _outputs(len(rows), classes) for variant, rows in by_variant.items()}
    limits = _limits(by_variant)
    chart_id = f"figure-weights-{model.name}"
    return Chart(
        id=chart_id,
        svg=NO_DRAWING,
        header=_HEADER,
        rows=tuple(
            _cells(variant, name, row)
            for variant, rows in by_variant.items()
            for name, row in zip(names[variant], rows, strict=True)
        ),
        title=f"{formats.capital(model.label)}: the weight of each pixel",
        caption=_caption(by_variant),
        description=" ".join(
            _sentence(variant, name, row, image_shape)
            for variant, rows in by_variant.items()
            for name, row in zip(names[variant], rows[:MOST_OUTPUTS], strict=False)
        ),
        reading=_reading(limits),
        sheet=_sheet(by_variant, names, limits, image_shape),
    )


def _outputs(n: int, classes: Sequence[str]) -> list[str]:
    """Name the outputs: by class, or, with two classes, by the positive one."""
    if n == len(classes):
        return list(classes)
    if n == 1 and len(classes) == 2:
        return [classes[1]]
    return [f"output {number}" for number in range(1, n + 1)]


def _limits(by_variant: Mapping[str, NDArray[np.float32]]) -> dict[str, float]:
    """Return the weight of full color: one for both cases, unless they are far apart."""
    each = {
        variant: float(np.quantile(np.abs(rows), _WITHIN)) or 1.0
        for variant, rows in by_variant.items()
    }
    widest = max(each.values())
    if widest > _SCALES_APART * min(each.values()):
        return each
    return dict.fromkeys(each, widest)


def _sheet(
    by_variant: Mapping[str, NDArray[np.float32]],
    names: Mapping[str, list[str]],
    limits: Mapping[str, float],
    shape: tuple[int, int],
) -> Sheet:
    images = [
        _steps(row / limits[variant]).reshape(shape)
        for variant, rows in by_variant.items()
        for row in rows[:MOST_OUTPUTS]
    ]
    sprite, boxes = pack(images, fill=_STEPS, extra_rows=1)
    height, width = sprite.shape
    sprite[-1] = _steps(np.linspace(-1, 1, width))
    shared = len(set(limits.values())) == 1
    places = iter(boxes)
    short = {variant: shorten_all(all_, 14) for variant, all_ in names.items()}
    groups = []
    for variant, rows in by_variant.items():
        end = _short(limits[variant])
        title = variant.capitalize()
        if not shared:
            title += f" (full color at {end} either way)"
        tiles = tuple(
            Tile(next(places), _alt(variant, name, row, shape), (f"for {cut}",))
            for name, cut, row in zip(
                names[variant], short[variant], rows[:MOST_OUTPUTS], strict=False
            )
        )
        groups.append((title, tiles))
    end = _short(max(limits.values()))
    bar = Tile((0, height - 1, width, 1), "orange through nothing to blue")
    ends = (f" {formats.MINUS}{end}", f" +{end}") if shared else ("", "")
    scale = (f"against{ends[0]}", bar, f"for{ends[1]}")
    return Sheet(
        sprite=to_png(sprite, _palette()),
        width=width,
        height=height,
        groups=tuple(groups),
        scale=scale,
    )


def _short(weight: float) -> str:
    return formats.parameter(float(f"{weight:.3g}"))


def _steps(relative: NDArray[Any]) -> NDArray[np.uint8]:
    """Turn weights, 1 being full color, into positions in the palette."""
    steps: NDArray[np.uint8] = (np.rint(np.clip(relative, -1, 1) * _STEPS) + _STEPS).astype(
        np.uint8
    )
    return steps


def _palette() -> list[tuple[int, int, int, int]]:
    return [
        (*(FOR if step > 0 else AGAINST), round(255 * (abs(step) / _STEPS) ** _GAMMA))
        for step in range(-_STEPS, _STEPS + 1)
    ]


def _cells(variant: str, name: str, row: NDArray[np.float32]) -> tuple[str, ...]:
    return (
        variant,
        name,
        _short(float(row.min())),
        _short(float(row.max())),
        _short(float(np.abs(row).mean())),
        formats.count(int(np.count_nonzero(row == 0))),
    )


def _place(position: int, shape: tuple[int, int]) -> str:
    row, column = divmod(position, shape[1])
    return f"row {row + 1}, column {column + 1}"


def _sentence(
    variant: str, name: str, row: NDArray[np.float32], shape: tuple[int, int]
) -> str:
    high, low = int(row.argmax()), int(row.argmin())
    return (
        f"{variant.capitalize()}, {name}: most for it at {_place(high, shape)} "
        f"({_short(float(row[high]))}), most against it at "
        f"{_place(low, shape)} ({_short(float(row[low]))})."
    )


def _alt(variant: str, name: str, row: NDArray[np.float32], shape: tuple[int, int]) -> str:
    high, low = int(row.argmax()), int(row.argmin())
    return (
        f"Weights of the {variant} case for {name}: strongest for it at "
        f"{_place(high, shape)}, strongest against it at {_place(low, shape)}"
    )


def _caption(by_variant: Mapping[str, NDArray[np.float32]]) -> str:
    sizes = {variant: float(np.abs(rows).mean()) for variant, rows in by_variant.items()}
    mean_sizes = " and ".join(
        f"{_short(size)} in the {variant} case" for variant, size in sizes.items()
    )
    text = f"A weight's mean size is {mean_sizes}."
    if len(sizes) == 2:
        before, after = sizes["baseline"], sizes["tuned"]
        if after < before:
            text += (
                " Tuning chose smaller weights: on average a single pixel counts for less."
            )
        elif after > before:
            text += (
                " Tuning chose larger weights: on average a single pixel counts for more."
            )
    return text


def _reading(limits: Mapping[str, float]) -> str:
    text = (
        "One image a class, one square a pixel. Blue: the brighter this pixel, the more "
        "the model leans to the class. Orange: the more it leans away. Paper: it does not "
        "matter. "
    )
    if len(set(limits.values())) == 1:
        text += "All images share one scale, the same both ways"
    else:
        text += (
            "The sizes of the two cases are so far apart that each has a scale of its own, "
            "the same both ways"
        )
    return (
        text + "; full color covers all but the largest 0.5 % of the weights. An image "
        "that looks like its class has smooth strokes; speckle is weight that follows "
        "single training images."
    )
