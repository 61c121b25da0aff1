"""Gates: what a study demands of a run, decided on the ends of intervals."""

from tunecard.report.analyze.runs import compare_runs
from tunecard.report.analyze.types import Analysis
from tunecard.report.analyze.types.runs import RunComparison
from tunecard.report.earlier import earlier_runs
from tunecard.report.gates.decide import allowed, decide, exit_code
from tunecard.report.gates.observe import (
    NO_REFERENCE,
    decided_by_cpu,
    kind_of,
    needs_reference,
    observe,
)
from tunecard.report.gates.types import GateResult, Status
from tunecard.report.load import Loaded
from tunecard.runner.metrics import get
from tunecard.runner.schema import Gate, spec_of

__all__ = [
    "GateResult",
    "Status",
    "against_reference",
    "allowed",
    "evaluate",
    "exit_code_of",
    "judge",
    "needs_reference",
]


def judge(
    run: Loaded, analysis: Analysis, reference: Loaded | None = None
) -> tuple[GateResult, ...]:
    """Decide every gate of a run's study.

    Parameters
    ----------
    run : Loaded
        The run.
    analysis : Analysis
        Its numbers.
    reference : Loaded or None
        The run that gates with ``against = "reference"`` look at; without one
        these are inconclusive.

    Returns
    -------
    tuple of GateResult
        In the study's order; empty without gates.
    """
    gates = run.results.study.gates
    compared = None
    if reference is not None and needs_reference(gates):
        compared = against_reference(run, reference)
    return evaluate(analysis, gates, compared)


def against_reference(run: Loaded, reference: Loaded) -> RunComparison:
    """Compare a run with a reference, with the earlier runs next to both."""
    places = [run.folder.resolve().parent, reference.folder.resolve().parent]
    return compare_runs(reference, run, earlier_runs(run.results, places))


def evaluate(
    analysis: Analysis, gates: tuple[Gate, ...], compared: RunComparison | None
) -> tuple[GateResult, ...]:
    """Decide gates on numbers that are there already; as :func:`judge`."""
    return tuple(_decide_gate(gate, analysis, compared) for gate in gates)


def _decide_gate(
    gate: Gate, analysis: Analysis, compared: RunComparison | None
) -> GateResult:
    kind = kind_of(gate)
    observed = observe(gate, analysis, compared)
    # The first run of a study has no reference: that is inconclusive, not red.
    is_open = observed.value is not None or observed.reason == NO_REFERENCE
    status: Status = "inconclusive" if is_open else "not measured"
    bound = slack = None
    if observed.interval is not None:
        status, bound, slack = decide(observed.interval, *allowed(gate, kind))
    if observed.cpu is not None and status not in ("passed", "failed"):
        by_cpu = decide(observed.cpu.interval, *allowed(gate, kind))
        if by_cpu[0] == "failed":
            status, bound, slack = by_cpu
            observed = decided_by_cpu(observed, observed.cpu)
    model = analysis.model(gate.model)
    spec = None
    if gate.metric is not None:
        matches = (metric for metric in analysis.metrics if metric.name == gate.metric)
        spec = next(matches, None) or spec_of(get(gate.metric), analysis.dataset.positive)
    return GateResult(gate, model.label, spec, kind, observed, bound, slack, status)


def exit_code_of(gates: tuple[GateResult, ...], *, not_ok: bool = False) -> int:
    """Return the exit code that gates, and cases that are not ok, end a command with."""
    return exit_code(
        red=any(gate.red for gate in gates),
        not_ok=not_ok,
        undecided=any(gate.undecided for gate in gates),
    )
