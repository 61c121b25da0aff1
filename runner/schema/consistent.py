"""Checks across the fields of a results.json: values and fields that contradict."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from tunecard.runner.schema.dataset import DatasetInfo
from tunecard.runner.schema.metrics import MetricSpec
from tunecard.runner.schema.places import Location, path_of
from tunecard.runner.schema.record import Candidate, SearchRecord
from tunecard.runner.schema.results import Case, Results
from tunecard.runner.schema.space import Distribution

_LARGEST = 2**63  # no count, size or time of a run comes near
_DEEPEST = 50  # keys and positions one in the other; results have 10


def odd_values(document: dict[str, Any]) -> list[str]:
    """Report values that JSON can write and no field can hold.

    Parameters
    ----------
    document : dict
        A parsed results.json.

    Returns
    -------
    list of str
        A sentence each: halves of characters (lone surrogates) and integers
        beyond 64 bits.
    """
    return list(_find_odd(document, ()))


def _find_odd(value: Any, path: Location) -> Iterator[str]:
    if len(path) > _DEEPEST:
        yield f"{path_of(path[:4])}: is nested too deep."
    elif isinstance(value, dict):
        for key, inner in value.items():
            if _is_cut(key):
                yield f"{path_of(path)}: a key, {key!a}, holds half of a character."
            else:
                yield from _find_odd(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _find_odd(inner, (*path, position))
    elif isinstance(value, str):
        if _is_cut(value):
            yield f"{path_of(path)}: holds half of a character; it must be whole text."
    elif isinstance(value, int) and abs(value) > _LARGEST:
        yield f"{path_of(path)}: is an integer of more than 64 bits; give less."


def _is_cut(text: str) -> bool:
    """Return whether a text has a lone surrogate, which no encoding can write."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def contradictions(results: Results) -> list[str]:
    """Report where fields of a results.json contradict each other.

    Parameters
    ----------
    results : Results
        Each field by itself is right.

    Returns
    -------
    list of str
        A sentence each, beginning with the field.
    """
    return [
        *_check_datasets(results),
        *_check_cases(results),
        *(
            line
            for number, record in enumerate(results.searches)
            for line in _check_search(record, results, f"searches[{number}]")
        ),
    ]


def _check_datasets(results: Results) -> Iterator[str]:
    yield from _check_dataset(results.dataset, "dataset")
    seeds = tuple(split.seed for split in results.splits)
    if seeds and seeds != results.study.repetitions:
        yield "splits: must be one for each of the study's seeds, in their order."
    for number, split in enumerate(results.splits):
        yield from _check_dataset(split.dataset, f"splits[{number}].dataset")


def _check_dataset(dataset: DatasetInfo, place: str) -> Iterator[str]:
    for part in ("n_train", "n_test"):
        total = sum(getattr(entry, part) for entry in dataset.classes)
        if dataset.classes and total != getattr(dataset, part):
            yield (
                f"{place}.{part}: is {getattr(dataset, part):,}, but its classes have "
                f"{total:,} rows in all."
            )
    if dataset.image_shape and math.prod(dataset.image_shape) != dataset.n_features:
        yield (
            f"{place}.image_shape: {list(dataset.image_shape)} has not n_features = "
            f"{dataset.n_features:,} pixels."
        )


def _check_cases(results: Results) -> Iterator[str]:
    models = {model.name for model in results.study.models}
    keys = set()
    for number, case in enumerate(results.cases):
        place = f"cases[{number}]"
        if case.model not in models:
            yield _unknown(f"{place}.model", case.model, models)
        if case.seed not in results.study.all_seeds:
            yield f"{place}.seed: {case.seed}: must be a seed of the study."
        if case.n_seeds != len(results.study.all_seeds):
            yield f"{place}.n_seeds: {case.n_seeds}: must be the study's number of seeds."
        if case.key in keys:
            yield f"{place}: {case.key} appears twice; each case has one row."
        keys.add(case.key)
        if (case.n_changed_rows or 0) > results.dataset.n_test:
            yield f"{place}.n_changed_rows: {case.n_changed_rows:,}: exceeds n_test."
        yield from _check_quality(case, results, f"{place}.quality")
        for position, timed in enumerate(case.timings):
            if not any(not sample.cold for sample in timed.samples):
                yield f"{place}.timings[{position}].samples: has no counted call."


