"""scikit-learn's private names: what they give, and the same without each of them."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from tests.test_runner.test_search_neighbors import assert_same, grid
from tunecard.runner import internals
from tunecard.runner.environment import describe
from tunecard.runner.neighbors import nearest
from tunecard.runner.search import neighbors
from tunecard.runner.search.joint_fits import JointFits

#: Each private name, as the constant that holds it.
NAMES = ("_OPENMP", "_NEIGHBORS", "_VOTES", "_FIT_METHOD")


def gone(patch: pytest.MonkeyPatch, name: str) -> None:
    """Have scikit-learn's name be another one, as a later release may."""
    value = getattr(internals, name)
    other = "_gone" if isinstance(value, str) else (value[0], "_gone")
    patch.setattr(internals, name, other)


def changed(patch: pytest.MonkeyPatch, name: str) -> None:
    """Have the name stand for something else."""
    module, attribute = getattr(internals, name)
    patch.setattr(f"{module}.{attribute}", object())


def rows(n_rows: int = 300) -> Any:
    """The first rows of digits, as float32."""
    X, y = load_digits(return_X_y=True)
    return X[:n_rows].astype(np.float32), y[:n_rows]


@pytest.mark.parametrize("name", NAMES)
def test_a_search_is_the_same_without_a_private_name(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Its scores are those of GridSearchCV to the bit, as they are with the name."""
    monkeypatch.setattr(nearest, "LEAST_WORK", 0)
    gone(monkeypatch, name)
    assert_same(KNeighborsClassifier(), grid([1, 5]), rows(), seed=0)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_fits_in_step_are_the_same_without_a_private_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the class, or with something else in its place, each makes its products."""
    X, y = rows()
    expected = [LogisticRegression(C=C, max_iter=3).fit(X, y).coef_ for C in (0.1, 1.0)]
    for stands_there in (None, object()):
        with monkeypatch.context() as patch:
            patch.setattr(internals, "_private", lambda _, it=stands_there: it)
            models = [LogisticRegression(C=C, max_iter=3) for C in (0.1, 1.0)]
            fits = JointFits(X, 10).run([partial(model.fit, X, y) for model in models])
        assert [(fit.error, fit.n_joint) for fit in fits] == [(None, 0)] * 2
        for model, coefficients in zip(models, expected, strict=True):
            np.testing.assert_array_equal(model.coef_, coefficients)


def test_euclidean_neighbors_are_found_in_blocks() -> None:
    """Brute force on float rows works in blocks; a tree does not."""
    X, y = rows()
    brute = KNeighborsClassifier(algorithm="brute").fit(X, y)
    tree = KNeighborsClassifier(algorithm="kd_tree").fit(X, y)
    assert internals.finds_in_blocks(brute, X, X)
    assert not internals.finds_in_blocks(tree, X, X)


@pytest.mark.parametrize("remove", [gone, changed])
def test_without_the_name_for_neighbors_the_model_searches_itself(
    monkeypatch: pytest.MonkeyPatch, remove: Callable[[pytest.MonkeyPatch, str], None]
) -> None:
    """What cannot be checked is not used: scikit-learn's own search is."""
    X, y = rows()
    brute = KNeighborsClassifier(algorithm="brute").fit(X, y)
    remove(monkeypatch, "_NEIGHBORS")
    assert not internals.finds_in_blocks(brute, X, X)
    assert not nearest.applies(brute, X, X)


@pytest.mark.parametrize("remove", [gone, changed])
def test_without_the_name_for_votes_nothing_is_shared(
    monkeypatch: pytest.MonkeyPatch, remove: Callable[[pytest.MonkeyPatch, str], None]
) -> None:
    """A metric that scikit-learn might count by itself is left to it."""
    cosine = KNeighborsClassifier(metric="cosine")
    assert neighbors.applies(cosine, [{"n_neighbors": 3}], 64)
    remove(monkeypatch, "_VOTES")
    assert not neighbors.applies(cosine, [{"n_neighbors": 3}], 64)


@pytest.mark.parametrize("variable", [pytest.param(None, marks=pytest.mark.slow), "3"])
def test_threads_are_as_many_without_the_private_name(variable: str | None) -> None:
    """The public way counts the threads that scikit-learn's own function counts."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OMP_NUM")}
    if variable is not None:
        environment["OMP_NUM_THREADS"] = variable
    code = (
        "from tunecard.runner import internals as i\n"
        "print(i.openmp_threads(), i._public_openmp_threads())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=True
    )
    private, public = done.stdout.split()
    assert private == public
    assert variable is None or int(private) == int(variable)


def test_missing_names_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is missing here; the results name each that a version lacks."""
    assert describe().fallbacks == ()
    assert "fallbacks" not in describe().model_dump()
    for name in NAMES:
        gone(monkeypatch, name)
    assert describe().fallbacks == (
        "sklearn.utils._openmp_helpers._gone",
        "sklearn.metrics._pairwise_distances_reduction._gone",
        "sklearn.metrics._pairwise_distances_reduction._gone",
        "sklearn.neighbors.KNeighborsClassifier._gone",
    )


def test_private_names_stand_in_one_module() -> None:
    """No other module names a private module or class of scikit-learn, or its method."""
    private = re.compile(r"sklearn[\w.]*\._|\b_fit_method\b")
    package = Path(internals.__file__).parent
    wrong = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if private.search(code_of(path))
    ]
    assert wrong == ["internals.py"]


def code_of(path: Path) -> str:
    """A file without its comments and docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant("")
    return ast.unparse(tree)
