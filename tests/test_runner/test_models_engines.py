"""Engines: estimators of another package, and nothing booked to the wrong one."""

import logging
import sys
import textwrap
from pathlib import Path

import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tunecard.runner.config import parse
from tunecard.runner.environment import describe
from tunecard.runner.errors import StudyError
from tunecard.runner.models import engines, fallbacks, import_object
from tunecard.runner.schema import ModelSpec, Study

KNN = "sklearn.neighbors.KNeighborsClassifier"
FAKE = engines.Engine(
    name="fake",
    package="fakelearn",
    parts=("fakelearn",),
    distributions=("numpy", "no-such-distribution"),
    extra="accelerate",
    logger="fakelearn",
)
ENGINES = {"fake": FAKE}
#: An engine that fits by itself and lets scikit-learn predict, as its log tells.
FAKELEARN = """
    import logging
    from sklearn.neighbors import KNeighborsClassifier as Theirs
    from sklearn.neighbors import RadiusNeighborsClassifier

    LOG = logging.getLogger("fakelearn")

    class KNeighborsClassifier(Theirs):
        def fit(self, X, y):
            LOG.info("sklearn.neighbors.KNeighborsClassifier.fit: running accelerated")
            return super().fit(X, y)

        def predict(self, X):
            scope = "sklearn.neighbors.KNeighborsClassifier.predict"
            LOG.debug(f"{scope}: patching failed with cause - p=3 is not supported.")
            LOG.info(f"{scope}: fallback to original Scikit-learn. All input data moved.")
            return super().predict(X)
"""
STUDY = f"""
name = "s"
title = "S"
dataset = "digits"
[[models]]
name = "knn"
label = "k-nearest neighbors"
estimator = "{KNN}"
[[models]]
name = "tree"
estimator = "sklearn.tree.DecisionTreeClassifier"
"""
X, Y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]


@pytest.fixture
def study() -> Study:
    """Two models that say nothing of an engine."""
    return parse(STUDY, "study.toml")


@pytest.fixture
def fakelearn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the fake engine."""
    package = tmp_path / "fakelearn"
    package.mkdir()
    (package / "__init__.py").write_text("", "utf-8")
    (package / "neighbors.py").write_text(textwrap.dedent(FAKELEARN), "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("fakelearn", "fakelearn.neighbors"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def on_fake(estimator: str = KNN) -> ModelSpec:
    """A model on the fake engine."""
    return ModelSpec(name="m", estimator=estimator).model_copy(update={"engine": "fake"})


def fake_knn() -> KNeighborsClassifier:
    """The fake engine's estimator, once it is installed."""
    kind = import_object("fakelearn.neighbors.KNeighborsClassifier")
    made: KNeighborsClassifier = kind(n_neighbors=1)
    return made


def names(study: Study) -> list[tuple[str, str, str]]:
    """Each model's name, label and engine."""
    return [(spec.name, spec.label, spec.engine) for spec in study.models]


def test_no_engine_leaves_the_study_as_it_is(study: Study) -> None:
    """Nothing is asked for, and nothing changes."""
    assert engines.expand(study, ()) is study


def test_one_engine_is_set_for_every_model(study: Study) -> None:
    """Names stay, so that gates and the history know the models; labels tell the engine."""
    assert names(engines.expand(study, ["intelex"])) == [
        ("knn", "k-nearest neighbors on intelex", "intelex"),
        ("tree", "tree on intelex", "intelex"),
    ]


def test_two_engines_make_two_models_of_each(study: Study) -> None:
    """They stand beside each other in one study; naming one twice changes nothing."""
    both = engines.expand(study, ["scikit-learn", "intelex", "intelex"])
    assert names(both) == [
        ("knn", "k-nearest neighbors", "scikit-learn"),
        ("knn-intelex", "k-nearest neighbors on intelex", "intelex"),
        ("tree", "tree", "scikit-learn"),
        ("tree-intelex", "tree on intelex", "intelex"),
    ]


def test_an_engine_that_is_not_known_is_an_error(study: Study) -> None:
    """It names those that there are."""
    with pytest.raises(StudyError, match="--engine cuda: is not known; use scikit-"):
        engines.expand(study, ["cuda"])


def test_a_name_that_is_taken_is_an_error() -> None:
    """No model replaces another."""
    text = STUDY.replace('"tree"', '"knn-intelex"')
    with pytest.raises(StudyError, match="'knn-intelex' is in the study twice"):
        engines.expand(parse(text, "s.toml"), ["scikit-learn", "intelex"])


