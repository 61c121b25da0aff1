"""The legend of the trends: every sign that a drawing may have, each with its word."""

from collections.abc import Sequence

from markupsafe import Markup

from tunecard.report.history.drawing import LOOKS
from tunecard.runner.schema import Variant


def legend_sign(variant: Variant) -> Markup:
    """Draw the point of a variant, for the legend."""
    color, cap, _ = LOOKS[variant]
    return _sign(
        f'<path d="M8 8h0" stroke="{color}" stroke-width="6" stroke-linecap="{cap}"/>'
    )


def legend_signs() -> Sequence[tuple[Markup, str]]:
    """Draw what every panel may have, each with its word."""
    color = "var(--tuned)"
    return (
        (
            _sign(
                f'<path d="M0 2H16V14H0Z" fill="{color}" fill-opacity=".16"/>'
                f'<path d="M0 8H16" stroke="{color}"/>'
            ),
            "median and band of earlier runs",
        ),
        (
            _sign(
                '<path d="M3 11h10L8 2Z" fill="var(--card)" stroke="var(--ink)" '
                'stroke-width="1.75" stroke-linejoin="round"/>'
            ),
            "outside the band",
        ),
        (
            _sign(
                '<path d="M8 3v9m-3 -3l3 3l3 -3" fill="none" stroke="var(--ink)" '
                'stroke-width="1.5"/>'
            ),
            "beyond the drawn range, with its value",
        ),
        (
            _sign('<path d="M8 0V16" stroke="var(--edge)" stroke-dasharray="3 3"/>'),
            "another machine, other versions or other data from here on",
        ),
    )


def _sign(inside: str) -> Markup:
    return Markup(  # noqa: S704 # our own, without any text
        f'<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">{inside}</svg>'
    )
