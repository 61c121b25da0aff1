"""Runs of one study on one dataset, in time: series, their bands, breaks, marks."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeAlias

from tunecard.report.history.band import LEAST_METRIC, Band, Side, metric_band, time_band
from tunecard.report.history.breaks import Break, breaks_of
from tunecard.report.history.types import (
    POINTS,
    HistoryCase,
    HistoryEntry,
    Measure,
    Model,
)
from tunecard.runner.schema import Variant

Operation: TypeAlias = Literal["fit", "predict"]
#: The meaning of a mark, in a word.
MarkWord: TypeAlias = Literal["better", "worse", "slower", "faster"]
VARIANTS: tuple[Variant, ...] = ("baseline", "tuned")
OPERATIONS: tuple[Operation, ...] = ("fit", "predict")


@dataclass(frozen=True)
class Series:
    """One measure of one case over the runs, oldest first.

    ``values`` is None where a run has none, ``bands`` where too few earlier runs
    are like it.
    """

    variant: Variant
    values: tuple[float | None, ...]
    bands: tuple[Band | None, ...]
    sides: tuple[Side, ...]


@dataclass(frozen=True)
class Panel:
    """One measure of a model: a metric, or the time of an operation.

    ``is_time`` values are multiples of the calibration kernel's time, or seconds
    where no run of the group has one (``in_seconds``). ``unit`` is that of a metric's
    changes: ``points`` for a share.
    """

    name: str
    label: str
    is_time: bool
    in_seconds: bool
    greater_is_better: bool
    series: tuple[Series, ...]
    unit: str = ""


@dataclass(frozen=True)
class ModelTrend:
    """A model's panels."""

    name: str
    label: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Mark:
    """A value outside the band of the runs before it."""

    run: str
    model: str
    label: str
    variant: Variant
    panel: Panel
    value: float
    band: Band
    side: Side

    @property
    def word(self) -> MarkWord:
        """Its meaning in a word."""
        if self.panel.is_time:
            return "slower" if self.side == "above" else "faster"
        above_is_better = self.panel.greater_is_better
        return "better" if (self.side == "above") == above_is_better else "worse"


@dataclass(frozen=True)
class Group:
    """The runs of one study on one dataset, and on one part of it.

    ``runs`` are the newest first, everything else is the oldest first; ``marks``
    are by run.
    """

    runs: tuple[HistoryEntry, ...]
    models: tuple[ModelTrend, ...]
    breaks: tuple[Break, ...]
    marks: dict[str, tuple[Mark, ...]]

    @property
    def has_band(self) -> bool:
        """Whether any value has a band of earlier runs to lie inside or outside."""
        return any(
            band
            for model in self.models
            for panel in model.panels
            for series in panel.series
            for band in series.bands
        )

    @property
    def newest(self) -> HistoryEntry:
        """The newest run."""
        return self.runs[0]


def by_group(entries: Iterable[HistoryEntry]) -> list[list[HistoryEntry]]:
    """Sort runs, the newest first, into groups; that with the newest run first."""
    groups: dict[tuple[str, str, str], list[HistoryEntry]] = {}
    for entry in entries:
        groups.setdefault(entry.group, []).append(entry)
    return list(groups.values())


def group_runs(entries: Iterable[HistoryEntry]) -> tuple[Group, ...]:
    """Make the trends of every study and dataset.

    Parameters
    ----------
    entries : iterable of HistoryEntry
        The newest first.

    Returns
    -------
    tuple of Group
        That with the newest run first. Time grows with the number of runs.
    """
    return tuple(_group(runs) for runs in by_group(entries))


def _group(newest_first: Sequence[HistoryEntry]) -> Group:
    runs = list(reversed(newest_first))
    numbers: dict[object, int] = {}
    places = [numbers.setdefault(run.place, len(numbers)) for run in runs]
    models = tuple(
        _model(name, label, runs, places) for name, label in _names(newest_first)
    )
    return Group(
        runs=tuple(newest_first),
        models=models,
        breaks=tuple(breaks_of(runs)),
        marks=_marks(runs, models),
    )


def _names(newest_first: Sequence[HistoryEntry]) -> list[tuple[str, str]]:
    """Return each model with its newest label."""
    labels: dict[str, str] = {}
    for run in newest_first:
        for model in run.models:
            labels.setdefault(model.name, model.label)
    return list(labels.items())