def test_a_study_file_names_the_engine_of_a_model() -> None:
    """As a key of [[models]]; a name that is not known is told with the closest."""
    text = STUDY.replace('name = "tree"', 'name = "tree"\nengine = "intelex"')
    assert [spec.engine for spec in parse(text, "s.toml").models] == [
        "scikit-learn",
        "intelex",
    ]
    with pytest.raises(StudyError, match=r"models\[1\].engine.*did you mean 'intelex'"):
        parse(text.replace('"intelex"', '"intlex"'), "s.toml")


def test_scikit_learn_is_not_written(study: Study) -> None:
    """A study without engines is the same bytes as before there were any."""
    assert "engine" not in study.model_dump_json()
    written = engines.expand(study, ["intelex"]).model_dump_json()
    assert Study.model_validate_json(written).models[0].engine == "intelex"


def test_the_estimator_comes_from_the_engine() -> None:
    """Its module has the name of scikit-learn's; what is not scikit-learn's is left."""
    assert engines.path_of(on_fake(), ENGINES) == "fakelearn.neighbors.KNeighborsClassifier"
    assert engines.path_of(on_fake("my.own.Model"), ENGINES) == "my.own.Model"


def test_an_engine_that_is_not_installed_is_told() -> None:
    """With the command that installs it."""
    told = engines.problem(on_fake(), ENGINES)
    assert told is not None
    assert "fake is not installed here" in told
    assert 'pip install "tunecard[accelerate]"' in told


@pytest.mark.usefixtures("fakelearn")
@pytest.mark.parametrize(
    "estimator",
    [
        "sklearn.tree.DecisionTreeClassifier",
        "sklearn.neighbors.NearestCentroid",
        "sklearn.neighbors.RadiusNeighborsClassifier",
        "my.own.Model",
    ],
)
def test_an_estimator_that_the_engine_lacks_is_told(estimator: str) -> None:
    """No such module, no such name, scikit-learn's own handed on, a user's own."""
    told = engines.problem(on_fake(estimator), ENGINES)
    assert told is not None
    assert f"fake does not implement {estimator}" in told


@pytest.mark.usefixtures("fakelearn")
def test_an_estimator_that_the_engine_has_is_no_problem() -> None:
    """Nor is one on scikit-learn."""
    assert engines.problem(on_fake(), ENGINES) is None
    assert engines.problem(ModelSpec(name="m", estimator=KNN), ENGINES) is None


@pytest.mark.usefixtures("fakelearn")
def test_the_engine_of_an_estimator_is_where_its_class_lives() -> None:
    """In a pipeline, that of the last step."""
    assert engines.of(fake_knn(), ENGINES) is FAKE
    assert engines.of(make_pipeline(StandardScaler(), fake_knn()), ENGINES) is FAKE
    assert engines.of(KNeighborsClassifier(), ENGINES) is None


@pytest.mark.usefixtures("fakelearn")
def test_a_fallback_is_an_error_with_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    """Which method it was, and why; the engine's log is not printed."""
    model = fake_knn()
    with fallbacks.raise_on_fallback(model, ENGINES):
        model.fit(X, Y)
    told = "predict fell back from fake to scikit-learn: p=3 is not supported"
    with (
        pytest.raises(fallbacks.EngineFallback, match=told),
        fallbacks.raise_on_fallback(model, ENGINES),
    ):
        model.predict(X)
    assert caplog.records == []
    assert logging.getLogger("fakelearn").level == logging.NOTSET


@pytest.mark.usefixtures("fakelearn")
def test_a_fallback_that_is_not_timed_is_a_warning() -> None:
    """It is kept with the warnings of the case."""
    model = fake_knn().fit(X, Y)
    told = "predict fell back from fake to scikit-learn"
    with (
        pytest.warns(fallbacks.EngineFallbackWarning, match=told),
        fallbacks.warn_on_fallback(model, ENGINES),
    ):
        model.predict(X)


def test_the_environment_has_the_versions_of_engines(study: Study) -> None:
    """Those that are installed, and only where the study uses the engine."""
    used = study.model_copy(update={"models": (on_fake(),)})
    assert engines.distributions(study, ENGINES) == ()
    assert engines.distributions(used, ENGINES) == FAKE.distributions
    found = describe(("pytest", "no-such-distribution")).packages
    assert found["pytest"] == pytest.__version__
    assert "no-such-distribution" not in found
