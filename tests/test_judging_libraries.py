"""Models of other libraries are judged as scikit-learn's are."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tunecard
from tunecard.report.run import Run
from tunecard.runner.errors import DataError

pytestmark = pytest.mark.usefixtures("no_page")

X, Y = load_breast_cancer(return_X_y=True)
X_TRAIN, X_TEST, Y_TRAIN, Y_TEST = train_test_split(X, Y, random_state=0)


def accuracy(run: Run, variant: str) -> float | None:
    """The accuracy of a case, as results.json has it."""
    (case,) = (case for case in run.results.cases if case.variant == variant)
    assert case.quality is not None
    return case.quality.test["accuracy"]


def test_lightgbm_with_early_stopping_in_a_pipeline(tmp_path: Path) -> None:
    """Its probabilities are taken in the order of its classes."""
    lightgbm = pytest.importorskip("lightgbm")

    def fitted(leaves: int) -> Any:
        booster = lightgbm.LGBMClassifier(
            n_estimators=30, num_leaves=leaves, n_jobs=1, verbose=-1
        )
        pipeline = make_pipeline(StandardScaler(), booster)
        scaled = StandardScaler().fit(X_TRAIN).transform(X_TRAIN[:100])
        return pipeline.fit(
            X_TRAIN,
            Y_TRAIN,
            lgbmclassifier__eval_X=scaled,
            lgbmclassifier__eval_y=Y_TRAIN[:100],
            lgbmclassifier__callbacks=[lightgbm.early_stopping(5, verbose=False)],
        )

    before, after = fitted(2), fitted(15)
    run = tunecard.judge(before, after, X_TEST, Y_TEST, reports=tmp_path)
    assert accuracy(run, "baseline") == before.score(X_TEST, Y_TEST)
    assert accuracy(run, "tuned") == after.score(X_TEST, Y_TEST)
    assert run.results.study.models[0].label == "LGBMClassifier"


def test_xgboost_with_early_stopping(tmp_path: Path) -> None:
    """A search whose own estimator needs more than rows to be fitted asks for baseline=."""
    xgboost = pytest.importorskip("xgboost")
    settings = {"n_estimators": 20, "early_stopping_rounds": 3, "n_jobs": 1}
    held_out = {"eval_set": [(X_TRAIN[:100], Y_TRAIN[:100])], "verbose": False}
    model = xgboost.XGBClassifier(max_depth=1, **settings)
    search = GridSearchCV(model, {"max_depth": [1, 3]}, cv=2)
    search.fit(X_TRAIN, Y_TRAIN, **held_out)
    with pytest.raises(DataError, match="name it, as baseline="):
        tunecard.judge(search, X_TEST, Y_TEST, X_TRAIN, Y_TRAIN, reports=tmp_path)
    before = model.fit(X_TRAIN, Y_TRAIN, **held_out)
    run = tunecard.judge(search, X_TEST, Y_TEST, baseline=before, reports=tmp_path)
    assert accuracy(run, "baseline") == before.score(X_TEST, Y_TEST)
    assert accuracy(run, "tuned") == search.score(X_TEST, Y_TEST)


class Network:
    """A network of one layer, trained by gradient descent: predict and nothing else."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def fit(self, X: Any, y: Any) -> "Network":
        """Descend so many steps."""
        self.mean, self.scale = X.mean(axis=0), X.std(axis=0)
        self.weights = np.zeros(X.shape[1])
        for _ in range(self.steps):
            wrong = 1 / (1 + np.exp(-self._score(X))) - y
            self.weights -= 0.1 * wrong @ ((X - self.mean) / self.scale) / len(X)
        return self

    def _score(self, X: Any) -> Any:
        return (X - self.mean) / self.scale @ self.weights

    def predict(self, X: Any) -> Any:
        """Return the class of each row."""
        return (self._score(X) > 0).astype(int)


def test_an_object_that_only_predicts(tmp_path: Path) -> None:
    """A model needs neither scikit-learn's classes nor get_params."""
    before, after = Network(1).fit(X_TRAIN, Y_TRAIN), Network(50).fit(X_TRAIN, Y_TRAIN)
    run = tunecard.judge(before, after, X_TEST, Y_TEST, reports=tmp_path)
    assert accuracy(run, "tuned") == np.mean(after.predict(X_TEST) == Y_TEST)
    arrays = tunecard.judge(
        before.predict(X_TEST), after.predict(X_TEST), Y_TEST, reports=tmp_path
    )
    columns = ["word", "difference", "low", "high", "p"]
    assert arrays.verdicts[columns].equals(run.verdicts[columns])
