"""Logistic regressions fitted in step: scores to the bit, and what goes wrong alone."""

import threading
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import threadpoolctl
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from tunecard.runner import models
from tunecard.runner.metrics import scorer
from tunecard.runner.resampling import STRATIFIED, Fold
from tunecard.runner.schema import GridSearch, Limits, ModelSpec
from tunecard.runner.search import joint_products, joint_scoring, pool, tune
from tunecard.runner.search.fixed_steps import FoldRows
from tunecard.runner.search.joint_fits import JointFits
from tunecard.runner.search.joint_products import JointProduct
from tunecard.runner.search.joint_scoring import grouped, most_together, score_together
from tunecard.runner.search.pool_pipes import Piece
from tunecard.runner.search.scoring import FoldScore, score_fold

pytestmark = pytest.mark.usefixtures("forked")

Data = tuple[NDArray[np.floating[Any]], NDArray[np.int64]]
ACCURACY = scorer("accuracy")
SETTINGS: list[dict[str, Any]] = [
    {"C": 1e-4},  # ends long before the others
    {"C": 1.0, "max_iter": 7},
    {"C": 0.5, "fit_intercept": False},
    {"C": 3.0, "class_weight": "balanced"},
    {"C": 10.0, "solver": "newton-cg", "max_iter": 3},  # makes its products by itself
]


@pytest.fixture(scope="module")
def data() -> Data:
    """Give 600 rows of the digits."""
    X, y = load_digits(return_X_y=True)
    return np.ascontiguousarray(X[:600]), y[:600]


@pytest.fixture
def fold(data: Data) -> Fold:
    """Give a fold of the rows."""
    return STRATIFIED.inner(data[1], 3, 0)[0]


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    """Give the libraries one thread, as in a process of a search."""
    with threadpoolctl.threadpool_limits(1):
        yield


def bare(scored: FoldScore) -> dict[str, Any]:
    """Return what of a score does not depend on time, nor on how it was made."""
    return scored.model_dump(
        exclude={"cpu_seconds", "peak_memory", "shared_seconds", "joint"}
    )


def assert_as_alone(
    estimator: Any, settings: list[dict[str, Any]], data: Any, fold: Fold
) -> list[FoldScore]:
    """Compare what candidates score together with what each scores by itself."""
    rows = partial(FoldRows, estimator)
    together = list(score_together(estimator, settings, data, fold, ACCURACY, rows()))
    alone = [
        score_fold(estimator, params, data, fold, ACCURACY, rows()) for params in settings
    ]
    assert list(map(bare, together)) == list(map(bare, alone))
    return together


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(700, 64, 10), (401, 33, 3), (64, 700, 10), (9, 5, 4)])
def test_joint_products_are_those_of_numpy(
    shape: tuple[int, int, int], dtype: Any, *, transposed: bool
) -> None:
    """Each is equal to the bit to the one that numpy makes of the same two arrays."""
    n_rows, n_inner, n_columns = shape
    rng = np.random.default_rng(1)
    X = rng.random((n_inner, n_rows) if transposed else (n_rows, n_inner)).astype(dtype)
    product = JointProduct(X, n_columns, transposed=transposed)
    rights = {
        place: rng.standard_normal((n_inner, n_columns)).astype(dtype)
        for place in (0, 1, 3, 4)
    }
    made = product.multiply(rights, 5)
    assert made.keys() == rights.keys()
    for place, right in rights.items():
        expected = right.T @ X if transposed else X @ right
        np.testing.assert_array_equal(
            made[place].T if transposed else made[place], expected
        )


def off_by_a_bit(rows: slice) -> Callable[[Any, Any], Any]:
    """Make a product that rounds some rows up, as another order of sums may."""

    def multiply(left: Any, right: Any) -> Any:
        product = np.array(left @ right)
        product[rows] = np.nextafter(product[rows], np.inf)
        return product

    return multiply


@pytest.mark.parametrize(
    ("rows", "start", "n_separate"),
    [
        (slice(0, 0), 0, 0),
        (slice(300, 306), 0, 6),
        (slice(0, 40), 40, 80),  # and again the first 40 of those that are left
        (slice(0, 300), None, None),
        (slice(0, None, 2), None, None),
    ],
    ids=["equal", "a few", "the first", "most", "every other"],
)
def test_rows_that_differ_are_made_separately(
    monkeypatch: pytest.MonkeyPatch, rows: slice, start: int | None, n_separate: int | None
) -> None:
    """What a joint product rounds differently comes from separate ones, or all do."""
    rng = np.random.default_rng(2)
    X = rng.random((401, 30))
    product = JointProduct(X, 4, transposed=False)
    rights = {place: rng.standard_normal((30, 4)) for place in range(3)}
    multiply = off_by_a_bit(rows)
    monkeypatch.setattr(joint_products, "_WAYS", (multiply, multiply))
    uncached = joint_products.choose_both.__wrapped__
    monkeypatch.setattr(joint_products, "choose_both", uncached)
    layout = product.choose(3)
    if start is None:
        assert layout is None
    else:
        assert layout is not None
        assert (layout.start, layout.n_separate) == (start, n_separate)
    made = product.multiply(rights, 3)
    for place, right in rights.items():
        np.testing.assert_array_equal(made[place], X @ right)


