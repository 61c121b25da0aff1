"""Estimators given as objects, in Python: a study's fields of them, and their pickle."""

import base64
import hashlib
import inspect
import math
import pickletools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from tunecard.runner.errors import StudyError
from tunecard.runner.models.estimators import final_step, one_line, public_module
from tunecard.runner.models.unpacking import Unpacked, is_search, refuse_inner, unpack
from tunecard.runner.schema import EstimatorObject, ModelSpec, Params, ParamValue
from tunecard.runner.schema.wording import TOML, sentences

T = TypeVar("T", str, int)

#: What a pickle has that is another in every process: cloudpickle's own numbers of
#: classes, and the files that notebooks keep their cells in.
_CHANGING = re.compile(r"[0-9a-f]{32}|ipykernel_\d+/\d+\.py")
_SCIPY = {
    "uniform": "uniform",
    "loguniform": "loguniform",
    "reciprocal": "loguniform",
    "randint": "randint",
}


def specs_of(models: Any) -> tuple[ModelSpec, ...]:
    """Turn models given in Python into those of a study; see `models_of`."""
    return models_of(models).specs


@dataclass(frozen=True)
class Models:
    """Models given in Python, and their search objects' settings for the whole study.

    ``metric`` and ``seed`` are None where no search object has any.
    """

    specs: tuple[ModelSpec, ...]
    metric: str | None = None
    seed: int | None = None


def models_of(models: Any) -> Models:
    """Turn models given in Python into those of a study.

    Parameters
    ----------
    given : sequence
        Of estimators, ``(name, estimator)``, ``(name, estimator, search)``,
        ``(name, before, after)`` with two estimators, or ModelSpec. A name that is not
        of a-z, 0-9 and hyphens is made into one, and kept as the label.
        In place of an estimator, a search object of scikit-learn's
        (GridSearchCV, RandomizedSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV):
        its estimator is the baseline, and its search the model's. A search is a dict
        from a parameter to its values or its distribution; or, with the key
        ``strategy``, what a study file's ``[models.search]`` holds.

    Raises
    ------
    StudyError
        If one is not an estimator, cannot be pickled, or its search is wrong.
    """
    if not isinstance(models, list | tuple) or not models:
        raise StudyError(
            "models: give a list of estimators, as in models=[LogisticRegression()], or of "
            '("name", estimator, {"C": [0.1, 1, 10]}).'
        )
    specs: list[ModelSpec] = []
    unpacked: list[Unpacked] = []
    for position, item in enumerate(models):
        taken = {spec.name for spec in specs}
        spec = _spec(item, f"models[{position}]", taken, unpacked)
        if spec.name in taken:
            raise StudyError(
                f"models[{position}].name: {spec.name!r} is another model's, too; give "
                "each its own name."
            )
        specs.append(spec)
    metric = _only("scoring", [model.metric for model in unpacked])
    seeds = [model.seed for model in unpacked if model.seed is not None]
    return Models(tuple(specs), metric, _only("random_state", seeds))


def _only(name: str, values: Sequence[T]) -> T | None:
    """Return the setting that all search objects share, if any has one."""
    different = sorted(set(values), key=str)
    if len(different) > 1:
        raise StudyError(
            f"models: the search objects have different values of {name}, "
            f"{different[0]!r} and {different[1]!r}, and a study has one; make them equal, "
            "or run one study for each."
        )
    return different[0] if different else None


def digest(pickled: bytes) -> str:
    """Return a SHA-256 of what is pickled, the same in another process.

    Two pickles of one class of a notebook differ in numbers that have no meaning.
    """
    content = hashlib.sha256()
    for opcode, argument, _ in pickletools.genops(pickled):
        if opcode.name == "FRAME":  # a length, of what changes as well
            continue
        text = _CHANGING.sub("", argument) if isinstance(argument, str) else argument
        content.update(repr((opcode.name, text)).encode("utf-8", "backslashreplace"))
    return content.hexdigest()


