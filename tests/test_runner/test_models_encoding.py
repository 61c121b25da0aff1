"""What stands before a model: medians and one-hot columns, fitted with the model alone."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tunecard.runner import models
from tunecard.runner.models.encoding import encoder
from tunecard.runner.schema import Encoding, GridSearch, ModelSpec
from tunecard.runner.search import tune

pytestmark = pytest.mark.usefixtures("forked")

RNG = np.random.default_rng(0)
N = 120
#: The table as a user has it, and as a run stores it: categories by their position.
FRAME = pd.DataFrame(
    {
        "age": np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(40, 9, N)),
        "town": RNG.choice(["Bonn", "Trier", "Ulm"], N),
        "income": RNG.normal(3, 1, N),
    }
)
FRAME.loc[RNG.random(N) < 0.1, "town"] = None
SCORE = FRAME["income"] + (FRAME["town"] == "Ulm") + RNG.normal(0, 0.7, N)
Y = np.asarray(SCORE > 3.3, dtype=np.int64)
CODES = pd.Categorical(FRAME["town"]).codes
X = np.column_stack(
    [FRAME["age"], np.where(CODES < 0, np.nan, CODES), FRAME["income"]]
).astype(np.float32)
ENCODING = Encoding(numbers=(0, 2), categories=(1,), missing=True)
LOGREG = ModelSpec(
    name="logreg",
    estimator="sklearn.linear_model.LogisticRegression",
    preprocess=("sklearn.preprocessing.StandardScaler",),
)


def of_the_user() -> object:
    """Make the pipeline that a user would write for their own frame."""
    numbers = (SimpleImputer(strategy="median"), ["age", "income"])
    towns = (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["town"])
    encode = make_column_transformer(numbers, towns)
    return make_pipeline(encode, StandardScaler(), LogisticRegression(random_state=0))


def test_predictions_are_those_of_the_users_own_pipeline() -> None:
    """Codes in float32 and text in a frame give a model the same columns."""
    frame = FRAME.astype({"age": np.float32, "income": np.float32})
    expected = of_the_user().fit(frame[:80], Y[:80])  # type: ignore[attr-defined] # a Pipeline
    ours = models.build(LOGREG, {}, 0, ENCODING).fit(X[:80], Y[:80])
    np.testing.assert_array_equal(ours.predict(X[80:]), expected.predict(frame[80:]))
    np.testing.assert_allclose(
        ours.predict_proba(X[80:]), expected.predict_proba(frame[80:]), rtol=1e-4, atol=1e-6
    )


def test_a_search_scores_as_grid_search_on_the_frame_does() -> None:
    """Each fold fits medians and categories on its own training rows."""
    space = {"C": (0.01, 1.0, 100.0)}
    ours = tune(
        models.build(LOGREG, {}, 0, ENCODING),
        GridSearch(strategy="grid", folds=4, space=space),
        X,
        Y,
        seed=0,
        n_jobs=1,
        progress=lambda _: None,
        rename=lambda params: models.prefixed(LOGREG, params, ENCODING),
    )
    theirs = GridSearchCV(
        of_the_user(),
        {"logisticregression__C": space["C"]},
        cv=StratifiedKFold(4, shuffle=True, random_state=0),
    ).fit(FRAME.astype({"age": np.float32, "income": np.float32}), Y)
    for number, candidate in enumerate(ours.candidates[1:]):
        expected = [
            theirs.cv_results_[f"split{fold}_test_score"][number] for fold in range(4)
        ]
        assert list(candidate.scores) == pytest.approx(expected, abs=1e-12)


def test_medians_are_of_the_fitted_rows_alone() -> None:
    """A gap in a test row gets the median of the training rows."""
    fitted = encoder(Encoding(numbers=(0,), categories=(), missing=True)).fit(X[:80, :1])
    filled = fitted.transform(np.full((1, 1), np.nan, dtype=np.float32))
    assert filled[0, 0] == np.float32(np.nanmedian(X[:80, 0]))


def test_what_the_fitted_rows_lack_is_nothing() -> None:
    """A category of the test rows alone is zeros; a gap among the fitted is a column."""
    encoding = Encoding(numbers=(), categories=(0,), missing=False)
    fitted = encoder(encoding).fit(np.array([[0], [2], [np.nan]], dtype=np.float32))
    rows = fitted.transform(np.array([[1], [np.nan], [2]], dtype=np.float32))
    np.testing.assert_array_equal(rows, [[0, 0, 0], [0, 0, 1], [0, 1, 0]])
    assert rows.dtype == np.float32


def test_a_fold_that_lacks_a_column_keeps_its_width() -> None:
    """A column without any value among the fitted rows stays, as a constant."""
    encoding = Encoding(numbers=(0, 1), categories=(), missing=True)
    fold = np.array([[1, np.nan], [2, np.nan]], dtype=np.float32)
    assert encoder(encoding).fit_transform(fold).shape == (2, 2)


def test_the_lines_to_copy_build_the_same_model() -> None:
    """The page's Python lines run, and their model predicts the same."""
    lines = models.python_lines(LOGREG, {"C": 0.5}, 0, ENCODING)
    scope: dict[str, object] = {}
    exec("\n".join(lines), scope)  # noqa: S102 # our own lines
    theirs = scope["model"]
    ours = models.build(LOGREG, {"C": 0.5}, 0, ENCODING)
    assert repr(theirs) == repr(ours)