@dataclass(frozen=True)
class _Rows:
    """One model over the runs, oldest first; runs of equal `places` are comparable."""

    runs: Sequence[HistoryEntry]
    places: Sequence[int]
    models: Sequence[Model | None]


def _model(
    name: str, label: str, runs: Sequence[HistoryEntry], places: Sequence[int]
) -> ModelTrend:
    models = [next((m for m in run.models if m.name == name), None) for run in runs]
    rows = _Rows(runs, places, models)
    panels = [_metric_panel(measure, rows) for measure in runs[-1].measures]
    panels += [_time_panel(operation, rows) for operation in OPERATIONS]
    return ModelTrend(name, label, tuple(panel for panel in panels if panel.series))


def _metric_panel(measure: Measure, rows: _Rows) -> Panel:
    run = rows.runs[-1]
    # The margin is in the unit of the study's metric, and of all other shares.
    margin = run.margin if measure.unit == POINTS or measure.name == run.metric else None

    def value(_: HistoryEntry, case: HistoryCase) -> float | None:
        return case.metrics.get(measure.name)

    def band(earlier: Sequence[float]) -> Band | None:
        if margin is not None:
            return metric_band(earlier, margin)
        scale = 1.0 if measure.unit == POINTS or not earlier else abs(median(earlier))
        return metric_band(earlier, LEAST_METRIC * scale)

    return Panel(
        name=measure.name,
        label=measure.label,
        is_time=False,
        in_seconds=False,
        greater_is_better=measure.greater_is_better,
        series=_all_series(rows, value, band),
        unit=measure.unit,
    )


def _time_panel(operation: Operation, rows: _Rows) -> Panel:
    in_seconds = all(run.kernel is None for run in rows.runs)

    def value(run: HistoryEntry, case: HistoryCase) -> float | None:
        seconds = case.fit if operation == "fit" else case.predict
        if in_seconds or seconds is None:
            return seconds
        return None if run.kernel is None else seconds / run.kernel

    return Panel(
        name=operation,
        label=operation.capitalize(),
        is_time=True,
        in_seconds=in_seconds,
        greater_is_better=False,
        series=_all_series(rows, value, time_band),
    )


def _all_series(
    rows: _Rows,
    value: Callable[[HistoryEntry, HistoryCase], float | None],
    band: Callable[[Sequence[float]], Band | None],
) -> tuple[Series, ...]:
    """Make a series of each variant that has any value."""
    made = []
    for variant in VARIANTS:
        values = [
            None if model is None or (case := model.cases.get(variant)) is None
            else value(run, case)
            for run, model in zip(rows.runs, rows.models, strict=True)
        ]  # fmt: skip
        if any(value is not None for value in values):
            made.append(_series(variant, rows.places, values, band))
    return tuple(made)


def _series(
    variant: Variant,
    places: Sequence[int],
    values: Sequence[float | None],
    band: Callable[[Sequence[float]], Band | None],
) -> Series:
    """Compare each run with the earlier ones of the same place."""
    earlier: dict[int, list[float]] = defaultdict(list)
    bands: list[Band | None] = []
    sides: list[Side] = []
    for place, value in zip(places, values, strict=True):
        previous = earlier[place]
        expected = band(previous)
        bands.append(expected)
        sides.append("" if value is None or expected is None else expected.side(value))
        if value is not None:
            previous.append(value)
    return Series(variant, tuple(values), tuple(bands), tuple(sides))


def _marks(
    runs: Sequence[HistoryEntry], models: Sequence[ModelTrend]
) -> dict[str, tuple[Mark, ...]]:
    by_run: dict[str, list[Mark]] = {}
    for model in models:
        for panel in model.panels:
            for series in panel.series:
                for position, side in enumerate(series.sides):
                    value, band = series.values[position], series.bands[position]
                    if not side or value is None or band is None:
                        continue
                    name = runs[position].run
                    mark = Mark(
                        name, model.name, model.label, series.variant,
                        panel, value, band, side,
                    )  # fmt: skip
                    by_run.setdefault(name, []).append(mark)
    return {name: tuple(marks) for name, marks in by_run.items()}
