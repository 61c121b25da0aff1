"""How often intervals of differences of MAE, RMSE, R2 and the median hold the true one.

Two models predict the same rows: ``python -m tests.stress.regression_intervals [SEED]``.
True differences are those of two million rows. Errors are normal, of Student's t with 3
degrees of freedom, or skewed (log-normal, of a standard deviation of 1); under the null
hypothesis both models err alike (A/A), else the second is a little better.
"""

import sys
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.row_means import mean_difference
from tunecard.report.stats.scorers import jackknife_test, left_by_influence
from tunecard.report.stats.value_ratios import ratio_difference
from tunecard.runner.metrics import Outputs, get

ERRORS = ("normal", "t3", "lognormal")
SIZES = (100, 1_000, 10_000)
METRICS = (
    "mean_absolute_error",
    "root_mean_squared_error",
    "r2",
    "median_absolute_error",
)
_TRUTH = 2_000_000
#: Scatter of the two models about what can be predicted: alike, and the second better.
PAIRS = {"A/A": (0.5, 0.5), "A/B": (0.5, 0.3)}

Rows = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def draw(rng: np.random.Generator, n: int, errors: str, pair: tuple[float, float]) -> Rows:
    """Draw true values, and what both models predict of them."""
    signal = rng.normal(size=n)
    if errors == "normal":
        noise = rng.normal(size=n)
    elif errors == "t3":
        noise = rng.standard_t(3, size=n)
    else:
        noise = rng.lognormal(size=n) - np.exp(0.5)
    common = rng.normal(size=n)
    first, second = (
        signal + scatter * (0.8 * common + 0.6 * rng.normal(size=n)) for scatter in pair
    )
    return signal + noise, first, second


def infer(metric_name: str, rows: Rows) -> PairedInference | None:
    """Compare two models as a page does."""
    metric = get(metric_name)
    y, *predicted = rows
    outputs = [Outputs(values=values) for values in predicted]
    if metric.inference == "rows":
        assert metric.row_losses is not None
        return mean_difference(*(metric.row_losses(y, each) for each in outputs))
    if metric.ratio is not None:
        return ratio_difference(*metric.ratio(y, outputs), reach=1.0)
    values = [metric.value(y, each) for each in outputs]
    assert metric.influence is not None
    influence = metric.influence(y, outputs[1]) - metric.influence(y, outputs[0])
    assert values[0] is not None
    assert values[1] is not None
    left = left_by_influence(values[1] - values[0], influence, np.arange(len(y)))
    return jackknife_test(left, (-np.inf, np.inf), 0.0)


def truth(
    rng: np.random.Generator, errors: str, pair: tuple[float, float]
) -> dict[str, float]:
    """Return the difference of each metric over very many rows; 0 for equal models."""
    if pair[0] == pair[1]:
        return dict.fromkeys(METRICS, 0.0)
    y, *predicted = draw(rng, _TRUTH, errors, pair)
    differences = {}
    for name in METRICS:
        first, second = (get(name).value(y, Outputs(values=each)) for each in predicted)
        assert first is not None
        assert second is not None
        differences[name] = second - first
    return differences


def simulate(
    seed: int,
    repetitions: int,
    sizes: tuple[int, ...] = SIZES,
    of_errors: tuple[str, ...] = ERRORS,
) -> Iterator[tuple[str, str, int, str, float, float]]:
    """Yield the share of 95 % intervals that hold the truth, and that leave 0 out."""
    for errors in of_errors:
        for case, pair in PAIRS.items():
            true = truth(np.random.default_rng([seed, 1]), errors, pair)
            for n in sizes:
                rng = np.random.default_rng([seed, n, len(errors), len(case)])
                held = dict.fromkeys(METRICS, 0)
                real = dict.fromkeys(METRICS, 0)
                for _ in range(repetitions):
                    rows = draw(rng, n, errors, pair)
                    for name in METRICS:
                        inference = infer(name, rows)
                        assert inference is not None
                        interval = inference.interval()
                        held[name] += interval.contains(true[name])
                        real[name] += not interval.contains(0.0)
                for name in METRICS:
                    yield (
                        errors, case, n, name,
                        held[name] / repetitions, real[name] / repetitions,
                    )  # fmt: skip


def main() -> None:
    """Print a line for each setting."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 20261127
    repetitions = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    print(f"seed {seed}, {repetitions:,} repetitions of each")  # noqa: T201 # the table
    for errors, case, n, name, coverage, real in simulate(seed, repetitions):
        line = f"{errors:10} {case} {n:6,} {name:24} {coverage:.3f} {real:.3f}"
        print(line, flush=True)  # noqa: T201 # the table


if __name__ == "__main__":
    main()
