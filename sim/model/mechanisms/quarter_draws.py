"""The draws that most countries need in each quarter."""

from sim.model.draws import (
    APPLICATION, ARREARS, CAMERAS, CONSIDERATION, LEAK, OUTAGE, PURCHASE, UNREST_ONSET, WEST_SEAT,
    chance,
)
from sim.model.parameters import Record, State

DRAWN: tuple[State, ...] = (
    State("west_draw", "This quarter's draw for a Western course.", "share"),
    State("unrest_draw", "This quarter's draw for an outbreak of unrest.", "share"),
    State("application_draw", "This quarter's draw for an application for courses.", "share"),
    State("purchase_draw", "This quarter's draw for a purchase.", "share"),
    State("consideration_draw", "This quarter's draw for causes to consider systems.", "share"),
    State("cameras_draw", "This quarter's draw for a city's cameras.", "share"),
    State("outage_draw", "This quarter's draw for an outage.", "share"),
    State("arrears_draw", "This quarter's draw for a missed payment.", "share"),
    State("leak_draw", "This quarter's draw for a leak of data.", "share"),
)


# Compiled, this loop draws for several countries at once, which takes less time than a draw where a
# rule needs it. Of rarer purposes each rule draws for itself.
def draw(countries: Record, now: Record) -> None:
    """Draw for every country and purpose, needed or not."""
    for i in range(len(countries)):
        country = countries[i]
        country.west_draw = chance(now, country, WEST_SEAT)
        country.unrest_draw = chance(now, country, UNREST_ONSET)
        country.application_draw = chance(now, country, APPLICATION)
        country.purchase_draw = chance(now, country, PURCHASE)
        country.consideration_draw = chance(now, country, CONSIDERATION)
        country.cameras_draw = chance(now, country, CAMERAS)
        country.outage_draw = chance(now, country, OUTAGE)
        country.arrears_draw = chance(now, country, ARREARS)
        country.leak_draw = chance(now, country, LEAK)
