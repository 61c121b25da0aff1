"""Sprites, the contact sheet and the images of weights."""

import base64
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.builders import LOGREG, make_run, with_pictures
from tunecard import templates
from tunecard.report.analyze import analyze
from tunecard.report.charts import Chart, Sheet, contact_sheet, weight_images
from tunecard.report.charts.sprites import pack, to_png
from tunecard.report.charts.weights import AGAINST, FOR
from tunecard.report.load import Loaded

CLASSES = ("0", "1", "2", "3")


@pytest.fixture(scope="module")
def run() -> Loaded:
    """A run with images and weights; 12 rows fixed and none broken in knn."""
    return with_pictures(make_run())


def decode(sprite: str) -> Image.Image:
    """The image of a ``data:`` address."""
    head, _, data = sprite.partition(",")
    assert head == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def sheet_of(chart: Chart | None) -> Sheet:
    """The sheet of a chart that has one."""
    assert chart is not None
    assert chart.sheet is not None
    return chart.sheet


def cut(sheet: Sheet, box: tuple[int, int, int, int]) -> Image.Image:
    """One image out of a sprite, as red, green, blue and alpha."""
    left, top, width, height = box
    return (
        decode(sheet.sprite).convert("RGBA").crop((left, top, left + width, top + height))
    )


def sheet_chart(run: Loaded, model: str = "knn") -> Chart | None:
    """The contact sheet of a model."""
    assert run.predictions is not None
    return contact_sheet(analyze(run).model(model), run.predictions, CLASSES)


def test_packed_images_are_found_at_their_boxes() -> None:
    """What a box names is the image that was packed; between them lies the fill."""
    images = [np.full((2, 3), n, dtype=np.uint8) for n in range(1, 15)]
    sprite, boxes = pack(images, fill=0)
    for image, (left, top, width, height) in zip(images, boxes, strict=True):
        found = sprite[top : top + height, left : left + width]
        np.testing.assert_array_equal(found, image)
    assert sprite.sum() == sum(int(image.sum()) for image in images)


def test_a_png_holds_its_palette_and_gives_the_same_bytes() -> None:
    """Colors and opacities are those of the palette."""
    palette = [(0, 0, 0, 0), (10, 20, 30, 128)]
    indices = np.array([[0, 1], [1, 0]], dtype=np.uint8)
    sprite = to_png(indices, palette)
    pixels = np.asarray(decode(sprite).convert("RGBA"))
    assert tuple(pixels[0, 1]) == palette[1]
    assert pixels[0, 0, 3] == 0
    assert to_png(indices, palette) == sprite


def test_counts_are_those_of_the_two_by_two_table(run: Loaded) -> None:
    """Fixed is only tuned right, broke is only baseline right."""
    chart = sheet_chart(run)
    assert chart is not None
    compared = analyze(run).model("knn").quality
    assert compared is not None
    table = compared.table
    assert chart.rows[-1][:3] == ("all", str(table.only_second), str(table.only_first))
    fixed = sheet_of(chart).groups[0]
    assert len(fixed[1]) == table.only_second
    assert f"{table.only_second} of {table.only_second}" in fixed[0]


def test_each_image_says_its_three_labels(run: Loaded) -> None:
    """The true class, baseline's and tuned's stand below; images follow their rows."""
    predictions = run.predictions
    assert predictions is not None
    before = predictions.predicted["knn/baseline"]
    after = predictions.predicted["knn/tuned"]
    rows = np.flatnonzero((before != predictions.y_true) & (after == predictions.y_true))
    tiles = sheet_of(sheet_chart(run)).groups[0][1]
    for row, tile in zip(rows, tiles, strict=True):
        true, first = CLASSES[predictions.y_true[row]], CLASSES[before[row]]
        assert tile.alt == f"Test image {row}: true {true}, baseline {first}, tuned {true}"
        assert tile.lines == (true, f"{first} \N{RIGHTWARDS ARROW} {true}")


def test_the_pixels_are_the_images(run: Loaded) -> None:
    """A tile differs from its image by half a shade of 16 at most."""
    predictions = run.predictions
    assert predictions is not None
    sheet = sheet_of(sheet_chart(run))
    tile = sheet.groups[0][1][0]
    row = int(tile.alt.split(":")[0].removeprefix("Test image "))
    shown = np.asarray(cut(sheet, tile.box))[..., 0].astype(float)
    assert not sheet.ink
    assert np.abs(shown - predictions.images[row]).max() <= 255 / 15 / 2 + 0.5


