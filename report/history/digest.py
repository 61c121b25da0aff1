"""results.json -> the history entry of a run, or the reason why it cannot be listed."""

import hashlib
import math
import os
import stat
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from tunecard.report import formats
from tunecard.report.errors import ReadError
from tunecard.report.history.types import HistoryCase, HistoryEntry, Measure, Model
from tunecard.report.load.manifest import check_data
from tunecard.runner.schema import (
    PREDICTIONS,
    RESULTS,
    Case,
    ContractError,
    Environment,
    MetricSpec,
    Results,
    load,
    read,
)

if TYPE_CHECKING:
    from tunecard.report.analyze import Analysis

#: Above this a results.json is not read: the largest of a real study has 2 MB.
MOST_BYTES = 64 * 2**20
#: Longest text that is kept of a run, and the most facts, models and metrics.
_TEXT, _FACTS, _MODELS, _MEASURES = 120, 40, 40, 8
#: Beyond these a number cannot be a measurement, and no axis can show it.
_LEAST, _MOST = 1e-15, 1e15
# What numbers that no runner writes can raise in the statistics.
_RAISED = (ArithmeticError, LookupError, TypeError, ValueError)


class Unreadable(Exception):
    """A run that cannot be listed.

    Attributes
    ----------
    lasting : bool
        It is so until the file changes, and need not be read again before.
    """

    def __init__(self, reason: str, *, lasting: bool = True) -> None:
        super().__init__(reason)
        self.lasting = lasting


class Unfinished(Exception):
    """A run whose times are still to come."""


def digest(folder: Path, analysis: "Analysis | None" = None) -> HistoryEntry:
    """Read a run for the history.

    Parameters
    ----------
    folder : Path
        Its folder, which holds a results.json.
    analysis : Analysis or None
        The run's, where it has been made already.

    Returns
    -------
    HistoryEntry

    Raises
    ------
    Unreadable
        With the reason in a sentence.
    Unfinished
        If its timing is in progress, or was interrupted.
    """
    results = _read(folder / RESULTS)
    if results.in_progress:
        raise Unfinished
    try:
        check_data(folder / RESULTS)
        return _entry(folder, results, analysis)
    except ReadError as error:  # the manifest may be removed, which no stamp shows
        message = str(error).removeprefix(f"{folder}{os.sep}")
        raise Unreadable(_clip(message, 400), lasting=False) from error
    except _RAISED as error:
        detail = f"{type(error).__name__}: {error}"
        reason = f"its numbers cannot be summarized ({detail})"
        raise Unreadable(_clip(reason, 300)) from error


def _read(path: Path) -> Results:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(f"{RESULTS} is not a regular file")
        if status.st_size > MOST_BYTES:
            size, most = formats.size(status.st_size), formats.size(MOST_BYTES)
            raise Unreadable(f"{RESULTS} has {size}, more than the {most} that are read")
        text = path.read_bytes()
    except OSError as error:
        reason = f"{RESULTS} cannot be read ({error.strerror or error})"
        raise Unreadable(reason, lasting=False) from error
    results = read(text)
    if results is not None:
        return results
    try:
        return load(path)
    except ContractError as error:
        message = str(error).removeprefix(f"{path}: ")
        raise Unreadable(_clip(f"{RESULTS}: {message}", 400)) from error


def _measured_by(results: Results) -> list[MetricSpec]:
    """Return the metrics at the top of a run's page; the study's own is among them."""
    own = results.study.metric
    return [spec for spec in results.metrics if spec.headline or spec.name == own]


