"""The verdicts of a run as a data frame."""

from typing import TYPE_CHECKING

from tunecard.report.analyze.types import Analysis, ModelAnalysis, TimeComparison

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
        ``n_test``. Numbers are NaN where the two cases could not be compared. Then of
        ``fit`` and ``predict`` the word on their time (None where it was not timed), and
        ``fit_cpu``, ``predict_cpu``: the word on CPU time where wall time is disturbed
        and CPU time decides. Last ``cv_gain``, the winner's gain over the folds of its
        search, and ``corrected_gain`` with ``corrected_low`` and ``corrected_high``: the
        same after correction for the choice by ``correction`` (None without one), tuned
        minus baseline as ``difference``.
    """
    import pandas as pd

    rows = [_row(model, analysis) for model in analysis.models]
    frame = pd.DataFrame(rows)
    numbers = ["difference", "low", "high", "level", "p", "margin"]
    numbers += ["cv_gain", "corrected_gain", "corrected_low", "corrected_high"]
    frame[numbers] = frame[numbers].astype("float64")
    return frame


def _row(model: ModelAnalysis, analysis: Analysis) -> dict[str, object]:
    test = model.quality.test if model.quality is not None else None
    times = {"fit": model.time("fit"), "predict": model.time("predict")}
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
        **{name: time.word if time else None for name, time in times.items()},
        **{f"{name}_cpu": _cpu_word(time) for name, time in times.items()},
        **_gain(model),
    }


def _gain(model: ModelAnalysis) -> dict[str, object]:
    """Return what the search gained, before and after correction."""
    gain = model.search.gain if model.search is not None else None
    ends = gain.corrected.interval if gain is not None else None
    return {
        "cv_gain": gain.cv.value if gain else None,
        "corrected_gain": gain.corrected.value if gain else None,
        "corrected_low": ends.low if ends else None,
        "corrected_high": ends.high if ends else None,
        "correction": (gain.method or None) if gain else None,
    }


def _cpu_word(time: TimeComparison | None) -> str | None:
    return time.cpu.word if time is not None and time.cpu is not None else None
