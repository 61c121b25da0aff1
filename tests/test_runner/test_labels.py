"""Estimators get the labels and the data frame of their user, as in scikit-learn."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import threadpoolctl
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    LogisticRegression,
    Perceptron,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    train_test_split,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

import tunecard
from tests.builders import SHORT
from tunecard.runner import datasets, models
from tunecard.runner.clock import worker
from tunecard.runner.clock.jobs import Job
from tunecard.runner.clock.timing import Repeats
from tunecard.runner.datasets import Dataset
from tunecard.runner.errors import DataError
from tunecard.runner.inputs import inputs_of
from tunecard.runner.metrics import scorer
from tunecard.runner.models.objects import models_of
from tunecard.runner.overrides import make_overrides
from tunecard.runner.parts import parts_of
from tunecard.runner.schema import Data, ModelSpec, Study
from tunecard.runner.search import neighbors, shared
from tunecard.runner.search.scoring import score_fold
from tunecard.runner.task import Task

ONCE = Repeats(calls=1, loops=1, warm_rows=0)
FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(150, 3)).astype(np.float32)
SIGNAL = X[:, 0] + RNG.normal(size=150) > 0
WORDS: NDArray[Any] = np.where(SIGNAL, "yes", "no")
NUMBERS = np.where(SIGNAL, 2, 1)
YES = make_scorer(f1_score, pos_label="yes")
# Of text it finds no class in class_weight, in scikit-learn 1.9 itself.
BOOSTING = HistGradientBoostingClassifier(max_iter=1, class_weight={0: 1, 1: 5})
THRESHOLD = TunedThresholdClassifierCV(
    LogisticRegression(), scoring=YES, thresholds=[0.2, 0.4, 0.6], cv=2
)
WEIGHTS = {"no": 1, "yes": 5}

LABELED: dict[str, tuple[Any, NDArray[Any]]] = {
    "logistic regression": (LogisticRegression(class_weight={1: 10}), NUMBERS),
    "tree": (DecisionTreeClassifier(class_weight=WEIGHTS, max_depth=3), WORDS),
    "forest": (RandomForestClassifier(5, class_weight=WEIGHTS, random_state=0), WORDS),
    "extra trees": (ExtraTreesClassifier(5, class_weight={2: 9}, random_state=0), NUMBERS),
    "SVC": (SVC(class_weight=WEIGHTS), WORDS.astype(object)),
    "linear SVC": (LinearSVC(class_weight={False: 1, True: 7}, random_state=0), SIGNAL),
    "ridge": (RidgeClassifier(class_weight={1.0: 6}), NUMBERS.astype(np.float64)),
    "SGD": (SGDClassifier(class_weight={1: 4}, random_state=0), NUMBERS.astype(np.int8)),
    "perceptron": (Perceptron(class_weight={True: 3}, random_state=0), SIGNAL),
    "boosting": (BOOSTING, SIGNAL.astype(int)),
    "threshold": (THRESHOLD, WORDS),
    "discriminant": (LinearDiscriminantAnalysis(priors=[0.9, 0.1]), WORDS),
    "naive Bayes": (GaussianNB(priors=[0.2, 0.8]), NUMBERS - 3),
    "calibrated": (CalibratedClassifierCV(SVC(class_weight={2: 8}), cv=3), NUMBERS),
}


def table() -> tuple[pd.DataFrame, NDArray[Any]]:
    """Give a frame of every kind of column, and its labels."""
    rng = np.random.default_rng(1)
    n = 150
    age, city = rng.normal(40, 9, n), rng.choice(["Rome", "Oslo", "Bonn"], n)
    frame = pd.DataFrame(
        {
            "age": np.where(rng.random(n) < 0.1, np.nan, age),
            "rooms": pd.array(rng.integers(1, 6, n), dtype="Int64"),
            "city": city,
            "size": pd.Categorical(rng.choice(["s", "m", "l"], n), ["s", "m", "l"]),
            "member": rng.random(n) < 0.5,
        },
        index=np.arange(n) + 1000,
    )
    frame.loc[1003, "rooms"] = pd.NA
    frame.loc[1005, "city"] = None
    return frame, np.where((age > 40) ^ (city == "Rome"), "yes", "no")


def of_frame() -> dict[str, Any]:
    """Give pipelines that need a frame, its names or its dtypes."""
    words = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    by_name = ColumnTransformer(
        [("n", SimpleImputer(), ["age", "rooms"]), ("c", words, ["city", "size"])]
    )
    by_type = make_column_transformer(
        (SimpleImputer(), make_column_selector(dtype_include="number")),
        (words, make_column_selector(dtype_include=["category", "bool"])),
    )
    as_frame = clone(by_name).set_output(transform="pandas")
    own = FunctionTransformer(_of_a_user)
    return {
        "by name": Pipeline([("ct", by_name), ("clf", LogisticRegression())]),
        "by dtype": make_pipeline(by_type, StandardScaler(), LogisticRegression()),
        "set_output": make_pipeline(as_frame, KNeighborsClassifier()),
        "a function": make_pipeline(own, DecisionTreeClassifier(random_state=0)),
        "one column": make_pipeline(
            make_column_transformer((SimpleImputer(), ["age"])), GaussianNB()
        ),
        "a native one": make_pipeline(
            make_column_transformer(
                ("passthrough", ["age", "size"]), verbose_feature_names_out=False
            ).set_output(transform="pandas"),
            HistGradientBoostingClassifier(max_iter=1, categorical_features="from_dtype"),
        ),
    }


def _of_a_user(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {"old": frame["age"] > 40, "m": frame["size"].cat.codes, "in": frame["member"]}
    )


FRAMED = of_frame()


def loaded(data: Any, *, target: str | None = None) -> Dataset:
    """Load data as `tunecard.run` does."""
    overrides = make_overrides([LogisticRegression()], data, target)
    assert overrides is not None
    study = overrides.apply_to(None, Path())
    return datasets.load(
        study.dataset,
        seed=0,
        test_size=0.25,
        subset=None,
        data_dir=None,
        offline=True,
        notice=lambda _: None,
        data=study.data,
        entry=overrides.entry,
    )


def answers(estimator: Any, data: Dataset, folder: Path) -> tuple[Any, Any, Any]:
    """Give what a worker says of an estimator: outcome, labels, probabilities or None."""
    models_ = models_of([("m", estimator)]).specs
    study = Study(name="s", title="s", dataset="given", models=models_)
    (part,) = parts_of(study, data, folder / "data", None)
    job = Job(
        data=str(part.folder_of(models_[0], "baseline")),
        model=models_[0],
        params={},
        seed=0,
        repeats={"fit": ONCE, "predict": ONCE},
        scored=True,
        memory=2**32,
        encoding=part.inputs["m"].encoding,
    )
    outcome = worker.run(job, folder)
    assert outcome.status == "ok", outcome.reason
    shares = folder / "probabilities.npy"
    return (
        outcome,
        data.task.decode(np.load(folder / "y_pred.npy")),
        np.load(shares) if shares.exists() else None,
    )


def split_of(rows: Any, y: Any, data: Dataset) -> tuple[Any, Any, Any]:
    """Split as scikit-learn does, and give training rows, their labels and test rows."""
    train, test = train_test_split(
        np.arange(len(y)), test_size=0.25, stratify=y, random_state=0
    )
    train, test = np.sort(train), np.sort(test)
    np.testing.assert_array_equal(test, data.test_index)
    by = rows.iloc if hasattr(rows, "iloc") else rows
    return by[train], np.asarray(y)[train], by[test]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # The heap of a test process takes long to be collected, and no time counts here.
    monkeypatch.setattr("tunecard.runner.clock.bench.gc.collect", lambda _generation=2: 0)
    monkeypatch.setattr("tunecard.runner.clock.timing.LATENCY_CALLS", 2)
    with threadpoolctl.threadpool_limits(1):
        yield


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", LABELED)
def test_labels_reach_the_estimator(name: str, tmp_path: Path) -> None:
    """Predictions, probabilities and fold scores are scikit-learn's, on its own labels."""
    estimator, y = LABELED[name]
    data = loaded((X, y))
    assert data.y_train.dtype == y.dtype
    _, labels, shares = answers(estimator, data, tmp_path)
    X_train, y_train, X_test = split_of(X, y, data)
    seeded = models.build(models_of([estimator]).specs[0], {}, 0)
    fitted = clone(seeded).fit(X_train, y_train)
    np.testing.assert_array_equal(labels, fitted.predict(X_test))
    if shares is not None:
        expected = fitted.predict_proba(X_test).astype(np.float32)
        np.testing.assert_array_equal(shares, expected)
    same_folds(seeded, data, (X_train, y_train), tmp_path)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FRAMED)
