"""The verdicts of a run as a data frame."""

from typing import TYPE_CHECKING

from tunecard.report.analyze.types import Analysis, ModelAnalysis

if TYPE_CHECKING:
    import pandas as pd


def verdicts_frame(analysis: Analysis) -> "pd.DataFrame":
    """Return what stands behind each model's word.

    Parameters
    ----------
    analysis : Analysis
        Of a run.

    Returns
    -------
    DataFrame
        A row a model: ``model``, ``label``, ``metric``, ``word``, ``difference`` (tuned
        minus baseline), ``low`` and ``high`` (its interval, of ``level``: 0.95 for a
        single model and adjusted for more), ``p`` (adjusted as they are), ``margin``,
        ``n_test``. Numbers are NaN where the two cases could
        not be compared.
    """
    import pandas as pd

    rows = [_row(model, analysis) for model in analysis.models]
    frame = pd.DataFrame(rows)
    numbers = ["difference", "low", "high", "level", "p", "margin"]
    frame[numbers] = frame[numbers].astype("float64")
    return frame


def _row(model: ModelAnalysis, analysis: Analysis) -> dict[str, object]:
    test = model.quality.test if model.quality is not None else None
    return {
        "model": model.name,
        "label": model.label,
        "metric": analysis.metric.name,
        "word": model.word,
        "difference": test.delta if test else None,
        "low": test.interval.low if test else None,
        "high": test.interval.high if test else None,
        "level": test.interval.level if test else None,
        "p": test.p_holm if test else None,
        "margin": analysis.margin,
        "n_test": analysis.n_test,
    }
