"""A view and a template -> a page, with the policy, the styles and the script it needs."""

from tunecard.report.render.environment import (
    assets,
    html_environment,
    markdown_environment,
    source,
)
from tunecard.report.render.markdown import squeeze
from tunecard.report.theme import PageTheme


def html_page(
    template: str, view: object, looks: PageTheme, *, theme: str = "auto", style: str = ""
) -> str:
    """Write a page: one file that makes no network requests.

    Parameters
    ----------
    template : str
        Its name.
    view : object
        Its content, which the template receives as ``view``.
    looks : PageTheme
        The user's own templates and styles.
    theme : str
        ``auto``, ``light`` or ``dark``: the theme it opens in.
    style : str
        Name of a style sheet of this page alone, after those of all pages.

    Raises
    ------
    ReadError
        If a template of the user's is broken; the message names file and line.
    """
    environment = html_environment(looks.loader())
    sheets = [source(environment, style)] if style else []
    parts = assets(environment, *sheets, looks.extra_css())
    with looks.blame():
        page = environment.get_template(template)
        return page.render(view=view, theme=theme, assets=parts) + "\n"


def markdown_page(template: str, view: object, looks: PageTheme) -> str:
    """Write a page in Markdown; its arguments are those of :func:`html_page`."""
    environment = markdown_environment(looks.loader())
    with looks.blame():
        return squeeze(environment.get_template(template).render(view=view))
