"""What differs between two runs: machine, software, data, study, models."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tunecard.report.analyze.types.runs import Part, SetupDifference
from tunecard.runner.schema import (
    SCIKIT_LEARN,
    Case,
    DatasetInfo,
    ModelSpec,
    Params,
    Results,
    ThreadPool,
)

#: Packages in which no timed call spends its time.
NOT_TIMED = frozenset({"matplotlib", "pandas", "pyarrow"})
#: Written for a key that a run does not have.
ABSENT = "none"
#: Fields of a study that are compared elsewhere, or are only words.
_ELSEWHERE = {"models", "title", "gates", "findings"}

Facts = Mapping[tuple[Part, str], str]


def machine_facts(results: Results) -> dict[tuple[Part, str], str]:
    """Describe what a time depends on besides the study: machine, threads, libraries."""
    environment = results.environment
    facts: dict[tuple[Part, str], str] = {
        ("machine", "processor"): environment.cpu,
        ("machine", "architecture"): environment.machine,
        ("machine", "physical cores"): _text(environment.physical_cores),
        ("machine", "logical cores"): _text(environment.logical_cores),
        ("machine", "system"): environment.os,
        ("software", "Python"): f"{environment.implementation} {environment.python}",
    }
    facts |= _threads(environment.thread_pools)
    facts |= {
        ("machine", name): value for name, value in environment.wait_variables.items()
    }
    facts |= {
        ("software", name): version
        for name, version in environment.packages.items()
        if name not in NOT_TIMED
    }
    facts |= {
        ("software", f"engine of {spec.name}"): spec.engine
        for spec in results.study.models
        if spec.engine != SCIKIT_LEARN
    }
    return facts


def all_facts(results: Results) -> dict[tuple[Part, str], str]:
    """Describe a run: machine, software, data and study, a text each."""
    environment, data, study = results.environment, results.dataset, results.study
    facts = machine_facts(results)
    facts[("machine", "memory")] = _text(environment.memory)
    facts[("software", "Tunecard")] = environment.tunecard
    facts |= {("software", name): number for name, number in environment.packages.items()}
    if environment.git is not None:
        dirty = ", with changes" if environment.git.dirty else ""
        facts[("software", "commit")] = f"{environment.git.commit[:12]}{dirty}"
    of_data: Facts = {
        ("data", "name"): data.name,
        ("data", "source"): data.source,
        ("data", "training rows"): _text(data.n_train),
        ("data", "test rows"): _text(data.n_test),
        ("data", "features"): _text(data.n_features),
        **_target(data),
        ("data", "dtype"): data.dtype,
    }
    facts |= of_data
    facts |= {("data", f"SHA-256 of {k}"): v[:16] for k, v in sorted(data.sha256.items())}
    for name, value in study.model_dump(mode="json", exclude=_ELSEWHERE).items():
        facts[("study", name)] = _text(value)
    return facts


def _target(data: DatasetInfo) -> Facts:
    """Return the classes, or the unit of a regression's target."""
    if data.values is not None:
        return {("data", "unit"): data.values.unit or ABSENT}
    return {("data", "classes"): _text([label.name for label in data.classes])}


def differing(first: Facts, second: Facts) -> tuple[SetupDifference, ...]:
    """Return the keys whose values differ, in the order of the first."""
    keys = dict.fromkeys([*first, *second])
    return tuple(
        SetupDifference(
            part, key, first.get((part, key), ABSENT), second.get((part, key), ABSENT)
        )
        for part, key in keys
        if first.get((part, key), ABSENT) != second.get((part, key), ABSENT)
    )


def agreeing(first: Facts, second: Facts) -> dict[Part, tuple[str, ...]]:
    """Return the keys whose values are the same in both, by part."""
    same: dict[Part, list[str]] = {}
    for (part, key), value in first.items():
        if second.get((part, key)) == value:
            same.setdefault(part, []).append(key)
    return {part: tuple(keys) for part, keys in same.items()}


def changed(
    specs: tuple[ModelSpec, ModelSpec], cases: tuple[Case, Case]
) -> tuple[SetupDifference, ...]:
    """Return how a case that both runs have was set up differently."""
    first, second = (dict(_setting(*pair)) for pair in zip(specs, cases, strict=True))
    if specs[0].engine != specs[1].engine:  # else it goes without saying
        for setting, spec in zip((first, second), specs, strict=True):
            setting["model", "engine"] = spec.engine
    return differing(first, second)


def _setting(spec: ModelSpec, case: Case) -> Iterator[tuple[tuple[Part, str], str]]:
    yield ("model", "estimator"), spec.estimator
    yield (
        ("model", "preprocess"),
        ", ".join(_text(step) for step in spec.model_dump(mode="json")["preprocess"])
        or ABSENT,
    )
    yield ("model", "parameters"), _setting_of(case.params)
    yield ("model", "seed"), _text(case.seed)
    if case.variant == "tuned":
        search = spec.search.model_dump(mode="json") if spec.search else None
        yield ("model", "search"), _text(search)


def _setting_of(params: Params) -> str:
    """Write parameters with every digit: two that differ must not look the same."""
    listed = ", ".join(f"{name} = {_text(value)}" for name, value in sorted(params.items()))
    return listed or "defaults"


def _threads(pools: tuple[ThreadPool, ...]) -> dict[tuple[Part, str], str]:
    """Describe the thread pools; two of one library (NumPy's, SciPy's) as a list."""
    by_api: dict[str, list[str]] = {}
    for pool in pools:
        name = f"{pool.internal_api} {pool.version or ''}".rstrip()
        by_api.setdefault(pool.user_api, []).append(f"{pool.num_threads} by {name}")
    return {
        ("machine", f"threads ({api})"): ", ".join(sorted(pools_of_api))
        for api, pools_of_api in sorted(by_api.items())
    }


def _text(value: Any) -> str:
    """Write a value as a study or results.json has it."""
    if value is None:
        return ABSENT
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
