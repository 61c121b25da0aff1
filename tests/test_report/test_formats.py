"""Numbers as text: exact, and never lying by rounding."""

# ruff: noqa: RUF001 - true minus signs and en dashes are what is tested here

import math

import pytest

from tunecard.report import formats as f
from tunecard.runner.metrics import get
from tunecard.runner.schema import spec_of

S, T = f.SPACE, f.THIN


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.9688, "0.9688"),
        (0.0, "0.0000"),
        (1.0, "1.0000"),
        (0.99996, "0.99996"),
        (0.9999999, "0.9999999"),
        (0.00004, "0.00004"),
        (2.302585, "2.3026"),
        (None, "–"),
        (math.nan, "–"),
        (math.inf, "∞"),
    ],
)
def test_a_metric_has_four_decimals_and_more_where_it_would_look_perfect(
    value: float | None, text: str
) -> None:
    """0.99996 is not written as 1.0000, nor 0.00004 as 0.0000."""
    assert f.metric(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0026, "+0.26"),
        (-0.0026, "−0.26"),
        (0.0, "0.00"),
        (-0.0, "0.00"),
        (0.00001, "+0.001"),
        (-0.00001, "−0.001"),
        (0.1, "+10.00"),
        (None, "–"),
    ],
)
def test_a_difference_is_in_points_with_a_true_sign(value: float | None, text: str) -> None:
    """A difference that is not 0 keeps its sign and is not written as 0."""
    assert f.points(value) == text


def test_an_interval_that_leaves_out_0_is_not_written_as_touching_it() -> None:
    """The end 0.00002 of an interval is 0.002 points, not 0.00."""
    assert f.points_interval(0.00002, 0.0047) == f"[0.002,{S}0.47]"
    assert f.points_interval(-0.0005, 0.0047) == f"[−0.05,{S}0.47]"


def test_log_loss_differs_in_its_own_unit_and_accuracy_in_points() -> None:
    """Log loss is no share of 1, so its difference is no percentage point."""
    loss, share = spec_of(get("log_loss")), spec_of(get("f1_macro"))
    assert f.delta(-0.01234, loss) == "−0.0123"
    assert f.delta(-0.01234, share) == "−1.23"
    assert f.delta_interval(-0.5, 0.25, loss) == f"[−0.5000,{S}0.2500]"
    assert f.delta_interval(-0.5, 0.25, share) == f"[−50.00,{S}25.00]"
    assert (loss.delta_unit, share.delta_unit) == ("", "points")
    assert f.delta_size(-0.01234, loss) == "0.0123"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "< 0.001"),
        (1e-300, "< 0.001"),
        (0.00099, "< 0.001"),
        (0.001, "0.001"),
        (0.0164, "0.016"),
        (0.0496, "0.0496"),
        (0.04999, "0.04999"),
        (0.0502, "0.0502"),
        (0.05, "0.050"),
        (0.0994, "0.099"),
        (0.0996, "0.10"),
        (0.4321, "0.43"),
        (0.9999, "> 0.99"),
        (1.0, "1.00"),
        (None, "–"),
    ],
)
def test_a_p_value_is_never_0_and_stays_on_its_side_of_5_percent(
    p: float | None, text: str
) -> None:
    """0.0496 is not written as 0.050, and nothing is written as 0.00."""
    assert f.p_value(p) == text


