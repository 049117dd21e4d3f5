"""Own exponential and logarithm: right to the last place, the same wherever doubles are IEEE."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.engine import compiled
from sim.model import arithmetic
from sim.model.arithmetic import STEEPEST, bounded_exp, decay_factor, exp, log, logistic, power

DIGITS = 50
"""Of the decimal arithmetic that results are compared with."""

EXPONENTS = st.floats(-STEEPEST, STEEPEST)
POSITIVE = st.floats(1e-300, 1e300)


def places_off(value: float, exact: Decimal) -> float:
    """How far a value is from the exact one, in units of its last place."""
    with localcontext() as context:
        context.prec = DIGITS
        return float(abs(Decimal(value) - exact) / Decimal(math.ulp(float(exact))))


def exact(function: str, x: float) -> Decimal:
    with localcontext() as context:
        context.prec = DIGITS
        found: Decimal = getattr(Decimal(x), function)()
        return found


@given(EXPONENTS)
@example(STEEPEST)
@example(-STEEPEST)
@example(0.5 * math.log(2.0))
@example(5e-324)
def test_exp_is_within_one_unit_in_the_last_place(x: float) -> None:
    assert places_off(exp(x), exact("exp", x)) < 1.0


@given(POSITIVE)
@example(math.nextafter(1.0, 0.0))
@example(math.nextafter(1.0, 2.0))
@example(math.sqrt(0.5))
@example(math.sqrt(2.0))
@example(2.2250738585072014e-308)
@example(1.7976931348623157e308)
def test_log_is_within_one_unit_in_the_last_place(x: float) -> None:
    assert places_off(log(x), exact("ln", x)) < 1.0


@given(POSITIVE)
@example(1.0)
@example(math.nextafter(1.0, 0.0))
@example(math.nextafter(2.0, 0.0))
def test_a_number_is_scaled_as_its_bits_say(x: float) -> None:
    fraction, exponent = math.frexp(x)
    assert arithmetic.scaled(x) == (2.0 * fraction, exponent - 1) == compiled.scaled(x)


def test_what_must_be_exact_is() -> None:
    assert exp(0.0) == 1.0
    assert log(1.0) == 0.0
    assert power(1.0, 3.7) == 1.0
    assert bounded_exp(-1e9) == exp(-STEEPEST)
    assert bounded_exp(1e9) == exp(STEEPEST)
    assert (logistic(0.0), logistic(41.0), logistic(-41.0)) == (0.5, 1.0, 0.0)


# Some values, bit by bit: they are the same on every machine, or results are not.
BITS = {
    ("exp", 0.1): "0x1.1aec7b35a00d4p+0",
    ("exp", -7.3): "0x1.622d4792b6a8dp-11",
    ("exp", 39.9): "0x1.7a568b8be7386p+57",
    ("log", 3.0): "0x1.193ea7aad030ap+0",
    ("log", 1e-9): "-0x1.4b927f32bffb8p+4",
}


@pytest.mark.parametrize(("function", "x"), BITS)
def test_bits_are_these(function: str, x: float) -> None:
    assert {"exp": exp, "log": log}[function](x).hex() == BITS[function, x]


@given(st.floats(0.1, 400.0))
def test_half_is_left_after_a_half_life(half_life: float) -> None:
    assert 0.0 < decay_factor(half_life) < 1.0
    assert decay_factor(half_life) ** half_life == pytest.approx(0.5, rel=1e-12)
