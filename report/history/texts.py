"""Values, marks and changes of the history in words, the same on page and terminal."""

from collections import Counter
from collections.abc import Sequence

from tunecard.report import formats
from tunecard.report.history.band import (
    FALSE_ALARMS,
    FEWEST,
    LEAST_METRIC,
    LEAST_TIME,
    WINDOW,
)
from tunecard.report.history.breaks import Change
from tunecard.report.history.page_types import BandRule
from tunecard.report.history.trend import VARIANTS, Group, Mark, Panel
from tunecard.report.history.types import POINTS, HistoryEntry, Model, started

ARROW = "\N{RIGHTWARDS ARROW}"
_SHORT = 40


def value(panel: Panel, number: float | None) -> str:
    """Write a value of a panel: a metric, seconds, or a multiple of the kernel's time."""
    if number is None or not panel.is_time:
        return formats.metric(number)
    if panel.in_seconds:
        return formats.seconds(number)
    return f"{formats.ratio(number)}{formats.TIMES}"


def unit(panel: Panel) -> str:
    """Return the unit of a panel's numbers."""
    if not panel.is_time:
        return "" if panel.unit == POINTS else panel.unit
    return "seconds per call" if panel.in_seconds else "times the kernel"


def mark(outlier: Mark) -> str:
    """Describe a value outside the band, and its distance from the median."""
    if outlier.panel.is_time:
        ratio = formats.ratio(outlier.value / outlier.band.median)
        far = f"{ratio}{formats.TIMES} the median"
    else:
        far = f"{_distance(outlier)} from the median"
    measure, model = formats.capital(outlier.panel.label), short(outlier.label)
    return f"{measure} of {model}, {outlier.variant}: {outlier.word}, {far}"


def _distance(outlier: Mark) -> str:
    """Write how far a metric lies from the median, in its unit."""
    gap = outlier.value - outlier.band.median
    if outlier.panel.unit == POINTS:
        return f"{formats.points(gap)} points"
    return formats.signed_value(gap, outlier.panel.unit)


def marks(outliers: Sequence[Mark], most: int) -> str:
    """Write the first marks of a run, and the number of the others."""
    parts = [mark(outlier) for outlier in outliers[:most]]
    if len(outliers) > most:
        parts.append(f"and {formats.count(len(outliers) - most)} more")
    return "; ".join(parts)


def counts(outliers: Sequence[Mark]) -> str:
    """Count the marks of a run by what they mean, as in ``2 slower, 1 worse``."""
    words = Counter(outlier.word for outlier in outliers)
    return ", ".join(f"{formats.count(number)} {word}" for word, number in words.items())


def change(difference: Change) -> str:
    """Write what differs, as in ``numpy 2.0.0 → 2.1.0``."""
    if difference.kind == "data":
        return "other data"
    before, after = short(difference.before), short(difference.after)
    return f"{short(difference.name)} {before} {ARROW} {after}"


def changes(differences: Sequence[Change], most: int = 6) -> str:
    """Write the first differences, and the number of the others."""
    parts = [change(difference) for difference in differences[:most]]
    if len(differences) > most:
        parts.append(f"and {formats.count(len(differences) - most)} more")
    return "; ".join(parts)


def short(text: str, most: int = _SHORT) -> str:
    """Cut a text where there is little room.

    Examples
    --------
    >>> short("Iris-versicolor", 8)
    'Iris-ve…'
    """
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def scores(model: Model, metric: str) -> str:
    """Write a model's metric before and after, or of the one case that has it."""
    cases = [model.cases.get(variant) for variant in VARIANTS]
    values = [case.metrics.get(metric) for case in cases if case is not None]
    numbers = [formats.metric(value) for value in values if value is not None]
    return f" {ARROW} ".join(numbers) or formats.NONE


def group_name(run: HistoryEntry) -> str:
    """Name a group: ``mnist on mnist, 6000 + 1000 rows``."""
    name = f"{run.study} on {run.dataset}"
    return f"{name}, {run.subset} rows" if run.subset else name


def comparable(group: Group, model: str = "") -> int:
    """Count the runs before the newest of its machine, versions and data.

    With a model, only those that have it.
    """
    place = group.newest.place
    return sum(
        run.place == place and (not model or any(m.name == model for m in run.models))
        for run in group.runs[1:]
    )


def no_range(n_comparable: int) -> str:
    """Explain why the band is missing: too few runs compare with the newest."""
    return f"No expected range yet: {min(n_comparable, FEWEST)} of {FEWEST} comparable runs"


def newest(group: Group) -> str:
    """Compare the newest run with the runs before it, in a sentence."""
    run = group.newest
    when = f"The newest run, of {started(run.run)} UTC,"
    outliers = group.marks.get(run.run, ())
    if outliers:
        outside = formats.counted(len(outliers), "value")
        return f"{when} has {outside} outside the band: {marks(outliers, 4)}."
    if comparable(group) < FEWEST:
        return f"{when} has {no_range(comparable(group)).lower()}."
    return f"{when} lies inside the band in every measure."


def rule() -> BandRule:
    """Return the numbers of the band's rule."""
    return BandRule(
        window=str(WINDOW),
        fewest=str(FEWEST),
        one_in=str(round(1 / FALSE_ALARMS)),
        least_time=formats.percent(LEAST_TIME),
        least_metric=formats.unsigned_points(LEAST_METRIC),
        least_share=formats.percent(LEAST_METRIC),
    )
