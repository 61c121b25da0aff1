"""A metric from one file outside the tree: in results, page, Markdown, CSV, gates."""

import importlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import make_scorer, matthews_corrcoef
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

from tests.builders import KNN, make_run, write_run
from tunecard.report.analyze import analyze
from tunecard.report.compare.comparison import Comparison
from tunecard.report.load import Loaded, load
from tunecard.report.render import render
from tunecard.runner import metrics
from tunecard.runner.config import load_study
from tunecard.runner.errors import StudyError
from tunecard.runner.metrics import Outputs
from tunecard.runner.resampling import STRATIFIED
from tunecard.runner.schema import RESULTS, GridSearch
from tunecard.runner.search.tune import tune

pytestmark = pytest.mark.usefixtures("forked", "no_drawing")

SOURCE = '''
"""The correlation coefficient of Matthews (Gorodkin 2004, equation 8)."""

import numpy as np

from tunecard.runner.metrics import Metric, register


def _matthews(c):
    covariance = c.n * c.n_right - (c.predicted * c.support).sum(axis=-1)
    spread = c.n**2 - np.stack([(c.predicted**2).sum(-1), (c.support**2).sum(-1)])
    return covariance / np.sqrt(spread[0] * spread[1])


register(
    Metric(
        name="own_matthews",
        label="Matthews correlation",
        range=(-1, 1),
        of_confusion=_matthews,
    )
)
'''
NAME = "own_matthews"
STUDY = """
name = "trees"
title = "Trees"
dataset = "iris"
plugins = ["matthews"]
metric = "own_matthews"
margin = 0.02
[[models]]
name = "tree"
estimator = "sklearn.tree.DecisionTreeClassifier"
[models.search]
strategy = "grid"
space = { max_depth = [1, 2] }
[[gates]]
model = "tree"
metric = "own_matthews"
at_least = -0.5
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder with the file, in which nothing is imported yet."""
    folder = tmp_path / "beside"
    folder.mkdir()
    (folder / "matthews.py").write_text(SOURCE, "utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield folder
    metrics.unregister(NAME)
    sys.modules.pop("matthews", None)


@pytest.fixture
def registered(plugin: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder with the metric registered."""
    monkeypatch.syspath_prepend(plugin)
    importlib.import_module("matthews")
    return plugin


def make(**overrides: object) -> Loaded:
    """A run that is judged by the metric, with gates on it."""
    gates = (
        {"model": "knn", "metric": NAME, "at_least": 0.6},
        {"model": "knn", "metric": NAME, "against": "baseline", "at_least": -1.5},
    )
    return make_run(
        models=(KNN,),
        study={"metric": NAME, "margin": 0.002, "gates": gates},
        search={"knn": {"metric": NAME}},
        **overrides,  # type: ignore[arg-type] # of any field
    )


@pytest.mark.usefixtures("registered")
def test_its_value_is_scikit_learns() -> None:
    """Also where it is below 0."""
    rng = np.random.default_rng(0)
    for n_classes in (2, 3, 5):
        y, predicted = rng.integers(0, n_classes, (2, 60))
        value = metrics.get(NAME).value(y, Outputs(predicted, n_classes=n_classes))
        assert value == pytest.approx(matthews_corrcoef(y, predicted))


@pytest.mark.usefixtures("registered")
def test_it_is_everywhere(tmp_path: Path) -> None:
    """Results that read back, page, Markdown, CSV, gates: with interval and test."""
    run = make(accuracy={"knn/baseline": 0.3, "knn/tuned": 0.93})
    folder = write_run(run, tmp_path / "run")
    render(load(folder), folder)
    values = load(folder).results.cases[0].quality
    assert values is not None
    assert run.predictions is not None
    baseline = run.predictions.predicted["knn/baseline"]
    expected = matthews_corrcoef(run.predictions.y_true, baseline)
    assert values.test[NAME] == pytest.approx(expected)
    csv = (folder / "metrics.csv").read_text("utf-8")
    change = next(line for line in csv.splitlines() if f",change,test,{NAME}," in line)
    assert "paired permutation" in change
    for page in ("report.html", "report.md", "summary.md"):
        assert "Matthews correlation" in (folder / page).read_text("utf-8"), page
    markdown = (folder / "report.md").read_text("utf-8")
    assert "Matthews correlation at least 0.6" in markdown
    test = analyze(load(folder)).models[0].quality
    assert test is not None
    assert (test.test.word, test.test.metric.name) == ("better", NAME)
    # Its differences are in its own unit, not in points.
    assert test.test.metric.delta_unit == ""
    assert "Matthews correlation +0." in markdown.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.usefixtures("registered")
def test_two_runs_are_compared_by_it() -> None:
    """Its change in each case, tested."""
    worse = make(accuracy={"knn/baseline": 0.5, "knn/tuned": 0.6})
    found = Comparison(make(), worse)
    assert found.verdicts["knn/tuned"]["quality"] == "worse"
    frame = found.to_frame()
    assert NAME in set(frame["name"])
    assert "Matthews correlation" in found.to_markdown()
    assert [gate.status for gate in found.gates] == ["failed", "passed"]


def test_a_negative_value_reads_back_where_it_is_not_registered(plugin: Path) -> None:
    """Results of somebody else's metric load and render; it has no interval there."""
    sys.path.append(str(plugin))
    importlib.import_module("matthews")
    run = make(accuracy={"knn/baseline": 0.0, "knn/tuned": 0.1})
    folder = write_run(run, plugin / "run")
    metrics.unregister(NAME)
    results = load(folder).results
    assert results.metrics == run.results.metrics
    stored = results.cases[0].quality
    assert stored is not None
    assert (stored.test[NAME] or 0.0) < -0.3
    analysis = analyze(load(folder))
    assert analysis.models[0].quality_reason == (
        "Matthews correlation is not tested: the metric own_matthews is not registered here"
    )
    render(load(folder), folder)
    assert (folder / RESULTS).exists()


@pytest.mark.usefixtures("registered")
def test_a_search_maximizes_it_in_processes_of_its_own() -> None:
    """Fold scores and winner are GridSearchCV's with the same metric."""
    X, y = load_iris(return_X_y=True)
    X = X.astype(np.float32)
    tree = DecisionTreeClassifier(random_state=0)
    space = {"max_depth": (1, 2, 3)}
    search = GridSearch(strategy="grid", folds=3, space=space)
    found = tune(tree, search, X, y, seed=0, n_jobs=2, progress=lambda _: None, metric=NAME)
    theirs = GridSearchCV(
        tree,
        {name: list(values) for name, values in space.items()},
        scoring=make_scorer(matthews_corrcoef),
        cv=list(STRATIFIED.inner(y, 3, 0)),
    ).fit(X, y)
    scores = np.array([candidate.scores for candidate in found.candidates[1:]])
    expected = [theirs.cv_results_[f"split{fold}_test_score"] for fold in range(3)]
    np.testing.assert_allclose(scores.T.astype(float), expected, rtol=1e-12)
    assert found.params == theirs.best_params_


def test_a_study_names_the_module_that_registers_it(plugin: Path) -> None:
    """One beside its file is imported before the metric is looked up."""
    file = plugin / "study.toml"
    file.write_text(STUDY, "utf-8")
    study = load_study(str(file))
    assert (study.metric, study.gates[0].metric) == (NAME, NAME)
    file.write_text(STUDY.replace('["matthews"]', '["mathews"]'), "utf-8")
    with pytest.raises(StudyError, match=r"plugins\[0\]: 'mathews': cannot be imported"):
        load_study(str(file))


def test_a_metric_that_nobody_registered_is_refused(plugin: Path) -> None:
    """The sentence names the nearest that there is."""
    file = plugin / "study.toml"
    text = STUDY.replace('plugins = ["matthews"]', "").replace(NAME, "recal_macro")
    file.write_text(text, "utf-8")
    with pytest.raises(StudyError, match=r"metric: 'recal_macro': is not .*'recall_macro'"):
        load_study(str(file))


@pytest.mark.usefixtures("registered")
def test_a_gate_lies_within_the_metrics_range() -> None:
    """-0.5 is a value of it, 1.5 is none."""
    run = make()
    (first, second) = run.results.study.gates
    assert replace(run).results.study.gates[1].at_least == -1.5
    with pytest.raises(ValueError, match="must be from -1 to 1"):
        first.model_validate({**first.model_dump(), "at_least": 1.5})
    with pytest.raises(ValueError, match="must lie between -2 and 2"):
        second.model_validate({**second.model_dump(), "at_least": -2.5})
