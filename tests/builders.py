"""Builders of results and predictions that fit together, with few overrides."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tunecard.report.load import Loaded, Predictions
from tunecard.runner.quality import quality, specs
from tunecard.runner.schema import (
    COLUMNS,
    PREDICTIONS,
    RESULTS,
    SCHEMA_VERSION,
    WEIGHTS,
    Candidate,
    CapturedWarning,
    Case,
    ClassInfo,
    DatasetInfo,
    Distribution,
    Environment,
    Git,
    GridSearch,
    ModelSpec,
    Params,
    Quality,
    RandomSearch,
    Results,
    Sample,
    SearchRecord,
    Stage,
    Status,
    Strategy,
    Study,
    ThreadPool,
    TimedRound,
    Timing,
    Variant,
    dump,
)

Labels = NDArray[np.int32]

KNN = ModelSpec(
    name="knn",
    label="k-nearest neighbors",
    estimator="sklearn.neighbors.KNeighborsClassifier",
    search=GridSearch(
        strategy="grid",
        folds=5,
        space={"n_neighbors": (1, 3, 5, 7), "weights": ("uniform", "distance")},
        simpler={"n_neighbors": "larger"},
    ),
)
LOGREG = ModelSpec(
    name="logreg",
    label="logistic regression",
    estimator="sklearn.linear_model.LogisticRegression",
    search=RandomSearch(
        strategy="random",
        n_iter=6,
        folds=3,
        space={"C": Distribution(distribution="loguniform", low=1e-3, high=1e2)},
        simpler={"C": "smaller"},
    ),
)
#: A study for a whole run of given models and data: three rounds, the fewest there are.
SHORT = Study(
    name="short",
    title="Short",
    dataset="digits",
    models=(ModelSpec(name="bayes", estimator="sklearn.naive_bayes.GaussianNB"),),
    timing=Timing(budget=0.001),
)
#: Share of test rows that each case gets right, unless overridden.
ACCURACY = {
    "knn/baseline": 0.90,
    "knn/tuned": 0.93,
    "logreg/baseline": 0.85,
    "logreg/tuned": 0.855,
}
#: Seconds of one call, unless overridden.
SECONDS = {
    ("knn", "fit"): 0.004,
    ("knn", "predict"): 0.2,
    ("logreg", "fit"): 2.5,
    ("logreg", "predict"): 0.001,
}


def make_run(
    *,
    n_test: int = 400,
    n_train: int = 1200,
    classes: Sequence[str] = ("0", "1", "2", "3"),
    models: Sequence[ModelSpec] = (KNN, LOGREG),
    accuracy: Mapping[str, float] | None = None,
    predicted: Mapping[str, Sequence[int]] | None = None,
    y_true: Sequence[int] | None = None,
    failed: Mapping[str, tuple[Status, str]] | None = None,
    rounds: int = 3,
    tuned_time: float = 1.0,
    probabilities: Sequence[str] = ("logreg",),
    warnings: Sequence[CapturedWarning] = (),
    study: Mapping[str, Any] | None = None,
    dataset: Mapping[str, Any] | None = None,
    case: Mapping[str, Mapping[str, Any]] | None = None,
    search: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
) -> Loaded:
    """Build a run whose numbers fit together, as `tunecard.report.load.load` returns it.

    Parameters
    ----------
    n_test, n_train : int
        Rows of the two parts.
    classes : sequence of str
        Class names.
    models : sequence of ModelSpec
        One without a search has no tuned case.
    accuracy : dict, optional
        Share of right test rows by case key, over :data:`ACCURACY`.
    predicted, y_true : optional
        Class codes to use instead of random ones, predictions by case key.
    failed : dict, optional
        (status, reason) of the cases that did not end well, by key.
    rounds : int
        Timed rounds; 0 for none.
    tuned_time : float
        How many times as long a tuned case takes.
    probabilities : sequence of str
        Models that have probabilities.
    study, dataset : dict, optional
        Fields to override.
    case, search : dict of dict, optional
        Fields to override in a case (by key) or in a search (by model).
    seed : int
        Of everything random here.
    """
    rng = np.random.default_rng(seed)
    truth = _truth(y_true, n_test, len(classes))
    n_test = len(truth)
    cases, guesses, shares = [], {}, {}
    for spec in models:
        for variant in ("baseline", "tuned") if spec.search else ("baseline",):
            key = f"{spec.name}/{variant}"
            overrides = (case or {}).get(key, {})
            if key in (failed or {}):
                cases.append(_failed_case(spec, variant, *(failed or {})[key], overrides))
                continue
            share = {**ACCURACY, **(accuracy or {})}.get(key, 0.9)
            given = (predicted or {}).get(key)
            guess = _guess(truth, share, len(classes)) if given is None else _codes(given)
            guesses[key] = guess
            if spec.name in probabilities:
                shares[key] = _probability(guess, len(classes))
            factor = tuned_time if variant == "tuned" else 1.0
            timings = _timings(
                spec.name,
                rounds=rounds,
                factor=factor,
                n_train=n_train,
                n_test=n_test,
                rng=rng,
            )
            cases.append(
                _ok_case(
                    spec,
                    variant,
                    truth=truth,
                    guess=guess,
                    shares=shares.get(key),
                    classes=classes,
                    timings=timings,
                ).model_copy(update=dict(overrides))
            )
    searches = [
        _search(spec, rng).model_copy(update=dict((search or {}).get(spec.name, {})))
        for spec in models
        if spec.search
    ]
    results = Results(
        schema_version=SCHEMA_VERSION,
        run_id="20260101T000000Z-example-0000000",
        started="2026-01-01T00:00:00Z",
        finished="2026-01-01T00:02:00Z",
        wall_seconds=120.0,
        command="tunecard run example",
        study=Study(
            **{
                "name": "example",
                "title": "An example",
                "dataset": "digits",
                "margin": 0.01,
                "models": tuple(models),
                **(study or {}),
            }
        ),
        dataset=_dataset(truth, n_train, classes).model_copy(update=dict(dataset or {})),
        environment=_environment(),
        metrics=specs(None),
        cases=tuple(cases),
        searches=tuple(searches),
        warnings=tuple(warnings),
        stages=(
            Stage(name="search", wall_seconds=60.0),
            Stage(name="measure", wall_seconds=55.0),
        ),
        peak_memory={"main": 300 * 2**20, "worker": 400 * 2**20},
    )
    predictions = Predictions(
        index=np.arange(n_test, dtype=np.int64),
        y_true=truth,
        predicted=guesses,
        probability=shares,
    )
    return Loaded(results, predictions, None, Path("example"))


def make_results(**overrides: Any) -> Results:
    """Build the results of :func:`make_run`."""
    return make_run(**overrides).results


def write_run(run: Loaded, folder: Path) -> Path:
    """Write a run as the runner does, and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    dump(run.results, folder / RESULTS)
    if run.predictions is not None:
        pq.write_table(predictions_table(run.predictions), folder / PREDICTIONS)
        kept = run.predictions.kept
        if kept is not None:
            named = {f"column:{name}": values for name, values in kept.values.items()}
            pq.write_table(pa.table({"row": kept.row, **named}), folder / COLUMNS)
    if run.weights:
        columns = {
            f"weight:{key}:{output}": row
            for key, rows in run.weights.items()
            for output, row in enumerate(rows)
        }
        pq.write_table(pa.table(columns), folder / WEIGHTS)
    return folder


