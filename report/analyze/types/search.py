"""A search: candidates over folds, curve, edges, choice."""

from dataclasses import dataclass
from typing import Literal

from tunecard.report.analyze.types.cost import SearchCost
from tunecard.report.analyze.types.worth import TuningGain
from tunecard.report.stats.interval import Interval
from tunecard.runner.schema import ClusterUse, MetricSpec, Params


@dataclass(frozen=True)
class CandidateAnalysis:
    """One candidate over its folds.

    ``sd`` is the sample standard deviation over folds, ``se`` is sd divided by
    the square root of their number. ``interval`` is Nadeau and Bengio's, and
    optimistic for the winner, which was chosen on these folds. ``rank`` is 1 for
    the best mean; ties share a rank, as in scikit-learn; None for the
    baseline's own candidate, for failed ones, and for those of an earlier
    iteration of a halving search, which had less to learn from.
    ``cpu_seconds`` is the sum over folds; None where any is missing.
    ``fold_seconds`` is the mean wall time of a fold, of an imported search.
    ``iteration`` (from 0) and ``resources`` are a halving search's.
    """

    index: int
    eligible: bool
    params: Params
    scores: tuple[float | None, ...]
    mean: float | None
    sd: float | None
    se: float | None
    interval: Interval | None
    rank: int | None
    cpu_seconds: float | None
    status: Literal["ok", "failed"]
    reason: str | None
    converged: bool | None
    iteration: int | None = None
    resources: int | None = None
    fold_seconds: float | None = None


@dataclass(frozen=True)
class HalvingStep:
    """An iteration of a halving search: so many candidates on so much."""

    n_candidates: int
    resources: int


@dataclass(frozen=True)
class CurvePoint:
    """A candidate on a validation curve; ``candidate`` is its index."""

    candidate: int
    x: float
    mean: float
    se: float | None
    scores: tuple[float | None, ...]


@dataclass(frozen=True)
class CurveSeries:
    """One line of a validation curve: the other parameters, and its points by x."""

    params: Params
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class SearchCurve:
    """A validation curve over the one numeric parameter of a search.

    Attributes
    ----------
    parameter : str
        The parameter on the x axis.
    scale : str
        ``log`` for a loguniform distribution or values over 2 decades.
    low, high : float
        Ends of the space that was searched.
    series : tuple of CurveSeries
        One line for each setting of the other, non-numeric parameters.
    baseline : CurvePoint or None
        Candidate 0; None where the results do not name its value of the
        parameter. Its mean is in :class:`SearchAnalysis` all the same.
    best : int
        Index of the candidate that was chosen.
    """

    parameter: str
    scale: Literal["linear", "log"]
    low: float
    high: float
    series: tuple[CurveSeries, ...]
    baseline: CurvePoint | None
    best: int


@dataclass(frozen=True)
class Edge:
    """The best candidate lies at an end of the space of a parameter."""

    parameter: str
    value: float
    side: Literal["low", "high"]
    low: float
    high: float


@dataclass(frozen=True)
class OneStandardError:
    """The simplest candidate within one standard error of the best mean.

    ``threshold`` is the best mean less its standard error; ``same`` is True when
    it is the best itself.
    """

    candidate: int
    params: Params
    mean: float
    threshold: float
    same: bool


@dataclass(frozen=True)
class SearchAnalysis:
    """A search, its candidates, what it chose and what it cost.

    Attributes
    ----------
    candidates : tuple of CandidateAnalysis
        In the order of their index; candidate 0 is the baseline.
    metric : MetricSpec
        What it optimized.
    best : CandidateAnalysis
        The one that was chosen.
    baseline : CandidateAnalysis or None
        Candidate 0.
    one_se : OneStandardError or None
        Only where the study declares ``simpler``.
    curve : SearchCurve or None
        Where exactly one numeric parameter was searched.
    edges : tuple of Edge
        Empty when the best lies inside its space.
    test_score : float or None
        The tuned case's held-out score on the search's metric.
    optimism : float or None
        By how much the best mean over folds is better than ``test_score``.
    n_failed : int
        Candidates that failed.
    halving : tuple of HalvingStep
        Of a halving search; empty for others.
    resource : str or None
        What it halves by: ``n_samples``, or a parameter.
    joint_products : bool
        Whether candidates made their matrix products as one.
    cluster : ClusterUse or None
        A cluster's part in it.
    outputs_reason : str or None
        Why what the candidates answered out of fold is not kept, where it is not.
    gain : TuningGain or None
        What it gained, corrected for the choice; None until the model is compared.
    """

    strategy: str
    method: Literal["shared-neighbors", "parallel", "imported"]
    metric: MetricSpec
    folds: tuple[tuple[int, int] | None, ...]
    candidates: tuple[CandidateAnalysis, ...]
    best: CandidateAnalysis
    baseline: CandidateAnalysis | None
    one_se: OneStandardError | None
    curve: SearchCurve | None
    edges: tuple[Edge, ...]
    test_score: float | None
    optimism: float | None
    n_failed: int
    joint_products: bool
    n_requeried_rows: int
    cost: SearchCost
    halving: tuple[HalvingStep, ...] = ()
    resource: str | None = None
    cluster: ClusterUse | None = None
    outputs_reason: str | None = None
    gain: TuningGain | None = None
