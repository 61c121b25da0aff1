"""Out-of-fold outputs of a search: kept without a further call, written, read again."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import threadpoolctl
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from tests.builders import make_run
from tunecard.report.errors import ReadError
from tunecard.report.load import Loaded
from tunecard.runner.metrics import Metric, scorer
from tunecard.runner.resampling import STRATIFIED, subsample
from tunecard.runner.schema import OUT_OF_FOLD, GridSearch, SearchRecord
from tunecard.runner.search import tune
from tunecard.runner.search.answers import (
    MOST_BYTES,
    RecordedAnswers,
    Storage,
    gather,
    pack_predicted,
    storage_for,
    unpack,
)
from tunecard.runner.search.fixed_steps import FoldRows
from tunecard.runner.search.scoring import score_fold
from tunecard.runner.search.tune import Tuned
from tunecard.runner.store.journal import NullCheckpoint, Value
from tunecard.runner.store.out_of_fold import OutOfFold, SearchOutputs, write_out_of_fold

X, y = load_digits(return_X_y=True)
X, y = X[:240], y[:240]
GRID = GridSearch(strategy="grid", folds=3, space={"n_neighbors": (3, 0, 5)})
CLASSES = tuple("0123456789")


class Notes(NullCheckpoint):
    """A memory in a dict."""

    def __init__(self) -> None:
        self.kept: dict[str, Value] = {}

    def recall(self, key: str) -> Value | None:
        """Return what was noted."""
        return self.kept.get(key)

    def record(self, key: str, value: Value) -> None:
        """Note it."""
        self.kept[key] = value


def search(notes: Notes) -> Tuned:
    """Search for k; the second candidate fails."""
    return tune(
        KNeighborsClassifier(n_neighbors=1),
        GRID,
        X,
        y,
        seed=4,
        n_jobs=1,
        progress=lambda _: None,
        memory=notes,
    )


def written(folder: Path, *outputs: OutOfFold, codes: Any = None) -> Path:
    """Write outputs of searches of models a, b, ..."""
    own = np.arange(10) if codes is None else codes
    made = [SearchOutputs(chr(97 + i), 4, y, own, each) for i, each in enumerate(outputs)]
    write_out_of_fold(folder / OUT_OF_FOLD, made, CLASSES)
    return folder / OUT_OF_FOLD


def loaded(folder: Path, n_candidates: int, kind: Any = "labels") -> tuple[Any, Any]:
    """Load a run with searches of models a and b that kept outputs."""
    run = make_run(n_train=len(y), classes=CLASSES)
    (record, *_) = run.results.searches
    candidates = tuple(
        record.candidates[0].model_copy(update={"index": i}) for i in range(n_candidates)
    )
    fields = {"seed": 4, "outputs": kind, "candidates": candidates}
    records: list[SearchRecord] = [
        record.model_copy(update={"model": name, "folds": ((160, 80),) * 3, **fields})
        for name in "ab"
    ]
    return Loaded(run.results, None, None, folder), records


@pytest.fixture(scope="module")
def notes() -> Notes:
    """Give the journal of the search."""
    return Notes()


@pytest.fixture(scope="module")
def tuned(notes: Notes) -> Tuned:
    """Give the search."""
    return search(notes)


def test_labels_are_those_of_cross_validation(tuned: Tuned) -> None:
    """Each candidate's labels, the baseline's too, are cross_val_predict's."""
    assert tuned.outputs is not None
    folds = StratifiedKFold(3, shuffle=True, random_state=4)
    order = np.argsort(tuned.outputs.row)
    assert tuned.outputs.row[order].tolist() == list(range(240))
    for number, k in ((0, 1), (1, 3), (3, 5)):
        expected = cross_val_predict(KNeighborsClassifier(k), X, y, cv=folds)
        answers = tuned.outputs.answers[number]
        assert answers is not None
        assert answers.dtype == np.uint8
        np.testing.assert_array_equal(answers[order], expected)
    assert tuned.outputs.answers[2] is None
    assert not tuned.outputs.answered[2].any()


