"""Documented decisions that are imposed on runs, shared by mechanisms that decide.

A first course, first Chinese contract or exit with a documented quarter happens then and not
before. Later contracts happen in their quarters, and between them the rules decide.
"""

from sim.model.parameters import Record, State

UNKNOWN = -1
MOST_CONTRACTS = 8
"""Documented contracts of a country."""
CONTRACTS = ("contract_quarter", "contract_vendor", "contract_stage")
"""Of a country's documented contracts, a number each: quarter, vendor and stage."""

DECISIONS: tuple[State, ...] = (
    State("documented_trained", "Quarter of a documented first course; else -1.", "quarters",
          UNKNOWN, True),
    State("documented_adoption", "Quarter of the documented contract that is due or was last.",
          "quarters", UNKNOWN, True),
    State("documented_exited", "Quarter of the documented exit; else -1.", "quarters", UNKNOWN,
          True),
    State("documented_vendor", "Vendor of that contract; else -1.", "vendor", UNKNOWN, True),
    State("documented_stage", "Stage of that contract's system; else 0.", "stage"),
    State("documented_contracts", "Documented contracts up to that one.", "contracts"),
)  # fmt: skip


# A quarter that nothing documents is -1, which changes nothing. No draw is added or omitted, so
# all other random draws stay the same.
def take_up(country: Record, past: Record, now: Record) -> None:
    """Make the next documented contract the one that is due, once the last was signed."""
    nth = int(country.documented_contracts)
    if country.documented_adoption < now.quarter and nth < MOST_CONTRACTS:
        if past.contract_quarter[nth] >= 0.0:
            country.documented_adoption = int(past.contract_quarter[nth])
            country.documented_vendor = int(past.contract_vendor[nth])
            country.documented_stage = past.contract_stage[nth]
            country.documented_contracts += 1.0


def course_due(country: Record, now: Record) -> bool:
    return now.quarter == country.documented_trained


def may_ask(country: Record, now: Record) -> bool:
    return now.quarter >= country.documented_trained


def sale_due(country: Record, now: Record) -> bool:
    return now.quarter == country.documented_adoption


def sale_due_before(country: Record, now: Record) -> bool:
    return now.quarter == country.documented_adoption + 1 and country.documented_adoption >= 0


def sale_ahead(country: Record, now: Record) -> bool:
    return now.quarter < country.documented_adoption and country.documented_contracts <= 1.0


def exit_due(country: Record, now: Record) -> bool:
    return now.quarter == country.documented_exited


def must_stay(country: Record, now: Record) -> bool:
    begun = country.documented_adoption <= now.quarter or country.documented_contracts > 1.0
    return begun and now.quarter < country.documented_exited
