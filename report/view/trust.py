"""The view of everything needed to judge a run and to reproduce it."""

from collections.abc import Iterator

from tunecard.report import formats
from tunecard.report.analyze.types import KernelAnalysis
from tunecard.report.charts import machine_speed
from tunecard.report.stats.in_time import block_length
from tunecard.report.view.features import feature_facts, row_counts
from tunecard.report.view.resources import memory, stages
from tunecard.report.view.tables import cell, columns, figure, row, without_empty
from tunecard.report.view.toml import to_toml
from tunecard.report.view.types import Cell, Code, LabeledValue, Row, Table, Trust
from tunecard.runner.schema import (
    CapturedWarning,
    Case,
    DatasetInfo,
    Environment,
    Results,
    TargetInfo,
    ThreadPool,
)

_UNTIMED = (
    "The calibration kernel, a fixed piece of work, was not timed at two moments of this "
    "run."
)


def trust(results: Results, kernel: KernelAnalysis | None, numbers: Iterator[int]) -> Trust:
    """View a run's provenance: how to reproduce it, machine, data, cases, warnings."""
    chart = machine_speed(kernel)
    return Trust(
        command=Code("The command that reproduces this run", results.command, "sh"),
        estimators=tuple(_estimator(case, results) for case in results.cases),
        environment=tuple(_environment(results.environment)),
        packages=_packages(results.environment),
        data=tuple(_data(results)),
        classes=_classes(results),
        hashes=_hashes(results),
        cases=_cases(results),
        failures=tuple(_failure(case) for case in results.cases if case.status != "ok"),
        warnings=_warnings(results.warnings),
        stages=stages(results),
        memory=memory(results),
        study=Code(
            "The study as it ran, defaults filled in",
            to_toml(results.study),
            "toml",
        ),
        machine=figure(chart, next(numbers)) if chart is not None else None,
        absent=()
        if chart is not None
        else (LabeledValue("How steady the machine was", _UNTIMED),),
    )


def _label(results: Results, name: str) -> str:
    label = next((m.label for m in results.study.models if m.name == name), name)
    return formats.capital(label)


def _estimator(case: Case, results: Results) -> Code:
    return Code(_named(case, results), "\n".join(case.python), "python")


def _named(case: Case, results: Results) -> str:
    """Write a case's name for a reader, with its seed where there are several."""
    seed = f", seed {case.seed}" if results.study.repetitions else ""
    return f"{_label(results, case.model)}, {case.variant}{seed}"


def _environment(environment: Environment) -> list[LabeledValue]:
    cores = formats.counted(environment.logical_cores, "logical core")
    if environment.physical_cores is not None:
        cores = f"{formats.counted(environment.physical_cores, 'core')}, {cores}"
    facts = [
        LabeledValue("Processor", environment.cpu),
        LabeledValue("Cores", cores),
        LabeledValue("Memory", formats.size(environment.memory)),
        LabeledValue("System", f"{environment.os} on {environment.machine}"),
        LabeledValue("Python", f"{environment.implementation} {environment.python}"),
        LabeledValue("Tunecard", environment.tunecard),
    ]
    if environment.cpu_mhz is not None:
        facts.insert(
            1, LabeledValue("Clock", f"{formats.count(round(environment.cpu_mhz))} MHz")
        )
    if environment.load_1m is not None:
        facts.append(
            LabeledValue(
                "Load at the start", f"{environment.load_1m:.2f} runnable processes"
            )
        )
    facts += _threads(environment.thread_pools)
    facts += [
        LabeledValue(name, value, code=True)
        for name, value in environment.wait_variables.items()
    ]
    if environment.fallbacks:
        names = formats.listed(list(environment.fallbacks))
        facts.append(LabeledValue("Slower public methods used, missing", names))
    if environment.git is not None:
        dirty = ", with changes that are not committed" if environment.git.dirty else ""
        facts.append(LabeledValue("Commit", f"{environment.git.commit}{dirty}", code=True))
    return facts


