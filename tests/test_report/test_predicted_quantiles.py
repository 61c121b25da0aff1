"""Calibration of predicted quantiles: shares of test rows at or below them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tests.regressions import made_run
from tunecard.report.analyze import analyze
from tunecard.report.analyze.types import ErrorAnalysis
from tunecard.report.load import Loaded
from tunecard.report.run import Run

RNG = np.random.default_rng(4)
TRUE = RNG.normal(200, 40, 300)
#: The first case lies above 262 rows of 300, the second above 210.
GUESSES = {
    "ridge/baseline": np.where(np.arange(300) < 262, TRUE + 1, TRUE - 1),
    "ridge/tuned": np.where(np.arange(300) < 210, TRUE, TRUE - 1),
}


def _run(*keys: str, quantile: float = 0.9) -> Loaded:
    """Make a run some of whose cases predict a quantile."""
    run = made_run(true=TRUE, predicted=GUESSES)
    cases = tuple(
        case.model_copy(update={"quantile": quantile}) if case.key in keys else case
        for case in run.results.cases
    )
    return replace(run, results=run.results.model_copy(update={"cases": cases}))


def _errors(run: Loaded) -> ErrorAnalysis:
    errors = analyze(run).model("ridge").errors
    assert errors is not None
    return errors


def test_a_share_has_the_exact_interval() -> None:
    """That of SciPy; a value equal to the predicted one is at it."""
    shares = _errors(_run("ridge/baseline", "ridge/tuned")).quantiles
    for variant, n in (("baseline", 262), ("tuned", 210)):
        own = shares["tuned" if variant == "tuned" else "baseline"]
        exact = stats.binomtest(n, 300).proportion_ci(0.95, "exact")
        assert (own.n_below, own.share) == (n, n / 300)
        assert (own.interval.low, own.interval.high) == pytest.approx(tuple(exact))


def test_groups_have_the_interval_of_their_sums() -> None:
    """It is wider than the exact one where rows of a group are alike."""
    run = _run("ridge/baseline", "ridge/tuned")
    assert run.predictions is not None
    grouped = replace(run.predictions, unit=np.arange(300) // 15)
    own = _errors(replace(run, predictions=grouped)).quantiles["tuned"].interval
    exact = stats.binomtest(210, 300).proportion_ci(0.95, "exact")
    assert own.high - own.low > 2 * (exact.high - exact.low)


@pytest.mark.parametrize("keys", [("ridge/baseline",), ("ridge/tuned",), ()])
def test_one_case_alone_is_left_out(keys: tuple[str, ...]) -> None:
    """The two would not compare."""
    assert not _errors(_run(*keys)).quantiles


def test_an_upper_quantile_is_not_compared_with_the_mean() -> None:
    """It is meant to be further off than a constant; a median is not."""
    keys = ("ridge/baseline", "ridge/tuned")
    assert not _errors(_run(*keys)).constant
    assert set(_errors(_run(*keys, quantile=0.5)).constant) == {"baseline", "tuned"}


@pytest.mark.usefixtures("no_drawing")
def test_the_page_has_a_table() -> None:
    """Both cases with their share, its interval, and what it shows."""
    page = Run(_run("ridge/baseline", "ridge/tuned", quantile=0.875)).page_html()
    table = page.partition('id="table-quantiles-ridge"')[2].partition("</table>")[0]
    for text in ("87.5 %", "87.3 %", "70 %", "as stated", "too low"):
        assert text in table
    assert 'id="table-quantiles-knn"' not in page
