"""Differences that are tested together, and the word on each."""

import math
from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from tunecard.report.analyze.auc import answers_of
from tunecard.report.analyze.inference import infer, too_few_groups
from tunecard.report.analyze.pairs import Pair
from tunecard.report.analyze.types import QualityTest
from tunecard.report.stats.families import Decision, decide
from tunecard.report.stats.inference import PairedInference
from tunecard.report.stats.power import can_decide, detectable, rows_to_decide
from tunecard.runner.schema import MetricSpec

_OPEN = "the test rows do not decide between a difference and none"

Key = TypeVar("Key")


def compare_together(
    pairs: Mapping[Key, Pair], spec: MetricSpec, margin: float | None
) -> dict[Key, QualityTest]:
    """Test pairs together, as one family.

    Parameters
    ----------
    pairs : dict of Pair
        By whatever names them.
    spec : MetricSpec
        The metric.
    margin : float or None
        Smallest difference that matters.

    Returns
    -------
    dict of QualityTest
        Of the pairs that have a test.
    """
    inferences = {
        key: inference
        for key, pair in pairs.items()
        if (inference := infer(pair, spec)) is not None
    }
    decisions = decide(inferences, margin)
    return {
        key: to_test(inference, decisions[key], spec, margin, pairs[key])
        for key, inference in inferences.items()
    }


def to_test(
    inference: PairedInference,
    decision: Decision,
    spec: MetricSpec,
    margin: float | None,
    pair: Pair | None = None,
) -> QualityTest:
    """Return the test of a difference and its word, once its family is decided.

    Parameters
    ----------
    inference : PairedInference
        Of the difference, second minus first.
    decision : Decision
        Its part of the family's decision.
    spec : MetricSpec
        The metric.
    margin : float or None
        Smallest difference that matters.
    pair : Pair or None
        The two cases; None for two independent samples.

    Returns
    -------
    QualityTest
    """
    word = decision.word(greater_is_better=spec.greater_is_better)
    discordant = None
    by_rows = pair is None or pair.rows.unit is None
    if pair is not None and spec.is_share_of_rows and by_rows:
        discordant = pair.table.discordant / pair.table.n
    identical = pair is not None and _answer_alike(pair, spec)
    rows, target = None, None
    too_few = False
    if word == "inconclusive":
        rows, target = rows_to_decide(
            inference, margin, alpha=decision.alpha, discordant=discordant
        )
        if rows is not None and pair is not None and not by_rows:
            rows = math.ceil(rows * pair.table.n / inference.n_units)
        if discordant is not None and pair is not None:
            n_discordant = pair.table.discordant
            too_few = not can_decide(
                pair.table.n, n_discordant, margin, alpha=decision.alpha
            )
    return QualityTest(
        metric=spec,
        method=inference.method,
        delta=inference.estimate,
        interval=decision.interval,
        equivalence=decision.equivalence,
        p=inference.p(),
        p_holm=decision.p_adjusted,
        n_tests=decision.n_tests,
        detectable=detectable(inference, alpha=decision.alpha, discordant=discordant),
        margin=margin,
        word=word,
        significant_but_equivalent=word == "equivalent" and decision.different,
        identical=identical,
        reason=_explain_open(pair, spec, identical=identical)
        if word == "inconclusive"
        else None,
        rows_needed=rows,
        rows_target=target,
        too_few=too_few,
    )


def predicted_noun(spec: MetricSpec) -> str:
    """Return what a model predicts for a row: a class, or a value."""
    return "value" if spec.task == "regression" else "class"


def _answer_alike(pair: Pair, spec: MetricSpec) -> bool:
    """Return whether both answer every row alike, in what the metric needs of them."""
    if not pair.identical or spec.needs not in ("probabilities", "scores"):
        return pair.identical
    first, second = (
        answers_of(pair.rows, case.key, spec) for case in (pair.first, pair.second)
    )
    return first is not None and second is not None and np.array_equal(first, second)


def _explain_open(pair: Pair | None, spec: MetricSpec, *, identical: bool) -> str:
    too_few = too_few_groups(pair.rows) if pair is not None else None
    if too_few is not None:
        return too_few
    if identical:
        return f"the two predict the same {predicted_noun(spec)} on every test row"
    if pair is not None and spec.needs == "labels" and pair.table.discordant == 0:
        return "the two are right on the same test rows"
    return _OPEN
