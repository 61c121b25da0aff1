"""PageView -> reports/index.html, with the policy, styles and script of a report."""

from report.history.page_types import PageView
from report.looks import Looks
from report.render.environment import assets, html_environment

_TEMPLATE, _STYLE = "html/history.html.j2", "css/history.css"


def to_html(view: PageView, looks: Looks) -> str:
    """Write the page: one file that asks nothing of the network.

    Parameters
    ----------
    view : PageView
        What it says.
    looks : Looks
        The user's own templates and styles.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If a template of the user's is broken; the message names file and line.
    """
    environment = html_environment(looks.loader())
    assert environment.loader is not None
    style = environment.loader.get_source(environment, _STYLE)[0]
    parts = assets(environment, "\n".join([style, looks.extra_css()]))
    with looks.blame():
        template = environment.get_template(_TEMPLATE)
        return template.render(view=view, assets=parts) + "\n"
