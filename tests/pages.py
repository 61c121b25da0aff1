"""Runs that show everything the page can show, and their files."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from tests.builders import KNN, LOGREG, make_run, with_pictures
from tests.regressions import made_run
from tests.shared import once
from tests.two_runs import whole_comparison
from tunecard.report.charts.base import Drawing
from tunecard.report.load import Loaded
from tunecard.report.render import render
from tunecard.runner.schema import Calibration, CapturedWarning, Latency, Status

ROOT = Path(__file__).resolve().parent.parent
#: Pages that are committed for readers; none in a fresh checkout before they are made.
SAMPLES = sorted(ROOT.glob("reports/sample*/report.html"))

_CALLS = Latency(batch=1, wall_ns=tuple(range(1_000_000, 1_300_000, 1_000)))
_KERNEL = tuple(
    Calibration(moment=moment, sgemm_ns=sgemm, copy_ns=copy)
    for moment, sgemm, copy in (
        ("start", 88_000_000, 15_400_000),
        ("round 1", 86_000_000, 16_100_000),
        ("round 2", 85_000_000, 15_700_000),
        ("round 3", 97_000_000, 15_900_000),
    )
)
_WARNING = CapturedWarning(
    where="fit",
    model="logreg",
    variant="baseline",
    category="ConvergenceWarning",
    message="lbfgs failed to converge after 100 iteration(s)",
    count=5,
)


def whole_run() -> Loaded:
    """A run with every part: findings, warnings, banners, searches, images, the kernel."""
    run = make_run(
        classes=("no digit", "one", "two & more", "three"),
        warnings=(_WARNING,),
        dataset={"subset_of": "all of it", "fallback_reason": "MNIST is out of reach"},
        case={
            "logreg/baseline": {"converged": False, "n_iter": 100},
            "knn/tuned": {"latencies": (_CALLS,)},
        },
    )
    results = run.results.model_copy(update={"calibrations": _KERNEL})
    return with_pictures(replace(run, results=results))


def failed_run() -> Loaded:
    """A run with failures, their last words, and long names."""
    long = "a-label-of-eighty-letters-without-a-single-place-to-break-it-" + 19 * "x"
    return make_run(
        models=(KNN.model_copy(update={"label": long}), LOGREG),
        classes=("no", f"yes-{long}"),
        failed={
            "knn/tuned": ("oom", "it needed 9 GiB, the limit is 8 GiB"),
            "logreg/baseline": ("failed", f"ValueError: {long}"),
        },
        case={"logreg/baseline": {"stderr_tail": f"Traceback\n  {long}/{long}\n" * 3}},
        study={"title": long},
    )


def bare_run() -> Loaded:
    """A run that has nothing optional: one model, no search, rounds or predictions."""
    run = make_run(
        models=(KNN.model_copy(update={"search": None}),),
        rounds=0,
        probabilities=(),
        dataset={"image_shape": None},
    )
    return replace(run, predictions=None, predictions_reason="the file is not there")


def all_failed_run() -> Loaded:
    """A run of which nothing came to its end: no quality, no times, no predictions."""
    reason: tuple[Status, str] = ("timeout", "1,800 s were not enough")
    keys = [f"{m}/{v}" for m in ("knn", "logreg") for v in ("baseline", "tuned")]
    return make_run(failed=dict.fromkeys(keys, reason))


def two_classes_run() -> Loaded:
    """A run of yes and no."""
    return make_run(classes=("no", "yes"))


def one_model_run() -> Loaded:
    """A run of one model: no other one to be compared with."""
    return make_run(models=(LOGREG,))


def many_classes_run() -> Loaded:
    """A run with a hundred classes."""
    return make_run(classes=[f"species {i}" for i in range(100)], models=(LOGREG,))


def regression_run() -> Loaded:
    """A run of values: a unit, coefficients, columns, errors that grow, rows beyond."""
    rng = np.random.default_rng(5)
    true = np.exp(rng.normal(6, 1, 600))
    noise = rng.normal(size=600)
    predicted = {
        "ridge/baseline": true * np.exp(0.4 * noise),
        "ridge/tuned": true * np.exp(0.3 * noise) + 20,
        "knn/tuned": np.full(600, 400.0),
    }
    train = np.exp(rng.normal(6, 1, 1200))
    train = train[train < 3000]
    areas = [np.log(values) + rng.normal(0, 0.05, len(values)) for values in (train, true)]
    rooms = [rng.integers(1, 7, len(values)).astype(float) for values in (train, true)]
    rooms[1][:5] = np.nan
    return made_run(
        true=true,
        train=train,
        predicted=predicted,
        columns={"area": (areas[0], areas[1]), "rooms": (rooms[0], rooms[1])},
    )


#: A run of each kind, by name: every optional part is absent in one of them.
RUNS: Mapping[str, Callable[[], Loaded]] = {
    "whole": whole_run,
    "failed": failed_run,
    "bare": bare_run,
    "all failed": all_failed_run,
    "one model": one_model_run,
    "two classes": two_classes_run,
    "many classes": many_classes_run,
    "regression": regression_run,
}


#: What a page's script adds: buttons that copy a table.
WITHOUT_TOOLS = "document.querySelectorAll('.table-tools').forEach(tool => tool.remove())"


@cache
def page_files(name: str) -> Mapping[str, str]:
    """Return the files of a run of :data:`RUNS`, rendered once for all tests."""
    return once(f"run-{name}", lambda: files_of(RUNS[name]()))


@cache
def compare_page() -> str:
    """Return the page of two runs with everything to show, rendered once for all tests."""
    _check_drawing()
    return once("compare", lambda: {"html": whole_comparison().to_html()})["html"]


def files_of(run: Loaded) -> dict[str, str]:
    """Render a run and return its files' texts by name."""
    _check_drawing()
    # A fixture's folder would be one a test; these files are rendered once for all.
    with tempfile.TemporaryDirectory() as folder:
        return {path.name: path.read_text("utf-8") for path in render(run, Path(folder))}


def _check_drawing() -> None:
    """Pages that all tests share have their pictures."""
    own = vars(Drawing)["parts"].fget
    assert own.__qualname__ == "Drawing.parts", "not beside no_drawing"
