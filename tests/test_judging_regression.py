"""tunecard.judge and the command on regressors and on predicted values."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeRegressor

import tunecard
from tests.command import call
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.judge.call import read_call
from tunecard.runner.judge.session import judged_run
from tunecard.runner.schema import load

pytestmark = pytest.mark.usefixtures("no_page")


def values(n_rows: int = 300) -> tuple[Any, Any, Any]:
    """Draw true values, and two predictions of them, the second nearer."""
    rng = np.random.default_rng(3)
    truth = rng.gamma(2.0, 10.0, n_rows)
    return truth, truth + rng.normal(0, 6, n_rows), truth + rng.normal(0, 4, n_rows)


def test_predicted_values_are_compared_by_r2(tmp_path: Path) -> None:
    """Fractions in the true values make a regression; each R2 is scikit-learn's."""
    truth, before, after = values()
    run = tunecard.judge(before, after, truth, reports=tmp_path, quiet=True)
    assert (run.results.study.task, run.results.study.metric) == ("regression", "r2")
    scores = [case.quality.test["r2"] for case in run.results.cases if case.quality]
    assert scores == pytest.approx([r2_score(truth, before), r2_score(truth, after)])
    assert run.verdicts["word"].tolist() == ["better"]


def test_a_difference_of_mae_has_the_paired_t_test(tmp_path: Path) -> None:
    """Difference and interval are SciPy's on the rows' absolute errors."""
    truth, before, after = values()
    run = tunecard.judge(
        before, after, truth, metric="mae", unit="kg", margin=0.1, reports=tmp_path
    )
    verdict = run.verdicts.iloc[0]
    gaps = np.abs(after - truth) - np.abs(before - truth)
    excess = max(float(stats.kurtosis(gaps)), 0.0)
    freedom = 2 / (2 / (len(gaps) - 1) + excess / len(gaps))
    half = stats.t.ppf(0.975, freedom) * stats.sem(gaps)
    assert verdict["difference"] == pytest.approx(gaps.mean())
    assert verdict["low"] == pytest.approx(gaps.mean() - half)
    assert verdict["word"] == "better"
    (spec,) = (spec for spec in run.results.metrics if spec.name == "mean_absolute_error")
    assert (spec.unit, spec.greater_is_better) == ("kg", False)


def test_a_search_of_a_regressor_is_judged(tmp_path: Path) -> None:
    """By its own metric, the sign taken off; its record is that of the search."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    y = X[:, 0] ** 2 + rng.normal(0, 0.2, 300)
    tree = DecisionTreeRegressor(max_depth=1, random_state=0)
    search = GridSearchCV(
        tree, {"max_depth": [1, 3, 5]}, scoring="neg_mean_absolute_error", cv=3
    ).fit(X[:200], y[:200])
    handed = read_call((search, X[200:], y[200:], X[:200], y[:200]))
    results = load(judged_run(handed, tmp_path, command="") / "results.json")
    assert results.study.metric == "mean_absolute_error"
    tuned = results.cases[1].quality
    assert tuned is not None
    assert tuned.train is not None
    expected = mean_absolute_error(y[200:], search.predict(X[200:]))
    assert tuned.test["mean_absolute_error"] == pytest.approx(expected)
    best = search.cv_results_["mean_test_score"].max()
    means = [np.mean([s or 0 for s in c.scores]) for c in results.searches[0].candidates]
    assert min(mean for mean in means if mean > 0) == pytest.approx(-best)


def test_files_of_values_are_joined_by_their_ids(tmp_path: Path) -> None:
    """In whatever order the second has its rows."""
    truth, before, after = values()
    files = []
    for name, guess in (("before", before), ("after", after)):
        table = pd.DataFrame({"id": range(len(truth)), "y": truth, "p": guess})
        files.append(str(tmp_path / f"{name}.csv"))
        table.sample(frac=1, random_state=len(name)).to_csv(files[-1], index=False)
    ended = call(
        tmp_path, "judge", *files, "--truth", "y", "--prediction", "p", "--id", "id",
        "--metric", "mae", "--reports", str(tmp_path / "reports"),
    )  # fmt: skip
    assert ended.code == 0, ended.err
    (path,) = (tmp_path / "reports").glob("2*/results.json")
    quality = [case.quality for case in load(path).cases]
    assert [each.test["mean_absolute_error"] for each in quality if each] == pytest.approx(
        [mean_absolute_error(truth, before), mean_absolute_error(truth, after)]
    )


def test_a_file_of_values_without_a_number_is_refused(tmp_path: Path) -> None:
    """With the row, and what to do."""
    rows = pd.DataFrame(
        {"y": [1.5, 2.5, 3.0], "a": ["1", "two", "3"], "b": [1.0, 2.0, 3.0]}
    )
    rows.to_csv(tmp_path / "rows.csv", index=False)
    ended = call(
        tmp_path, "judge", str(tmp_path / "rows.csv"), "--truth", "y",
        "--prediction", "a", "--prediction", "b", "--reports", str(tmp_path),
    )  # fmt: skip
    assert ended.code == 2
    assert "does not hold a number in 1 rows, the first of them row 2 ('two')" in ended.err


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({"positive": "a"}, StudyError, "positive: is about classes"),
        ({"metric": "accuracy"}, StudyError, "accuracy"),
        ({"task": "classification"}, DataError, "y_test"),
    ],
)
def test_what_does_not_fit_a_regression_is_refused(
    arguments: dict[str, Any], error: type[Exception], sentence: str, tmp_path: Path
) -> None:
    """One sentence that names it."""
    truth, before, after = values(30)
    with pytest.raises(error, match=sentence):
        tunecard.judge(before, after, truth, reports=tmp_path, **arguments)


def test_a_regressor_and_a_classifier_are_not_compared(tmp_path: Path) -> None:
    """Whatever their order."""
    X = np.arange(20.0)[:, None]
    pair = (
        Ridge().fit(X, X[:, 0]),
        LogisticRegression().fit(X, X[:, 0] > 9),
    )
    for before, after in (pair, pair[::-1]):
        with pytest.raises(StudyError, match="is a regressor"):
            tunecard.judge(before, after, X, X[:, 0], reports=tmp_path)