def test_rows_of_zeros_are_tried_with_other_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is rounded otherwise is known of a shape, whatever the rows of a fold hold."""
    rows = slice(300, 306)

    def multiply(left: Any, right: Any) -> Any:
        product = np.array(left @ right)
        product[rows] *= 1 + 2**-40  # zeros stay what they are
        return product

    monkeypatch.setattr(joint_products, "_WAYS", (multiply,))
    uncached = joint_products.choose_both.__wrapped__
    monkeypatch.setattr(joint_products, "choose_both", uncached)
    X = np.random.default_rng(2).random((401, 30))
    X[rows] = 0
    layout = JointProduct(X, 4, transposed=False)._layout(3)
    assert layout is not None
    assert layout.n_separate == 6


def test_candidates_score_as_each_alone(data: Data, fold: Fold) -> None:
    """Scores, warnings and convergence are those of fits one after the other."""
    scored = assert_as_alone(LogisticRegression(max_iter=60), SETTINGS, data, fold)
    assert [cell.converged for cell in scored] == [True, False, False, False, False]
    X_train, n_classes = data[0][fold[0]], 10
    is_joint = JointProduct(X_train, n_classes, transposed=False).is_joint(5, 5)
    assert [cell.joint for cell in scored] == [is_joint] * 4 + [False]


def test_candidates_score_as_each_alone_behind_a_scaler(data: Data, fold: Fold) -> None:
    """So do those behind a transformer, which is fitted once."""
    scaled = Pipeline([("s", StandardScaler()), ("m", LogisticRegression(max_iter=30))])
    settings = [{f"m__{name}": of for name, of in params.items()} for params in SETTINGS]
    scored = assert_as_alone(scaled, settings, data, fold)
    assert sum(cell.shared_seconds > 0 for cell in scored) == 1


def test_candidates_score_as_each_alone_with_weights(data: Data, fold: Fold) -> None:
    """So do those of weighted rows."""
    weight = np.random.default_rng(3).random(len(data[1])) + 0.5
    assert_as_alone(LogisticRegression(max_iter=30), SETTINGS, (*data, weight), fold)


def test_a_candidate_that_fails_fails_alone(data: Data, fold: Fold) -> None:
    """Its reason is its own, and the others have their scores."""
    settings = [{"C": 1.0}, {"C": -1.0}, {"C": 2.0}, {"c": 1.0}]
    scored = assert_as_alone(LogisticRegression(max_iter=20), settings[:3], data, fold)
    assert [cell.score is None for cell in scored] == [False, True, False]
    # A parameter that the model does not have: none can be made for all of them.
    scored = assert_as_alone(LogisticRegression(max_iter=20), settings, data, fold)
    assert [cell.score is None for cell in scored] == [False, True, False, True]


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (lambda X: X.astype(np.uint8), lambda y: y),
        (np.asfortranarray, lambda y: y),
        (lambda X: X, lambda y: y % 2),
        (lambda X: X, lambda y: y % 3),
    ],
    ids=["integers", "column by column", "two classes", "three classes"],
)
def test_other_rows_and_classes(data: Data, fold: Fold, X: Any, y: Any) -> None:
    """Rows that scikit-learn converts, and few classes, score as each alone."""
    settings = [{"C": 0.01}, {"C": 0.1}, {"C": 1.0}]
    changed = X(data[0]), y(data[1])
    assert_as_alone(LogisticRegression(max_iter=10), settings, changed, fold)


def test_a_search_is_that_of_scikit_learn(
    data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fold scores are those of GridSearchCV to the bit, in as many processes."""
    monkeypatch.setattr(joint_scoring, "_FEWEST_VALUES", 1)
    X, y = data
    values = (0.001, 0.1, 1.0, 10.0)
    ours = tune(
        LogisticRegression(max_iter=15),
        GridSearch(strategy="grid", folds=3, space={"C": values}),
        X,
        y,
        seed=5,
        n_jobs=2,
        progress=lambda _: None,
    )
    theirs = GridSearchCV(
        LogisticRegression(max_iter=15),
        {"C": list(values)},
        cv=StratifiedKFold(3, shuffle=True, random_state=5),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.fit(X, y)
    for number, candidate in enumerate(ours.candidates[1:]):
        scores = [
            theirs.cv_results_[f"split{fold}_test_score"][number] for fold in range(3)
        ]
        assert list(candidate.scores) == scores
    assert [warning.category for warning in ours.warnings] == ["ConvergenceWarning"]
    train = np.concatenate([fold[0] for fold in STRATIFIED.inner(y, 3, 5)[:1]])
    is_joint = JointProduct(X[train], 10, transposed=False).is_joint(5, 5)
    assert (ours.method, ours.joint_products) == ("parallel", is_joint)


def test_no_thread_is_left_when_a_product_fails(
    data: Data, fold: Fold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the products ends every fit that waits for one."""
    before = threading.active_count()

    def fail(*_: Any) -> None:
        raise MemoryError

    fits = JointFits(data[0], 10)
    monkeypatch.setattr(JointProduct, "multiply", fail)
    calls = [partial(LogisticRegression(C=C).fit, *data) for C in (0.1, 1.0, 10.0)]
    with pytest.raises(MemoryError):
        fits.run(calls)
    for thread in threading.enumerate()[before:]:
        thread.join(5)
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("n_folds", "n_jobs", "most", "sizes"),
    [
        (3, 2, 16, [16, 16, 8, 8]),
        (5, 2, 16, [16, 16, 16, 16, 8, 8]),
        (3, 1, 16, [16, 16, 16]),
        (2, 4, 16, [4] * 8),
        (3, 2, 6, [6, 6, 4] * 3),
    ],
)
def test_groups_keep_all_processes_at_work(
    n_folds: int, n_jobs: int, most: int, sizes: list[int]
) -> None:
    """A group is of one fold; the folds that are left over are divided."""
    pieces = [Piece(c, f) for c in range(16) for f in range(n_folds)]
    groups = list(grouped(pieces, n_jobs, most))
    assert [len(group) for group in groups] == sizes
    assert all(len({piece.fold for piece in group}) == 1 for group in groups)
    assert sorted(piece for group in groups for piece in group) == sorted(pieces)


@pytest.mark.parametrize(
    ("estimator", "settings", "n_classes", "metric", "most"),
    [
        (LogisticRegression(), [{"C": 1.0}], 10, "accuracy", 8),
        (LogisticRegression(), [{"C": 1.0}], 3, "roc_auc", 26),
        (LogisticRegression(), [{"C": 1.0}], 2, "accuracy", 1),
        (
            Pipeline([("s", StandardScaler()), ("m", LogisticRegression())]),
            [{"m__C": 1.0}],
            10,
            "accuracy",
            8,
        ),
        (
            Pipeline([("s", StandardScaler()), ("m", LogisticRegression())]),
            [{"s__with_mean": False}],
            10,
            "accuracy",
            1,
        ),
        (StandardScaler(), [{}], 10, "accuracy", 1),
    ],
    ids=["alone", "few classes", "two classes", "scaled", "searched scaler", "another"],
)
def test_what_is_fitted_in_step(
    estimator: Any, settings: Any, n_classes: int, metric: str, most: int
) -> None:
    """scikit-learn's own multinomial logistic regression on many rows."""
    X = np.broadcast_to(np.float32(0), (2**15, 2**7))
    y = np.arange(2**15) % n_classes
    assert most_together(estimator, settings, (X, y), scorer(metric)) == most
    assert most_together(estimator, settings, (X[:, :100], y), scorer(metric)) == 1


class Unloadable(LogisticRegression):  # type: ignore[misc] # it has no types
    """Cannot be made in another process."""

    def __setstate__(self, state: Any) -> None:
        raise RuntimeError("only here")


def test_none_is_lost_of_a_process_that_never_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each of those that it was to score together fails, and none is forgotten."""
    monkeypatch.setattr(pool, "most_together", lambda *_: 3)
    rows, codes = np.zeros((40, 2), dtype=np.float32), np.repeat([0, 1], 20)
    pieces = [Piece(0, 0), Piece(1, 0)]
    with pool.Pool(
        Unloadable(),
        (rows, codes),
        score=ACCURACY,
        n_jobs=1,
        limits=Limits(case_seconds=120.0, memory=2**29),
    ) as scorers:
        folds = [(np.arange(20), np.arange(20, 40))]
        scored = dict(scorers.score([{}, {}], folds, pieces))
    assert sorted(scored) == pieces
    assert {cell.failure for cell in scored.values()} == {"died"}


def test_candidates_of_a_process_that_dies_are_tried_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that crashes costs those that it was sent with nothing but time."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.setattr(pool, "most_together", lambda *_: 3)
    moods = ("right", "segfaults", "raises")
    spec = ModelSpec(
        name="m", estimator="hostile.Moody", params={"note": str(tmp_path / "note")}
    )
    tuned = tune(
        models.build(spec, {}, 0),
        GridSearch(strategy="grid", folds=2, space={"mood": moods}),
        np.zeros((40, 2), dtype=np.float32),
        np.repeat([0, 1], 20),
        seed=0,
        n_jobs=1,
        progress=lambda _: None,
        limits=Limits(case_seconds=120.0, memory=2**29),
    )
    rows = {str(row.params["mood"]): row for row in tuned.candidates[1:]}
    assert rows["right"].scores == (0.5, 0.5)
    assert (rows["segfaults"].reason or "").startswith("the process died over it (SIGSEGV)")
    assert rows["raises"].reason == "RuntimeError: no license"
