"""PageView -> reports/index.html, with the policy, styles and script of a report."""

from tunecard.report.history.page_types import PageView
from tunecard.report.render.pages import html_page
from tunecard.report.theme import PageTheme


def to_html(view: PageView, looks: PageTheme) -> str:
    """Write the page; ``looks`` are the user's own templates and styles."""
    return html_page("html/history.html.j2", view, looks, style="css/history.css")
