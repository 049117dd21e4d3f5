"""Documented decisions that are imposed on runs.

Not a mechanism: what those that decide share. A country's first course, its first Chinese contract
and its leaving that system may be known, with their quarters. Each then comes about in its quarter,
whatever its chance was, and not before; where nothing is known (-1), nothing is changed. No draw is
made or left out, so the luck of all else stays as it is.
"""

from __future__ import annotations

from sim.parameters import Record, State

UNKNOWN = -1

KNOWN: tuple[State, ...] = (
    State("fixed_training", "Quarter of the first course, if known; else -1.", "quarters",
          UNKNOWN, True),
    State("fixed_adoption", "Quarter of the first Chinese contract, if known.", "quarters",
          UNKNOWN, True),
    State("fixed_exit", "Quarter in which that system was left, if known.", "quarters",
          UNKNOWN, True),
    State("fixed_vendor", "Vendor of that contract, if known; else -1.", "vendor", UNKNOWN, True),
    State("fixed_stage", "Stage of that system, if known; else 0.", "stage"),
)  # fmt: skip
"""Fields of a country's record that nothing changes."""


def course_due(country: Record, now: Record) -> bool:
    """Whether the first course is known to take place this quarter."""
    return now.quarter == country.fixed_training


def may_ask(country: Record, now: Record) -> bool:
    """Whether nothing known forbids courses: the first, if known, is not still to come."""
    return now.quarter >= country.fixed_training


def sale_due(country: Record, now: Record) -> bool:
    """Whether the first Chinese contract is known to be signed this quarter."""
    return now.quarter == country.fixed_adoption


def sale_due_before(country: Record, now: Record) -> bool:
    """Whether the first Chinese contract is known to have been signed last quarter."""
    return now.quarter == country.fixed_adoption + 1 and country.fixed_adoption >= 0


def sale_ahead(country: Record, now: Record) -> bool:
    """Whether the first Chinese contract is known to come later."""
    return now.quarter < country.fixed_adoption


def exit_due(country: Record, now: Record) -> bool:
    """Whether the country is known to leave its Chinese system this quarter."""
    return now.quarter == country.fixed_exit


def must_stay(country: Record, now: Record) -> bool:
    """Whether the country is known to leave its Chinese system later, and so has it now."""
    return country.fixed_adoption <= now.quarter < country.fixed_exit
