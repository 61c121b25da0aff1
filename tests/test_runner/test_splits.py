"""Splits of a study: groups on one side, training before testing, several outer splits."""

import contextlib
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import (
    GridSearchCV,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_validate,
)
from sklearn.neighbors import KNeighborsClassifier

from tunecard.runner import config, datasets
from tunecard.runner.datasets import Dataset, given_entry
from tunecard.runner.datasets.custom import GivenSplits, read_splits, with_groups
from tunecard.runner.errors import DataError, StudyError
from tunecard.runner.resampling import GroupedRows, OrderedRows
from tunecard.runner.schema import Data, GridSearch, ModelSpec, SplitSpec
from tunecard.runner.search import tune

KS = (1, 3, 5, 7)
KNN = ModelSpec(name="knn", estimator="sklearn.neighbors.KNeighborsClassifier")
STUDY = """
name = "visits"
title = "Visits"
dataset = "visits.csv"
[[models]]
name = "tree"
estimator = "sklearn.tree.DecisionTreeClassifier"
[data]
target = "ill"
"""


def _visits(n_rows: int = 100, n_groups: int = 10) -> pd.DataFrame:
    """Random rows as in scikit-learn's issue 28696, with dates in no order."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(n_rows, 10)).astype(np.float32))
    frame.columns = [f"x{number}" for number in frame.columns]
    return frame.assign(
        ill=rng.integers(0, 2, n_rows),
        patient=rng.integers(0, n_groups, n_rows),
        date=pd.Timestamp("2024-01-31")
        + pd.to_timedelta(rng.integers(0, 60, n_rows), unit="D"),
    )


def _load(frame: pd.DataFrame, folder: Path, number: int = 0, **split: Any) -> Dataset:
    frame.to_csv(folder / "visits.csv", index=False)
    columns = {"patient", "date"} - set(split.values())
    return datasets.load(
        "visits.csv",
        seed=3,
        test_size=0.25,
        subset=None,
        data_dir=None,
        offline=True,
        notice=lambda _: None,
        base=folder,
        data=Data(target="ill", drop=tuple(sorted(columns))),
        split=SplitSpec.model_validate(split),
        number=number,
    )


@given(
    sizes=st.lists(st.integers(1, 9), min_size=6, max_size=20),
    test_size=st.floats(0.05, 0.95),
    n_folds=st.integers(2, 3),
    seed=st.integers(0, 2**31),
)
def test_no_group_is_on_both_sides_at_either_level(
    sizes: list[int], test_size: float, n_folds: int, seed: int
) -> None:
    """Of the outer split and of every fold of a search, whatever the sizes and the seed."""
    rng = np.random.default_rng(seed)
    groups = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    y = rng.integers(0, 2, len(groups))
    try:
        train, test = GroupedRows(groups).outer(y, test_size, seed)
    except StudyError:  # a part would have no row, or no class enough of them
        return
    assert min(len(train), len(test)) > 0
    assert sorted([*train, *test]) == list(range(len(y)))
    assert not set(groups[train]) & set(groups[test])
    if len(set(groups[train])) < n_folds:
        return
    folds: Any = ()
    with warnings.catch_warnings(), contextlib.suppress(StudyError):
        warnings.simplefilter("ignore")  # of a class with fewer rows than folds
        folds = GroupedRows(groups[train]).inner(y[train], n_folds, seed)
    for fit, score in folds:
        assert not set(groups[train][fit]) & set(groups[train][score])


@given(
    moments=st.lists(st.integers(0, 30), min_size=30, max_size=80),
    test_size=st.floats(0.05, 0.6),
    gap=st.integers(0, 3),
)
def test_training_rows_are_never_later_than_test_rows(
    moments: list[int], test_size: float, gap: int
) -> None:
    """Rows of one moment stay on one side of the outer split; the gap is left out."""
    ranks = np.asarray(moments, dtype=np.int64)
    y = np.zeros(len(ranks), dtype=np.int64)
    try:
        train, test = OrderedRows(ranks, gap).outer(y, test_size, 0)
    except StudyError:  # most rows are of one moment
        return
    assert ranks[train].max() < ranks[test].min()
    assert len(y) - len(train) - len(test) == gap
    if len(train) < 12:
        return
    for fit, score in OrderedRows(ranks[train], gap).inner(y[train], 3, 0):
        assert ranks[train][fit].max() <= ranks[train][score].min()


def test_folds_in_order_are_time_series_splits() -> None:
    """On rows that are in order, the folds of TimeSeriesSplit with its gap."""
    theirs = TimeSeriesSplit(4, gap=2).split(np.zeros(40))
    ours = OrderedRows(np.arange(40), 2).inner(np.zeros(40), 4, 0)
    for fold, expected in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(fold[0], expected[0])
        np.testing.assert_array_equal(fold[1], expected[1])


def _nested_scores(frame: pd.DataFrame, outer: Any, inner: Any) -> list[float]:
    """Let scikit-learn do it: a search inside each split, groups at both levels."""
    search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": list(KS)}, cv=inner)
    X, y = frame.filter(like="x").to_numpy(), frame["ill"].to_numpy()
    with sklearn.config_context(enable_metadata_routing=True):
        scores = cross_validate(search, X, y, cv=outer, params={"groups": frame["patient"]})
    return [float(score) for score in scores["test_score"]]


def _score(data: Dataset, seed: int, n_folds: int) -> float:
    """Search in the training rows, fit the winner on them, score it on the test rows."""
    tuned = tune(
        KNeighborsClassifier(),
        GridSearch(strategy="grid", folds=n_folds, space={"n_neighbors": KS}),
        data.X_train,
        data.y_train,
        seed=seed,
        n_jobs=1,
        progress=lambda _: None,
        resampling=data.resampling_of(KNN),
    )
    model = KNeighborsClassifier().set_params(**tuned.params)
    return float(model.fit(data.X_train, data.y_train).score(data.X_test, data.y_test))


def test_nested_groups_give_scikit_learns_own_scores(tmp_path: Path) -> None:
    """The example of scikit-learn's issue 28696: groups at both levels of a nested CV."""
    frame = _visits()
    outer = StratifiedGroupKFold(3, shuffle=True, random_state=3)
    for number in range(3):
        data = _load(frame, tmp_path, number, kind="cv", folds=3, groups="patient")
        inner = StratifiedGroupKFold(4, shuffle=True, random_state=3 + number)
        expected = _nested_scores(frame, outer, inner)[number]
        assert _score(data, 3 + number, 4) == expected


