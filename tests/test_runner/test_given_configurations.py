"""Given configurations in a study, and everything of a study as an argument in Python."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import tunecard
from tests.builders import SHORT
from tests.test_runner.test_overrides import load
from tunecard.runner.config import parse
from tunecard.runner.errors import InputError
from tunecard.runner.models import build, checks
from tunecard.runner.models.objects import models_of
from tunecard.runner.overrides import make_overrides
from tunecard.runner.schema import Study

X, Y = load_iris(return_X_y=True)
TREE = DecisionTreeClassifier()
FILE = """
name = "given"
title = "Two configurations"
dataset = "iris"
[[models]]
name = "logreg"
estimator = "sklearn.linear_model.LogisticRegression"
params = {{ max_iter = 300 }}
{lines}
"""


def study_of(models: Any, **fields: Any) -> Study:
    """Make a study of what is given in Python."""
    asked = make_overrides(models, (X, Y), fields=fields)
    assert asked is not None
    return asked.apply_to(None, Path())


def test_a_study_file_gives_both_configurations() -> None:
    """Each is on top of params, in place of a search."""
    study = parse(FILE.format(lines="baseline = { C = 10 }\ntuned = { C = 0.15 }"), "given")
    (spec,) = study.models
    checks.check(study)
    assert (spec.search, spec.has_tuned) == (None, True)
    found = {}
    for variant in ("baseline", "tuned"):
        built = build(spec, spec.given_params(variant) or {}, 0)
        found[variant] = (built.C, built.max_iter)
    assert found == {"baseline": (10, 300), "tuned": (0.15, 300)}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("tuned = { CC = 0.15 }", "tuned: LogisticRegression has no parameter 'CC'"),
        ("baseline = { CC = 1 }\ntuned = {}", "baseline: LogisticRegression has no"),
        ("baseline = { C = 1 }", "baseline is given without tuned"),
        (
            'tuned = { C = 1 }\nsearch = { strategy = "grid", space = { C = [1, 2] } }',
            "tuned and search are both given",
        ),
        ('origin = "imported"', "origin"),
    ],
)
def test_a_given_configuration_that_is_wrong(lines: str, said: str) -> None:
    """It is refused before anything runs, with the field that is wrong."""
    with pytest.raises(InputError, match=said):
        checks.check(parse(FILE.format(lines=lines), "given"))


def test_two_estimators_of_different_shape_are_before_and_after() -> None:
    """The tuned case is an estimator of its own, with its own steps."""
    after = make_pipeline(StandardScaler(), LogisticRegression(C=0.15))
    (spec,) = models_of([("Churn, new", LogisticRegression(), after)]).specs
    assert (spec.name, spec.label, spec.has_tuned) == ("churn-new", "Churn, new", True)
    baseline, tuned = (build(one, {}, 0) for one in spec.estimators)
    assert isinstance(baseline, LogisticRegression)
    assert [type(step) for _, step in tuned.steps] == [StandardScaler, LogisticRegression]
    assert spec.of_variant("tuned").params["logisticregression__C"] == 0.15
    bare = spec.without_content()
    assert bare.tuned_object is not None
    assert bare.tuned_object.content is None


def test_a_search_is_not_a_tuned_case() -> None:
    """It is given alone, or its winner is."""
    search = GridSearchCV(TREE, {"max_depth": [1, 2]})
    with pytest.raises(InputError, match="is a search; give it alone"):
        models_of([("tree", TREE, search)])


def test_every_field_of_a_study_is_an_argument() -> None:
    """Gates name models as the caller does; labels and positive are of the data."""
    study = study_of(
        [("My tree", TREE)],
        metric="f1_macro",
        margin=0.02,
        labels={0: "one", 1: "two", 2: "three"},
        gates=(
            {
                "model": "My tree",
                "metric": "accuracy",
                "at_least": 0.5,
                "variant": "baseline",
            },
        ),
        title="Trees",
        seeds=(3, 4),
        test_size=0.5,
    )
    assert (study.metric, study.margin, study.test_size) == ("f1_macro", 0.02, 0.5)
    assert (study.title, study.seeds, study.seed) == ("Trees", (3, 4), 3)
    assert study.gates[0].model == "my-tree"
    assert study.data is not None
    assert study.data.class_names == {"0": "one", "1": "two", "2": "three"}


def test_arguments_take_precedence_over_a_study() -> None:
    """What is not given stays."""
    own = study_of([("tree", TREE)], margin=0.02, seed=5)
    asked = make_overrides(fields={"margin": 0.03})
    assert asked is not None
    changed = asked.apply_to(own, Path())
    assert (changed.margin, changed.seed) == (0.03, 5)


@pytest.mark.parametrize("framed", [False, True])
def test_a_test_part_of_its_own_is_not_split(framed: bool) -> None:  # noqa: FBT001 # a case
    """The rows stay where the caller put them."""
    rows = pd.DataFrame(X, columns=list("abcd")) if framed else X
    order = np.random.default_rng(0).permutation(150)
    train, test = order[:100], order[100:]
    take = rows.iloc.__getitem__ if framed else rows.__getitem__
    data = load(
        make_overrides(
            [("tree", TREE)], (take(train), Y[train]), test=(take(test), Y[test])
        )
    )
    assert data.info.split == "own"
    assert (data.info.n_train, data.info.n_test) == (100, 50)
    assert data.y_test.tolist() == Y[test].tolist()
    np.testing.assert_allclose(np.asarray(data.X_test), X[test], rtol=1e-6)


WRONG_PARTS: dict[str, tuple[Any, Any, str]] = {
    "rows alone": ((X, Y), X, "test: give"),
    "fewer classes": ((X, Y), (X, Y[1:]), "test: X has 150 rows and y 149 classes"),
    "other columns": ((X, Y), (X[:, :2], Y), "give the same columns"),
    "no data": (None, (X, Y), "test: "),
    "a class without a training row": (
        (X[:100], Y[:100]),
        (X, Y),
        "'2' has no training row",
    ),
}


@pytest.mark.parametrize(("data", "test", "said"), WRONG_PARTS.values(), ids=WRONG_PARTS)
def test_a_wrong_test_part(data: Any, test: Any, said: str) -> None:
    """One sentence says what does not fit."""
    with pytest.raises(InputError, match=said):
        load(make_overrides([("tree", TREE)], data, test=test))


@pytest.mark.usefixtures("no_page", "forked")
@pytest.mark.slow
def test_given_configurations_are_measured(tmp_path: Path) -> None:
    """Both cases have quality and times, and no search is shown."""
    after = make_pipeline(StandardScaler(), LogisticRegression(C=0.15))
    run = tunecard.run(
        SHORT,
        models=[("before and after", LogisticRegression(max_iter=500), after)],
        data=(X, Y),
        reports=tmp_path,
        title="Two pipelines",
    )
    assert [case.status for case in run.results.cases] == ["ok", "ok"]
    assert all(case.timings for case in run.results.cases)
    assert "StandardScaler" in "".join(run.results.cases[1].python)
    assert run.results.searches == ()
    assert run.verdicts["word"][0] != "not tuned"
