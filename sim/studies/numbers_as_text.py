"""Numbers and lists as studies write them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.results.table import in_digits

BOUNDS = {"lower": "at least ", "upper": "at most "}
"""What stands before a figure that is a bound."""
FEW_RUNS = 20
"""Runs below which their 5 % and 95 % quantiles lie between the two outermost of them."""
USES = "Use: calibrate, parameters were fitted to it; hold-out, kept apart; check, rough."
"""What targets are for, under their tables; see :data:`sim.world.columns.TARGET_USES`."""


def percent(share: float) -> str:
    """Return a share as text: `83 %`; small ones with one decimal."""
    number = 100.0 * share
    return f"{number:.1f} %" if 0.0 < number < 10.0 else f"{number:.0f} %"


def signed(value: float) -> str:
    """Return a number with its sign, and none where it is zero."""
    text = in_digits(abs(value))
    if not float(text.replace(",", "")):
        return "0"
    return ("-" if value < 0.0 else "+") + text


def whole(value: float) -> str:
    """Return a number to the nearest whole one with its sign, and none where that is zero."""
    return signed(float(round(value)))


def of_runs(what: str, note: str, runs: int) -> str:
    """Return how numbers over runs are to be read, where there are few of them too.

    Args:
        what: What the numbers are: `Shares`.
        note: What is said of them and their intervals, if there are any.
        runs: How many.
    """
    if runs == 1:
        return f"{what}: of a single run, which has no interval."
    few = f" 90 % of fewer than {FEW_RUNS} runs are nearly all: the range of what was seen."
    return note + (few if runs < FEW_RUNS else "")


def with_error(value: float, error: float) -> str:
    """Return a signed number and its standard error, if that is known: `+3 ± 0.5`."""
    return signed(value) + ("" if math.isnan(error) else f" ± {in_digits(float(f'{error:.2g}'))}")


def first_of(names: Sequence[str], most: int, mark: str = ", ") -> str:
    """Return the first of some names, and how many more there are."""
    more = len(names) - most
    return mark.join(names[:most]) + (f" and {more} more" if more > 0 else "")