def test_splitters_given_in_python_give_scikit_learns_own_scores() -> None:
    """The same example with its own splitters, and the groups as an array."""
    frame = _visits()
    outer, inner = StratifiedGroupKFold(3), StratifiedGroupKFold(4)
    groups = frame["patient"].to_numpy()
    fields, given_splits = read_splits(outer, inner, groups)
    expected = _nested_scores(frame, outer, inner)
    entry = with_groups(given_entry((frame.filter(like="x"), frame["ill"])), groups)
    for number in range(3):
        data = datasets.load(
            "given",
            seed=0,
            test_size=0.25,
            subset=None,
            data_dir=None,
            offline=True,
            notice=lambda _: None,
            entry=entry,
            split=SplitSpec.model_validate(fields),
            number=number,
            splits=given_splits,
        )
        rows = replace(
            data, X_train=np.asarray(data.X_train), X_test=np.asarray(data.X_test)
        )
        assert _score(rows, 0, 4) == expected[number]


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        (ShuffleSplit(3), "give it a random_state"),
        (7, "must be a splitter"),
        ([(1, 2, 3)], "must be a splitter"),
    ],
)
def test_what_is_not_a_splitter_is_refused(split: Any, sentence: str) -> None:
    """Also one that would split differently when a run is resumed."""
    with pytest.raises(StudyError, match=sentence):
        read_splits(split, None, None)