def with_pictures(run: Loaded) -> Loaded:
    """Add what image data has: images of rows that are labeled wrong, linear weights."""
    rng = np.random.default_rng(2)
    height, width = run.results.dataset.image_shape or (8, 8)
    predictions = run.predictions
    assert predictions is not None
    images = {
        row: rng.integers(0, 256, (height, width), dtype=np.uint8)
        for row, true in enumerate(predictions.y_true)
        if any(guess[row] != true for guess in predictions.predicted.values())
    }
    n_classes = len(run.results.dataset.classes)
    weights = {
        key: rng.normal(size=(n_classes, height * width)).astype(np.float32)
        for key in predictions.predicted
        if key.startswith("logreg/")
    }
    return replace(run, predictions=replace(predictions, images=images), weights=weights)


def predictions_table(predictions: Predictions) -> pa.Table:
    """Return predictions as the table that predictions.parquet holds."""
    columns: dict[str, NDArray[Any]] = {
        "index": predictions.index,
        "y_true": predictions.y_true,
    }
    for key, guess in predictions.predicted.items():
        columns[f"predicted:{key}"] = guess
    for key, shares in predictions.probability.items():
        for code in range(shares.shape[1]):
            columns[f"probability:{key}:{code}"] = shares[:, code]
    table = pa.table(columns)
    if predictions.images:
        images = predictions.images
        cells = [images[i].tobytes() if i in images else None for i in range(len(table))]
        table = table.append_column("image", pa.array(cells, pa.binary()))
    return table


