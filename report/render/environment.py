"""The two Jinja environments: HTML that escapes for HTML, Markdown for Markdown."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

from jinja2 import BaseLoader, BytecodeCache, Environment, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket
from jinja2.ext import Extension
from markupsafe import Markup, escape

from tunecard.report.render import markdown
from tunecard.report.render.visible import visible
from tunecard.report.view import page_sections

#: Style sheets in the order of the cascade.
STYLES = ("tokens", "base", "layout", "cards", "tables", "figures", "print")
SCRIPT = "js/report.js"
_OPTION = re.compile("--[a-z][a-z-]*")


@dataclass(frozen=True)
class Assets:
    """What stands in the page besides its words.

    ``script_hash`` is the source expression that the page's policy allows:
    of exactly the bytes between the script tags.
    """

    css: Markup
    js: Markup
    script_hash: str


class SectionTag(Extension):
    """Writes out ``{% sections html %}``: a block a section, in the order of the page.

    Blocks have fixed names, which Jinja reads before it renders, so the tag is
    replaced in the source.
    """

    _TAG = re.compile(r"\{% sections (html|markdown) %\}")

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Replace the tag; other sources stay as they are."""
        del name, filename
        return self.expand(source)

    @classmethod
    def expand(cls, source: str) -> str:
        """Replace the tag by the blocks of the sections that there are now."""
        return cls._TAG.sub(lambda match: "".join(_blocks(match[1])), source)


class CompiledTemplates(BytecodeCache):
    """Templates that this process has compiled: that takes longer than filling them in.

    Several pages share them, such as those of a study's seeds. A template is compiled
    again where its file, its text or the page's sections are others.
    """

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], CodeType] = {}

    def get_source_checksum(self, source: str) -> str:
        """Return what the text of a template is, its sections included."""
        return super().get_source_checksum(SectionTag.expand(source))

    def load_bytecode(self, bucket: Bucket) -> None:
        """Put the compiled template into the bucket, if it is here."""
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template."""
        if bucket.code is not None:
            self._compiled[bucket.key, bucket.checksum] = bucket.code


#: Of each environment its own: the escapes of constants are compiled.
_HTML, _MARKDOWN = CompiledTemplates(), CompiledTemplates()


def _blocks(language: str) -> Iterator[str]:
    # Jinja drops the last line end of a template, and the first one behind a block.
    after = "\n\n\n" if language == "markdown" else ""
    for section in page_sections():
        template = section.html if language == "html" else section.markdown
        if template:
            yield (
                f"{{% block {section.name} %}}"
                f'{{% set section = view.section("{section.name}") %}}'
                f'{{% if section %}}{{% include "{template}" %}}{{% endif %}}'
                f"{{% endblock %}}{after}"
            )


def package_loader() -> BaseLoader:
    """Return the loader of the templates that Tunecard ships."""
    return PackageLoader("tunecard.templates", "")


def html_environment(loader: BaseLoader) -> Environment:
    """Make the environment of the page: autoescape on, unknown names are errors."""
    environment = Environment(
        loader=loader,
        autoescape=True,
        finalize=visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        extensions=[SectionTag],
        bytecode_cache=_HTML,
    )
    environment.filters["unbroken"] = unbroken
    return environment


def unbroken(text: str) -> Markup:
    """Keep options of a command on one line each: browsers break lines at hyphens."""
    escaped = str(escape(visible(text)))
    whole = _OPTION.sub(r'<span class="nowrap">\g<0></span>', escaped)
    return Markup(whole)  # noqa: S704  # escaped above


def markdown_environment(loader: BaseLoader) -> Environment:
    """Make the environment of Markdown: every value passes the Markdown escape."""
    environment = Environment(
        loader=loader,
        autoescape=False,  # noqa: S701  # HTML's escape is wrong here; finalize does it
        finalize=markdown.escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[SectionTag],
        bytecode_cache=_MARKDOWN,
    )
    environment.filters["fenced"] = markdown.fenced
    return environment


def assets(environment: Environment, *more_css: str) -> Assets:
    """Read the style sheets and the script, and hash the script for the policy."""
    sheets = [source(environment, f"css/{name}.css") for name in STYLES]
    css = "\n".join([*sheets, *(sheet for sheet in more_css if sheet)])
    js = source(environment, SCRIPT)
    digest = hashlib.sha256(js.encode()).digest()
    return Assets(
        css=Markup(css),  # noqa: S704  # files of the template folder, not data
        js=Markup(js),  # noqa: S704  # as above
        script_hash=f"sha256-{base64.b64encode(digest).decode()}",
    )


def source(environment: Environment, name: str) -> str:
    """Return a file of the templates as it stands there."""
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]