def test_frames_reach_pipelines(name: str, tmp_path: Path) -> None:
    """Predictions and fold scores are scikit-learn's on the frame, dtypes and all."""
    frame, y = table()
    data = loaded(frame.assign(y=y), target="y")
    pd.testing.assert_frame_equal(data.X_test, frame.iloc[data.test_index])
    _, labels, _ = answers(FRAMED[name], data, tmp_path)
    X_train, y_train, X_test = split_of(frame, y, data)
    fitted = clone(FRAMED[name]).fit(X_train, y_train)
    np.testing.assert_array_equal(labels, fitted.predict(X_test))
    same_folds(FRAMED[name], data, (X_train, y_train), tmp_path)


def same_folds(
    estimator: Any, data: Dataset, train: tuple[Any, NDArray[Any]], folder: Path
) -> None:
    """Compare fold scores with GridSearchCV's, the rows handed on through files."""
    theirs = GridSearchCV(estimator, {}, cv=FOLDS, scoring="f1_macro").fit(*train)
    (folder / "shared").mkdir()
    score = scorer("f1_macro")
    shared.write(folder / "shared", estimator, score, (data.X_train, data.y_train))
    rows = shared.read_data(folder / "shared")
    for number, fold in enumerate(FOLDS.split(data.y_train, data.y_train)):
        scored = score_fold(estimator, {}, rows, fold, scorer("f1_macro"))
        assert scored.score == theirs.cv_results_[f"split{number}_test_score"][0]


