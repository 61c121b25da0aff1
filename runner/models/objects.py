"""Estimators given as objects, in Python: a study's fields of them, and their pickle."""

import inspect
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from tunecard.runner.errors import StudyError
from tunecard.runner.metrics import TaskName
from tunecard.runner.models.estimators import final_step, public_module
from tunecard.runner.models.pickled import unfitted_object
from tunecard.runner.models.spaces import make_search
from tunecard.runner.models.unpacking import Unpacked, is_search, refuse_inner, unpack
from tunecard.runner.schema import EstimatorObject, ModelSpec, Params
from tunecard.runner.schema.wording import TOML, sentences

T = TypeVar("T", str, int)


@dataclass(frozen=True)
class Models:
    """Models given in Python, and their search objects' settings for the whole study.

    ``metric`` and ``seed`` are None where no search object has any. ``task`` is
    regression where all estimators are regressors; ``inner`` has the splitters of the
    searches' folds, by the names of the models.
    """

    specs: tuple[ModelSpec, ...]
    metric: str | None = None
    seed: int | None = None
    task: TaskName = "classification"
    inner: Mapping[str, Any] = field(default_factory=dict)


def models_of(models: Any) -> Models:
    """Turn models given in Python into those of a study.

    Parameters
    ----------
    models : sequence
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
    inner: dict[str, Any] = {}
    for position, item in enumerate(models):
        taken, n_before = {spec.name for spec in specs}, len(unpacked)
        spec = _spec(item, f"models[{position}]", taken, unpacked)
        if spec.name in taken:
            raise StudyError(
                f"models[{position}].name: {spec.name!r} is another model's, too; give "
                "each its own name."
            )
        if len(unpacked) > n_before and unpacked[-1].splitter is not None:
            inner[spec.name] = unpacked[-1].splitter
        specs.append(spec)
    metric = _only("scoring", [model.metric for model in unpacked])
    seeds = [model.seed for model in unpacked if model.seed is not None]
    task = _task_of(models)
    return Models(tuple(specs), metric, _only("random_state", seeds), task, inner)


def _task_of(models: Sequence[Any]) -> TaskName:
    """Return the task of estimators: regression where each is a regressor."""
    from sklearn.base import is_regressor

    estimators = [item[1] if isinstance(item, tuple) else item for item in models]
    regressors = []
    for estimator in estimators:
        try:
            regressors.append(is_regressor(estimator))
        except Exception:  # noqa: BLE001 # an estimator without tags is reported later
            regressors.append(False)
    return "regression" if all(regressors) else "classification"


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
        name = unused_name(re.sub(r"[^a-z0-9]+", "-", class_name.lower()).strip("-"), taken)
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
        "search": None if search is None else make_search(search, f"{place}.search"),
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


def unused_name(name: str, taken: Collection[str]) -> str:
    """Return a name that is not taken: with a number behind it if need be.

    Examples
    --------
    >>> unused_name("tree", ["tree"])
    'tree-2'
    """
    number = 1
    while (unused := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return unused


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