def test_fold_scores_follow_from_the_file(tuned: Tuned, tmp_path: Path) -> None:
    """What is read gives every fold score again; the candidate that failed is missing."""
    assert tuned.outputs is not None
    written(tmp_path, tuned.outputs)
    run, (record, _) = loaded(tmp_path, 4)
    read = run.out_of_fold(record)
    assert sorted(read.answers) == [0, 1, 3]
    np.testing.assert_array_equal(read.y_true, y[read.row])
    for number, answers in read.answers.items():
        scores = [
            accuracy_score(read.y_true[read.fold == f], answers[read.fold == f])
            for f in range(3)
        ]
        assert tuple(scores) == tuned.candidates[number].scores


def test_a_resumed_search_has_the_same_file(
    tuned: Tuned, notes: Notes, tmp_path: Path
) -> None:
    """Outputs come from the journal as scores do, to the bit."""
    part = Notes()
    part.kept = {key: value for key, value in notes.kept.items() if "fold 1" not in key}
    again = search(part)
    assert tuned.outputs is not None
    assert again.outputs is not None
    one, two = tmp_path / "one", tmp_path / "two"
    assert (
        written(one, tuned.outputs).read_bytes() == written(two, again.outputs).read_bytes()
    )


@pytest.mark.parametrize(
    ("metric", "estimator", "method"),
    [
        ("accuracy", LogisticRegression(max_iter=5), "predict"),
        ("log_loss", LogisticRegression(max_iter=5), "predict_proba"),
        (
            "log_loss",
            make_pipeline(StandardScaler(), LogisticRegression()),
            "predict_proba",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_the_metric_needs_is_kept(metric: str, estimator: Any, method: str) -> None:
    """Labels or probabilities of a fit, as the estimator returned them."""
    train, valid = fold = STRATIFIED.inner(y, 2, 0)[0]
    score = scorer(metric)
    storage = storage_for(score.metric, 10, 1)
    with threadpoolctl.threadpool_limits(1):
        scored = score_fold(
            estimator, {}, (X, y), fold, score, FoldRows(estimator), storage
        )
        expected = getattr(clone(estimator).fit(X[train], y[train]), method)(X[valid])
    kept = unpack(scored.outputs or "")
    np.testing.assert_array_equal(kept, expected.astype(kept.dtype))
    assert kept.dtype == (np.uint8 if method == "predict" else np.float32)


def test_a_class_that_a_fold_lacks_has_probability_0() -> None:
    """Columns are those of all classes of the data."""
    rows = np.flatnonzero(y < 9)
    fold = rows[:100], np.arange(200, 240)
    log_loss = scorer("log_loss")
    storage = Storage("probabilities", "float32")
    scored = score_fold(KNeighborsClassifier(), {}, (X, y), fold, log_loss, storage=storage)
    kept = unpack(scored.outputs or "")
    assert kept.shape == (40, 10)
    assert (kept[:, 9] == 0).all()
    np.testing.assert_allclose(kept.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("needs", "n_classes", "n_answers", "expected"),
    [
        ("labels", 10, 1e6, "uint8"),
        ("labels", 257, 1e6, "uint16"),
        ("labels", 10, MOST_BYTES + 1, ""),
        ("probabilities", 10, MOST_BYTES / 40, "float32"),
        ("probabilities", 10, MOST_BYTES / 40 + 1, "float16"),
        ("probabilities", 10, MOST_BYTES / 20 + 1, ""),
        ("values", 0, 1, "float64"),
    ],
)
def test_outputs_are_kept_where_they_fit(
    needs: Any, n_classes: int, n_answers: float, expected: str
) -> None:
    """As the smallest integers, or with the digits that fit into 200 MB; else a reason."""
    metric = Metric(name="m", label="m", needs=needs, function=lambda _y, _outputs: 0.0)
    storage = storage_for(metric, n_classes, n_answers)
    assert (storage.dtype, bool(storage.reason)) == (expected, not expected)


def test_candidates_of_parts_of_the_folds_stand_at_their_rows() -> None:
    """A halving search scores few rows of each fold: the others have no answer."""
    folds = STRATIFIED.inner(y, 2, 0)
    parts = subsample(folds, 60, 240, 1)
    storage, classes = Storage("labels", "uint8"), np.arange(10)
    packed = [pack_predicted(y[valid], storage, classes) for _, valid in parts]
    outputs = gather("labels", folds, [(parts, packed), (folds, [None, None])])
    assert outputs is not None
    has = outputs.answered[0]
    assert has.sum() == 60
    assert outputs.answers[0] is not None
    np.testing.assert_array_equal(outputs.answers[0][has], y[outputs.row[has]])
    assert outputs.answers[1] is None


def probabilities(dtype: Any, n_candidates: int) -> OutOfFold:
    """Make probabilities of all rows, of which the first two have none."""
    rng = np.random.default_rng(n_candidates)
    shares = rng.dirichlet(np.ones(10), (n_candidates, 240)).astype(dtype)
    has = np.arange(240) > 1
    return OutOfFold(
        "probabilities", np.arange(240) % 3, np.arange(240), tuple(shares), (has,) * 4
    )


def test_probabilities_of_two_searches_are_read_one_at_a_time(tmp_path: Path) -> None:
    """Each search has a row group of its own; what is missing is NaN."""
    first, second = probabilities(np.float16, 4), probabilities(np.float16, 2)
    path = written(tmp_path, first, second)
    assert pq.ParquetFile(path).num_row_groups == 2
    for number, (outputs, n_candidates) in enumerate(((first, 4), (second, 2))):
        run, records = loaded(tmp_path, n_candidates, "probabilities")
        read = run.out_of_fold(records[number])
        assert sorted(read.answers) == list(range(n_candidates))
        for own, theirs in zip(outputs.answers, read.answers.values(), strict=True):
            assert own is not None
            assert np.isnan(theirs[:2]).all()
            np.testing.assert_array_equal(theirs[2:], own[2:].astype(np.float32))


def test_classes_that_only_test_rows_have_get_a_column(tmp_path: Path) -> None:
    """Codes are positions in the classes of the results, also where a search lacks some."""
    shares: NDArray[np.float32] = np.full((240, 9), 1 / 9, dtype=np.float32)
    outputs = OutOfFold(
        "probabilities",
        np.zeros(240, int),
        np.arange(240),
        (shares,),
        (np.ones(240, bool),),
    )
    written(tmp_path, outputs, codes=np.delete(np.arange(10), 4))
    run, (record, _) = loaded(tmp_path, 1, "probabilities")
    read = run.out_of_fold(record).answers[0]
    assert (read[:, 4] == 0).all()
    assert (read[:, 5] > 0).all()


def test_decision_scores_of_two_classes_are_single_numbers() -> None:
    """Whichever method gave them, higher speaks for the second class."""
    two = y % 2
    for model in (LinearSVC(), KNeighborsClassifier()):
        answers = RecordedAnswers()
        model.fit(X, two)
        method = "decision_function" if hasattr(model, "decision_function") else ""
        with answers.recorded(model):
            getattr(model, method or "predict_proba")(X)
        packed = answers.packed(model, Storage("scores", "float32"), np.arange(2), 240)
        kept = unpack(packed or "")
        assert kept.shape == (240,)
        assert kept[two == 1].mean() > kept[two == 0].mean()
        assert method not in vars(model)


def test_outputs_of_another_run_are_refused(tuned: Tuned, tmp_path: Path) -> None:
    """A file that is damaged, or not of these results, is one clear error."""
    assert tuned.outputs is not None
    path = written(tmp_path, tuned.outputs)
    run, (record, other) = loaded(tmp_path, 4)
    with pytest.raises(ReadError, match="has no outputs of the search of 'b'"):
        run.out_of_fold(other)
    with pytest.raises(ReadError, match="has no outputs of the search of 'a'"):
        run.out_of_fold(record.model_copy(update={"candidates": record.candidates[:2]}))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ReadError, match="cannot be read as Parquet"):
        run.out_of_fold(record)
    path.unlink()
    assert run.out_of_fold(record) is None