def _spec(item: Any, place: str, taken: set[str], unpacked: list[Unpacked]) -> ModelSpec:
    if isinstance(item, ModelSpec):
        return item
    name, estimator, search = _parts(item, place)
    if is_search(estimator):
        if search is not None:
            raise StudyError(
                f"{place}: {type(estimator).__name__} is a search already; leave out the "
                "space behind it."
            )
        unpacked.append(unpack(estimator, place))
        estimator, search = unpacked[-1].estimator, unpacked[-1].search
    class_name = type(final_step(estimator)).__name__
    if name is None:
        name = _unused(re.sub(r"[^a-z0-9]+", "-", class_name.lower()).strip("-"), taken)
    kind = type(estimator)
    as_object = unfitted_object(estimator, place)
    refuse_inner(estimator, place)
    tuned = None
    if hasattr(search, "get_params") and not isinstance(search, type):
        tuned, search = _tuned(search, place), None
    fields = {
        "name": key_of(name),
        "label": class_name if not isinstance(item, tuple) else name,
        "estimator": f"{public_module(kind.__module__)}.{kind.__name__}",
        "object": as_object,
        "params": changed_params(estimator),
        "search": None if search is None else _make_search(search, f"{place}.search"),
        "tuned_object": tuned,
    }
    try:
        return ModelSpec.model_validate(fields)
    except ValidationError as error:
        first, *_ = sentences(error, ModelSpec, TOML)
        raise StudyError(f"{place}.{first}") from error


def _tuned(estimator: Any, place: str) -> EstimatorObject:
    """Take an estimator that is given as the tuned case."""
    if is_search(estimator):
        raise StudyError(
            f"{place}: {type(estimator).__name__} is a search; give it alone, as "
            '("name", search), or give its best_estimator_ as the tuned case.'
        )
    _check_estimator(estimator, place)
    refuse_inner(estimator, place)
    kind = type(estimator)
    fields = {
        "estimator": f"{public_module(kind.__module__)}.{kind.__name__}",
        "params": changed_params(estimator),
    }
    return unfitted_object(estimator, place).model_copy(update=fields)


def _parts(item: Any, place: str) -> tuple[str | None, Any, Any]:
    """Take a name, an estimator and a search apart."""
    name, estimator, search = None, item, None
    if isinstance(item, tuple):
        if len(item) not in (2, 3) or not isinstance(item[0], str):
            raise StudyError(
                f'{place}: must be an estimator, ("name", estimator), '
                '("name", estimator, search) or ("name", before, after).'
            )
        name, estimator = item[:2]
        search = item[2] if len(item) == 3 else None
    _check_estimator(estimator, place)
    return name, estimator, search


def _check_estimator(estimator: Any, place: str) -> None:
    if isinstance(estimator, type):
        raise StudyError(
            f"{place}: {estimator.__name__} is a class; give an estimator, as in "
            f"{estimator.__name__}()."
        )
    if not all(hasattr(estimator, method) for method in ("fit", "predict", "get_params")):
        raise StudyError(
            f"{place}: {type(estimator).__name__} is not an estimator; give an object with "
            "fit, predict and get_params, as in LogisticRegression()."
        )


def key_of(label: str) -> str:
    """Return the short name of a model that is called so; one that fits stays.

    Examples
    --------
    >>> key_of("Churn, model B"), key_of("tree")
    ('churn-model-b', 'tree')
    """
    if re.fullmatch(r"[a-z0-9][a-z0-9-]*", label):
        return label
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:60] or "model"


