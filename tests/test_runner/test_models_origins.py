"""Where a study's classes come from."""

import hashlib
from pathlib import Path

import pytest

from tunecard.runner.models import origins
from tunecard.runner.schema import ModelSpec, Study

OWN = """
from sklearn.tree import DecisionTreeClassifier

class Own(DecisionTreeClassifier):
    pass
"""


def study(*models: ModelSpec) -> Study:
    """Make a study of some models."""
    return Study(name="s", title="s", dataset="digits", models=models)


def test_scikit_learn_alone_names_nothing() -> None:
    """Its version is always recorded."""
    plain = study(ModelSpec(name="m", estimator="sklearn.svm.SVC"))
    assert origins.distributions(plain) == ()
    assert origins.own_code(plain) == {}


def test_a_file_of_the_user_s_own_counts_by_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it stands inside another estimator."""
    (tmp_path / "own_model_of_test.py").write_text(OWN, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    inside = ModelSpec(
        name="m",
        estimator="sklearn.ensemble.AdaBoostClassifier",
        params={"estimator": "own_model_of_test.Own"},
    )
    sha256 = hashlib.sha256(OWN.encode()).hexdigest()[:12]
    assert origins.own_code(study(inside)) == {"code of own_model_of_test": sha256}


def test_an_installed_class_counts_by_its_distribution() -> None:
    """Its version is recorded, and other versions are other work."""
    pytest.importorskip("sklearnex", reason="the extra accelerate is not installed")
    other = ModelSpec(name="m", estimator="sklearnex.svm.SVC")
    assert "scikit-learn-intelex" in origins.distributions(study(other))
