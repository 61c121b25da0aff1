"""Tables in LaTeX, figures as files, and the summary for programs."""

import io
import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from PIL import Image

from tests.builders import make_run, with_pictures
from tunecard.report.analyze import analyze
from tunecard.report.conclusion import conclude
from tunecard.report.errors import ReadError
from tunecard.report.findings import find
from tunecard.report.render.latex import escape, latex_table
from tunecard.report.render.pictures import figure_png, figure_svg
from tunecard.report.render.summary_json import summary_json
from tunecard.report.run import Run
from tunecard.report.view.tables import columns, row
from tunecard.report.view.types import Table


def test_latex_has_no_active_character() -> None:
    """A name with LaTeX's own characters is printed, not run."""
    assert escape(r"a_b & 5 % \x{#}$") == r"a\_b \& 5 \% \textbackslash{}x\{\#\}\$"


def test_a_latex_line_does_not_begin_with_a_bracket() -> None:
    """An interval at the start of a line is no argument of the line break before it."""
    table = Table("t", "c", columns("Interval", "#n"), (row(("[0.1, 0.2]", "3")),))
    assert "{[0.1, 0.2]} & 3 \\\\" in latex_table(table)


def test_a_figure_is_a_file_in_real_colors() -> None:
    """SVG and PNG have the light page's color of the tuned case, and no variable."""
    figure = Run(make_run()).figure("metric-change").figure
    svg = figure_svg(figure)
    assert ET.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 # our own output
    assert "var(" not in svg
    assert "#0068a8" in svg
    with Image.open(io.BytesIO(figure_png(figure))) as image:
        colors = image.convert("RGB").getcolors(1 << 20)
    assert colors is not None
    assert {(0x00, 0x68, 0xA8), (255, 255, 255)} <= {color for _, color in colors}


def test_a_figure_of_images_is_refused() -> None:
    """Images of the data are not drawn, and the message has the reason."""
    run = Run(with_pictures(make_run()))
    with pytest.raises(ReadError, match="made of images"):
        figure_png(run.figure("errors-knn").figure)


def test_the_summary_has_the_verdict_and_its_interval() -> None:
    """Programs get the numbers of the analysis, unrounded."""
    run = make_run()
    analysis = analyze(run)
    text = summary_json(run.results, analysis, conclude(analysis), find(analysis), ())
    content: dict[str, Any] = json.loads(text)
    for model, written in zip(analysis.models, content["models"], strict=True):
        assert model.quality is not None
        test = model.quality.test
        assert written["verdict"] == model.word
        assert written["change"]["value"] == test.delta
        assert (written["change"]["low"], written["change"]["high"]) == (
            test.interval.low,
            test.interval.high,
        )
    assert [f["code"] for f in content["findings"]] == [f.code for f in find(analysis)]
