"""fit_into(): as many candidates and rounds as a budget for the whole run has time for."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunecard.runner.errors import StudyError
from tunecard.runner.plan.values import Plan, PlannedModel
from tunecard.runner.schema import Cut, ModelSpec, Strategy, Study

FEWEST = 2  # candidates that are left of a search
MARGIN = 1.2  # of the least budget that is suggested: two plans differ by so much


@dataclass(frozen=True)
class _Cuttable:
    """A search that costs more than a round: its seconds as planned and at least."""

    search: Strategy
    item: PlannedModel
    least: float

    def kept(self, share: float) -> tuple[Strategy, int, float]:
        """Keep a share of its seconds: the search, its candidates and its seconds."""
        whole = self.item.n_candidates
        if share >= 1:
            return self.search, whole, self.item.search_seconds
        # The baseline's own folds are scored in any case.
        affordable = max(int(share * (whole + 1) + 1e-9) - 1, min(FEWEST, whole))
        search, left = _thin(self.search, self.item, affordable)
        return search, left, _seconds(self.item, left)


def fit_into(study: Study, planned: Plan, budget: float) -> tuple[Study, tuple[str, ...]]:
    """Fit a study's candidates and rounds to a budget for the whole run.

    Rounds are cut first, down to three; then candidates of searches that take the
    longer the more candidates there are. A search that costs less than a round of timing
    is never cut, and others keep at least about as much. Where time is left, there are more
    rounds than the study's own budget for timing gives, up to ten.

    Parameters
    ----------
    study : Study
        The effective study.
    planned : Plan
        Its plan.
    budget : float
        Seconds for the whole run, the plan included.

    Returns
    -------
    Study, tuple of str
        The study that fits, and what it changes, a sentence each.

    Raises
    ------
    StudyError
        If not even three rounds and the minimum of each search fit; the smallest
        budget that would is named.
    """
    pairs = list(zip(study.models, planned.models, strict=True))
    cuttable = {
        spec.name: entry
        for spec, item in pairs
        if (entry := _cuttable(spec, item, planned.round_seconds)) is not None
    }
    fixed = sum(item.search_seconds for spec, item in pairs if spec.name not in cuttable)
    left = budget - planned.planning_seconds
    _refuse(planned, fixed + sum(entry.least for entry in cuttable.values()), budget)
    least, most = planned.round_limits
    shares = _share_out(cuttable, left - planned.seconds(fixed, least))
    cuts: list[str] = []
    specs: list[ModelSpec] = []
    search = fixed
    for spec, item in pairs:
        kept = spec
        if spec.name in cuttable:
            smaller, n_left, seconds = cuttable[spec.name].kept(shares[spec.name])
            kept = spec.model_copy(update={"search": smaller})
            search += seconds
            if n_left < item.n_candidates:
                cuts.append(f"{spec.label}: {n_left} of {item.n_candidates} candidates")
        specs.append(kept)
    spare = left - planned.seconds(search, 0)
    affordable = spare / max(planned.seconds_of_a_round, 1e-9)
    n_rounds = int(min(max(affordable + 1e-9, least), most))
    if n_rounds < planned.n_rounds:
        cuts.append(f"{n_rounds} of {planned.n_rounds} rounds")
    elif n_rounds > planned.n_rounds:
        cuts.append(f"{n_rounds} rounds in place of {planned.n_rounds}")
    return _replace_in(study, specs, n_rounds, planned), tuple(cuts)


def cuts_of(study: Study, smaller: Study, planned: Plan, reason: str) -> dict[str, Cut]:
    """Return what a budget cut of the searches, by model.

    Parameters
    ----------
    study, smaller : Study
        Before and after.
    planned : Plan
        The plan of `study`.
    reason : str
        What they were cut for, in words.
    """
    cuts = {}
    for before, after, item in zip(
        study.models, smaller.models, planned.models, strict=True
    ):
        if before.search is not None and after.search is not None:
            n_left = _number(after.search, item)
            if n_left < item.n_candidates:
                cuts[before.name] = Cut(
                    planned=item.n_candidates, run=n_left, reason=reason
                )
    return cuts


def _replace_in(
    study: Study, specs: Sequence[ModelSpec], n_rounds: int, planned: Plan
) -> Study:
    """Return the study with other models, and time for so many rounds."""
    seconds = study.timing.budget
    if n_rounds != planned.n_rounds:
        seconds = max(n_rounds * planned.round_seconds, 1.0)
    timed = study.timing.model_copy(update={"budget": seconds})
    return study.model_copy(update={"models": tuple(specs), "timing": timed})


def _refuse(planned: Plan, search: float, budget: float) -> None:
    """Refuse a budget that is too small, with the smallest that is not."""
    least, _ = planned.round_limits
    needed = planned.planning_seconds + planned.seconds(search, least)
    if needed <= budget:
        return
    enough = math.ceil(MARGIN * needed)
    rounds = f"{least} rounds of timing and " if least else ""
    untimed = ", or compare quality alone with --no-timing" if least else ""
    raise StudyError(
        f"--budget {budget:g}s: the minimum for this study is about {needed:,.0f} s, "
        f"for {rounds}the smallest searches. Use --budget {enough}s or more, fewer "
        f"models or rows{untimed}."
    )


def _cuttable(spec: ModelSpec, item: PlannedModel, one_round: float) -> _Cuttable | None:
    """Return a search that may be cut; one that is cheaper than a round may not."""
    if spec.search is None or item.method != "parallel" or item.n_candidates <= FEWEST:
        return None
    if item.search_seconds <= one_round:
        return None
    # Of each search, what one round of timing costs is left in any case.
    least = min(max(one_round / item.search_seconds, 0.0), 1.0)
    fewest = math.ceil(least * (item.n_candidates + 1) - 1e-9) - 1
    _, left = _thin(spec.search, item, max(fewest, FEWEST))
    return _Cuttable(spec.search, item, max(_seconds(item, left), one_round))


def _share_out(cuttable: Mapping[str, _Cuttable], spare: float) -> dict[str, float]:
    """Share seconds out in proportion, none of the searches below its least."""
    shares: dict[str, float] = {}
    while True:
        free = {name: search for name, search in cuttable.items() if name not in shares}
        total = sum(search.item.search_seconds for search in free.values())
        taken = sum(cuttable[name].least for name in shares)
        share = (spare - taken) / max(total, 1e-9)
        short = {
            name: search.least / search.item.search_seconds
            for name, search in free.items()
            if share * search.item.search_seconds < search.least
        }
        if not short:
            return {**shares, **dict.fromkeys(free, share)}
        shares |= short


def _thin(search: Strategy, item: PlannedModel, n_candidates: int) -> tuple[Strategy, int]:
    smaller = search.thinned(n_candidates, item.own)
    return smaller, _number(smaller, item)


def _number(search: Strategy, item: PlannedModel) -> int:
    """Count the candidates of a search that was cut from a planned one."""
    n_proposed = search.n_proposed
    return item.n_candidates if n_proposed is None else min(n_proposed, item.n_candidates)


def _seconds(item: PlannedModel, n_candidates: int) -> float:
    """Return the seconds of so many of a search's candidates, and the baseline's."""
    return item.search_seconds * (n_candidates + 1) / (item.n_candidates + 1)
