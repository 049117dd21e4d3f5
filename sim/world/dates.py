"""The calendar: quarters are counted from the first quarter of 2000, which is quarter 0."""

from __future__ import annotations

import math

from sim.model.units import FIRST_YEAR, QUARTERS

MONTHS = 12


def quarter_of(date: float) -> int:
    """Return the quarter of a date; 2030.25 is the second quarter of 2030."""
    return math.floor((date - FIRST_YEAR) * QUARTERS)


def date_of(quarter: int) -> float:
    return FIRST_YEAR + quarter / QUARTERS


def year_of(quarter: int) -> int:
    return FIRST_YEAR + quarter // QUARTERS


def quarter_of_year(quarter: int) -> int:
    return quarter % QUARTERS + 1


def end_of(year: int) -> int:
    return quarter_of(year) + QUARTERS - 1
