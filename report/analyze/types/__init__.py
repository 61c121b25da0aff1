"""What the analysis of a run holds: raw numbers and verdict words, never text to print.

Shares, metrics and their differences are fractions (0.97, +0.0026), times are
seconds of one call, memory is bytes, a ratio is tuned / baseline. What could
not be computed is ``None``, and the ``..._reason`` next to it has the reason in words.
"""

from tunecard.report.analyze.types.analysis import Analysis, SeedsAnalysis
from tunecard.report.analyze.types.cost import BreakEven, GridEquivalent, SearchCost
from tunecard.report.analyze.types.curves import CaseCurves
from tunecard.report.analyze.types.engines import EngineComparison
from tunecard.report.analyze.types.errors import (
    AgainstConstant,
    ColumnBeyond,
    ColumnErrors,
    ErrorAnalysis,
    ErrorGroup,
    MovedRow,
    OutOfRange,
    QuantileShare,
)
from tunecard.report.analyze.types.machine import (
    KernelAnalysis,
    KernelMoment,
    LatencyAnalysis,
)
from tunecard.report.analyze.types.model import (
    CaseAnalysis,
    ModelAnalysis,
    MostFrequent,
    OrderEffect,
    TwinQuality,
)
from tunecard.report.analyze.types.quality import (
    ClassChange,
    MetricComparison,
    MetricValue,
    PairedTable,
    QualityComparison,
    QualityTest,
    TunedComparison,
)
from tunecard.report.analyze.types.search import (
    CandidateAnalysis,
    CurvePoint,
    CurveSeries,
    Edge,
    HalvingStep,
    OneStandardError,
    SearchAnalysis,
    SearchCurve,
)
from tunecard.report.analyze.types.times import (
    CpuWitness,
    MemoryComparison,
    MemoryWord,
    MoreRounds,
    OperationTimes,
    RoundValue,
    TimeComparison,
    TimedOperation,
    TimedSample,
    TimeWord,
)
from tunecard.report.analyze.types.worth import (
    Beyond,
    BudgetCurve,
    Decision,
    GainStep,
    TuningGain,
)
from tunecard.report.stats.reliability import Reliability, ReliabilityBin
from tunecard.report.stats.verdicts import QualityWord

__all__ = [
    "AgainstConstant",
    "Analysis",
    "Beyond",
    "BreakEven",
    "BudgetCurve",
    "CandidateAnalysis",
    "CaseAnalysis",
    "CaseCurves",
    "ClassChange",
    "ColumnBeyond",
    "ColumnErrors",
    "CpuWitness",
    "CurvePoint",
    "CurveSeries",
    "Decision",
    "Edge",
    "EngineComparison",
    "ErrorAnalysis",
    "ErrorGroup",
    "GainStep",
    "GridEquivalent",
    "HalvingStep",
    "KernelAnalysis",
    "KernelMoment",
    "LatencyAnalysis",
    "MemoryComparison",
    "MemoryWord",
    "MetricComparison",
    "MetricValue",
    "ModelAnalysis",
    "MoreRounds",
    "MostFrequent",
    "MovedRow",
    "OneStandardError",
    "OperationTimes",
    "OrderEffect",
    "OutOfRange",
    "PairedTable",
    "QualityComparison",
    "QualityTest",
    "QualityWord",
    "QuantileShare",
    "Reliability",
    "ReliabilityBin",
    "RoundValue",
    "SearchAnalysis",
    "SearchCost",
    "SearchCurve",
    "SeedsAnalysis",
    "TimeComparison",
    "TimeWord",
    "TimedOperation",
    "TimedSample",
    "TunedComparison",
    "TuningGain",
    "TwinQuality",
]
