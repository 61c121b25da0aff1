"""The simulated searches of docs/explanation/search-luck.md, and its command."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from tests.stress import search_luck
from tests.stress.search_luck import SETTINGS, Outcome, main, removed
from tests.stress.searches import digits


def test_candidates_that_share_neighbors_are_scikit_learns() -> None:
    """3 and 8 neighbors, equal and distance weights; rows with tied distances aside."""
    task = digits(np.random.default_rng(0))
    order = np.random.default_rng(0).permutation(1_797)
    X, y = (part[order] for part in load_digits(return_X_y=True))
    train, valid = np.arange(360), np.arange(360, 450)
    right = task.answer(train, valid, [5, 16])
    models = KNeighborsClassifier(3), KNeighborsClassifier(8, weights="distance")
    for model, column in zip(models, right.T, strict=True):
        expected = model.fit(X[train], y[train]).predict(X[valid]) == y[valid]
        assert np.count_nonzero(expected != column) <= 1


def test_the_share_of_the_luck_that_is_removed() -> None:
    """Luck of 4 and 2 points, of which 1 and 0.5 remain: three quarters, exactly."""
    outcomes = [
        Outcome(0.04, 0.01, 0.0, 0.0, covered=True),
        Outcome(0.03, 0.015, 0.0, 0.01, covered=True),
    ]
    share, error = removed(outcomes, "corrected")
    assert share == pytest.approx(0.75)
    assert error == pytest.approx(0, abs=1e-12)


def test_the_command_writes_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two studies of each of two tasks."""
    (setting,) = (each for each in SETTINGS if each.make is digits)
    monkeypatch.setattr(search_luck, "SETTINGS", (replace(setting, tasks=2, studies=2),))
    page = tmp_path / "page.md"
    main(["--output", str(page)])
    text = page.read_text("utf-8")
    assert f"| {setting.title} | 4 |" in text
    assert "python -m tests.stress.search_luck" in text
