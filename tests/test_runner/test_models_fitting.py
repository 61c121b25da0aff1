"""What is noted of a fit: warnings with their number, its end, and why it failed."""

import warnings

import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tunecard.runner.models.fitting import as_list, captured, converged, describe

X = [[0.0], [1.0], [2.0], [9.0]]
Y = [0, 0, 1, 1]


def warn(message: str, times: int) -> None:
    """Warn several times from one line, which Python would show once."""
    for _ in range(times):
        warnings.warn(message, UserWarning, stacklevel=2)


def test_warnings_are_counted_by_category_and_message() -> None:
    """Every warning is counted, also those that Python shows once a line."""
    with captured() as counts:
        warn("again", 3)
        warn(" other\n", 1)
        warnings.warn("again", FutureWarning, stacklevel=2)
    assert counts == {
        ("UserWarning", "again"): 3,
        ("UserWarning", "other"): 1,
        ("FutureWarning", "again"): 1,
    }


def test_warnings_before_an_error_are_kept() -> None:
    """What was said before a failure is not lost with it."""
    kept = {}
    with pytest.raises(ZeroDivisionError), captured() as counts:  # noqa: PT012 # the point
        kept = counts
        warn("soon", 2)
        raise ZeroDivisionError
    assert kept == {("UserWarning", "soon"): 2}


def test_outside_warnings_are_as_before() -> None:
    """After capturing, warnings go where they went before."""
    with captured():
        warn("inside", 1)
    with pytest.warns(UserWarning, match="outside"):
        warn("outside", 1)


def test_counts_as_values_of_the_contract() -> None:
    """Each count is a value with its place."""
    (count,) = as_list({("UserWarning", "again"): 3}, "fit")
    assert (count.where, count.category, count.message, count.count) == (
        "fit",
        "UserWarning",
        "again",
        3,
    )


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("two\n  lines"), "ValueError: two lines"),
        (KeyError("k"), "KeyError: 'k'"),
        (ValueError("x" * 900), "ValueError: " + "x" * 488),
        (ValueError("\udcff"), "ValueError: ?"),
    ],
)
def test_an_exception_in_one_line(error: Exception, expected: str) -> None:
    """A reason is one line that any file can hold."""
    assert describe(error) == expected


def test_whether_a_fit_came_to_its_end() -> None:
    """True, false with scikit-learn's warning, and None for what does not iterate."""
    with captured() as few:
        stopped = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1)).fit(X, Y)
    with captured() as enough:
        done = LogisticRegression(max_iter=500).fit(X, Y)
    assert ConvergenceWarning.__name__ in {category for category, _ in few}
    assert converged(stopped, few) is False
    assert converged(done, enough) is True
    assert converged(KNeighborsClassifier().fit(X, Y), {}) is None
    assert converged(None, few) is None
