"""Sample weights: read, routed to fits and to fold scores as scikit-learn routes them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, get_scorer, make_scorer
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tunecard.runner import assemble, config, datasets
from tunecard.runner.clock import worker
from tunecard.runner.clock.jobs import Job
from tunecard.runner.clock.timing import Repeats
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.metrics import name_of, scorer
from tunecard.runner.models.weighting import takes_weights
from tunecard.runner.overrides import make_overrides
from tunecard.runner.parts import SeedSplit, parts_of
from tunecard.runner.schema import Data, ModelSpec
from tunecard.runner.search.fixed_steps import FoldRows
from tunecard.runner.search.scoring import score_fold

X, Y = load_iris(return_X_y=True)
WEIGHTS = np.random.default_rng(0).exponential(size=len(Y))
FOLDS = tuple(StratifiedKFold(3, shuffle=True, random_state=0).split(X, Y))
SPACE = [{"C": 0.01}, {"C": 1.0}]
BASE = LogisticRegression(max_iter=500)


def ours(
    estimator: Any, candidates: list[dict[str, Any]], metric: str
) -> list[list[float | None]]:
    """Fold scores of the search, a list for each candidate."""
    fold_rows = FoldRows(estimator)
    data, score = (X, Y, WEIGHTS), scorer(metric)
    return [
        [score_fold(estimator, c, data, fold, score, fold_rows).score for fold in FOLDS]
        for c in candidates
    ]


def theirs(
    estimator: Any, candidates: list[dict[str, Any]], scoring: Any
) -> list[list[float]]:
    """Those of a GridSearchCV with routed weights; what requests none is left alone."""
    grid = [{key: [value] for key, value in each.items()} for each in candidates]
    with sklearn.config_context(enable_metadata_routing=True):
        search = GridSearchCV(estimator, grid, cv=FOLDS, scoring=scoring, refit=False)
        results = search.fit(X, Y, sample_weight=WEIGHTS).cv_results_
    columns = [results[f"split{number}_test_score"] for number in range(len(FOLDS))]
    scores: list[list[float]] = np.abs(np.array(columns)).T.tolist()
    return scores


def requesting(part: Any, method: str = "fit", *, weights: bool = True) -> Any:
    """Let an estimator or a scorer request weights, or decline them."""
    with sklearn.config_context(enable_metadata_routing=True):
        return getattr(part, f"set_{method}_request")(sample_weight=weights)


@pytest.mark.parametrize(
    ("metric", "scoring"),
    [
        ("accuracy", "accuracy"),
        ("f1_macro", "f1_macro"),
        ("log_loss", "neg_log_loss"),
        ("balanced_accuracy", "balanced_accuracy"),
        ("roc_auc_ovr_weighted", "roc_auc_ovr_weighted"),
    ],
)
def test_fold_scores_are_those_of_a_routed_grid_search(metric: str, scoring: str) -> None:
    """GridSearchCV with weights requested by the estimator and the scorer, to the bit."""
    routed = requesting(LogisticRegression(max_iter=500))
    by_weight = requesting(get_scorer(scoring), "score")
    assert ours(BASE, SPACE, metric) == theirs(routed, SPACE, by_weight)


def test_the_last_step_of_a_pipeline_gets_the_weights() -> None:
    """Without requests; the scaler before it is fitted without weights, once a fold."""
    pipe = make_pipeline(StandardScaler(), BASE)
    routed = make_pipeline(
        requesting(StandardScaler(), weights=False),
        requesting(LogisticRegression(max_iter=500)),
    )
    space = [{"logisticregression__C": C} for C in (0.01, 1.0)]
    by_weight = requesting(get_scorer("accuracy"), "score")
    assert ours(pipe, space, "accuracy") == theirs(routed, space, by_weight)


def test_requests_of_the_estimator_itself_are_followed() -> None:
    """A scaler that requests weights gets them, and the classifier that declines none."""
    pipe = make_pipeline(
        requesting(StandardScaler()),
        requesting(LogisticRegression(max_iter=500), weights=False),
    )
    space = [{"logisticregression__C": C} for C in (0.01, 1.0)]
    by_weight = requesting(get_scorer("log_loss".replace("log", "neg_log")), "score")
    assert ours(pipe, space, "log_loss") == theirs(pipe, space, by_weight)


def test_a_fit_without_the_argument_goes_without_weights() -> None:
    """k-nearest neighbors: scores alone are weighted, as scikit-learn does."""
    space = [{"n_neighbors": k} for k in (1, 9)]
    by_weight = requesting(get_scorer("accuracy"), "score")
    knn = KNeighborsClassifier()
    assert ours(knn, space, "accuracy") == theirs(knn, space, by_weight)


def test_a_scorer_that_declines_weights_has_none() -> None:
    """``set_score_request(sample_weight=False)``."""
    declining = requesting(make_scorer(accuracy_score), "score", weights=False)
    name = name_of(declining)
    assert not scorer(name).takes_weights(np.unique(Y))
    routed = requesting(LogisticRegression(max_iter=500))
    assert ours(BASE, SPACE, name) == theirs(routed, SPACE, declining)


def test_regressors_take_weights_too() -> None:
    """The argument decides, not what is predicted."""
    assert takes_weights(LinearRegression())
    assert takes_weights(make_pipeline(StandardScaler(), LinearRegression()))
    assert not takes_weights(make_pipeline(StandardScaler(), KNeighborsClassifier()))


def _table(**columns: Any) -> pd.DataFrame:
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    return frame.assign(w=WEIGHTS, kind=np.array(["x", "y", "z"])[Y], **columns)


def _load(data: Data, folder: Path, frame: pd.DataFrame) -> datasets.Dataset:
    frame.to_csv(folder / "table.csv", index=False)
    return datasets.load(
        "table.csv",
        seed=0,
        test_size=0.3,
        subset=None,
        data_dir=None,
        offline=True,
        notice=lambda _: None,
        base=folder,
        data=data,
    )


def test_a_column_of_weights_is_no_feature(tmp_path: Path) -> None:
    """It goes with its rows, and its bytes are part of what a run is resumed by."""
    loaded = _load(Data(target="kind", sample_weight="w"), tmp_path, _table())
    assert loaded.info.n_features == 4
    assert loaded.info.sample_weight == "w"
    assert loaded.weight is not None
    kept = np.setdiff1d(np.arange(150), loaded.test_index)
    np.testing.assert_allclose(loaded.weight, WEIGHTS[kept])
    doubled = _table().assign(w=2 * WEIGHTS)
    other = _load(Data(target="kind", sample_weight="w"), tmp_path, doubled)
    assert other.info.sha256["sample_weight"] != loaded.info.sha256["sample_weight"]


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({3: "-1"}, r"'w' \(data.sample_weight\) holds '?-1'? in row 4; a weight must be"),
        ({5: "heavy"}, r"holds '?heavy'? in row 6; .*finite number of at least 0"),
        ({0: None}, r"holds '?nothing'? in row 1"),
        (dict.fromkeys(range(150), "0"), "holds zeros alone; at least one row needs"),
    ],
)
def test_a_weight_that_is_none_is_refused(
    cells: Mapping[int, str | None], sentence: str, tmp_path: Path
) -> None:
    """With the column, the row, what it holds and what is allowed."""
    frame = _table()
    frame["w"] = [cells.get(row, "1.5") for row in range(150)]
    with pytest.raises(DataError, match=sentence):
        _load(Data(target="kind", sample_weight="w"), tmp_path, frame)


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ([1.0, 2.0], r"sample_weight has 2 values, and the data 150 rows"),
        (-WEIGHTS, "sample_weight holds -.* in row 1; a weight must be"),
        (np.ones((150, 2)), r"sample_weight has the shape \(150, 2\)"),
        (["a"] * 150, "sample_weight: must be a number for each row"),
    ],
)
def test_an_array_that_is_no_weights_is_refused(weights: Any, sentence: str) -> None:
    """One sentence, before anything is fitted."""
    with pytest.raises(DataError, match=sentence):
        _given(weights)


def _given(weights: Any) -> datasets.Dataset:
    overrides = make_overrides([BASE], (X, Y), fields={}, sample_weight=weights)
    assert overrides is not None
    return datasets.load(
        datasets.GIVEN,
        seed=0,
        test_size=0.3,
        subset=None,
        data_dir=None,
        offline=True,
        notice=lambda _: None,
        entry=overrides.entry,
    )


def test_a_study_names_the_column_of_weights() -> None:
    """In ``[data]``; a column cannot be the target as well."""
    text = (
        'name = "s"\ntitle = "S"\ndataset = "t.csv"\n[[models]]\nname = "m"\n'
        'estimator = "sklearn.linear_model.LogisticRegression"\n[data]\n'
    )
    named = config.parse(f'{text}target = "kind"\nsample_weight = "w"\n', "study.toml")
    assert named.data is not None
    assert named.data.sample_weight == "w"
    with pytest.raises(StudyError, match="target and sample_weight are the same column"):
        config.parse(f'{text}target = "w"\nsample_weight = "w"\n', "study.toml")


def _part(folder: Path, *models: ModelSpec) -> tuple[SeedSplit, Any]:
    study = config.parse(
        'name = "s"\ntitle = "S"\ndataset = "iris"\n'
        + "".join(
            f'[[models]]\nname = "{model.name}"\nestimator = "{model.estimator}"\n'
            for model in models
        ),
        "study.toml",
    )
    return parts_of(study, _given(WEIGHTS), folder, None)[0], study


LOGREG = ModelSpec(name="logreg", estimator="sklearn.linear_model.LogisticRegression")
KNN = ModelSpec(name="knn", estimator="sklearn.neighbors.KNeighborsClassifier")


def test_the_case_that_is_measured_is_fitted_with_weights(tmp_path: Path) -> None:
    """Its probabilities are those of scikit-learn's fit with the training rows' weights."""
    part, _ = _part(tmp_path / "data", LOGREG)
    once = Repeats(calls=1, loops=1, warm_rows=0)
    job = Job(
        data=str(part.folder),
        model=LOGREG,
        params={},
        seed=0,
        repeats={"fit": once, "predict": once},
        scored=True,
        memory=2**40,
    )
    (tmp_path / "case").mkdir()
    outcome = worker.run(job, tmp_path / "case")
    assert outcome.status == "ok", outcome.reason
    data = part.dataset
    fitted = LogisticRegression(random_state=0).fit(
        data.X_train, data.y_train, sample_weight=data.weight
    )
    left = np.load(tmp_path / "case" / "probabilities.npy")
    np.testing.assert_allclose(left, fitted.predict_proba(data.X_test), atol=1e-6)
    without = LogisticRegression(random_state=0).fit(data.X_train, data.y_train)
    assert np.abs(left - without.predict_proba(data.X_test)).max() > 1e-3


def test_the_record_names_what_the_weights_do_not_reach(tmp_path: Path) -> None:
    """The column, the models whose fit takes no weights, and whether scores have them."""
    part, study = _part(tmp_path, LOGREG, KNN)
    use = assemble.weight_use(part, study)
    assert use is not None
    assert (use.column, use.unweighted, use.scores) == ("sample_weight", ("knn",), True)
