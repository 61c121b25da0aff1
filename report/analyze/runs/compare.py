"""The whole comparison of two runs; the only file that knows its order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tunecard.report import formats
from tunecard.report.analyze.lookup import case_of, metric_of, model_of
from tunecard.report.analyze.machine import kernel
from tunecard.report.analyze.runs import quality, times
from tunecard.report.analyze.runs.differences import (
    agreeing,
    all_facts,
    changed,
    differing,
    machine_facts,
)
from tunecard.report.analyze.runs.seeds import earlier_of_seed, of_one_seed
from tunecard.report.analyze.types import QualityTest
from tunecard.report.analyze.types.runs import (
    CaseChange,
    Difference,
    RunComparison,
    RunTime,
)
from tunecard.report.load import Loaded
from tunecard.runner.schema import Case, DatasetInfo, MetricSpec, Results, Variant

_TEST_ROWS = ("X_test", "y_test")
_ALL_ROWS = ("X_train", "y_train", *_TEST_ROWS)


def compare_runs(
    first: Loaded, second: Loaded, earlier: Sequence[Results] = ()
) -> RunComparison:
    """Compare the second run with the first.

    Parameters
    ----------
    first, second : Loaded
        The reference, and the run that is judged.
    earlier : sequence of Results
        Runs beside them, for what runs of this machine and study differ by for
        no reason; those of another machine or study are left out.

    Returns
    -------
    RunComparison
    """
    whole = first.results, second.results
    facts = all_facts(whole[0]), all_facts(whole[1])
    first, second, seed_note = of_one_seed(first, second)
    one, two = first.results, second.results
    earlier = earlier_of_seed(earlier, two.study.seed)
    pairing, pairing_reason = _pairing(first, second)
    every = [*two.cases, *one.cases]
    keys = tuple(dict.fromkeys((case.model, case.variant) for case in every))
    spec = metric_of(two)
    found = {} if pairing == "refused" else _found(first, second, pairing, keys, spec)
    tests = quality.tests(found, spec, two.study.margin)
    refused = _time_reasons(one, two)
    timed = _Times() if refused else _times(one, two, keys, earlier)
    sides = _Sides(one, two, spec, pairing_reason, found, tests, refused, timed)
    speeds = times.kernel_seconds(one), times.kernel_seconds(two)
    return RunComparison(
        first=whole[0],
        second=whole[1],
        metric=spec,
        margin=two.study.margin,
        pairing=pairing,
        pairing_reason=pairing_reason,
        n_tests=len(tests),
        time_reasons=refused,
        differences=differing(*facts),
        same=agreeing(*facts),
        kernels=(kernel(one.calibrations), kernel(two.calibrations)),
        kernel_ratio=speeds[1] / speeds[0] if speeds[0] and speeds[1] else None,
        floor_runs=timed.n_earlier,
        cases=tuple(_change(sides, model, variant) for model, variant in keys),
        seed_note=seed_note,
    )


Keys = tuple[tuple[str, Variant], ...]


@dataclass(frozen=True)
class _Times:
    """The times of every case, and of how many earlier runs there are."""

    by_case: Mapping[str, tuple[RunTime, ...]] = field(default_factory=dict)
    n_earlier: int = 0


@dataclass(frozen=True)
class _Sides:
    """Everything that one case is put together from."""

    first: Results
    second: Results
    metric: MetricSpec
    pairing_reason: str
    found: Mapping[str, quality.Found]
    tests: Mapping[str, QualityTest]
    refused: tuple[Difference, ...]
    times: _Times


def _pairing(first: Loaded, second: Loaded) -> tuple[quality.Pairing, str]:
    """Tell how the test rows of two runs can be compared, and why not better."""
    one, two = first.results.dataset, second.results.dataset
    if not _one_data(one, two):
        return (
            "refused",
            f"the data is {one.name} in the reference, {two.name} in the new run",
        )
    names = [tuple(entry.name for entry in data.classes) for data in (one, two)]
    if names[0] != names[1]:
        return "refused", "the classes of the two runs are not the same"
    for part in _TEST_ROWS:
        hashes = [data.sha256.get(part, "not known") for data in (one, two)]
        if hashes[0] != hashes[1] or "not known" in hashes:
            told = " in the reference, ".join(value[:12] for value in hashes)
            return "unpaired", f"the SHA-256 of {part} is {told} in the new run"
    if first.predictions is None or second.predictions is None:
        which = "reference" if first.predictions is None else "new"
        return (
            "unpaired",
            f"the {which} run has no predictions, so nothing row by row is known",
        )
    return "paired", ""


def _one_data(one: DatasetInfo, two: DatasetInfo) -> bool:
    """Tell data of one name, or of the very same rows: a file may be renamed."""
    hashes = [(one.sha256.get(part), two.sha256.get(part)) for part in _ALL_ROWS]
    return one.name == two.name or all(a is not None and a == b for a, b in hashes)


def _found(
    first: Loaded, second: Loaded, pairing: str, keys: Keys, metric: MetricSpec
) -> dict[str, quality.Found]:
    compare = quality.paired_case if pairing == "paired" else quality.unpaired_case
    found = {}
    for number, (model, variant) in enumerate(keys):
        one = case_of(first.results, model, variant)
        two = case_of(second.results, model, variant)
        if one is None or two is None or one.quality is None or two.quality is None:
            continue
        found[two.key] = compare(first, second, (one, two), metric, number)
    return found


def _time_reasons(one: Results, two: Results) -> tuple[Difference, ...]:
    """Return what forbids a comparison of times: each key with both values."""
    reasons = list(differing(machine_facts(one), machine_facts(two)))
    one_data = _one_data(one.dataset, two.dataset)
    sizes = [
        {
            **({} if one_data else {("data", "name"): data.name}),
            ("data", "training rows"): str(data.n_train),
            ("data", "test rows"): str(data.n_test),
            ("data", "features"): str(data.n_features),
        }
        for data in (one.dataset, two.dataset)
    ]
    reasons += differing(sizes[0], sizes[1])  # type: ignore[arg-type]  # "data" is a Part
    kernels = ["timed" if run.calibrations else "not timed" for run in (one, two)]
    if "not timed" in kernels:
        reasons.append(Difference("machine", "calibration kernel", *kernels))
    return tuple(reasons)


def _times(one: Results, two: Results, keys: Keys, earlier: Sequence[Results]) -> _Times:
    """Compare every time that both runs have, all of them together."""
    known = times.earlier_of(two, earlier)
    pairs = {}
    for model, variant in keys:
        cases = case_of(one, model, variant), case_of(two, model, variant)
        if cases[0] is None or cases[1] is None or times.comparable(cases[0], cases[1]):
            continue
        series = times.case_series(one, cases[0]), times.case_series(two, cases[1])
        logs = times.earlier_logs(known, model, variant, cases[1])
        shared = [operation for operation in series[0] if operation in series[1]]
        pairs[cases[1].key] = (series, logs, shared)
    n_tests = sum(len(shared) for _, _, shared in pairs.values())
    by_case = {
        key: tuple(
            times.compare_series(
                name,
                series[0][name],
                series[1][name],
                logs.get(name, []),
                len(pairs),
                n_tests,
            )
            for name in shared
        )
        for key, (series, logs, shared) in pairs.items()
    }
    return _Times(by_case, len(known))


def _change(sides: _Sides, model: str, variant: Variant) -> CaseChange:
    one, two = case_of(sides.first, model, variant), case_of(sides.second, model, variant)
    specs = model_of(sides.first, model), model_of(sides.second, model)
    label = next((spec.label for spec in reversed(specs) if spec), model)
    key = f"{model}/{variant}"
    found, test = sides.found.get(key), sides.tests.get(key)
    told = sides.times.by_case.get(key, ())
    setup: tuple[Difference, ...] = ()
    if one and two and specs[0] and specs[1]:
        setup = changed((specs[0], specs[1]), (one, two))
    names = {spec.name for spec in sides.first.metrics}
    shared = tuple(spec for spec in sides.second.metrics if spec.name in names)
    return CaseChange(
        model=model,
        variant=variant,
        label=label,
        state="shared" if one and two else "new" if two else "gone",
        changed=setup,
        table=quality.table_of(found) if found else None,
        test=test,
        metrics=quality.metrics(found, test, shared) if found else (),
        quality_reason=None if test else _why_no_quality(sides, one, two),
        times=told,
        times_reason=None if told else _why_no_times(sides, one, two),
    )


def _why_no_quality(sides: _Sides, one: Case | None, two: Case | None) -> str:
    if one is None or two is None:
        return f"it is in the {'new' if one is None else 'reference'} run alone"
    for which, case in (("reference", one), ("new", two)):
        if case.status != "ok":
            return f"the case of the {which} run {formats.ended(case.status, case.reason)}"
        if case.quality is None:
            return f"the case of the {which} run has no quality"
    if not sides.found:
        return sides.pairing_reason
    return quality.why_untested(sides.found[two.key], sides.metric)


def _why_no_times(sides: _Sides, one: Case | None, two: Case | None) -> str:
    if one is None or two is None:
        return f"it is in the {'new' if one is None else 'reference'} run alone"
    if sides.refused:
        worst = sides.refused[0]
        return (
            f"{worst.key} is {worst.first} in the reference, {worst.second} in the new run"
        )
    return times.comparable(one, two) or "no operation was timed in both runs"
