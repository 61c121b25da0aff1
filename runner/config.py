"""TOML -> Study: defaults, "did you mean", all errors of a file reported at once."""

import difflib
import importlib
import shlex
import sys
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tunecard.runner import metrics
from tunecard.runner.errors import InputError, StudyError
from tunecard.runner.schema import DATA_SUFFIXES, Study
from tunecard.runner.schema.wording import TOML, sentences


def shipped() -> tuple[str, ...]:
    """Return the names of the studies that come with Tunecard."""
    folder = resources.files("tunecard.runner") / "studies"
    return tuple(
        sorted(
            item.name.removesuffix(".toml")
            for item in folder.iterdir()
            if item.name.endswith(".toml")
        )
    )


def load_study(name: str) -> Study:
    """Read a shipped study by its name, or a study file by its path.

    Parameters
    ----------
    name : str
        ``mnist``, ``digits``, or a path to a TOML file.

    Returns
    -------
    Study
        The effective study: every default filled in.

    Raises
    ------
    StudyError
        If the study does not exist, the file is not TOML, or any field is wrong.
    """
    if name in shipped():
        text = (resources.files("tunecard.runner") / "studies" / f"{name}.toml").read_text(
            "utf-8"
        )
        return parse(text, name)
    path = Path(name)
    if path.suffix.lower() in DATA_SUFFIXES and path.is_file():
        raise StudyError(
            f"{name}: is a file of data, not a study. Write a study of it first: tunecard "
            f"init {shlex.quote(name)} --target COLUMN; then tunecard run study.toml. "
            "Where it holds predictions of models: tunecard judge."
        )
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise StudyError(
            f"{name}: is not UTF-8 text, so it is not a study file."
        ) from error
    except (OSError, ValueError) as error:
        close = difflib.get_close_matches(name, shipped(), n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        reason = getattr(error, "strerror", None) or error
        raise StudyError(
            f"{name!r} is neither a shipped study ({', '.join(shipped())}) nor a study "
            f"file that can be read ({reason}).{hint}"
        ) from error
    return parse(text, name, path.resolve().parent)


def parse(text: str, origin: str, folder: Path | None = None) -> Study:
    """Turn the text of a study file into a Study.

    Parameters
    ----------
    text : str
        TOML.
    origin : str
        The file's name, for messages.
    folder : Path or None
        Where modules of the user's own may stand, behind all other places.

    Raises
    ------
    StudyError
        With every wrong field, a line each; or if a plugin cannot be imported.
    """
    document = _document(text, origin)
    _import_plugins(document.get("plugins"), origin, folder)
    _import_metrics(document, origin, folder)
    try:
        study = Study.model_validate(document)
    except ValidationError as error:
        raise StudyError(_format_errors(origin, sentences(error, Study, TOML))) from error
    lines = [*_given_objects(study), *_unused_simpler(study)]
    if lines:
        raise StudyError(_format_errors(origin, lines))
    return study


def _document(text: str, origin: str) -> dict[str, Any]:
    try:
        # A byte order mark, as some editors write, does not belong to the text.
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"{origin}: is not TOML ({error}).") from error
    except RecursionError as error:
        raise StudyError(f"{origin}: is not TOML (it is nested too deep).") from error
    except ValueError as error:  # of int()
        raise StudyError(
            f"{origin}: is not TOML (a number has too many digits)."
        ) from error


def gates_of_file(path: Path) -> tuple[dict[str, Any], ...]:
    """Read the ``[[gates]]`` of a TOML file; what is in them is checked with the study.

    Raises
    ------
    StudyError
        If the file cannot be read, is not TOML, or has no gates.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StudyError(f"--gates {path}: cannot be read ({reason}).") from error
    gates = _document(text, str(path)).get("gates")
    if not isinstance(gates, list) or not all(isinstance(gate, dict) for gate in gates):
        raise StudyError(f"--gates {path}: has no [[gates]]; write one for each gate.")
    _import_metrics({"gates": gates}, f"--gates {path}", path.resolve().parent)
    return tuple(gates)


def _import_plugins(names: Any, origin: str, folder: Path | None) -> None:
    """Import what a study's metrics are registered by, before they are looked up."""
    if not isinstance(names, list):  # reported with the study's other errors
        return
    if names:
        _look_in(folder)
    for number, name in enumerate(names):
        if not isinstance(name, str):
            continue
        try:
            importlib.import_module(name)
        except Exception as error:  # a user's module may raise anything
            reason = f"{type(error).__name__}: {error}"
            line = f"plugins[{number}]: {name!r}: cannot be imported ({reason})."
            raise StudyError(_format_errors(origin, [line])) from error


def _import_metrics(
    document: Mapping[str, Any], origin: str, folder: Path | None = None
) -> None:
    """Import the metrics that a study or its gates name by an import path."""
    gates = document.get("gates")
    tables = gates if isinstance(gates, list) else []
    places = {"metric": document.get("metric")}
    places |= {
        f"gates[{number}].metric": gate.get("metric")
        for number, gate in enumerate(tables)
        if isinstance(gate, dict)
    }
    for place, name in places.items():
        if metrics.is_path(name):
            _look_in(folder)
            try:
                metrics.name_of(name)
            except InputError as error:
                text = str(error).removeprefix("metric ")
                raise StudyError(_format_errors(origin, [f"{place}: {text}"])) from error


def _look_in(folder: Path | None) -> None:
    """Look for modules in a study's folder too, behind all other places."""
    if folder is not None and str(folder) not in sys.path:
        sys.path.append(str(folder))


def _format_errors(origin: str, lines: list[str]) -> str:
    count = "1 error" if len(lines) == 1 else f"{len(lines)} errors"
    return f"{origin}: {count}\n" + "\n".join(f"  {line}" for line in lines)


def _given_objects(study: Study) -> list[str]:
    """Refuse pickles in a file: a study file names code, and holds none."""
    return [
        f"models[{index}].object: unknown key. Remove it; estimators are given as objects "
        "in Python alone."
        for index, model in enumerate(study.models)
        if model.object is not None or model.tuned_object is not None
    ]


def _unused_simpler(study: Study) -> list[str]:
    return [
        f"models[{index}].search.simpler: {name!r} is not in the search space "
        f"({', '.join(model.search.space)})."
        for index, model in enumerate(study.models)
        if model.search
        for name in model.search.simpler
        if name not in model.search.space
    ]
