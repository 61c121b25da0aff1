"""THE CONTRACT between the runner and the report: a study and its results.

``SCHEMA_VERSION`` and its history::

    1-dev   before the first release; changed without notice
    1       2026-11-24, frozen: fields may be added, with defaults; none goes or changes
    2       2026-11-27: a metric has its range, needs and inference, and values that its
            range allows; classes and rows of classes are optional; where a case and a
            search came from; the unit of the split; what was not measured is null, with
            the reason; what a search keeps of its candidates' outputs (search.parquet,
            described in tunecard.runner.store.out_of_fold). A file of version 1 is
            upgraded when it is read. Since then, optional: a study's task, a target's
            values and unit, values that a search keeps; the ranges of columns of numbers
            (columns.parquet, described in tunecard.runner.store.kept_columns), and the
            quantile that a case predicts.

The runner writes these values, the report reads them, and nothing else passes
between the two.
"""

# What reading a file of the contract raises, for those who read nothing else of runner.
from tunecard.runner.errors import ContractError, OutputError
from tunecard.runner.schema.base import Frozen, write_file
from tunecard.runner.schema.data import (
    ColumnInfo,
    ColumnName,
    ColumnRule,
    Data,
    Encoding,
    RepeatedColumn,
    Twins,
    encoding_of,
)
from tunecard.runner.schema.dataset import (
    ClassInfo,
    ColumnRange,
    DatasetInfo,
    Spread,
    TargetInfo,
)
from tunecard.runner.schema.environment import Environment, Git, ThreadPool
from tunecard.runner.schema.files import (
    COLUMNS,
    DATA_SUFFIXES,
    MANIFEST,
    MOST_KEPT_ROWS,
    OUT_OF_FOLD,
    PARQUET_SUFFIXES,
    PREDICTIONS,
    RESULTS,
    SCHEMA_VERSION,
    TEXT_SUFFIXES,
    WEIGHTS,
    dump,
    json_schema,
    load,
    read,
)
from tunecard.runner.schema.gates import (
    Against,
    Gate,
    GateErrors,
    GateTime,
    named_gate,
)
from tunecard.runner.schema.metrics import MetricSpec, spec_of
from tunecard.runner.schema.models import (
    SCIKIT_LEARN,
    EngineName,
    EstimatorObject,
    ModelSpec,
    Transformer,
)
from tunecard.runner.schema.params import ParamDict, Params, ParamValue
from tunecard.runner.schema.record import Candidate, ClusterUse, Cut, Origin, SearchRecord
from tunecard.runner.schema.results import (
    CapturedWarning,
    Case,
    ClassQuality,
    Quality,
    Results,
    Split,
    Stage,
    Status,
    Variant,
    WeightUse,
)
from tunecard.runner.schema.search import Search
from tunecard.runner.schema.space import Distribution
from tunecard.runner.schema.split import SplitSpec
from tunecard.runner.schema.strategies import (
    GridSearch,
    HalvingRandomSearch,
    RandomSearch,
    Strategy,
)
from tunecard.runner.schema.study import Study
from tunecard.runner.schema.study_parts import Findings, Limits, Subset, Timing
from tunecard.runner.schema.times import Calibration, Latency, Operation, Sample, TimedRound

__all__ = [
    "COLUMNS",
    "DATA_SUFFIXES",
    "MANIFEST",
    "MOST_KEPT_ROWS",
    "OUT_OF_FOLD",
    "PARQUET_SUFFIXES",
    "PREDICTIONS",
    "RESULTS",
    "SCHEMA_VERSION",
    "SCIKIT_LEARN",
    "TEXT_SUFFIXES",
    "WEIGHTS",
    "Against",
    "Calibration",
    "Candidate",
    "CapturedWarning",
    "Case",
    "ClassInfo",
    "ClassQuality",
    "ClusterUse",
    "ColumnInfo",
    "ColumnName",
    "ColumnRange",
    "ColumnRule",
    "ContractError",
    "Cut",
    "Data",
    "DatasetInfo",
    "Distribution",
    "Encoding",
    "EngineName",
    "Environment",
    "EstimatorObject",
    "Findings",
    "Frozen",
    "Gate",
    "GateErrors",
    "GateTime",
    "Git",
    "GridSearch",
    "HalvingRandomSearch",
    "Latency",
    "Limits",
    "MetricSpec",
    "ModelSpec",
    "Operation",
    "Origin",
    "OutputError",
    "ParamDict",
    "ParamValue",
    "Params",
    "Quality",
    "RandomSearch",
    "RepeatedColumn",
    "Results",
    "Sample",
    "Search",
    "SearchRecord",
    "Split",
    "SplitSpec",
    "Spread",
    "Stage",
    "Status",
    "Strategy",
    "Study",
    "Subset",
    "TargetInfo",
    "ThreadPool",
    "TimedRound",
    "Timing",
    "Transformer",
    "Twins",
    "Variant",
    "WeightUse",
    "dump",
    "encoding_of",
    "json_schema",
    "load",
    "named_gate",
    "read",
    "spec_of",
    "write_file",
]
