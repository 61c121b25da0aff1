"""Parts of the page for a notebook, each in a frame of its own.

The frame is an ``<iframe srcdoc>``: neither the notebook's style sheets reach the
part, nor its own reach the notebook. A shadow root would isolate as well, but
making one needs a script, which a notebook runs only where it is trusted. What
the frame shows stands below it in words, for viewers that drop frames.
"""

import re

from tunecard.report.render.environment import assets, html_environment, package_loader
from tunecard.report.view.types import Figure, ReportView

_WIDTH = 800.0  # px: what a notebook's column has room for
_LARGEST = 1.12  # as report.charts.svg limits it
_VIEW_BOX = re.compile(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"')


def summary_html(view: ReportView, page: str) -> str:
    """Write the top of the page: summary, banners, one card per model.

    Parameters
    ----------
    view : ReportView
        The page.
    page : str
        Where the whole page is.

    Returns
    -------
    str
        HTML to stand inside another page.
    """
    cards = 360 * ((len(view.verdicts) + 1) // 2)
    return framed(
        "summary",
        height=190 + cards + 90 * len(view.banners),
        title=view.title,
        words=view.summary,
        page=page,
        view=view,
    )


def figure_html(figure: Figure) -> str:
    """Write one figure with its caption and folds.

    Parameters
    ----------
    figure : Figure
        The figure.

    Returns
    -------
    str
        HTML to stand inside another page.
    """
    box = _VIEW_BOX.search(str(figure.svg))
    drawn = _WIDTH
    if box:
        # A drawing grows with its column, but not beyond the size of the page's words.
        drawn = float(box[2]) * min(_WIDTH / float(box[1]), _LARGEST)
    return framed(
        "figure",
        height=round(min(drawn, _WIDTH)) + 200,
        title=figure.title,
        words=f"{figure.caption} {figure.description}",
        page="",
        figure=figure,
    )


def framed(
    name: str, *, height: int, title: str, words: str, page: str, **part: object
) -> str:
    """Write a part of a page in a frame of its own.

    Parameters
    ----------
    name : str
        Of the template, ``html/notebook/<name>.html.j2``.
    height : int
        Of the frame, in CSS pixels.
    title, words : str
        Its name and its content in words, for viewers that drop frames.
    page : str
        Where the whole page is; empty where it is nowhere.
    **part
        What the template expects.
    """
    environment = html_environment(package_loader())
    document = environment.get_template(f"html/notebook/{name}.html.j2").render(
        title=title, assets=assets(environment), **part
    )
    frame = environment.get_template("html/notebook/frame.html.j2")
    return frame.render(
        # A plain string: the frame's template escapes it for the attribute.
        document=str(document),
        title=title,
        words=words,
        page=page,
        width=f"{_WIDTH:.0f}",
        height=str(height),
    )
