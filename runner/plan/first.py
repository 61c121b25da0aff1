"""check_first_fits(): a model that fails at once stops the run before anything long."""

import difflib
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from tunecard.runner import models
from tunecard.runner.datasets import Dataset
from tunecard.runner.errors import StudyError
from tunecard.runner.inputs import Inputs, inputs_of
from tunecard.runner.models.estimators import within
from tunecard.runner.plan.jobs import Failure, TrialJob
from tunecard.runner.plan.probe import Child
from tunecard.runner.plan.trying import attempt
from tunecard.runner.processes.process import run_worker
from tunecard.runner.rows import Rows, save, take
from tunecard.runner.schema import Distribution, Encoding, ModelSpec, Params, Study
from tunecard.runner.search import strata_of
from tunecard.runner.task import Labels

ROWS = 500  # for the first attempt
SECONDS = 30.0  # after which the child is ended, with no verdict on what is left
_WRONG_VALUE = "InvalidParameterError"  # scikit-learn's, of one parameter's own value


def check_first_fits(study: Study, dataset: Dataset, child: Child) -> None:
    """Fit every model once on a few rows; what is not scikit-learn's own in a child.

    A model that fails on a few rows is fitted on all of them before it is refused: it
    may need more. One that hangs, crashes or takes too much memory is left to its case,
    which has limits and reports it.

    Parameters
    ----------
    study : Study
        The effective study.
    dataset : Dataset
        Its training rows.
    child : Child
        Threads and places of the child process.

    Raises
    ------
    StudyError
        With each model that fails and the estimator's own message.
    """
    n_rows = len(dataset.X_train)
    few = _few(strata_of(dataset.y_train, study.task), study.seed)
    suspects = [
        estimator_spec for spec in study.models for estimator_spec in spec.estimators
    ]
    certain: list[Failure] = []
    for rows in (few, np.arange(n_rows)) if len(few) < n_rows else (few,):
        failures = list(_failures(suspects, study, dataset, rows, child))
        wrong = [failure for failure in failures if failure.kind == _WRONG_VALUE]
        broken = [
            failure for failure in failures if failure not in wrong and not failure.setting
        ]
        certain += wrong
        names = {failure.model for failure in broken} - {
            failure.model for failure in certain
        }
        suspects = [spec for spec in suspects if spec.name in names]
        if not suspects:
            break
    else:
        certain += [failure for failure in broken if failure.model in names]
    if certain:
        lines = [
            f"  models[{index}] ({spec.name!r}): {_line(failure, spec)}"
            for index, spec in enumerate(study.models)
            for failure in certain
            if failure.model == spec.name
        ]
        raise StudyError(
            "The study cannot be run: a first fit on a few rows fails.\n"
            + "\n".join(dict.fromkeys(lines))
        )


def _few(y: NDArray[Any], seed: int) -> NDArray[np.intp]:
    """Choose a few rows, each class in its share, and at least 2 of each class."""
    if len(y) <= 2 * ROWS:
        return np.arange(len(y))
    drawn = np.random.default_rng(seed).permutation(len(y))
    _, codes = np.unique(y[drawn], return_inverse=True)
    of_class = [drawn[codes == code] for code in range(codes.max() + 1)]
    parts = [rows[: max(2, round(ROWS * len(rows) / len(y)))] for rows in of_class]
    return np.sort(np.concatenate(parts))


def _failures(
    specs: Sequence[ModelSpec],
    study: Study,
    dataset: Dataset,
    rows: NDArray[np.intp],
    child: Child,
) -> Iterator[Failure]:
    """Attempt models of scikit-learn's own here, and all others in a child process."""
    forms: dict[str, tuple[Inputs, list[ModelSpec]]] = {}
    for spec in specs:
        inputs = inputs_of(spec, dataset, study.seed)
        forms.setdefault(inputs.form, (inputs, []))[1].append(spec)
    for inputs, group in forms.values():
        here = [spec for spec in group if _is_safe(spec, study, inputs.encoding)]
        there = [spec for spec in group if spec not in here]
        data = take(inputs.X_train, rows), inputs.y_train[rows]
        if here:
            yield from attempt(_job(here, study, inputs.encoding, child), *data)
        if there:
            job = _job(there, study, inputs.encoding, child)
            yield from _in_child(job, data, child)


def _is_safe(spec: ModelSpec, study: Study, encoding: Encoding | None) -> bool:
    """Return whether a fit runs nothing but scikit-learn's code, and in this process."""
    try:
        built = models.build(spec, {}, study.seed, encoding)
    except Exception:  # noqa: BLE001 # a user's class may raise anything
        return False
    parts = within(built)
    serial = all(getattr(part, "n_jobs", None) in (None, 1) for part in parts)
    own = all(type(part).__module__.startswith("sklearn.") for part in parts)
    return serial and own


def _job(
    specs: Sequence[ModelSpec], study: Study, encoding: Encoding | None, child: Child
) -> TrialJob:
    return TrialJob(
        models=tuple(spec.model_copy(update={"search": None}) for spec in specs),
        named=tuple(_named(spec) for spec in specs),
        seed=study.seed,
        encoding=encoding,
        parent=os.getpid(),
        memory=study.limits.memory,
        path=child.path,
    )


def _named(spec: ModelSpec) -> tuple[Params, ...]:
    """Return a setting for each text of the space: where a typo is easily made."""
    if spec.search is None:
        return tuple(params for params in (spec.baseline, spec.tuned) if params)
    return tuple(
        {name: value}
        for table in spec.search.tables
        for name, values in table.items()
        if not isinstance(values, Distribution)
        for value in values
        if isinstance(value, str)
    )


def _in_child(job: TrialJob, data: tuple[Rows, Labels], child: Child) -> Iterator[Failure]:
    if child.work is not None:
        child.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tunecard-first-", dir=child.work) as name:
        folder = Path(name)
        for array, values in zip("Xy", data, strict=True):
            save(folder, array, values)
        (folder / "job.json").write_text(job.model_dump_json(), "utf-8")
        run_worker(
            folder,
            child.environ,
            threads=child.threads,
            seconds=SECONDS,
            module="tunecard.runner.plan.trying",
        )
        lines = folder / "failures.jsonl"
        for line in lines.read_text("utf-8").splitlines() if lines.exists() else ():
            try:
                yield Failure.model_validate_json(line)
            except ValidationError:  # cut off in the middle
                return


def _line(failure: Failure, spec: ModelSpec) -> str:
    """Write a failure: the setting, the estimator's own message, what may be meant."""
    place = "search.space: " if failure.setting else ""
    return f"{place}{failure.reason}{_hint(failure, spec)}"


def _hint(failure: Failure, spec: ModelSpec) -> str:
    """Suggest what the message allows, where a text of the parameters is close to it."""
    quoted = re.findall(r"'([^']*)'", failure.reason)
    for name, value in {**spec.params, **failure.setting}.items():
        if not isinstance(value, str) or value not in quoted:
            continue
        others = [text for text in dict.fromkeys(quoted) if text not in (value, name)]
        close = difflib.get_close_matches(value, others, n=1)
        if close:
            return f" Did you mean {name} = {close[0]!r}?"
    return ""
