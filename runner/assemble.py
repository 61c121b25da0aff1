"""The pieces of a run, put together as the contract has them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import ValidationError

from tunecard.runner import models
from tunecard.runner.clock.case import MeasuredCase
from tunecard.runner.metrics import scorer
from tunecard.runner.models.fitting import WarningCount
from tunecard.runner.models.quantiles import quantile_of
from tunecard.runner.models.weighting import takes_weights
from tunecard.runner.parts import SeedSplit
from tunecard.runner.quality import quality as quality_of
from tunecard.runner.quality import quality_of_values
from tunecard.runner.schema import (
    CapturedWarning,
    Case,
    Cut,
    ModelSpec,
    SearchRecord,
    Study,
    Variant,
    WeightUse,
)
from tunecard.runner.schema.wording import JSON, sentences
from tunecard.runner.search import Tuned
from tunecard.runner.store.out_of_fold import SearchOutputs


@dataclass(frozen=True)
class Searched:
    """A model after its search: what was found, or why nothing was."""

    spec: ModelSpec
    seed: int
    tuned: Tuned | None = None
    failure: str | None = None


NOT_TIMED = "the run was made without timing"
TIMED_ONCE = "of several outer splits the first is timed"
IN_PROGRESS = "the timing is in progress"
_REASON = 500  # characters of a failure that are kept


def case_row(
    case: MeasuredCase, study: Study, part: SeedSplit, untimed: str | None = None
) -> Case:
    """Make the row of a case, with its quality computed from what it predicted.

    A case whose measurements the contract forbids is a failed one, and the others stay.

    Parameters
    ----------
    case : MeasuredCase
        With or without rounds.
    study, part
        The study, and the rows of the case's seed.
    untimed : str or None
        Why it has no rounds.
    """
    try:
        return _make_row(case, study, part, untimed)
    except ValidationError as error:
        problems = "; ".join(sentences(error, Case, JSON))
        reason = f"what was measured does not follow the contract: {problems}"
        failed = MeasuredCase(
            case.spec,
            case.variant,
            case.params,
            status="failed",
            reason=reason[:_REASON],
            seed=case.seed,
            n_seeds=case.n_seeds,
            encoding=case.encoding,
        )
        return _make_row(failed, study, part, untimed)


def _make_row(
    case: MeasuredCase, study: Study, part: SeedSplit, untimed: str | None
) -> Case:
    dataset, train_rows = part.dataset, part.train_rows
    quality = None
    if case.status == "ok" and case.outputs is not None and case.y_train_pred is not None:
        encode = dataset.task.encode
        truth = encode(dataset.y_test)
        train = encode(dataset.y_train[train_rows]), case.y_train_pred
        if case.outputs.values is not None:
            quality = quality_of_values(
                truth,
                case.outputs.values,
                train,
                names=study.metric_names,
                scored=case.scored,
            )
        else:
            assert case.outputs.labels is not None  # of a classifier
            quality = quality_of(
                truth,
                case.outputs.labels,
                case.outputs.probabilities,
                tuple(item.name for item in dataset.info.classes),
                train,
                dataset.info.positive,
                scores=case.outputs.scores,
                classes=dataset.task.labels,
                names=study.metric_names,
                scored=case.scored,
            )
    outcome = case.outcome
    pools = outcome.thread_pools if outcome else ()
    return Case(
        model=case.spec.name,
        variant=case.variant,
        seed=part.seed,
        engine=case.spec.engine,
        status=case.status,
        reason=case.reason,
        stderr_tail=case.stderr_tail,
        params={**case.spec.params, **case.params},
        python=models.python_lines(case.spec, case.params, part.seed, case.encoding),
        converged=outcome.converged if outcome else None,
        n_iter=outcome.n_iter if outcome else None,
        max_iter=outcome.max_iter if outcome else None,
        elapsed=case.elapsed,
        peak_memory=case.peak_memory or None,
        model_bytes=case.first.model_bytes if case.first else None,
        threads=max((pool.num_threads for pool in pools), default=None),
        thread_pools=pools,
        latencies=case.latencies,
        quality=quality,
        quantile=_quantile(case, part) if study.task == "regression" else None,
        timings=case.rounds,
        n_changed_rows=case.n_changed_rows,
        n_seeds=len(study.all_seeds),
        unmeasured={"timings": untimed} if untimed and case.status == "ok" else {},
    )


def _quantile(case: MeasuredCase, part: SeedSplit) -> float | None:
    """Return the quantile that a case's estimator predicts, if it is made for one."""
    if case.status != "ok":
        return None
    return quantile_of(models.build(case.spec, case.params, part.seed, case.encoding))