def _check_quality(case: Case, results: Results, place: str) -> Iterator[str]:
    if case.quality is None:
        if case.status == "ok":
            yield f"{place}: is missing; a case that is ok has it."
        return
    if case.status != "ok":
        yield f"{place}: must not be there for a case that is {case.status}."
    classes = [entry.name for entry in results.dataset.classes]
    if [entry.name for entry in case.quality.per_class] != classes:
        yield f"{place}.per_class: does not name the classes of the dataset in their order."
    specs = {spec.name: spec for spec in results.metrics}
    for part, values in (("test", case.quality.test), ("train", case.quality.train)):
        for name, value in values.items():
            if name in specs:
                yield from _outside_range(f"{place}.{part}.{name}", value, specs[name])


def _check_search(record: SearchRecord, results: Results, place: str) -> Iterator[str]:
    spaces = {m.name: m.search.space for m in results.study.models if m.search}
    searched = {m.name for m in results.study.models if m.search or m.origin == "imported"}
    if record.model not in searched:
        yield _unknown(f"{place}.model", record.model, searched)
    same = [(other.model, other.seed) for other in results.searches]
    if same.count((record.model, record.seed)) > 1:
        yield f"{place}: a search of {record.model!r} appears twice; each model has one."
    if not record.folds:
        yield f"{place}.folds: is empty; a search has folds."
    for number, sizes in enumerate(record.folds):
        if sizes is not None and 0 in sizes:
            yield f"{place}.folds[{number}]: {list(sizes)}: each part has at least one row."
    if not any(c.eligible and c.index == record.best for c in record.candidates):
        yield f"{place}.best: {record.best}: is not a candidate that could be chosen."
    spec = next(
        (metric for metric in results.metrics if metric.name == record.metric), None
    )
    for number, candidate in enumerate(record.candidates):
        for name in ("scores", "cpu_seconds"):
            values = getattr(candidate, name)
            if len(values) != len(record.folds):
                yield (
                    f"{place}.candidates[{number}].{name}: has {len(values)} values, but "
                    f"the search has {len(record.folds)} folds."
                )
        if candidate.eligible:
            where = f"{place}.candidates[{number}].params"
            yield from _find_outside(candidate, spaces.get(record.model, {}), where)
        where = f"{place}.candidates[{number}].scores"
        for position, score in enumerate(candidate.scores if spec is not None else ()):
            assert spec is not None
            yield from _outside_range(f"{where}[{position}]", score, spec)


def _find_outside(
    candidate: Candidate, space: Mapping[str, Any], place: str
) -> Iterator[str]:
    """Report values that could not have been drawn."""
    for name, values in space.items():
        drawn = candidate.params.get(name)
        if not isinstance(values, Distribution) or not isinstance(drawn, int | float):
            continue
        slack = 1e-9 * max(abs(values.low), abs(values.high))  # 10 ** log10(low) may differ
        if not values.low - slack <= drawn <= values.high + slack or (
            values.distribution == "loguniform" and drawn <= 0
        ):
            yield (
                f"{place}.{name}: {drawn:g}: is not between {values.low:g} and "
                f"{values.high:g}, from where it was drawn."
            )


def _outside_range(place: str, value: float | None, spec: MetricSpec) -> Iterator[str]:
    if value is not None and (must := spec.outside(value)):
        yield f"{place}: {value:g}: {must}."


def _unknown(place: str, name: str, models: set[str]) -> str:
    names = ", ".join(sorted(models)) or "none"
    return f"{place}: {name!r}: must be a model of the study ({names})."
