"""TC033: a heavily skewed target."""

import numpy as np
from scipy import stats

from tests.findings import of_values, plain
from tests.regressions import RIDGE, made_run
from tunecard.report.analyze import analyze
from tunecard.report.findings import find

PRICES = stats.lognorm.ppf(np.arange(1, 500) / 500, 1.0)


def test_a_target_with_a_long_tail_is_a_tip() -> None:
    """Its skewness is that of SciPy, with one decimal."""
    (finding,) = of_values("TC033", train=PRICES)
    skewness = stats.skew(PRICES)
    assert skewness > 2
    assert finding.severity == "tip"
    start = f"Skewness of the target in training: {skewness:.1f}; values from"
    assert plain(finding.evidence).startswith(start)


def test_a_normal_target_is_no_finding() -> None:
    """Nor is a uniform one."""
    assert of_values("TC033") == []
    assert of_values("TC033", train=np.linspace(0, 1, 100)) == []


def test_models_that_transform_the_target_need_no_advice() -> None:
    """As the advice is to do that."""
    run = made_run(train=PRICES)
    models = tuple(
        model.model_copy(update={"estimator": "sklearn.compose.TransformedTargetRegressor"})
        for model in run.results.study.models
    )
    assert RIDGE.name == models[0].name
    run = made_run(train=PRICES, study={"models": models})
    assert [each for each in find(analyze(run)) if each.code == "TC033"] == []
