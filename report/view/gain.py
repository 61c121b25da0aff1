"""The view of what a search gained: the decision, two figures, a reader's questions."""

from collections.abc import Iterator

from tunecard.report.analyze.types import ModelAnalysis
from tunecard.report.charts import budget_curve, gain_steps
from tunecard.report.conclusion.worth import answers
from tunecard.report.view.tables import figure
from tunecard.report.view.types import Answer, GainPart


def gain_part(model: ModelAnalysis, numbers: Iterator[int]) -> GainPart | None:
    """View what a search gained; ``numbers`` gives each figure its number."""
    written = answers(model)
    if not written:
        return None
    prefix = f"gain-{model.name}"
    made = [Answer(f"{prefix}-{name}", term, text) for name, term, text in written]
    texts = {name: text for name, _, text in written}
    steps, curve = gain_steps(model), budget_curve(model, texts["budget"])
    return GainPart(
        id=prefix,
        decision=made[0],
        figure=figure(steps, next(numbers)) if steps is not None else None,
        answers=tuple(made[1:]),
        budget=figure(curve, next(numbers)) if curve is not None else None,
    )
