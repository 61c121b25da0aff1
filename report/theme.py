"""A user's own templates and styles: found, checked, and blamed by file and line."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    TemplateError,
    TemplateSyntaxError,
)

from tunecard.report.errors import ReadError

__all__ = ["SHIPPED", "PageTheme"]

#: Prefix under which a template of one's own finds the shipped one of the same name.
SHIPPED = "shipped"
_SUFFIXES = (".j2", ".css", ".js")
_HELP = "templates/README.md lists what a template can use."
# What an expression of a template can raise, besides Jinja's own errors.
_RAISED = (
    ArithmeticError, AttributeError, LookupError, RecursionError, TemplateError, TypeError,
    ValueError,
)  # fmt: skip


@dataclass(frozen=True)
class PageTheme:
    """What a user changes on the page; nothing by default.

    Parameters
    ----------
    templates : Path or None
        A folder that is searched before the shipped templates: a file such as
        ``html/glossary.html.j2`` in it takes the place of the shipped one.
    css : Path or None
        A style sheet that comes after the page's own.
    """

    templates: Path | None = None
    css: Path | None = None

    def loader(self) -> BaseLoader:
        """Return the loader: the user's folder first, then what Tunecard ships."""
        shipped = PackageLoader("tunecard.templates", "")
        prefixed = PrefixLoader({SHIPPED: shipped})
        if self.templates is None:
            return ChoiceLoader([shipped, prefixed])
        return ChoiceLoader([FileSystemLoader(self.templates), shipped, prefixed])

    def extra_css(self) -> str:
        """Return the user's styles, checked; empty without any.

        Raises
        ------
        ReadError
            If the file cannot be read, or would end the page's style element.
        """
        if self.css is None:
            return ""
        text = _read(self.css)
        number = next((n for n, line in enumerate(text.split("\n"), 1) if "</" in line), 0)
        if number:
            raise ReadError(
                f"{self.css}, line {number}: '</' would end the page's style element. "
                "A style sheet holds CSS alone."
            )
        return text

    def check(self) -> None:
        """Check what can be known before a run: the files are there and parse.

        Raises
        ------
        ReadError
            Naming the file, the line where there is one, and what to do.
        """
        self.extra_css()
        if self.templates is None:
            return
        if not self.templates.is_dir():
            raise ReadError(
                f"{self.templates}: is not a folder. Give a folder with your own templates."
            )
        shipped = set(PackageLoader("tunecard.templates", "").list_templates())
        own = [p for p in sorted(self.templates.rglob("*")) if p.suffix in _SUFFIXES]
        if not {path.relative_to(self.templates).as_posix() for path in own} & shipped:
            raise ReadError(
                f"{self.templates}: no file in it takes the place of a shipped template, "
                f"such as html/glossary.html.j2. {_HELP}"
            )
        for path in own:
            text = _read(path)
            if path.suffix == ".j2":
                with self.blame():
                    Environment(autoescape=True).parse(text, filename=str(path))

    @contextmanager
    def blame(self) -> Iterator[None]:
        """Turn an error inside a template of the user's into one clear sentence.

        An error elsewhere is ours and passes unchanged.
        """
        try:
            yield
        except _RAISED as error:
            place = self._place(error)
            if place is None:
                raise
            path, line = place
            message = str(error) or type(error).__name__
            raise ReadError(
                f"{path}, line {line}: {message.rstrip('.')}. {_HELP}"
            ) from error

    def _place(self, error: Exception) -> tuple[str, int] | None:
        """Find the last line of a user's template that an error passed through."""
        if self.templates is None:
            return None
        places = [
            (frame.filename, frame.lineno or 1)
            for frame in traceback.extract_tb(error.__traceback__)
        ]
        if isinstance(error, TemplateSyntaxError) and error.filename:
            places.append((error.filename, error.lineno))
        folder = self.templates.resolve()
        own = [p for p in places if folder in Path(p[0]).resolve().parents]
        return own[-1] if own else None


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ReadError(
            f"{path}: cannot be read ({error.strerror or error}). Give one that is there."
        ) from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ReadError(f"{path}, line {line}: is not UTF-8. Save it as UTF-8.") from error