@pytest.mark.parametrize("y", [WORDS, NUMBERS, SIGNAL])
def test_neighbors_are_shared_among_labels(y: NDArray[Any]) -> None:
    """Fold scores from one table are those of GridSearchCV, of a frame as well."""
    frame = pd.DataFrame(X.astype(np.float64), columns=["a", "b", "c"]).assign(d=SIGNAL)
    space = {"n_neighbors": [1, 4, 9], "weights": ["uniform", "distance"]}
    theirs = GridSearchCV(KNeighborsClassifier(), space, cv=FOLDS).fit(frame, y)
    for number, fold in enumerate(FOLDS.split(frame, y)):
        found = neighbors.score_candidates(
            KNeighborsClassifier(),
            theirs.cv_results_["params"],
            (frame, y),
            fold,
            scorer("accuracy"),
        )
        expected = theirs.cv_results_[f"split{number}_test_score"].tolist()
        assert [one.score for one in found.scores] == expected


def kinds_of_rows() -> dict[str, Callable[[], tuple[Any, Any, Any]]]:
    """Give rows of other kinds, what scikit-learn is given, and an estimator."""
    frame, _ = table()
    cells = frame[["age", "member"]].fillna(0).astype(float).to_numpy().tolist()
    rows = [[a, b, str(c)] for (a, b), c in zip(cells, frame["size"], strict=True)]
    mixed = make_pipeline(
        make_column_transformer((OneHotEncoder(), [2]), remainder="passthrough"),
        LogisticRegression(max_iter=1000),
    )
    forest = RandomForestClassifier(5, random_state=0)
    gaps = frame[["age", "member"]]
    return {
        "lists with text": lambda: (rows, np.array(rows, dtype=object), mixed),
        "an array of objects": lambda: (np.array(rows, object), None, mixed),
        "a bare estimator that takes gaps": lambda: (gaps, None, forest),
    }


@pytest.mark.parametrize("kind", kinds_of_rows())
def test_other_rows_are_taken_as_by_scikit_learn(kind: str, tmp_path: Path) -> None:
    """Lists of lists, objects, and frames whose gaps an estimator takes by itself."""
    rows, expected, estimator = kinds_of_rows()[kind]()
    _, y = table()
    data = loaded((rows, y))
    _, labels, _ = answers(estimator, data, tmp_path)
    X_train, y_train, X_test = split_of(rows if expected is None else expected, y, data)
    fitted = clone(estimator).fit(X_train, y_train)
    np.testing.assert_array_equal(labels, fitted.predict(X_test))


