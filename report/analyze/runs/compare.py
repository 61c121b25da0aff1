"""The whole comparison of two runs; the only file with its order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tunecard.report import formats
from tunecard.report.analyze.gains import search_gains
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
    GainChange,
    RunComparison,
    RunTime,
    SetupDifference,
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
        Runs next to them, for what runs of this machine and study differ by through
        noise alone; those of another machine or study are left out.

    Returns
    -------
    RunComparison
    """
    whole = first.results, second.results
    facts = all_facts(whole[0]), all_facts(whole[1])
    first, second, seed_note = of_one_seed(first, second)
    reference, new = first.results, second.results
    earlier = earlier_of_seed(earlier, new.study.seed)
    pairing, pairing_reason = _decide_pairing(first, second)
    every = [*new.cases, *reference.cases]
    keys = tuple(dict.fromkeys((case.model, case.variant) for case in every))
    spec = metric_of(new)
    shared_cases = (
        {} if pairing == "refused" else _compare_quality(first, second, pairing, keys, spec)
    )
    tests = quality.tests(shared_cases, spec, new.study.margin)
    refused = _list_time_reasons(reference, new)
    timed = _Times() if refused else _compare_times(reference, new, keys, earlier)
    sides = _Sides(
        reference, new, spec, pairing_reason, shared_cases, tests, refused, timed
    )
    speeds = times.kernel_seconds(reference), times.kernel_seconds(new)
    return RunComparison(
        first=whole[0],
        second=whole[1],
        metric=spec,
        margin=new.study.margin,
        pairing=pairing,
        pairing_reason=pairing_reason,
        n_tests=len(tests),
        time_reasons=refused,
        differences=differing(*facts),
        same=agreeing(*facts),
        kernels=(kernel(reference.calibrations), kernel(new.calibrations)),
        kernel_ratio=speeds[1] / speeds[0] if speeds[0] and speeds[1] else None,
        floor_runs=timed.n_earlier,
        cases=tuple(_describe_change(sides, model, variant) for model, variant in keys),
        seed_note=seed_note,
        gains=_compare_gains(first, second),
    )


def _compare_gains(first: Loaded, second: Loaded) -> tuple[GainChange, ...]:
    """Put the corrected gains of both runs next to each other, by model."""
    before, after = search_gains(first), search_gains(second)
    changes = []
    for spec in second.results.study.models:
        old, new = before.get(spec.name), after.get(spec.name)
        if new is None:
            continue
        same = old is not None and old.metric.name == new.metric.name
        first_step = old.corrected if old is not None and same else None
        changes.append(
            GainChange(spec.name, spec.label, new.metric, first_step, new.corrected)
        )
    return tuple(changes)


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
    shared_cases: Mapping[str, quality.SharedCase]
    tests: Mapping[str, QualityTest]
    refused: tuple[SetupDifference, ...]
    times: _Times


def _decide_pairing(first: Loaded, second: Loaded) -> tuple[quality.Pairing, str]:
    """Return how the test rows of two runs can be compared, and why not better."""
    reference, new = first.results.dataset, second.results.dataset
    if not _is_same_data(reference, new):
        return (
            "refused",
            f"the data is {reference.name} in the reference, {new.name} in the new run",
        )
    differs = _differing_target(reference, new)
    if differs:
        return "refused", differs
    for part in _TEST_ROWS:
        hashes = [data.sha256.get(part, "not known") for data in (reference, new)]
        if hashes[0] != hashes[1] or "not known" in hashes:
            values = " in the reference, ".join(value[:12] for value in hashes)
            return "unpaired", f"the SHA-256 of {part} is {values} in the new run"
    if first.predictions is None or second.predictions is None:
        which = "reference" if first.predictions is None else "new"
        return (
            "unpaired",
            f"the {which} run has no predictions, so rows cannot be compared one by one",
        )
    return "paired", ""


def _differing_target(reference: DatasetInfo, new: DatasetInfo) -> str:
    """Return how the targets of two runs differ; empty where they are of one kind."""
    first, second = reference.values, new.values
    if (first is None) != (second is None):
        return "one run predicts classes, the other values"
    if first is not None and second is not None and first.unit != second.unit:
        units = [values.unit or "no unit" for values in (first, second)]
        return f"the target is in {units[0]} in the reference, {units[1]} in the new run"
    names = [tuple(entry.name for entry in data.classes) for data in (reference, new)]
    return "" if names[0] == names[1] else "the classes of the two runs are not the same"


