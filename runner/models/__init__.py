"""Models: made from a study's words or from objects, checked, fitted, on any engine."""

from tunecard.runner.models.estimators import (
    FINAL_STEP,
    build,
    final_step,
    given_object,
    has_transformer,
    import_object,
    lines_of,
    one_line,
    path_and_params,
    prefixed,
    public_module,
    python_lines,
    step_names,
    takes_codes_alone,
)

__all__ = [
    "FINAL_STEP",
    "build",
    "final_step",
    "given_object",
    "has_transformer",
    "import_object",
    "lines_of",
    "one_line",
    "path_and_params",
    "prefixed",
    "public_module",
    "python_lines",
    "step_names",
    "takes_codes_alone",
]
