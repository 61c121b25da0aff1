"""The corrected gain of tuning in two runs."""

from tunecard.report import formats
from tunecard.report.analyze.types import GainStep
from tunecard.report.analyze.types.runs import GainChange, RunComparison
from tunecard.report.view.tables import cell, columns, row
from tunecard.report.view.types import Cell, Table


def gains_table(compared: RunComparison) -> Table | None:
    """Make the table of what each search gained; None where no search has a gain."""
    steps = [step for gain in compared.gains for step in (gain.first, gain.second)]
    if not any(step is not None and step.value is not None for step in steps):
        return None
    return Table(
        id="table-gains",
        caption="What each search gained over the folds, corrected for its choice",
        columns=columns("Model", "Metric", "#Reference", "#New"),
        rows=tuple(
            row((gain.label, gain.metric.label, *_steps(gain))) for gain in compared.gains
        ),
        note="Tuned minus baseline, with the 95 % interval. Searches of two runs choose by "
        "themselves, so the two gains are not tested against each other.",
    )


def _steps(gain: GainChange) -> tuple[Cell, Cell]:
    def write(step: GainStep | None) -> Cell:
        if step is None or step.value is None:
            return cell(formats.NONE)
        return cell(formats.change(step.value, step.interval, gain.metric), step.value)

    return write(gain.first), write(gain.second)