def _entry(folder: Path, results: Results, analysis: "Analysis | None") -> HistoryEntry:
    # Loaded late: with the statistics it takes longer than reading all cached runs.
    from tunecard.report.analyze.runs.times import kernel_seconds
    from tunecard.report.history.words import corrected_gains, quality_words

    machine, versions = _facts(results)
    study, data = results.study, results.dataset
    words = quality_words(results, folder / PREDICTIONS, analysis)
    gains = corrected_gains(results, folder, analysis)
    measures = tuple(
        Measure(
            name=spec.name,
            label=_clip(spec.label),
            greater_is_better=spec.greater_is_better,
            unit=_clip(spec.delta_unit),
        )
        for spec in _measured_by(results)[:_MEASURES]
    )
    subset = study.subset
    parts = (*sorted(data.sha256.items()), data.n_train, data.n_test, study.repetitions)
    return HistoryEntry(
        run=folder.name,
        study=study.name,
        title=_clip(study.title),
        dataset=_clip(data.name),
        dataset_title=_clip(data.title),
        subset=f"{subset.train} + {subset.test}" if subset else "",
        data=hashlib.sha256(repr(parts).encode()).hexdigest()[:12],
        machine=machine,
        versions=versions,
        commit=_commit(results.environment),
        kernel=_positive(kernel_seconds(results)),
        metric=study.metric,
        margin=study.margin,
        measures=measures,
        models=tuple(
            Model(
                name=spec.name,
                label=_clip(spec.label),
                word=words[spec.name],
                cases={
                    variant: _over_seeds([_measured(case, measures) for case in cases])
                    for variant in ("baseline", "tuned")
                    if (cases := _cases(results, spec.name, variant))
                },
                **gains.get(spec.name, {}),
            )
            for spec in study.models[:_MODELS]
        ),
    )


def _cases(results: Results, model: str, variant: str) -> list[Case]:
    """Return a case, once for each seed."""
    return [c for c in results.cases if (c.model, c.variant) == (model, variant)]


def _over_seeds(values: list[HistoryCase]) -> HistoryCase:
    """Return the means over the seeds; a case that failed with any seed has failed."""
    if len(values) == 1:
        return values[0]
    bad = next((value.status for value in values if value.status != "ok"), "ok")

    def mean(column: list[float | None]) -> float | None:
        numbers = [number for number in column if number is not None]
        return fmean(numbers) if len(numbers) == len(column) else None

    return HistoryCase(
        status=bad,
        metrics={
            name: mean([value.metrics[name] for value in values])
            for name in values[0].metrics
        },
        fit=mean([value.fit for value in values]),
        predict=mean([value.predict for value in values]),
    )


def _measured(case: Case, measures: tuple[Measure, ...]) -> HistoryCase:
    from tunecard.report.analyze.timings import operation_times

    test = case.quality.test if case.quality else {}
    seconds = {name: times.seconds for name, times in operation_times(case).items()}
    return HistoryCase(
        status=case.status,
        metrics={measure.name: _usable(test.get(measure.name)) for measure in measures},
        fit=_positive(seconds.get("fit")),
        predict=_positive(seconds.get("predict")),
    )


def _usable(value: float | None) -> float | None:
    return None if value is None or abs(value) > _MOST else value


def _positive(value: float | None) -> float | None:
    """Return a time that has a logarithm."""
    if value is None or not math.isfinite(value):
        return None
    return value if _LEAST < value < _MOST else None


def _facts(results: Results) -> tuple[dict[str, str], dict[str, str]]:
    """Name the machine and the versions: what has to agree for a comparison of times."""
    from tunecard.report.analyze.runs.differences import machine_facts

    # Another Tunecard may measure in another way.
    parts = {"machine": {}, "software": {"Tunecard": results.environment.tunecard}}
    for (part, name), text in sorted(machine_facts(results).items()):
        parts[part][_clip(name)] = text
    machine, versions = (
        {name: _clip(text) for name, text in list(facts.items())[:_FACTS]}
        for facts in parts.values()
    )
    return machine, versions


def _commit(environment: Environment) -> str:
    if environment.git is None:
        return ""
    return environment.git.commit[:7].strip() + ("+" if environment.git.dirty else "")


def _clip(text: str, most: int = _TEXT) -> str:
    """Cut a text to a line that a list has room for."""
    line = " ".join(text[: 20 * most].split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