def weight_use(part: SeedSplit, study: Study) -> WeightUse | None:
    """Return what the sample weights of the rows are used for; None without weights."""
    column = part.dataset.info.sample_weight
    if column is None:
        return None
    unweighted = []
    for spec in study.models:
        variants: tuple[Variant, ...] = ("baseline", "tuned")
        made = [
            models.build(each, {}, part.seed, part.inputs_of(spec, variant).encoding)
            for variant, each in zip(variants, spec.estimators, strict=False)
        ]
        if not all(map(takes_weights, made)):
            unweighted.append(spec.name)
    positive = part.dataset.info.positive_code
    labels = part.dataset.task.labels
    score = scorer(study.metric, None if positive is None else labels[positive])
    return WeightUse(
        column=column,
        unweighted=tuple(unweighted),
        scores=score.takes_weights(labels),
    )


def never_tuned(item: Searched, study: Study) -> Case:
    """Make the row of a tuned case that does not exist, because its search failed."""
    return Case(
        model=item.spec.name,
        variant="tuned",
        seed=item.seed,
        engine=item.spec.engine,
        status="failed",
        reason=f"the search found no winner: {item.failure}",
        params={},
        python=(),
        elapsed=None,
        unmeasured={"elapsed": "no worker ran"},
        n_seeds=len(study.all_seeds),
    )


def in_study_order(cases: Sequence[Case], study: Study) -> tuple[Case, ...]:
    """Sort cases as the study names their models, the baseline first."""
    names = [spec.name for spec in study.models]
    seeds = study.all_seeds

    def place(case: Case) -> tuple[int, str, int]:
        return names.index(case.model), case.variant, seeds.index(case.seed)

    return tuple(sorted(cases, key=place))


def search_record(
    item: Searched,
    tuned: Tuned,
    study: Study,
    *,
    jobs: int,
    threads: int,
    cut: Cut | None = None,
) -> SearchRecord:
    """Make the record of a search."""
    spec = item.spec
    shared = tuned.method == "shared-neighbors"
    assert spec.search is not None  # it was tuned
    return SearchRecord(
        model=spec.name,
        seed=item.seed,
        strategy=spec.search.strategy,
        metric=study.metric,
        method="shared-neighbors" if shared else "parallel",
        folds=tuned.folds,
        candidates=tuned.candidates,
        best=tuned.best,
        n_fits=(len(tuned.candidates) - 1) * len(tuned.folds),
        jobs=jobs if tuned.cluster or not shared else 1,
        threads=threads if shared else 1,
        cpu_seconds=tuned.cpu_seconds,
        wall_seconds=tuned.wall_seconds,
        shared_cpu_seconds=tuned.shared_cpu_seconds,
        joint_products=tuned.joint_products,
        n_requeried_rows=tuned.n_requeried_rows,
        peak_memory=tuned.peak_memory,
        cluster=tuned.cluster,
        cut=cut,
        outputs=tuned.outputs.kind if tuned.outputs is not None else None,
        unmeasured={"outputs": tuned.outputs_reason} if tuned.outputs_reason else {},
    )


def outputs_of(item: Searched, part: SeedSplit) -> SearchOutputs | None:
    """Name the out-of-fold outputs of a search; None where it has none."""
    if item.tuned is None or item.tuned.outputs is None:
        return None
    inputs = part.inputs[item.spec.name]
    return SearchOutputs(
        model=item.spec.name,
        seed=item.seed,
        y_true=inputs.task.encode(inputs.y_train),
        codes=np.empty(0, dtype=np.int64)
        if inputs.task.is_regression
        else inputs.task.encode(np.unique(inputs.y_train)),
        outputs=item.tuned.outputs,
    )


def all_warnings(
    searched: Sequence[Searched], measured: Sequence[MeasuredCase]
) -> tuple[CapturedWarning, ...]:
    """Gather the warnings, each once with its count."""
    raised: list[tuple[ModelSpec, Variant | None, WarningCount]] = [
        (item.spec, None, warning)
        for item in searched
        if item.tuned
        for warning in item.tuned.warnings
    ]
    raised += [(c.spec, c.variant, warning) for c in measured for warning in c.warnings]
    merged: dict[tuple[str | None, ...], CapturedWarning] = {}
    for spec, variant, warning in raised:
        key = (warning.where, spec.name, variant, warning.category, warning.message)
        earlier = merged.get(key)
        merged[key] = CapturedWarning(
            where=warning.where,
            model=spec.name,
            variant=variant,
            category=warning.category,
            message=warning.message,
            count=warning.count + (earlier.count if earlier else 0),
        )
    return tuple(merged.values())
