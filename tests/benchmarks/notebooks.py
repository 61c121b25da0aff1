"""A study as the script that a person would write for it, with scikit-learn alone."""

from pathlib import Path

from tunecard.runner.schema import Distribution, GridSearch, ModelSpec, RandomSearch, Study

_HEAD = """
import warnings
import numpy as np
import pandas as pd
from importlib import import_module
from matplotlib.figure import Figure
from scipy import stats
from sklearn.metrics import ConfusionMatrixDisplay, classification_report
from sklearn.model_selection import (
    GridSearchCV, RandomizedSearchCV, StratifiedKFold, train_test_split,
)
from sklearn.pipeline import make_pipeline

warnings.simplefilter("ignore")

def made(path, **params):
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)(**params)

"""
_TABLE = """
table = pd.read_csv({data!r})
X, y = table.drop(columns={target!r}), table[{target!r}]
"""
_ARRAYS = """
with np.load({data!r}) as arrays:
    X, y = arrays["X"], arrays["y"]
"""
_SPLIT = """
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size={test_size}, stratify=y, random_state={seed}
)
page, number = Figure(figsize=(12, 12)), 0
"""
_MODEL = """
before = {estimator}
search = {search}
for model in (before, search):
    model.fit(X_train, y_train)
    predicted = model.predict(X_test)
    print(classification_report(y_test, predicted))
    number += 1
    axes = page.add_subplot({n_models}, 2, number)
    ConfusionMatrixDisplay.from_predictions(y_test, predicted, ax=axes)
"""
_END = "\npage.savefig({figure!r})\n"


def script(study: Study, data: Path, figure: Path) -> str:
    """Write a study as a script: fit, tune, score and plot each model, each step once.

    Parameters
    ----------
    study : Study
        Of grid and randomized searches.
    data : Path
        A table in CSV, or an .npz with ``X`` and ``y``.
    figure : Path
        Where its confusion matrices go.
    """
    target = study.data.target if study.data is not None else None
    read = _TABLE if data.suffix == ".csv" else _ARRAYS
    parts = [
        _HEAD,
        read.format(data=str(data), target=target),
        _SPLIT.format(test_size=study.test_size, seed=study.seed),
    ]
    parts += [
        _MODEL.format(
            estimator=_estimator(spec),
            search=_search(spec, study.seed),
            n_models=len(study.models),
        )
        for spec in study.models
    ]
    return "".join([*parts, _END.format(figure=str(figure))])


def _estimator(spec: ModelSpec) -> str:
    steps = [
        step if isinstance(step, str) else step.transformer for step in spec.preprocess
    ]
    calls = [f"made({step!r})" for step in steps]
    calls.append(f"made({spec.estimator!r}, **{dict(spec.params)!r})")
    return calls[0] if len(calls) == 1 else f"make_pipeline({', '.join(calls)})"


def _search(spec: ModelSpec, seed: int) -> str:
    search = spec.search
    assert search is not None
    prefix = f"{spec.estimator.rpartition('.')[2].lower()}__" if spec.preprocess else ""
    space = ", ".join(
        f"{prefix + name!r}: {_values(values)}" for name, values in search.space.items()
    )
    folds = f"StratifiedKFold({search.folds}, shuffle=True, random_state={seed})"
    more = f"cv={folds}, n_jobs=-1"
    if isinstance(search, GridSearch):
        return f"GridSearchCV({_estimator(spec)}, {{{space}}}, {more})"
    assert isinstance(search, RandomSearch)
    more += f", n_iter={search.n_iter}, random_state={seed}"
    return f"RandomizedSearchCV({_estimator(spec)}, {{{space}}}, {more})"


def _values(values: object) -> str:
    if not isinstance(values, Distribution):
        assert isinstance(values, list | tuple)
        return repr(list(values))
    if values.distribution == "uniform":
        return f"stats.uniform({values.low}, {values.high - values.low})"
    if values.distribution == "randint":
        return f"stats.randint({values.low:.0f}, {values.high:.0f})"
    return f"stats.loguniform({values.low}, {values.high})"
