"""Writes a study as a study file, so that what ran can be copied and run again."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tunecard.runner.schema import Study

_TABLES = (
    "models", "search", "spaces", "timing", "limits", "subset", "data", "split", "gates"
)  # fmt: skip


def to_toml(study: Study) -> str:
    """Write a study in the form of a study file, every default filled in.

    Fields without a value are left out, as in a study file; a parameter whose value is
    None is written ``{ none = true }``, because TOML has no null.
    """
    whole = study.model_dump(mode="json")
    del whole["seed" if study.seeds else "seeds"]
    if isinstance(whole.get("split"), dict):
        whole["split"] = study.split.model_dump(mode="json", exclude_defaults=True)
    return "\n".join(_table(whole, "")).strip() + "\n"


def _table(table: Mapping[str, Any], name: str) -> Iterator[str]:
    """Write a table's own values first, then the tables inside it."""
    inner: list[tuple[str, Any]] = []
    for key, value in table.items():
        if key == "space" and table.get("spaces"):
            continue  # its tables follow, of which it is the union
        if key in _TABLES:
            inner.append(("space" if key == "spaces" else key, value))
        elif key == "object" and value is not None:
            yield f"# given as an object in Python, SHA-256 {value['sha256']}"
        elif value is not None:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in inner:
        path = f"{name}.{key}" if name else key
        for item in value if isinstance(value, list) else [value]:
            if item is not None:
                yield ""
                yield f"[[{path}]]" if isinstance(value, list) else f"[{path}]"
                yield from _table(item, path)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_value(part)}" for key, part in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_value(part) for part in value)}]"
    if value is None:
        return "{ none = true }"
    if isinstance(value, str):
        return _text(value)
    # JSON's true, false and numbers are TOML's.
    return json.dumps(value)


def _key(key: str) -> str:
    return (
        key
        if key.replace("_", "").replace("-", "").isalnum() and key.isascii()
        else _text(key)
    )


def _text(text: str) -> str:
    # JSON's escapes are TOML's, but JSON leaves DEL alone and TOML does not.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