def test_a_p_value_with_its_letter() -> None:
    """The sign "<" takes the place of "="."""
    assert (f.p_equation(0.0164), f.p_equation(1e-9)) == (
        f"p{S}={S}0.016",
        f"p{S}<{S}0.001",
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.2e-9, f"3.20{S}ns"),
        (9.996e-7, f"1.00{S}µs"),
        (9.994e-7, f"999{S}ns"),
        (4.2e-6, f"4.20{S}µs"),
        (0.0123, f"12.3{S}ms"),
        (0.9996, f"1.00{S}s"),
        (12.345, f"12.3{S}s"),
        (119.4, f"119{S}s"),
        (119.6, f"2{S}min{S}00{S}s"),
        (1113.0, f"18{S}min{S}33{S}s"),
        (3599.6, f"1{S}h{S}00{S}min"),
        (7262.0, f"2{S}h{S}01{S}min"),
        (0.0, f"0{S}s"),
        (-0.5, f"−500{S}ms"),
        (None, "–"),
    ],
)
def test_a_time_has_three_digits_in_the_unit_that_suits_it(
    value: float | None, text: str
) -> None:
    """Rounding up moves on to the next unit: never 1000 ns, never 60 s beside minutes."""
    assert f.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, f"0{S}B"),
        (1023, f"1023{S}B"),
        (1536, f"1.50{S}KiB"),
        (1024**2 - 1, f"1.00{S}MiB"),
        (3 * 2**30, f"3.00{S}GiB"),
        (5 * 2**50, f"5120{S}TiB"),
        (-2048, f"−2.00{S}KiB"),
        (None, "–"),
    ],
)
def test_a_size_has_three_digits_in_binary_units(value: int | None, text: str) -> None:
    """1,048,575 bytes round to 1.00 MiB, not to 1024 KiB."""
    assert f.size(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0123, "1.01"),
        (9.994, "9.99"),
        (9.996, "10"),
        (41.4, "41"),
        (12345.0, f"12{T}345"),
        (0.5, "0.50"),
        (0.0042, "0.0042"),
        (0.0, "0.00"),
        (math.inf, "–"),
        (None, "–"),
    ],
)
def test_a_ratio_has_two_decimals_below_10(value: float | None, text: str) -> None:
    """Large ratios are whole, small ones keep two significant digits."""
    assert f.ratio(value) == text


def test_a_ratio_interval_that_leaves_out_1_is_not_written_as_touching_it() -> None:
    """1.002 is above 1 and stays above it in print."""
    assert f.ratio_interval(1.002, 1.2) == f"[1.002,{S}1.20]"
    assert f.ratio_interval(0.004, 41.2) == f"[0.0040,{S}41]"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0213, f"2.1{S}%"),
        (0.03, f"3{S}%"),
        (0.42, f"42{S}%"),
        (0.9999, f"99.99{S}%"),
        (1.0, f"100{S}%"),
        (0.0, f"0{S}%"),
        (0.0001, f"0.01{S}%"),
        (None, "–"),
    ],
)
def test_a_share_is_in_per_cent_and_only_all_is_100(share: float | None, text: str) -> None:
    """99.99 % is not 100 %, and something is not 0 %."""
    assert f.percent(share) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.03, f"3{S}%"), (0.0301, f"3.1{S}%"), (0.121, f"13{S}%"), (1.01, f"over 100{S}%")],
)
def test_a_bound_is_rounded_up(share: float | None, text: str) -> None:
    """What a difference does not exceed may only be overstated."""
    assert f.percent_up(share) == text


def test_counts_are_grouped_in_threes() -> None:
    """With a narrow space that does not break."""
    assert f.count(1234567) == f"1{T}234{T}567"
    assert f.count(-1234) == f"−1{T}234"
    assert f.count(None) == "–"


def test_a_number_with_its_noun() -> None:
    """One fit, two fits, two classes."""
    assert f.counted(1, "fit") == f"1{S}fit"
    assert f.counted(1500, "fit") == f"1{T}500{S}fits"
    assert f.counted(2, "class", "classes") == f"2{S}classes"


def test_parameters_are_written_for_reading() -> None:
    """Strings without quotes, floats with four digits, no parameters as defaults."""
    text = f.parameters({"C": 0.0316227766, "weights": "distance", "sizes": (1, 0.5)})
    assert text == "C = 0.03162, weights = distance, sizes = (1, 0.5)"
    assert f.parameters({}) == "defaults"