def test_strokes_on_nothing_are_ink(run: Loaded) -> None:
    """Images whose edges are empty are dark on the page's own paper."""
    assert run.predictions is not None
    images = {row: np.pad(i[1:-1, 1:-1], 1) for row, i in run.predictions.images.items()}
    inked = replace(run, predictions=replace(run.predictions, images=images))
    sheet = sheet_of(sheet_chart(inked))
    assert sheet.ink
    assert np.asarray(cut(sheet, sheet.groups[0][1][0].box))[0, 0, 3] == 0


def test_no_more_images_than_there_is_room_for() -> None:
    """60 of each kind at most, and it is said of how many."""
    y_true = [0] * 200
    run = with_pictures(
        make_run(
            y_true=y_true,
            models=(LOGREG,),
            predicted={"logreg/baseline": [1] * 200, "logreg/tuned": y_true},
        )
    )
    title, tiles = sheet_of(sheet_chart(run, "logreg")).groups[0]
    assert len(tiles) == 60
    assert "first 60 of 200" in title


def test_no_images_no_sheet() -> None:
    """A run that kept none has no contact sheet."""
    assert sheet_chart(make_run()) is None


def test_weights_are_blue_for_and_orange_against(run: Loaded) -> None:
    """A pixel's color is its weight's sign, its opacity grows with the weight's size."""
    chart = weight_images(analyze(run).model("logreg"), run.weights, (8, 8), CLASSES)
    sheet = sheet_of(chart)
    pixels = np.asarray(cut(sheet, sheet.groups[1][1][2].box)).astype(float)
    weights = run.weights["logreg/tuned"][2].reshape(8, 8)
    strong = np.abs(weights) > 0.1
    assert ((pixels[..., 2] > pixels[..., 0]) == (weights > 0))[strong].all()
    order = np.argsort(np.abs(weights), axis=None)
    assert (np.diff(pixels[..., 3].ravel()[order]) >= 0).all()
    assert [title for title, _ in sheet.groups] == ["Baseline", "Tuned"]


@pytest.mark.parametrize("theme", [1, 2], ids=["light", "dark"])
@pytest.mark.parametrize("color", [FOR, AGAINST], ids=["for", "against"])
def test_full_color_is_told_from_the_card(color: tuple[int, int, int], theme: int) -> None:
    """The strongest weights have 3:1 on a card of either theme (WCAG 2.2, 1.4.11)."""
    tokens = (Path(templates.__file__).parent / "css" / "tokens.css").read_text("utf-8")
    found = re.search(r"--card: light-dark\(#(\w{6}), #(\w{6})\)", tokens)
    assert found is not None
    card = tuple(bytes.fromhex(found[theme]))
    light, dark = sorted((luminance(card), luminance(color)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3


def luminance(color: tuple[int, ...]) -> float:
    """Relative luminance (WCAG 2.2)."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_scale_is_symmetric(run: Loaded) -> None:
    """Both ends have one size, in words and in color."""
    chart = weight_images(analyze(run).model("logreg"), run.weights, (8, 8), CLASSES)
    scale = sheet_of(chart).scale
    assert scale is not None
    assert scale[0].split("\N{MINUS SIGN}")[1] == scale[2].split("+")[1]
    bar = np.asarray(cut(sheet_of(chart), scale[1].box))[0, :, 3]
    np.testing.assert_array_equal(bar, bar[::-1])


def test_sizes_far_apart_have_scales_of_their_own(run: Loaded) -> None:
    """One scale would leave the smaller case blank."""
    small = run.weights["logreg/tuned"] / np.float32(100)
    weights = {**run.weights, "logreg/tuned": small}
    chart = weight_images(analyze(run).model("logreg"), weights, (8, 8), CLASSES)
    assert all("full color at" in title for title, _ in sheet_of(chart).groups)


def test_two_classes_have_one_image() -> None:
    """A single output speaks for the second class."""
    run = make_run(models=(LOGREG,), classes=("no", "yes"))
    weights = {"logreg/baseline": np.ones((1, 64), dtype=np.float32)}
    chart = weight_images(analyze(run).models[0], weights, (8, 8), ("no", "yes"))
    assert [tile.lines for _, tiles in sheet_of(chart).groups for tile in tiles] == [
        ("for yes",)
    ]


def test_no_weights_no_images(run: Loaded) -> None:
    """Neighbors have no weights."""
    assert weight_images(analyze(run).model("knn"), run.weights, (8, 8), CLASSES) is None