def _threads(pools: tuple[ThreadPool, ...]) -> Iterator[LabeledValue]:
    """Name the pools of each kind together: NumPy and SciPy bring a BLAS of their own."""
    kinds: dict[str, list[str]] = {}
    for pool in pools:
        name = f"{pool.internal_api} {pool.version or ''}".rstrip()
        count = f"{formats.count(pool.num_threads)} ({name})"
        kinds.setdefault(pool.user_api, []).append(count)
    for kind, counts in kinds.items():
        yield LabeledValue(f"Threads: {kind}", formats.listed(counts))


def _packages(environment: Environment) -> Table:
    return Table(
        id="table-packages",
        caption="Versions of the packages",
        columns=columns("Package", "Version"),
        rows=tuple(row(pair) for pair in sorted(environment.packages.items())),
    )


def _data(results: Results) -> list[LabeledValue]:
    data = results.dataset
    split = {
        "own": "the data's own training and test parts",
        "declared": "handed over by the caller, who declares that neither the models nor "
        "a search have seen the test rows",
        "stratified": "the last rows"
        if data.split_unit == "block"
        else f"drawn {'by class ' if data.classes else ''}with {_seeds(results)}",
    }[data.split]
    facts = [
        LabeledValue("Name", data.title),
        LabeledValue("Source", data.source),
        LabeledValue("Rows", ", ".join(row_counts(data))),
        LabeledValue("Split", f"{split}{_unit(results)}"),
        LabeledValue("Test rows that also occur in training", _shared(data)),
    ]
    facts.extend(_weights(results))
    if data.n_features:
        features = f"{formats.count(data.n_features)}, {data.dtype}"
        facts.insert(3, LabeledValue("Features", features))
    if data.subset_of:
        facts.append(LabeledValue("Part of", data.subset_of))
    facts.extend(feature_facts(data))
    return facts


def _weights(results: Results) -> Iterator[LabeledValue]:
    """Yield what the sample weights of the rows are used for, where they have some."""
    use = results.weights
    if use is None:
        return
    labels = {spec.name: spec.label for spec in results.study.models}
    weighted = [spec for spec in labels if spec not in use.unweighted]
    used = ["each fit"] if weighted else []
    used += ["the fold scores of searches"] if use.scores and results.searches else []
    text = f"{use.column!r} weights {' and '.join(used) or 'nothing'}"
    if use.unweighted:
        names = formats.listed([labels[name] for name in use.unweighted])
        text += f"; the fit of {names} takes no weights"
    yield LabeledValue(
        "Sample weights",
        f"{text}. Test metrics, their intervals and the verdicts count each test row once.",
    )


def _shared(data: DatasetInfo) -> str:
    if data.n_test_rows_in_train is None:
        return "unknown: the training rows were not handed over"
    return formats.count(data.n_test_rows_in_train)


def _unit(results: Results) -> str:
    """Return what of the rows stays together, where a study names it."""
    split = results.study.split
    if results.dataset.split_unit == "group":
        sides = f"; all rows with one value of {split.groups} are on one side"
        if results.dataset.split == "declared":
            sides = f"; rows with one value of {split.groups} belong together"
        return f"{sides}, and the tests take such a group for independent, not a row"
    if results.dataset.split_unit == "block":
        length = formats.count(block_length(results.dataset.n_test))
        return (
            f"; in the order of {split.order}, training rows first, and the tests rest on "
            f"averages over blocks of at least {length} consecutive test rows, not on rows"
        )
    return ""


def _seeds(results: Results) -> str:
    if not results.study.repetitions:
        return f"seed {results.study.seed}"
    if results.study.split.n_outer > 1:
        splits = formats.counted(results.study.split.n_outer, "outer split")
        return (
            f"{splits}, with the seeds from {results.study.seed} on; the counts below are "
            "those of the first"
        )
    listed = formats.listed([str(seed) for seed in results.study.repetitions])
    return f"the seeds {listed}, again with each; the counts below are those of the first"


