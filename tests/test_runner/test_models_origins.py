"""Where a study's classes come from."""

import hashlib
import sys
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
    assert origins.own_code(study(inside)) == {"code of own_model_of_test.py": sha256}


@pytest.mark.parametrize(
    "line",
    [
        "import helper_of_test",
        "from helper_of_test import BIAS",
        "def later():\n    import helper_of_test",
        "from package_of_test import inner_of_test",
        "import package_of_test.inner_of_test",
    ],
)
def test_what_a_file_of_the_users_own_imports_counts_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """A changed helper is other code, wherever it is imported, relative imports too."""
    (tmp_path / "package_of_test").mkdir()
    (tmp_path / "package_of_test" / "__init__.py").write_text("", "utf-8")
    inner = tmp_path / "package_of_test" / "inner_of_test.py"
    inner.write_text("from . import deep_of_test", "utf-8")
    deep = tmp_path / "package_of_test" / "deep_of_test.py"
    helper = tmp_path / "helper_of_test.py"
    for file in (deep, helper):
        file.write_text("BIAS = 0", "utf-8")
    (tmp_path / "importing_of_test.py").write_text(f"{line}\n{OWN}", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "importing_of_test", raising=False)
    made = study(ModelSpec(name="m", estimator="importing_of_test.Own"))
    before = origins.own_code(made)
    changed = helper if "helper" in line else deep
    changed.write_text("BIAS = 1", "utf-8")
    after = origins.own_code(made)
    name = changed.relative_to(tmp_path).as_posix()
    assert {key for key in after if after[key] != before[key]} == {f"code of {name}"}
    for module in ("importing_of_test", "helper_of_test", "package_of_test"):
        for loaded in [one for one in sys.modules if one.startswith(module)]:
            del sys.modules[loaded]


def test_what_is_tunecards_own_is_nobody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a checkout its files stand beside the user's own, and none is read for them."""
    text = f"import tunecard.report.theme\nfrom tunecard import runner\n{OWN}"
    (tmp_path / "plugin_of_test.py").write_text(text, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    made = study(ModelSpec(name="m", estimator="plugin_of_test.Own"))
    assert list(origins.own_code(made)) == ["code of plugin_of_test.py"]


def test_an_installed_class_counts_by_its_distribution() -> None:
    """Its version is recorded, and other versions are other work."""
    pytest.importorskip("sklearnex", reason="the extra accelerate is not installed")
    other = ModelSpec(name="m", estimator="sklearnex.svm.SVC")
    assert "scikit-learn-intelex" in origins.distributions(study(other))