def _is_same_data(reference: DatasetInfo, new: DatasetInfo) -> bool:
    """Return whether name or rows of the data agree: a file may be renamed."""
    hashes = [(reference.sha256.get(part), new.sha256.get(part)) for part in _ALL_ROWS]
    return reference.name == new.name or all(a is not None and a == b for a, b in hashes)


def _compare_quality(
    first: Loaded, second: Loaded, pairing: str, keys: Keys, metric: MetricSpec
) -> dict[str, quality.SharedCase]:
    compare = quality.paired_case if pairing == "paired" else quality.unpaired_case
    compared = {}
    for number, (model, variant) in enumerate(keys):
        reference = case_of(first.results, model, variant)
        new = case_of(second.results, model, variant)
        if (
            reference is None
            or new is None
            or reference.quality is None
            or new.quality is None
        ):
            continue
        compared[new.key] = compare(first, second, (reference, new), metric, number)
    return compared


def _list_time_reasons(reference: Results, new: Results) -> tuple[SetupDifference, ...]:
    """Return what forbids a comparison of times: each key with both values."""
    reasons = list(differing(machine_facts(reference), machine_facts(new)))
    same_data = _is_same_data(reference.dataset, new.dataset)
    sizes = [
        {
            **({} if same_data else {("data", "name"): data.name}),
            ("data", "training rows"): str(data.n_train),
            ("data", "test rows"): str(data.n_test),
            ("data", "features"): str(data.n_features),
        }
        for data in (reference.dataset, new.dataset)
    ]
    reasons += differing(sizes[0], sizes[1])  # type: ignore[arg-type]  # "data" is a Part
    kernels = ["timed" if run.calibrations else "not timed" for run in (reference, new)]
    if "not timed" in kernels:
        reasons.append(SetupDifference("machine", "calibration kernel", *kernels))
    return tuple(reasons)


def _compare_times(
    reference: Results, new: Results, keys: Keys, earlier: Sequence[Results]
) -> _Times:
    """Compare every time that both runs have, all of them together."""
    earlier_runs = times.earlier_of(new, earlier)
    pairs = {}
    for model, variant in keys:
        cases = case_of(reference, model, variant), case_of(new, model, variant)
        if cases[0] is None or cases[1] is None or times.comparable(cases[0], cases[1]):
            continue
        series = times.case_series(reference, cases[0]), times.case_series(new, cases[1])
        logs = times.earlier_logs(earlier_runs, model, variant, cases[1])
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
    return _Times(by_case, len(earlier_runs))


def _describe_change(sides: _Sides, model: str, variant: Variant) -> CaseChange:
    reference, new = (
        case_of(sides.first, model, variant),
        case_of(sides.second, model, variant),
    )
    specs = model_of(sides.first, model), model_of(sides.second, model)
    label = next((spec.label for spec in reversed(specs) if spec), model)
    key = f"{model}/{variant}"
    shared_case, test = sides.shared_cases.get(key), sides.tests.get(key)
    timed = sides.times.by_case.get(key, ())
    setup: tuple[SetupDifference, ...] = ()
    if reference and new and specs[0] and specs[1]:
        setup = changed((specs[0], specs[1]), (reference, new))
    names = {spec.name for spec in sides.first.metrics}
    shared = tuple(spec for spec in sides.second.metrics if spec.name in names)
    return CaseChange(
        model=model,
        variant=variant,
        label=label,
        state="shared" if reference and new else "new" if new else "gone",
        changed=setup,
        table=quality.table_of(shared_case) if shared_case else None,
        test=test,
        metrics=quality.metrics(shared_case, test, shared) if shared_case else (),
        quality_reason=None if test else _explain_quality(sides, reference, new),
        times=timed,
        times_reason=None if timed else _explain_times(sides, reference, new),
    )


def _explain_quality(sides: _Sides, reference: Case | None, new: Case | None) -> str:
    if reference is None or new is None:
        return f"it is in the {'new' if reference is None else 'reference'} run alone"
    for which, case in (("reference", reference), ("new", new)):
        if case.status != "ok":
            return f"the case of the {which} run {formats.ended(case.status, case.reason)}"
        if case.quality is None:
            return f"the case of the {which} run has no quality"
    if not sides.shared_cases:
        return sides.pairing_reason
    return quality.why_untested(sides.shared_cases[new.key], sides.metric)


def _explain_times(sides: _Sides, reference: Case | None, new: Case | None) -> str:
    if reference is None or new is None:
        return f"it is in the {'new' if reference is None else 'reference'} run alone"
    if sides.refused:
        worst = sides.refused[0]
        return (
            f"{worst.key} is {worst.first} in the reference, {worst.second} in the new run"
        )
    return times.comparable(reference, new) or "no operation was timed in both runs"
