"""Word, p-value, printed interval and gate on a difference never contradict one another.

A few studies here, thousands in ``test_stress_agreement.py``.
"""

import pytest

from tests.studies import (
    MARGIN,
    METRICS,
    contradictions,
    page_contradictions,
    pairs_of_study,
    simulated,
)
from tunecard.report.analyze.family import compare_together
from tunecard.report.analyze.lookup import metric_of

pytestmark = pytest.mark.usefixtures("no_drawing")


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("n_models", [1, 2, 5])
def test_simulated_studies_do_not_contradict_themselves(n_models: int, metric: str) -> None:
    """Two studies each, of models that gain a little or nothing."""
    for seed in range(2):
        run = simulated(seed, n_models, metric)
        for margin in (None, MARGIN):
            tests = compare_together(pairs_of_study(run), metric_of(run.results), margin)
            assert len(tests) == n_models
            assert [text for test in tests.values() for text in contradictions(test)] == []


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc"])
def test_a_page_does_not_contradict_itself(metric: str) -> None:
    """Card, Markdown, gates, verdicts, CSV and JUnit of a study of two models."""
    assert list(page_contradictions(simulated(3, 2, metric))) == []