def _classes(results: Results) -> Table:
    classes = results.dataset.classes
    if results.dataset.values is not None:
        return _target_values(results.dataset.values)
    return Table(
        id="table-class-counts",
        caption="Rows of each class",
        columns=columns("Class", "#Training", "#Test"),
        rows=tuple(
            row(
                (
                    label.name,
                    cell(formats.count(label.n_train), label.n_train),
                    cell(formats.count(label.n_test), label.n_test),
                )
            )
            for label in classes
        ),
        sortable=True,
        long=len(classes) > 12,
    )


def _target_values(values: TargetInfo) -> Table:
    """List the values of a target in each part."""
    parts = (("Training", values.train), ("Test", values.test))
    return Table(
        id="table-target-values",
        caption="Values of the target" + (f", in {values.unit}" if values.unit else ""),
        columns=columns(
            "Part", "#Lowest", "#Median", "#Mean", "#Highest", "#Standard deviation"
        ),
        rows=tuple(
            row(
                (
                    name,
                    *(
                        cell(formats.value(number), number)
                        for number in (
                            part.low, part.median, part.mean, part.high, part.sd,
                        )
                    ),
                )
            )
            for name, part in parts
            if part is not None
        ),
    )  # fmt: skip


def _hashes(results: Results) -> Table:
    return Table(
        id="table-hashes",
        caption="SHA-256 of the data as used",
        columns=columns("Part", "SHA-256"),
        rows=tuple(Row((cell(part), _code(digest))) for part, digest in _digests(results)),
    )


def _digests(results: Results) -> Iterator[tuple[str, str]]:
    """Return the hash of each part, of each seed where the seeds split the data again."""
    if not results.splits:
        yield from sorted(results.dataset.sha256.items())
    for split in results.splits:
        for part, digest in sorted(split.dataset.sha256.items()):
            yield f"{part}, seed {split.seed}", digest


def _cases(results: Results) -> Table:
    table = Table(
        id="table-cases",
        caption="The cases: what was run and how it went",
        columns=columns(
            "Case",
            "Status",
            "Parameters set",
            "Iterations",
            "#Took",
            "#Peak memory",
            "#Model's size",
            "#Threads",
        ),
        rows=tuple(_case(case, results) for case in results.cases),
    )
    return without_empty(table)


def _case(case: Case, results: Results) -> Row:
    return row(
        (
            _named(case, results),
            cell(formats.STATUSES[case.status], tone="" if case.status == "ok" else "bad"),
            _code(formats.parameters(case.params)),
            _iterations(case),
            cell(formats.seconds(case.elapsed), case.elapsed),
            cell(formats.size(case.peak_memory), case.peak_memory),
            cell(formats.size(case.model_bytes), case.model_bytes),
            cell(formats.count(case.threads), case.threads),
        )
    )


def _iterations(case: Case) -> str:
    if case.n_iter is None:
        return formats.NONE
    limit = f" of {formats.count(case.max_iter)}" if case.max_iter is not None else ""
    stopped = ", not converged" if case.converged is False else ""
    return f"{formats.count(case.n_iter)}{limit}{stopped}"


def _failure(case: Case) -> tuple[str, str, str]:
    why = case.reason or "no reason was recorded"
    return case.key, f"{formats.STATUSES[case.status]}: {why}", case.stderr_tail or ""


def _warnings(warnings: tuple[CapturedWarning, ...]) -> Table | None:
    if not warnings:
        return None
    return Table(
        id="table-warnings",
        caption="Python warnings, each listed once",
        columns=columns("Where", "Category", "Message", "#Times"),
        rows=tuple(
            row(
                (
                    "/".join(filter(None, (warning.model, warning.variant)))
                    + f", {warning.where}",
                    warning.category,
                    warning.message,
                    cell(formats.count(warning.count), warning.count),
                )
            )
            for warning in warnings
        ),
    )


def _code(text: str) -> Cell:
    return Cell(text, code=True)
