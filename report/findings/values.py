"""Rules about a regression: its target, its errors, and what any constant would get."""

from collections.abc import Iterator
from typing import Final

from tunecard.report import formats
from tunecard.report.analyze.types import (
    AgainstConstant,
    Analysis,
    ColumnBeyond,
    ErrorGroup,
)
from tunecard.report.findings.types import Evidence, Rule

#: R2 on the test rows from which a target counts as given away.
EXACT: Final = 0.999
#: Skewness from which a target is heavily skewed: that of an exponential distribution.
SKEWED: Final = 2.0
#: p-value from which more rows lie outside the training range than chance brings.
OUTSIDE: Final = 0.01
#: Rank correlation, and its p-value, from which errors grow with the prediction.
FAN, FAN_P = 0.3, 0.01
#: Share of the error before from which a rise of it in a decile is one to weigh.
RISEN: Final = 0.05
_MOST_NAMED: Final = 3
_R2: Final = "r2"
_TRANSFORMED: Final = "TransformedTargetRegressor"


def almost_exact(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a regression whose predictions are the true values, or nearly."""
    if analysis.task != "regression":
        return
    for model in analysis.models:
        cases = []
        for case in model.cases:
            value = case.metric(_R2)
            if value is not None and value.test is not None and value.test >= EXACT:
                cases.append(f"{case.variant} {formats.metric(value.test)}")
        if cases:
            evidence = f"{model.label}: R² on the test rows {formats.listed(cases)}."
            yield Evidence("issue", evidence, "quality", model.name)


def skewed_target(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a target whose values have a long tail."""
    values = analysis.dataset.values
    train = values.train if values is not None else None
    if values is None or train is None or train.skewness is None:
        return
    left = [model for model in analysis.models if _TRANSFORMED not in model.estimator]
    if abs(train.skewness) < SKEWED or not left:
        return
    skewness = formats.value(round(train.skewness, 1))
    evidence = (
        f"Skewness of the target in training: {skewness}; values from "
        f"{formats.value(train.low)} to {formats.value(train.high, values.unit)}, half of "
        f"them at most {formats.value(train.median, values.unit)}."
    )
    yield Evidence("tip", evidence, "data")


def outside_training(analysis: Analysis) -> Iterator[Evidence]:
    """Detect more test rows outside the training range than chance brings."""
    outside, values = analysis.out_of_range, analysis.dataset.values
    train = values.train if values is not None else None
    if outside is None or train is None or values is None or outside.p >= OUTSIDE:
        return
    n = outside.below + outside.above
    evidence = (
        f"{formats.count(n)} of {formats.counted(analysis.n_test, 'test row')} "
        f"({formats.percent(n / analysis.n_test)}) have a true value outside those of "
        f"training ({formats.value(train.low)} to {formats.value(train.high, values.unit)}"
        f"): {formats.count(outside.below)} below, {formats.count(outside.above)} above."
    )
    for name, (on_them, on_others) in outside.errors.items():
        label = formats.capital(analysis.model(name).label)
        evidence += (
            f" {label}: mean absolute error {formats.value(on_them, values.unit)} on "
            f"them, {formats.value(on_others, values.unit)} on the other rows."
        )
    yield Evidence("issue", evidence, "data")


def beyond_a_column(analysis: Analysis) -> Iterator[Evidence]:
    """Detect columns with more test rows outside training than chance brings."""
    columns = analysis.beyond
    if not columns:
        return
    named = [_describe_beyond(column, analysis) for column in columns[:_MOST_NAMED]]
    evidence = " ".join(named)
    if len(columns) > _MOST_NAMED:
        rest = formats.counted(len(columns) - _MOST_NAMED, "column")
        evidence += f" So it is in {rest} more."
    yield Evidence("issue", evidence, "data")


def _describe_beyond(column: ColumnBeyond, analysis: Analysis) -> str:
    own = column.range
    n = own.n_below + own.n_above
    rows = formats.counted(own.n_test, "test row")
    text = (
        f'"{own.column}": {formats.count(n)} of {rows} ({formats.percent(n / own.n_test)}) '
        f"outside {formats.value(own.low)} to {formats.value(own.high)}, "
        f"{formats.count(own.n_below)} below and {formats.count(own.n_above)} above"
    )
    unit = analysis.dataset.values.unit if analysis.dataset.values is not None else ""
    errors = [
        f"{analysis.model(name).label} {formats.value(beyond, unit)} against "
        f"{formats.value(within, unit)} on the others"
        for name, (beyond, within) in column.errors.items()
    ]
    if errors:
        text += f"; mean absolute error on them: {formats.listed(errors)}"
    return f"{text}."


def growing_errors(analysis: Analysis) -> Iterator[Evidence]:
    """Detect absolute errors that grow with the predicted value, or shrink with it."""
    for model in analysis.models:
        spread = model.errors.spread if model.errors is not None else {}
        cases = [
            f"{variant} {formats.metric(each.rho)} ({formats.p_equation(each.p)})"
            for variant, each in spread.items()
            if abs(each.rho) >= FAN and each.p < FAN_P
        ]
        if cases:
            evidence = (
                f"{model.label}, rank correlation of the absolute error with the predicted "
                f"value: {formats.listed(cases)}."
            )
            yield Evidence("tip", evidence, "errors", model.name)


def worse_in_a_group(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a range of true values in which the tuned model is clearly further off."""
    for model in analysis.models:
        if model.errors is None or model.quality is None or model.quality_word == "worse":
            continue
        unit = model.errors.unit
        risen = [
            group
            for group in model.errors.groups
            if group.rise is not None and group.change >= RISEN * group.baseline
        ]
        risen.sort(key=lambda group: -group.change)
        if risen:
            ranges = [_describe_group(group, unit) for group in risen[:_MOST_NAMED]]
            evidence = (
                f"{model.label}, change of the mean absolute error by the true value: "
                f"{formats.listed(ranges)}"
            )
            if len(risen) > _MOST_NAMED:
                evidence += f", and {len(risen) - _MOST_NAMED} more groups"
            yield Evidence("issue", f"{evidence}.", "errors", model.name)


def _describe_group(group: ErrorGroup, unit: str) -> str:
    assert group.rise is not None  # as the caller has picked it
    low, high = formats.value(group.low), formats.value(group.high)
    return (
        f"{formats.signed_value(group.change, unit)} "
        f"{formats.value_interval(group.rise.low, group.rise.high)} at {low} to {high}"
    )


def no_better_than_constant(analysis: Analysis) -> Iterator[Evidence]:
    """Detect a case that predicting the same value for every row would match."""
    for model in analysis.models:
        constant = model.errors.constant if model.errors is not None else {}
        left = {name: each for name, each in constant.items() if each.interval.high >= 0}
        if left:
            first = next(iter(left.values()))
            cases = [_describe_constant(name, each) for name, each in left.items()]
            evidence = (
                f"{model.label}: {first.loss} {formats.listed(cases)}; always predicting "
                f"{formats.value(first.constant)}, the {first.name} of the training rows, "
                f"gets {formats.value(first.reached)}."
            )
            yield Evidence("issue", evidence, "quality", model.name)


def _describe_constant(variant: str, compared: AgainstConstant) -> str:
    ends = formats.value_interval(compared.interval.low, compared.interval.high)
    return f"{variant} {formats.value(compared.own)}, difference {ends}"


VALUE_RULES: tuple[Rule, ...] = (
    Rule(
        "TC032",
        "The target is predicted almost exactly",
        "R² on the test rows is at least 0.999. Measurements hardly ever allow that. A "
        "column may hold the target itself, or be made from it or after it. Data from a "
        "formula or a simulation can be predicted so well.",
        "Check that every column is available when a prediction is needed; if not, leave "
        "it out ([data] drop).",
        almost_exact,
    ),
    Rule(
        "TC033",
        "The target is heavily skewed",
        "The skewness of the training values is at least 2 in size. An exponential "
        "distribution has 2. A few rows of the long tail then decide R², RMSE and any fit "
        "by least squares.",
        "If all values are positive, fit to their logarithm "
        "(TransformedTargetRegressor(func=np.log, inverse_func=np.exp)); or choose "
        "mean_absolute_error as the study's metric.",
        skewed_target,
    ),
    Rule(
        "TC034",
        "Test rows lie outside the range of training",
        "The true values of some test rows are lower or higher than all of training. They "
        "are more than chance brings (p < 0.01 for their number; Rosenbaum 1954, both "
        "sides). Trees and nearest neighbors cannot predict such values. Other models "
        "extrapolate.",
        "Draw both parts from the same rows, unless later rows are to be predicted.",
        outside_training,
    ),
    Rule(
        "TC035",
        "Errors grow or shrink with the predicted value",
        "A row's absolute error and its predicted value have a rank correlation "
        "(Spearman) of at least 0.3 in size, with p < 0.01. A mean error is then too "
        "large for one end of the range and too small for the other.",
        "Read the errors by decile. If they grow in proportion to the value, fit to its "
        "logarithm (TransformedTargetRegressor).",
        growing_errors,
    ),
    Rule(
        "TC036",
        "Clearly larger errors in a range of the target",
        "The verdict on the study's metric is not worse. Yet in a decile of the true "
        "values the mean absolute error rose by at least 5 %, and its interval lies wholly "
        "above 0. The interval is adjusted for the number of deciles (Bonferroni).",
        "Decide whether that range may pay for the others.",
        worse_in_a_group,
    ),
    Rule(
        "TC037",
        "Not shown to be better than always predicting the same value",
        "A case's mean loss is not shown to be below that of a constant prediction. The "
        "95 % interval of their difference reaches 0. The constant is the mean of the "
        "training rows, judged by squared errors. For a study's metric of absolute errors "
        "it is their median, judged by those.",
        "Check the columns, the target and the scaling before any tuning.",
        no_better_than_constant,
    ),
    Rule(
        "TC038",
        "Test rows lie outside a column's range of training",
        "Test rows have lower or higher values in a column of numbers than all of "
        "training. They are more than chance brings (p < 0.01 for their number, adjusted "
        "for all columns; Rosenbaum 1954, both sides). Trees and nearest neighbors predict "
        "for such a row what they predict at the end of the range. Linear models extend "
        "their line.",
        "Compare the errors on these rows with the others. Get training rows from there, "
        "or do not predict there.",
        beyond_a_column,
    ),
)