def make_sample(seconds: float, **overrides: Any) -> Sample:
    """Build a sample of one call that took so many seconds."""
    fields = {
        "wall_ns": round(seconds * 1e9),
        "cpu_ns": round(seconds * 1e9 * 1.5),
        "peak_memory": 50 * 2**20,
        "load_1m": 0.5,
        "other_cpu": 0.01,
        "steal": 0.0,
    }
    return Sample(**{**fields, **overrides})


def _codes(values: Sequence[int]) -> Labels:
    return np.asarray(values, dtype=np.int32)


def _truth(y_true: Sequence[int] | None, n_test: int, n_classes: int) -> Labels:
    if y_true is not None:
        return _codes(y_true)
    return (np.arange(n_test) % n_classes).astype(np.int32)


def _guess(truth: Labels, share: float, n_classes: int) -> Labels:
    """Get the first rows of a fixed shuffle wrong: two shares nest, as tuning's do."""
    wrong = np.random.default_rng(1).permutation(len(truth))[
        : round((1 - share) * len(truth))
    ]
    guess = truth.copy()
    guess[wrong] = (guess[wrong] + 1) % n_classes
    return guess


def _probability(guess: Labels, n_classes: int) -> NDArray[np.float32]:
    shares = np.full((len(guess), n_classes), 0.1 / max(n_classes - 1, 1), dtype=np.float32)
    shares[np.arange(len(guess)), guess] = 0.9
    return shares


def _params(spec: ModelSpec, variant: Variant) -> Params:
    if variant == "baseline":
        return dict(spec.params)
    tuned: Params = {"C": 0.1} if spec.name == "logreg" else {"n_neighbors": 3}
    return {**spec.params, **tuned}


def _python(spec: ModelSpec, params: Params) -> tuple[str, ...]:
    module, _, name = spec.estimator.rpartition(".")
    arguments = ", ".join(f"{key}={value!r}" for key, value in params.items())
    return (f"from {module} import {name}", f"{name}({arguments})")


def _ok_case(
    spec: ModelSpec,
    variant: Variant,
    *,
    truth: Labels,
    guess: Labels,
    shares: NDArray[np.float32] | None,
    classes: Sequence[str],
    timings: tuple[TimedRound, ...],
) -> Case:
    params = _params(spec, variant)
    linear = spec.name == "logreg"
    return Case(
        model=spec.name,
        variant=variant,
        seed=0,
        status="ok",
        params=params,
        python=_python(spec, params),
        converged=True if linear else None,
        n_iter=60 if linear else None,
        max_iter=100 if linear else None,
        elapsed=12.0,
        peak_memory=200 * 2**20,
        model_bytes=100_000,
        threads=1,
        quality=_quality(truth, guess, shares, tuple(classes)),
        timings=timings,
    )


#: scikit-learn's metrics take most of the time of a run's making: once for each rows.
_QUALITIES: dict[tuple[bytes, bytes, bytes, tuple[str, ...]], Quality] = {}


def _quality(
    truth: Labels,
    guess: Labels,
    shares: NDArray[np.float32] | None,
    classes: tuple[str, ...],
) -> Quality:
    shown = b"" if shares is None else shares.tobytes()
    key = (truth.tobytes(), guess.tobytes(), shown, classes)
    if key not in _QUALITIES:
        _QUALITIES[key] = quality(truth, guess, shares, classes, (truth, guess))
    return _QUALITIES[key]


def _failed_case(
    spec: ModelSpec,
    variant: Variant,
    status: Status,
    reason: str,
    overrides: Mapping[str, Any],
) -> Case:
    params = _params(spec, variant)
    return Case(
        model=spec.name,
        variant=variant,
        seed=0,
        status=status,
        reason=reason,
        params=params,
        python=_python(spec, params),
        elapsed=3.0,
    ).model_copy(update=dict(overrides))


