"""Arithmetic of rules: the same bits in Python, compiled code, and on every machine.

`exp` and `log` follow Sun's fdlibm (1993: e_exp.c, e_log.c), within one unit in the last place.
"""

from __future__ import annotations

# ln 2 in two parts, the first with so few bits that its product with a small whole number is exact.
LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
LN2 = 0.6931471805599453
PER_LN2 = 1.44269504088896338700
# Coefficients of fdlibm's approximations: P of exp, L of log.
P1, P2, P3, P4, P5 = (
    1.66666666666666019037e-01,
    -2.77777777770155933842e-03,
    6.61375632143793436117e-05,
    -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
)
L1, L2, L3, L4, L5, L6, L7 = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)
SQRT2 = 1.4142135623730951
TINY_SHIFT = 62
# Powers of two below 1 are this times a power above 1, so no shift is negative.
TINY = 1.0 / (1 << TINY_SHIFT)
# Added before truncation and subtracted afterwards: rounds to nearest.
NEAREST, SHIFT = 1024.5, 1024

# Beyond ±40 a logistic is 0 or 1 to double precision.
STEEPEST = 40.0

LOGISTIC_DEVIATION = 1.8137993642342178
"""Standard deviation of the standard logistic distribution, pi / sqrt(3)."""


# The C library's `exp` and `log` differ between processors (with and without fused multiply-add),
# systems and browsers. These consist of additions, multiplications and divisions, whose results
# IEEE 754 fixes.
def exp(x: float) -> float:
    """The exponential of a number within ±43."""
    k = int(x * PER_LN2 + NEAREST) - SHIFT
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    t = r * r
    c = r - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))))
    y = 1.0 - ((low - (r * c) / (2.0 - c)) - high)
    # Times 2**k, in two exact factors: neither a division nor a branch that depends on the sign.
    scale, shift = (1.0, k) if k >= 0 else (TINY, k + TINY_SHIFT)
    return y * (scale * float(1 << shift))


def scaled(x: float) -> tuple[float, int]:
    """A positive number as one from 1 to below 2, and its power of two."""
    k = 0
    # The compiled engine reads both off the number's bits.
    for bits in (32, 16, 8, 4, 2, 1):
        power_of_two = float(1 << bits)
        while x >= power_of_two:
            x *= 1.0 / power_of_two
            k += bits
        while x < 1.0 / power_of_two:
            x *= power_of_two
            k -= bits
    return (x, k) if x >= 1.0 else (2.0 * x, k - 1)


def log(x: float) -> float:
    """The natural logarithm of a positive number (not a subnormal one)."""
    x, k = scaled(x)
    # Values are chosen, not paths: a processor cannot guess which path a number takes.
    halved = x >= SQRT2
    k = k + 1 if halved else k
    f = (0.5 * x if halved else x) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    r = w * (L2 + w * (L4 + w * L6)) + z * (L1 + w * (L3 + w * (L5 + w * L7)))
    half = 0.5 * f * f
    return k * LN2_HIGH - ((half - (s * (half + r) + k * LN2_LOW)) - f)


def logistic(utility: float) -> float:
    if utility > STEEPEST:
        return 1.0
    if utility < -STEEPEST:
        return 0.0
    return 1.0 / (1.0 + exp(-utility))


def power(base: float, exponent: float) -> float:
    """``base`` to ``exponent``; 0 for a base of 0 or less."""
    if base <= 0.0:
        return 0.0
    return bounded_exp(exponent * log(base))


def bounded_exp(exponent: float) -> float:
    """The exponential, with its argument limited to ±40."""
    if exponent == 0.0:
        return 1.0  # The most frequent case: no alliance, no closure, no finance.
    return exp(clamp(exponent, -STEEPEST, STEEPEST))


def decay_factor(half_life: float) -> float:
    """The share that remains after a unit of time, for a half-life in such units."""
    return bounded_exp(-LN2 / half_life)


def rate_to_probability(rate: float) -> float:
    """Probability of at least one event in a period, from the mean number of events."""
    return 1.0 - bounded_exp(-rate)


def clamp(value: float, low: float, high: float) -> float:
    if value < low:
        return low
    if value > high:
        return high
    return value


def logistic_deviate(chance: float, deviation: float) -> float:
    """A lasting difference with mean 0 and a standard deviation, from a uniform draw."""
    # Logistic: close to normal, with an inverse that needs only one logarithm.
    return deviation / LOGISTIC_DEVIATION * log(chance / (1.0 - chance))


def exponential_deviate(chance: float) -> float:
    """An exponential variate with mean 1, from a uniform number strictly between 0 and 1."""
    return -log(chance)