def test_a_bare_estimator_gets_an_encoding_in_front(tmp_path: Path) -> None:
    """Text and gaps that it cannot take are encoded; what is its own mistake is not."""
    frame, y = table()
    data = loaded((frame, y))
    (bare, wrong) = models_of(
        [
            LogisticRegression(),
            make_pipeline(make_column_transformer((StandardScaler(), ["agee"])), SVC()),
        ]
    ).specs
    assert inputs_of(bare, data, 0).encoding == data.encoding
    assert inputs_of(wrong, data, 0).encoding is None
    outcome, _, _ = answers(LogisticRegression(), data, tmp_path)
    assert outcome.status == "ok"


def test_a_column_of_free_text_is_for_pipelines(tmp_path: Path) -> None:
    """More texts than an encoding takes reach a vectorizer, and end a bare model's run."""
    _, y = table()
    texts = [f"{label} word{row}" for row, label in enumerate(np.tile(y, 8))]
    frame = pd.DataFrame({"message": texts})
    data = loaded((frame, np.tile(y, 8)))
    assert [column.kind for column in data.info.columns] == ["other"]
    pipe = make_pipeline(
        make_column_transformer((TfidfVectorizer(), "message")), LogisticRegression()
    )
    _, labels, _ = answers(pipe, data, tmp_path)
    assert (labels == data.y_test).all()
    (bare,) = models_of([LogisticRegression()]).specs
    with pytest.raises(
        DataError, match=r"different texts.* The model 'logisticregression'"
    ):
        inputs_of(bare, data, 0)


def test_a_frame_of_another_dtype_is_other_data() -> None:
    """Its hash tells a run that it cannot resume; equal frames have equal hashes."""
    frame, y = table()
    first, again = loaded((frame, y)).info, loaded((frame.copy(), y)).info
    other = loaded((frame.assign(member=frame["member"].astype(int)), y)).info
    assert first.sha256 == again.sha256
    assert first.sha256["frame"] != other.sha256["frame"]
    assert first.dtype == "float64, Int64, str, category, bool"


@pytest.mark.parametrize(
    "y", [pd.DataFrame({"y": WORDS}), WORDS[:, None], pd.Series(WORDS, dtype="category")]
)
def test_y_may_be_one_column(y: Any) -> None:
    """A frame or an array of one column, and a categorical, are labels."""
    assert loaded((X, y)).y_train.tolist() == loaded((X, WORDS)).y_train.tolist()


def test_polars_frames_stay_polars(tmp_path: Path) -> None:
    """A polars frame reaches the pipeline as one, by name."""
    polars = pytest.importorskip("polars", reason="polars is not installed")
    frame, y = table()
    rows = polars.DataFrame({"age": frame["age"].to_numpy(), "member": frame["member"]})
    pipe = make_pipeline(
        make_column_transformer((SimpleImputer(), ["age"]), ("passthrough", ["member"])),
        LogisticRegression(),
    )
    data = loaded((rows, y))
    assert isinstance(data.X_train, polars.DataFrame)
    _, labels, _ = answers(pipe, data, tmp_path)
    train = np.setdiff1d(np.arange(len(y)), data.test_index)
    fitted = clone(pipe).fit(rows[train], y[train])
    np.testing.assert_array_equal(labels, fitted.predict(rows[data.test_index]))


class OfCodes(LogisticRegression):  # type: ignore[misc] # it has no types
    """Refuses labels other than 0 to k - 1, as XGBoost's classifier does."""

    __module__ = "xgboost.sklearn"

    def fit(self, X: Any, y: Any) -> "OfCodes":
        """Learn as its base does."""
        if np.unique(y).tolist() != list(range(len(np.unique(y)))):
            raise ValueError("Invalid classes inferred from unique values of `y`")
        return super().fit(X, y)  # type: ignore[no-any-return] # as above