def _timings(
    name: str,
    *,
    rounds: int,
    factor: float,
    n_train: int,
    n_test: int,
    rng: np.random.Generator,
) -> tuple[TimedRound, ...]:
    """Two counted calls a round, 1 % noise, and a cold call in round 1 at 1.5 times."""
    timed = []
    for number in range(1, rounds + 1):
        for operation, n_rows in (("fit", n_train), ("predict", n_test)):
            seconds = SECONDS.get((name, operation), 0.05) * factor
            calls = [
                make_sample(seconds * math.exp(rng.normal(scale=0.01))) for _ in range(2)
            ]
            if number == 1:
                calls.insert(0, make_sample(seconds * 1.5, cold=True))
            timed.append(
                TimedRound(
                    round=number,
                    position=0,
                    operation=operation,
                    n_rows=n_rows,
                    samples=tuple(calls),
                )
            )
    return tuple(timed)


def _search(spec: ModelSpec, rng: np.random.Generator) -> SearchRecord:
    assert spec.search is not None
    settings = _settings(spec.search)
    folds = spec.search.folds
    candidates = []
    for index, params in enumerate([dict(spec.params), *settings]):
        base = 0.9 - 0.002 * index
        scores = tuple(float(base + rng.normal(scale=0.003)) for _ in range(folds))
        candidates.append(
            Candidate(
                index=index,
                eligible=index > 0,
                params=params,
                scores=scores,
                cpu_seconds=(0.5,) * folds,
                status="ok",
            )
        )
    best = max(candidates[1:], key=lambda candidate: sum(s or 0 for s in candidate.scores))
    shared = spec.name == "knn"
    return SearchRecord(
        model=spec.name,
        seed=0,
        strategy=spec.search.strategy,
        metric="accuracy",
        method="shared-neighbors" if shared else "parallel",
        folds=((960, 240),) * folds,
        candidates=tuple(candidates),
        best=best.index,
        n_fits=len(settings) * folds,
        jobs=2,
        threads=1,
        cpu_seconds=0.5 * folds * (1 if shared else len(candidates)),
        wall_seconds=0.3 * folds * (1 if shared else len(candidates)),
        shared_cpu_seconds=(0.5,) * folds if shared else (),
    )


def _settings(search: Strategy) -> list[Params]:
    """Candidates of the space: the whole grid, or even draws of its distributions."""
    if (n_draws := search.n_draws) is not None:
        draws: dict[str, list[Any]] = {}
        for name, space in search.space.items():
            if not isinstance(space, Distribution):
                draws[name] = [space[i % len(space)] for i in range(n_draws)]
            elif space.distribution == "loguniform":
                ends = np.log10(space.low) + 0.3, np.log10(space.high) - 0.3
                # The last digits of a power depend on the processor.
                powers = np.logspace(*ends, n_draws)
                draws[name] = [float(f"{x:.12g}") for x in powers]
            else:
                draws[name] = [
                    float(x) for x in np.linspace(space.low, space.high, n_draws)
                ]
        return [{name: values[i] for name, values in draws.items()} for i in range(n_draws)]
    settings: list[Params] = [{}]
    for name in sorted(search.space):
        settings = [
            {**old, name: value} for old in settings for value in search.space[name]
        ]
    return settings


def _dataset(truth: Labels, n_train: int, classes: Sequence[str]) -> DatasetInfo:
    counts = np.bincount(truth, minlength=len(classes))
    train = [n_train // len(classes)] * len(classes)
    return DatasetInfo(
        name="digits",
        title="Handwritten digits",
        source="embedded in scikit-learn",
        n_train=sum(train),
        n_test=len(truth),
        n_features=64,
        dtype="float32",
        image_shape=(8, 8),
        classes=tuple(
            ClassInfo(name=name, n_train=train[code], n_test=int(counts[code]))
            for code, name in enumerate(classes)
        ),
        split="stratified",
        sha256={"X_train": "0" * 64},
    )


def _environment() -> Environment:
    return Environment(
        tunecard="0.1.0",
        python="3.11.0",
        implementation="CPython",
        os="Linux 6.1",
        machine="x86_64",
        cpu="Example CPU",
        physical_cores=2,
        logical_cores=2,
        cpu_mhz=3000.0,
        memory=8 * 2**30,
        load_1m=0.3,
        boot_id="0000",
        packages={"numpy": "2.0.0", "scikit-learn": "1.6.0"},
        thread_pools=(
            ThreadPool(
                user_api="blas", internal_api="openblas", version="0.3", num_threads=2
            ),
        ),
        git=Git(commit="0" * 40, dirty=False),
    )
