"""Write the pages of docs/reference/ that follow from the code.

``python tests/make_docs.py`` writes them; ``tests/test_site.py`` compares them.
"""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

import griffe
import typer.main
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from typer.cli import get_docs_for_click

import tunecard
from tunecard.command_line import app
from tunecard.report.compare.comparison import Comparison
from tunecard.report.findings.rules import RULES
from tunecard.report.run import Run
from tunecard.runner.schema import Frozen, Gate, Results, Study
from tunecard.runner.schema.data import Data
from tunecard.runner.schema.models import ModelSpec, Transformer
from tunecard.runner.schema.strategies import registry
from tunecard.runner.schema.study_parts import Findings, Limits, Subset, Timing

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
_MADE = "<!-- Made from the code by tests/make_docs.py. -->\n"
#: Tables of a study file, in the order in which a reader meets them.
_TABLES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The top level", Study),
    ("`[data]`", Data),
    ("`[subset]`", Subset),
    ("`[[models]]`", ModelSpec),
    ("A table in `preprocess`", Transformer),
    ("`[timing]`", Timing),
    ("`[limits]`", Limits),
    ("`[[gates]]`", Gate),
    ("`[findings]`", Findings),
)
#: Fields that Python fills in, which no study file has.
_NOT_WRITTEN = {"object", "tuned_object", "origin", "spaces"}
_LONGEST_TYPE = 60  # characters; a longer one explains nothing


def pages() -> dict[str, str]:
    """Return the content of each page by its file name."""
    return {
        "study.md": "".join(_study()),
        "cli.md": "".join(_commands()),
        "python.md": "".join(_python()),
        "findings.md": "".join(_findings()),
        "contract.md": "".join(_contract()),
    }


def _study() -> Iterator[str]:
    yield f"# The study file\n\n{_MADE}\n"
    yield (
        "A study is a TOML file. `tunecard init` writes a first one, and "
        "[Use your own models](../guides/own-models.md) explains it by examples.\n"
    )
    for title, kind in _TABLES:
        yield f"\n## {title}\n\n"
        yield from _fields(kind, _NOT_WRITTEN)
    for name in registry.names():
        strategy = registry.find(name)
        if strategy is None or not strategy.__module__.startswith("tunecard."):
            continue  # a strategy of an installed package
        yield f'\n## `[models.search]` with `strategy = "{name}"`\n\n'
        yield from _fields(strategy, {"strategy", *_NOT_WRITTEN})


def _contract() -> Iterator[str]:
    yield f"# results.json\n\n{_MADE}\n"
    yield (
        "`tunecard schema` prints the JSON Schema, `tunecard validate RUN` checks a file. "
        "Versions 1 and 2 are read. What was not measured is null, never 0.\n"
    )
    kinds = _reachable(Results)
    study = _reachable(Study)
    for kind in (kind for kind in kinds if kind not in study):
        yield f"\n## {kind.__name__}\n\n"
        yield from _fields(kind, set())


def _reachable(kind: type[BaseModel]) -> list[type[BaseModel]]:
    """List a model and those that its fields hold, each once, in the order of fields."""
    kinds: list[type[BaseModel]] = []

    def visit(annotation: Any) -> None:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            if annotation not in kinds:
                kinds.append(annotation)
                for field in annotation.model_fields.values():
                    visit(field.annotation)
            return
        for argument in get_args(annotation):
            visit(argument)

    visit(kind)
    return kinds


def _fields(kind: type[BaseModel], hidden: set[str]) -> Iterator[str]:
    """Describe a table: what it is, then a line a field from docstring and defaults."""
    text, _ = _docstring(kind)
    described: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        described |= _docstring(base)[1] if issubclass(base, Frozen) else {}
    yield f"{text}\n\n| field | what it is | default |\n|---|---|---|\n"
    for name, field in kind.model_fields.items():
        if name in hidden:
            continue
        words = described.get(name) or f"*{_type(field.annotation)}*"
        if len(words) > _LONGEST_TYPE and name not in described:
            words = ""
        yield f"| `{name}` | {words} | {_default(field)} |\n"


def _type(annotation: Any) -> str:
    """Write a type as docstrings do."""
    arguments = [inner for inner in get_args(annotation) if inner is not Ellipsis]
    if not arguments or isinstance(arguments[0], str):  # the latter of a Literal
        names = arguments or [getattr(annotation, "__name__", "object")]
        return " or ".join(str(name) for name in names).replace("NoneType", "None")
    names = [_type(inner) for inner in arguments]
    origin = getattr(get_origin(annotation), "__name__", "")
    if origin in ("tuple", "dict", "list"):
        joint = " to " if origin == "dict" else " or "
        return str(f"{origin} of {joint.join(names)}")
    if origin == "Annotated":
        return str(names[0])
    return " or ".join(names)


