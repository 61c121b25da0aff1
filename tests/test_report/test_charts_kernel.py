"""The figure of how steady the machine was."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

import pytest

from tunecard.report import formats
from tunecard.report.analyze.types import KernelAnalysis, KernelMoment
from tunecard.report.charts import Chart, machine_speed


def kernel(products: Sequence[float], copies: Sequence[float]) -> KernelAnalysis:
    """Give moments at the start and after each round, in seconds."""
    names = ["start", *(f"round {number}" for number in range(1, len(products)))]
    moments = tuple(
        KernelMoment(name, product, copy)
        for name, product, copy in zip(names, products, copies, strict=True)
    )
    return KernelAnalysis(
        moments,
        max(products) / min(products) - 1,
        max(copies) / min(copies) - 1,
    )


def drawn(found: KernelAnalysis) -> Chart:
    """Draw what has enough moments."""
    chart = machine_speed(found)
    assert chart is not None
    return chart


def texts(chart: Chart) -> list[str]:
    """Words of the wide drawing."""
    wide = next(iter(ET.fromstring(f"<div>{chart.svg}</div>")))  # noqa: S314  # our own
    return [element.text or "" for element in wide.iter("text")]


def test_each_moment_is_told_over_the_fastest_of_its_work() -> None:
    """0.11 s is 10 % over 0.10 s, whichever moment was the fastest."""
    chart = drawn(kernel([0.11, 0.10, 0.12], [0.02, 0.025, 0.02]))
    plain = [tuple(cell.replace(formats.SPACE, " ") for cell in row) for row in chart.rows]
    assert plain == [
        ("start", "110 ms", "10 %", "20.0 ms", "0 %"),
        ("after round 1", "100 ms", "0 %", "25.0 ms", "25 %"),
        ("after round 2, the end", "120 ms", "20 %", "20.0 ms", "0 %"),
    ]
    assert len(chart.header) == len(chart.rows[0])
    for row in chart.rows:
        assert row[1] in chart.description


def test_the_axis_shows_ten_per_cent_at_the_least() -> None:
    """A per cent of noise is not drawn as if it were a slope."""
    assert f"+10{formats.SPACE}%".replace(formats.SPACE, " ") in texts(
        drawn(kernel([0.100, 0.101], [0.02, 0.0201]))
    )


@pytest.mark.parametrize("n_rounds", [1, 3, 10, 40])
def test_both_ends_stand_under_the_axis(n_rounds: int) -> None:
    """And as many rounds between them as there is room for."""
    chart = drawn(kernel([0.1] * (n_rounds + 1), [0.02] * (n_rounds + 1)))
    words = texts(chart)
    assert "start" in words
    assert str(n_rounds) in words
    assert sum(re.fullmatch(r"start|\d+", word) is not None for word in words) <= 13


@pytest.mark.parametrize("n_moments", [0, 1])
def test_one_moment_shows_no_drift(n_moments: int) -> None:
    """There is nothing to compare it with."""
    found = kernel([0.1] * n_moments, [0.02] * n_moments) if n_moments else None
    assert machine_speed(found) is None