def _unused(name: str, taken: set[str]) -> str:
    number = 1
    while (unused := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return unused


def unfitted_object(estimator: Any, place: str) -> EstimatorObject:
    """Pickle a clone of an estimator.

    Raises
    ------
    StudyError
        If it cannot be cloned or pickled.
    """
    import cloudpickle
    from sklearn.base import clone

    try:
        unfitted = clone(estimator)
    except (RuntimeError, TypeError, ValueError, AttributeError) as error:
        raise StudyError(
            f"{place}: {type(estimator).__name__} cannot be cloned ({one_line(error)}). "
            "Its __init__ must only store its arguments, each under its own name."
        ) from error
    try:
        pickled = cloudpickle.dumps(unfitted)
    except Exception as error:  # an object may refuse with anything
        raise StudyError(
            f"{place}: {type(estimator).__name__} cannot be pickled ({one_line(error)}), "
            "so it cannot reach the processes that measure it. Keep no open files, locks "
            "or connections in it."
        ) from error
    content = base64.b64encode(pickled).decode("ascii")
    return EstimatorObject(sha256=digest(pickled), content=content)


def fitted_object(estimator: Any, place: str) -> EstimatorObject:
    """Pickle an estimator as it is, fitted.

    Raises
    ------
    StudyError
        If it cannot be pickled.
    """
    import cloudpickle

    try:
        pickled = cloudpickle.dumps(estimator)
    except Exception as error:  # an object may refuse with anything
        raise StudyError(
            f"{place}: {type(estimator).__name__} cannot be pickled ({one_line(error)}), "
            "so it cannot reach the processes that time it. Judge it without time=True."
        ) from error
    content = base64.b64encode(pickled).decode("ascii")
    return EstimatorObject(sha256=digest(pickled), content=content)


def changed_params(estimator: Any) -> Params:
    """Return the plain parameters that are not their class's defaults, nested ones too."""
    values = estimator.get_params(deep=True)
    changed: Params = {}
    for name, value in sorted(values.items()):
        owner, _, last = name.rpartition("__")
        defaults = _defaults(values[owner] if owner else estimator)
        plain = value is None or isinstance(value, bool | int | float | str)
        finite = not isinstance(value, float) or math.isfinite(value)
        same = value is defaults.get(last, ...) or value == defaults.get(last, ...)
        if plain and finite and not same:
            changed[name] = value
    return changed


def _defaults(estimator: Any) -> dict[str, Any]:
    try:
        parameters = inspect.signature(type(estimator)).parameters.values()
    except (TypeError, ValueError):  # a class written in C may have no signature
        return {}
    return {parameter.name: parameter.default for parameter in parameters}


def _make_search(search: Any, place: str) -> Any:
    """Make a study file's table of a search: a space alone determines its strategy."""
    if isinstance(search, Mapping) and "strategy" in search:
        plain = (
            {"space": _make_space(search["space"], f"{place}.space")}
            if "space" in search
            else {}
        )
        return {**search, **plain}
    if not isinstance(search, Mapping) and not _is_list_of_spaces(search):
        raise StudyError(
            f"{place}: {type(search).__name__} is not a search; give a dict from a "
            'parameter to its values, as in {"C": [0.1, 1, 10]}, or a list of such dicts.'
        )
    if not search:
        raise StudyError(
            f"{place}: the space is empty; name a parameter and its values, as in "
            '{"C": [0.1, 1, 10]}, or leave the space out.'
        )
    space = _make_space(search, place)
    tables = [space] if isinstance(search, Mapping) else space
    lists = all(isinstance(values, list) for table in tables for values in table.values())
    return {"strategy": "grid" if lists else "random", "space": space}


def plain_space(
    space: Mapping[str, Any], plain: Callable[[Any], ParamValue]
) -> dict[str, Any] | None:
    """Write a space of scikit-learn's as a study does; None where it cannot.

    Parameters
    ----------
    space : dict
        Lists of values, or distributions of SciPy's.
    plain : callable
        Writes one value of a list.
    """
    made: dict[str, Any] = {}
    for name, values in sorted(space.items()):
        try:
            dimension = _dimension(values, name)
        except StudyError:  # a distribution that no study names
            return None
        if isinstance(dimension, list):
            dimension = [plain(value) for value in dimension]
        elif not isinstance(dimension, dict):
            return None
        made[str(name)] = dimension
    return made


def _is_list_of_spaces(space: Any) -> bool:
    return isinstance(space, list | tuple) and all(isinstance(g, Mapping) for g in space)


def _make_space(value: Any, place: str) -> Any:
    """Make the values of a space plain, or of each of several."""
    if isinstance(value, Mapping):
        return {
            name: _dimension(values, f"{place}.{name}") for name, values in value.items()
        }
    if _is_list_of_spaces(value):
        return [_make_space(space, f"{place}[{n}]") for n, space in enumerate(value)]
    return value


def _plain(value: Any) -> Any:
    """Make a value plain; a dict becomes its pairs, so that its keys stay what they are."""
    if isinstance(value, Mapping):
        return {"pairs": [[_plain(key), _plain(inner)] for key, inner in value.items()]}
    return value.item() if hasattr(value, "item") else value


def _dimension(values: Any, place: str) -> Any:
    """Make a parameter's values plain: Python's own, and SciPy's distributions named."""
    if hasattr(values, "tolist"):  # an array
        values = values.tolist()
    if isinstance(values, tuple | range):
        values = list(values)
    if isinstance(values, list):
        return [_plain(value) for value in values]
    kind = getattr(getattr(values, "dist", None), "name", None)
    if kind is None:
        return values
    name = _SCIPY.get(kind)
    if name is None:
        raise StudyError(
            f"{place}: the distribution {kind!r} of SciPy's has no place in a study; there "
            "are uniform, loguniform and randint."
        )
    low, high = (float(end) for end in values.support())
    return {"distribution": name, "low": low, "high": high}