def _docstring(value: object) -> tuple[str, Mapping[str, str]]:
    """Return the text of a docstring, and what it says of each attribute."""
    parsed = _parsed(value)
    text = [str(part.value) for part in parsed if part.kind.value == "text"]
    attributes: dict[str, str] = {}
    for part in parsed:
        if part.kind.value == "attributes":
            for attribute in part.value:
                kind = f"*{attribute.annotation}*. " if attribute.annotation else ""
                for name in attribute.name.split(", "):
                    attributes[name] = f"{kind}{_line(attribute.description)}"
    return _marked("\n\n".join(text)), attributes


def _parsed(value: object) -> list[Any]:
    """Return the sections of a docstring."""
    text = griffe.Docstring(inspect.getdoc(value) or "", parser=griffe.Parser.numpy)
    return list(text.parse(warnings=False, warn_unknown_params=False))


def _line(text: str) -> str:
    """Put a description on one line of a table."""
    return re.sub(r"\s+", " ", _marked(text)).replace("|", r"\|")


def _marked(text: str) -> str:
    """Turn reStructuredText's code and roles into Markdown's."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    return str(text).replace("``", "`")


def _default(field: Any) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value is PydanticUndefined or value is None or value in ((), {}, ""):
        return "none"
    if isinstance(value, BaseModel):
        return "as below"
    return f"`{value}`"


def _commands() -> Iterator[str]:
    command = typer.main.get_command(app())
    context = typer.Context(command, info_name="tunecard")
    text = get_docs_for_click(obj=command, ctx=context, name="tunecard")
    yield f"# Commands\n\n{_MADE}\n"
    yield "Exit codes are listed [on their own page](exit-codes.md).\n\n"
    # One level down: the page has its own title.
    yield re.sub(r"^#", "##", text.split("\n", 1)[1].strip(), flags=re.MULTILINE) + "\n"


def _python() -> Iterator[str]:
    yield f"# Python\n\n{_MADE}\n"
    yield "[Use it from Python](../guides/python.md) has examples.\n"
    for function in (tunecard.run, tunecard.judge, tunecard.load, tunecard.compare):
        yield f"\n## `tunecard.{function.__name__}`\n\n"
        yield from _documented(function)
    for kind in (Run, Comparison):
        yield f"\n## `{kind.__name__}`\n\n{_docstring(kind)[0]}\n"
        for name, member in vars(kind).items():
            target = getattr(member, "fget", None) or getattr(member, "func", member)
            if name.startswith("_") or not inspect.isroutine(target):
                continue
            brackets = "()" if target is member else ""
            yield f"\n### `{kind.__name__}.{name}{brackets}`\n\n"
            yield from _documented(target)


def _documented(function: Any) -> Iterator[str]:
    """Describe a function by the sections of its docstring."""
    for part in _parsed(function):
        name = part.kind.value
        if name == "text":
            yield f"{_marked(str(part.value))}\n\n"
        elif name in ("parameters", "returns", "raises"):
            yield f"**{name.capitalize()}**\n\n{_entries(part.value)}\n"
        elif name == "examples":
            yield f"**Examples**\n\n{_examples(part.value)}\n"


def _entries(entries: Sequence[Any]) -> str:
    lines = []
    for entry in entries:
        name = getattr(entry, "name", "")
        kind = f"*{entry.annotation}*" if entry.annotation else ""
        head = ", ".join(part for part in (f"`{name}`" if name else "", kind) if part)
        lines.append(f"- {head}: {_line(entry.description)}\n")
    return "".join(lines)


def _examples(entries: Sequence[Any]) -> str:
    blocks = []
    for kind, text in entries:
        is_code = kind.value == "examples"
        blocks.append(f"```pycon\n{text}\n```\n" if is_code else f"{_marked(text)}\n")
    return "\n".join(blocks)


def _findings() -> Iterator[str]:
    yield f"# Findings\n\n{_MADE}\n"
    yield (
        "A finding is what to know before relying on a number. `tunecard explain CODE` "
        "prints the same; `[findings] ignore` in a study shows one as ignored.\n"
    )
    for rule in RULES:
        yield f"\n## {rule.code}: {rule.title}\n\n{rule.why}\n\n"
        yield f"**What to do.** {rule.what_to_do}\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in pages().items():
        (FOLDER / name).write_text(content, "utf-8")