def test_what_takes_no_labels_gets_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XGBoost's classifier answers with labels nevertheless; the rows are not copied."""
    module = ModuleType("xgboost.sklearn")
    module.OfCodes = OfCodes  # type: ignore[attr-defined] # so that it can be pickled
    # The package too: where it is installed, importing it now would keep this module.
    monkeypatch.setitem(sys.modules, "xgboost", ModuleType("xgboost"))
    monkeypatch.setitem(sys.modules, "xgboost.sklearn", module)
    data = loaded((X, WORDS))
    _, labels, _ = answers(make_pipeline(StandardScaler(), OfCodes()), data, tmp_path)
    own = make_pipeline(StandardScaler(), LogisticRegression(random_state=0))
    own.fit(data.X_train, data.y_train)
    np.testing.assert_array_equal(labels, own.predict(data.X_test))
    assert (tmp_path / "data" / "codes" / "X_train.npy").is_symlink()


def test_a_study_of_a_file_has_its_labels(tmp_path: Path) -> None:
    """Integers of a CSV are integers, other classes words; tables of a study name them."""
    for y, weights, dtype in ((NUMBERS, {"1": 10}, "i"), (WORDS, {"no": 9, "yes": 1}, "U")):
        frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=y)
        frame.to_csv(tmp_path / "d.csv", index=False)
        data = datasets.load(
            "d.csv",
            seed=0,
            test_size=0.25,
            subset=None,
            data_dir=None,
            offline=True,
            notice=lambda _: None,
            data=Data(target="y"),
            base=tmp_path,
        )
        spec = ModelSpec.model_validate(
            {
                "name": "m",
                "estimator": "sklearn.linear_model.LogisticRegression",
                "params": {"class_weight": weights},
            }
        )
        fitted = models.build(spec, {}, 0).fit(data.X_train, data.y_train)
        assert data.y_train.dtype.kind == dtype
        assert np.mean(fitted.predict(data.X_test) == np.unique(y)[0]) > 0.9


def test_a_space_may_hold_weights_of_labels() -> None:
    """Dicts of labels are kept in the study, and come back with the labels' own type."""
    space = {"class_weight": [{1: 10}, {"1": 10}, None, "balanced"]}
    (spec,) = models_of([("m", LogisticRegression(), space)]).specs
    assert spec.search is not None
    again = ModelSpec.model_validate_json(spec.model_dump_json())
    assert again == spec
    assert again.search is not None
    (first, *_) = again.search.space["class_weight"]
    assert models.build(again, {"class_weight": first}, 0).class_weight == {1: 10}


@pytest.mark.parametrize(
    ("labels", "returned", "expected"),
    [
        ([1, 2], [2, 1, 3], "1 labels that are not classes, such as 3"),
        ([1, 2], [1.0, np.nan], "1 labels that are not numbers"),
        ([1, 2], ["1", "2"], "labels of type <U1; the classes are of type int64"),
        (["a", "b"], [0, 1], "labels of type int64; the classes are of type <U1"),
    ],
)
def test_labels_of_other_classes_are_refused(
    labels: list[Any], returned: list[Any], expected: str
) -> None:
    """What an estimator returns is one of the labels that it was given."""
    with pytest.raises(ValueError, match=f"^{expected}$"):
        Task(np.array(labels)).encode(np.array(returned))


@pytest.mark.usefixtures("no_page", "forked")
@pytest.mark.slow
def test_a_whole_run_keeps_frame_and_labels(tmp_path: Path) -> None:
    """A search object over a frame: candidates, folds and test labels as scikit-learn's."""
    frame, y = table()
    search = GridSearchCV(FRAMED["by name"], {"clf__C": [0.1, 1.0]}, cv=FOLDS)
    run = tunecard.run(
        SHORT,
        models=[("m", search)],
        data=frame.assign(y=y),
        target="y",
        reports=tmp_path,
        quiet=True,
    )
    predictions = pd.read_parquet(run.folder / "predictions.parquet")
    test = predictions["index"].to_numpy()
    train = np.setdiff1d(np.arange(len(y)), test)
    theirs = clone(search).fit(frame.iloc[train], y[train])
    (found,) = run.results.searches
    assert [each.scores for each in found.candidates[1:]] == [
        tuple(theirs.cv_results_[f"split{n}_test_score"][i] for n in range(3))
        for i in range(2)
    ]
    assert predictions["predicted:m/tuned"].tolist() == (
        theirs.predict(frame.iloc[test]).tolist()
    )
