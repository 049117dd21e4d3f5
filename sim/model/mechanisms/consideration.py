"""Consideration: causes that put surveillance systems on a government's agenda, and for how long.

A government decides on a system only while it considers one. A course, an offer, peers' systems, a
vendor that serves it or unrest makes it consider; so may the market alone. Without a reason it
ceases in time. Rogers (2003) separates knowledge of an innovation from the decision on it.
"""

from sim.model.draws import CONSIDERATION, chance
from sim.model.parameters import Mechanism, Outcome, Record, Section, State, parameter, switch
from sim.model.units import QUARTERS

COURSE, OFFER, VENDOR, PEERS, UNREST, MARKET = range(1, 7)


class Consideration(Section):
    """Causes by which a government considers systems."""

    active: bool = switch(True, of_world=True)
    """Governments decide only on what they consider; off: all consider systems at any time."""
    by_course: float = parameter(0.38, unit="chance", plausible=(0.02, 0.6), evidence=1)
    """Chance that a course makes a country consider systems.
    Source: article P8, P17: courses show systems for sale; 8 of 236 trainings on record name
    cameras, 44 any equipment."""
    by_peers: float = parameter(
        1.05, unit="a year", low=0.0, high=8.0, plausible=(0.0, 1.5), evidence=2
    )
    """Rate at which a country comes to consider systems if all peers have them in service.
    Source: Bolivia bought after seeing Ecuador's; Oswald et al. 2024: single cases."""
    by_unrest: float = parameter(
        0.32, unit="a year", low=0.0, high=8.0, plausible=(0.0, 0.6), evidence=1
    )
    """Rate at which a country in unrest comes to consider systems.
    Source: article P6, P8: dissent and unrest in cities; no count."""
    by_market: float = parameter(
        0.15, unit="a year", low=0.0, high=4.0, plausible=(0.0, 0.2), evidence=1
    )
    """Rate at which any country comes to consider systems, without another cause.
    Source: a judgement: vendors' own marketing, fairs, the press."""


CAUSES = {
    "course": "a course",
    "offer": "an offer",
    "vendor": "its vendor",
    "peers": "peers' systems",
    "unrest": "unrest",
    "market": "the market alone",
}
"""Causes by name, in their order, and in words."""

COUNTRY = (
    State("considering", "1 while it considers a system.", "0 or 1", panel=True),
    State("considered_for", "Cause of it: 1 course, 2 offer, 3 vendor, 4 peers,"
          " 5 unrest, 6 market; 0 nothing.", "class", panel=True),
    *(State(f"considered_{cause}", f"Times that {words} made it consider systems.", "count",
            grows=True) for cause, words in CAUSES.items()),
    *(State(f"adopted_{cause}", f"1 once its first Chinese system followed from {words}.",
            "0 or 1", grows=True) for cause, words in CAUSES.items()),
)


def cause_of_consideration(country: Record, draw: float, technology: float, p: Record) -> int:
    """Return the cause by which a country considers systems in a quarter; 0 without one.

    Args:
        country: It, with this quarter's courses.
        draw: A random number between 0 and 1, below which the chances are laid end to end.
        technology: Share of technology on offer, 0 to 1; a factor on every chance.
        p: Parameters.
    """
    # An offer lies on the table, and a vendor who serves a system asks for more.
    if country.offer_left > 0.0:
        return OFFER
    if country.contract > 0.0 and country.unpaid <= 0.0:
        return VENDOR
    upto = p.consideration.by_course * country.sessions * technology
    if draw < upto:
        return COURSE
    upto += p.consideration.by_peers * country.exposure * technology / QUARTERS
    if draw < upto:
        return PEERS
    upto += p.consideration.by_unrest * country.unrest * technology / QUARTERS
    if draw < upto:
        return UNREST
    return MARKET if draw < upto + p.consideration.by_market * technology / QUARTERS else 0


def begin(country: Record, cause: int) -> None:
    country.considering = 1.0
    country.considered_for = float(cause)
    country.considered_course += cause == COURSE
    country.considered_offer += cause == OFFER
    country.considered_vendor += cause == VENDOR
    country.considered_peers += cause == PEERS
    country.considered_unrest += cause == UNREST
    country.considered_market += cause == MARKET


def credit_first_system(country: Record) -> None:
    """Note the cause of a first Chinese system."""
    cause = country.considered_for
    country.adopted_course += cause == COURSE
    country.adopted_offer += cause == OFFER
    country.adopted_vendor += cause == VENDOR
    country.adopted_peers += cause == PEERS
    country.adopted_unrest += cause == UNREST
    country.adopted_market += cause == MARKET


def step(country: Record, public: Record, now: Record, p: Record) -> None:
    if not (p.consideration.active and p.procurement.active):
        country.considering = 1.0 if p.procurement.active else 0.0
        country.considered_for = 0.0
        return
    draw = chance(now, country, CONSIDERATION)
    cause = cause_of_consideration(country, draw, public.technology, p)
    if cause > 0:
        if country.considering <= 0.0:
            begin(country, cause)
    # What waits for credit is still wanted.
    elif draw >= 1.0 - p.procurement.lapse_chance and country.pending <= 0.0:
        country.considering = 0.0
        country.considered_for = 0.0


OUTCOMES = (
    Outcome("considering_share", "share of countries", "Share of countries that consider a system.",
            "considering", "share", "Considering"),
    *(Outcome(f"considered_{cause}", "count", f"Times that {words} made countries consider.",
              f"considered_{cause}", "total", f"Considered: {words}")
      for cause, words in CAUSES.items()),
    *(Outcome(f"adopted_{cause}", "countries",
              f"First Chinese systems that followed from {words}.", f"adopted_{cause}",
              "total", f"First purchase: {words}") for cause, words in CAUSES.items()),
)

MECHANISM = Mechanism(
    name="consideration",
    title="Consideration",
    section=Consideration,
    article="P6, P8, P17, P18",
    country=COUNTRY,
    outcomes=OUTCOMES,
)
