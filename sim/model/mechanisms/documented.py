"""Documented decisions that are imposed on runs, shared by mechanisms that decide.

A first course, first Chinese contract or exit with a documented quarter happens then and not
before. Later contracts happen in their quarters, and between them the rules decide.
"""

from sim.model.parameters import Record, State

UNKNOWN = -1
MOST_CONTRACTS = 8
"""Documented contracts of a country."""
CONTRACTS = ("documented_quarter", "documented_vendor", "documented_stage")
"""Of a country's documented contracts, a number each: quarter, vendor and stage."""

IMPOSED: tuple[State, ...] = (
    State("imposed_trained", "Quarter of the first course, if known; else -1.", "quarters",
          UNKNOWN, True),
    State("imposed_adoption", "Quarter of the Chinese contract that is due or was last, if known.",
          "quarters", UNKNOWN, True),
    State("imposed_exited", "Quarter in which that system was left, if known.", "quarters",
          UNKNOWN, True),
    State("imposed_vendor", "Vendor of that contract, if known; else -1.", "vendor", UNKNOWN, True),
    State("imposed_stage", "Stage of that system, if known; else 0.", "stage"),
    State("imposed_contracts", "Known contracts up to that one.", "contracts"),
)  # fmt: skip


# A quarter that nothing documents is -1, which changes nothing. No draw is added or omitted, so
# all other random draws stay the same.
def take_up(country: Record, past: Record, now: Record) -> None:
    """Make the next documented contract the one that is due, once the last was signed."""
    nth = int(country.imposed_contracts)
    if country.imposed_adoption < now.quarter and nth < MOST_CONTRACTS:
        if past.documented_quarter[nth] >= 0.0:
            country.imposed_adoption = int(past.documented_quarter[nth])
            country.imposed_vendor = int(past.documented_vendor[nth])
            country.imposed_stage = past.documented_stage[nth]
            country.imposed_contracts += 1.0


def course_due(country: Record, now: Record) -> bool:
    return now.quarter == country.imposed_trained


def may_ask(country: Record, now: Record) -> bool:
    return now.quarter >= country.imposed_trained


def sale_due(country: Record, now: Record) -> bool:
    return now.quarter == country.imposed_adoption


def sale_due_before(country: Record, now: Record) -> bool:
    return now.quarter == country.imposed_adoption + 1 and country.imposed_adoption >= 0


def sale_ahead(country: Record, now: Record) -> bool:
    return now.quarter < country.imposed_adoption and country.imposed_contracts <= 1.0


def exit_due(country: Record, now: Record) -> bool:
    return now.quarter == country.imposed_exited


def must_stay(country: Record, now: Record) -> bool:
    begun = country.imposed_adoption <= now.quarter or country.imposed_contracts > 1.0
    return begun and now.quarter < country.imposed_exited