def test_pairs_that_share_a_group_are_refused() -> None:
    """Pairs that do not keep groups together are refused by us, not by scikit-learn."""
    groups = np.repeat(np.arange(5, dtype=np.int64), 4)
    splits = GivenSplits(outer=(((np.arange(9)), np.arange(9, 20)),))
    with pytest.raises(StudyError, match="a group has rows on both sides"):
        splits.outer_pairs(np.zeros(20, dtype=np.int64), groups)


def test_folds_of_a_cross_validation_test_every_row_once(tmp_path: Path) -> None:
    """Repeat r shuffles with the seed plus r; its folds are StratifiedKFold's."""
    frame = _visits()
    loaded = [_load(frame, tmp_path, n, kind="cv", folds=4, repeats=2) for n in range(8)]
    for repeat in range(2):
        folds = loaded[4 * repeat : 4 * repeat + 4]
        rows = np.concatenate([data.test_index for data in folds])
        assert sorted(rows) == list(range(100))
        splitter = StratifiedKFold(4, shuffle=True, random_state=3 + repeat)
        theirs = splitter.split(frame, frame["ill"])
        for data, (_, expected) in zip(folds, theirs, strict=True):
            np.testing.assert_array_equal(data.test_index, expected)


def test_no_model_gets_the_column_of_groups_or_dates(tmp_path: Path) -> None:
    """It is a unit of the split, and no feature."""
    frame = _visits()
    for split in ({"groups": "patient"}, {"order": "date", "gap": 2}):
        data = _load(frame, tmp_path, **split)
        assert data.info.n_features == 10
        assert data.test_unit is not None
        assert data.info.split_unit == ("group" if "groups" in split else "block")


def test_dates_that_may_be_read_two_ways_are_refused(tmp_path: Path) -> None:
    """Where day and month could be swapped, the order of rows would be a guess."""
    frame = _visits().assign(date=["03/04/2024", "05/02/2024"] * 50)
    with pytest.raises(DataError, match=r"day or the month may come first.*2024-01-31"):
        _load(frame, tmp_path, order="date")


def test_a_row_without_a_group_is_refused(tmp_path: Path) -> None:
    """It could belong to any; the message names the row."""
    frame = _visits().astype({"patient": object})
    frame.loc[6, "patient"] = None
    with pytest.raises(DataError, match=r"'patient' .*no value in row 7"):
        _load(frame, tmp_path, groups="patient")


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        ('kind = "cv"\norder = "date"', "later rows would train"),
        ('groups = "patient"\norder = "date"', "groups and order exclude each other"),
        ("gap = 3", "gap applies to rows in order"),
        ("folds = 5", 'folds applies to kind = "cv"'),
        ('kind = "repeated"\nfolds = 5', 'folds applies to kind = "cv"'),
        ('kind = "cv"\nfolds = 20\nrepeats = 20', "400 outer splits"),
        ('groups = "ill"', "split.groups"),
    ],
)
def test_a_split_that_contradicts_itself_is_refused(split: str, sentence: str) -> None:
    """One sentence, before anything is read."""
    with pytest.raises(StudyError, match=sentence):
        config.parse(f"{STUDY}[split]\n{split}\n", "study.toml")


def test_a_column_of_the_split_is_that_of_the_data() -> None:
    """``[split] column`` and ``[data] split`` are one field with two places."""
    study = config.parse(f'{STUDY}[split]\ncolumn = "part"\n', "study.toml")
    assert (study.split.kind, study.data and study.data.split) == ("column", "part")


def test_each_outer_split_has_a_seed_of_its_own() -> None:
    """From the study's on; a repetition alone is a study with one split."""
    study = config.parse(f'{STUDY}[split]\nkind = "repeated"\n', "study.toml")
    assert study.all_seeds == tuple(range(10))
    assert study.of_repetition(4).all_seeds == (4,)
