"""Documented decisions that are imposed on runs, shared by mechanisms that decide.

A first course, first Chinese contract or exit with a documented quarter happens then and not
before.
"""

from __future__ import annotations

from sim.model.parameters import Record, State

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


# An unknown quarter is -1, which changes nothing. No draw is added or omitted, so all other random
# draws stay the same.
def course_due(country: Record, now: Record) -> bool:
    return now.quarter == country.fixed_training


def may_ask(country: Record, now: Record) -> bool:
    return now.quarter >= country.fixed_training


def sale_due(country: Record, now: Record) -> bool:
    return now.quarter == country.fixed_adoption


def sale_due_before(country: Record, now: Record) -> bool:
    return now.quarter == country.fixed_adoption + 1 and country.fixed_adoption >= 0


def sale_ahead(country: Record, now: Record) -> bool:
    return now.quarter < country.fixed_adoption


def exit_due(country: Record, now: Record) -> bool:
    return now.quarter == country.fixed_exit


def must_stay(country: Record, now: Record) -> bool:
    return country.fixed_adoption <= now.quarter < country.fixed_exit
