"""Builders of two runs that can be compared: the same rows, machine and kernel."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.builders import KNN, LOGREG, make_run, write_run
from tunecard.report.compare.comparison import Comparison
from tunecard.report.load import Loaded
from tunecard.runner.schema import Calibration, Case, Gate

HASHES = {"X_train": "0" * 64, "X_test": "1" * 64, "y_test": "2" * 64}
REFERENCE, NEW = "20260101T000000Z-example-000000", "20260201T000000Z-example-000000"
#: Seconds of the kernel's two parts.
PRODUCT, COPY = 0.085, 0.016


def calibrations(slower: float = 1.0, moments: int = 4) -> tuple[Calibration, ...]:
    """The kernel at the start and after each round, on a machine that much slower."""
    return tuple(
        Calibration(
            moment="start" if number == 0 else f"round {number}",
            sgemm_ns=round(PRODUCT * slower * 1e9),
            copy_ns=round(COPY * slower * 1e9),
        )
        for number in range(moments)
    )


def reference_run(**overrides: Any) -> Loaded:
    """A run with hashes of its test rows and a timed kernel."""
    return _run(REFERENCE, "2026-01-01T00:00:00Z", overrides)


def new_run(*, gates: Sequence[Gate] = (), **overrides: Any) -> Loaded:
    """A later run of the same study, with gates."""
    study = {**overrides.pop("study", {}), "gates": tuple(gates)}
    return _run(NEW, "2026-02-01T00:00:00Z", {**overrides, "study": study})


def _run(run_id: str, started: str, overrides: dict[str, Any]) -> Loaded:
    kernel = overrides.pop("calibrations", calibrations())
    dataset = {"sha256": HASHES, **overrides.pop("dataset", {})}
    run = make_run(dataset=dataset, **overrides)
    return with_results(run, run_id=run_id, started=started, calibrations=kernel)


def with_results(run: Loaded, **fields: Any) -> Loaded:
    """Override fields of a run's results."""
    return replace(run, results=run.results.model_copy(update=fields))


def with_environment(run: Loaded, **fields: Any) -> Loaded:
    """Override fields of a run's environment."""
    return with_results(run, environment=run.results.environment.model_copy(update=fields))


def with_times(run: Loaded, key: str, factor: float) -> Loaded:
    """Make every call of a case take that many times as long."""
    cases = tuple(
        _slower(case, factor) if case.key == key else case for case in run.results.cases
    )
    return with_results(run, cases=cases)


def _slower(case: Case, factor: float) -> Case:
    timings = tuple(
        timed.model_copy(
            update={
                "samples": tuple(
                    sample.model_copy(update={"wall_ns": round(sample.wall_ns * factor)})
                    for sample in timed.samples
                )
            }
        )
        for timed in case.timings
    )
    return case.model_copy(update={"timings": timings})


def write_two(folder: Path, first: Loaded, second: Loaded) -> tuple[Path, Path]:
    """Write two runs below a reports folder, and return their folders."""
    return tuple(  # type: ignore[return-value]  # two of them
        write_run(run, folder / run.results.run_id) for run in (first, second)
    )


def with_gates(run: Loaded, *gates: Gate) -> Loaded:
    """Give a run's study gates."""
    study = run.results.study.model_copy(update={"gates": gates})
    return with_results(run, study=study)


def of_seeds(run: Loaded, *seeds: int) -> Loaded:
    """The same run done with several seeds, as it is read from disk."""
    results, predictions = run.results, run.predictions
    assert predictions is not None
    cases = tuple(
        case.model_copy(update={"seed": seed, "n_seeds": len(seeds)})
        for seed in seeds
        for case in results.cases
    )
    study = results.study.model_copy(update={"seed": seeds[0], "seeds": seeds})
    return replace(
        with_results(run, cases=cases, study=study),
        predictions=None,
        predictions_reason="each seed has test rows of its own",
        of_seeds=dict.fromkeys(seeds, predictions),
    )


def whole_comparison() -> Comparison:
    """Two runs with everything to tell: words of all kinds, new, gone, changed, gates."""
    changed = KNN.model_copy(update={"params": {"n_neighbors": 7}})
    new_model = KNN.model_copy(update={"name": "other", "label": "other neighbors"})
    gone = LOGREG.model_copy(update={"name": "old", "label": "old regression"})
    new = new_run(
        models=(changed, LOGREG, new_model),
        accuracy={"knn/tuned": 0.97, "logreg/tuned": 0.80},
        failed={"logreg/baseline": ("oom", "it needed 9 GiB")},
        case={"knn/baseline": {"params": {"n_neighbors": 7}}},
        seed=1,
        gates=(
            Gate(model="knn", metric="accuracy", at_least=0.9),
            Gate(model="knn", time="predict", against="reference", at_most=1.25),
            Gate(model="logreg", metric="accuracy", against="reference", at_least=-0.01),
            Gate(model="logreg", metric="accuracy", against="baseline", at_least=-0.01),
            Gate(model="knn", metric="f1_macro", at_least=0.96, undecided="fail"),
        ),
    )
    packages = {**new.results.environment.packages, "matplotlib": "4.0.0"}
    new = with_environment(with_times(new, "logreg/tuned", 1.4), packages=packages)
    return Comparison(reference_run(models=(KNN, LOGREG, gone)), new)


def refused_comparison() -> Comparison:
    """Two runs that share nothing: other data, another machine."""
    other = new_run(dataset={"name": "mnist", "title": "MNIST"}, study={"name": "other"})
    return Comparison(reference_run(), with_environment(other, cpu="Another CPU"))
