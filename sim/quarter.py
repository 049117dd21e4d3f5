"""A quarter: the order in which the mechanisms act. The one loop that every way of running calls.

China and the West ration first. Then each country's circumstances are brought up to date, and how
far leanings differ beyond what is known; then each decides, on last quarter's public state, and
writes only its own row, so that the order of countries cannot matter. Last, what all may know is
made public.

To add a mechanism: write its file, and one line here.
"""

from __future__ import annotations

from sim.mechanisms.china import plan as china_plan
from sim.mechanisms.china import ration_credit as china_ration_credit
from sim.mechanisms.china import ration_seats as china_ration_seats
from sim.mechanisms.contracts import step as contracts_step
from sim.mechanisms.history import deal_regimes as history_deal_regimes
from sim.mechanisms.history import step as history_step
from sim.mechanisms.market import publish as market_publish
from sim.mechanisms.market import step as market_step
from sim.mechanisms.needs import lean as needs_lean
from sim.mechanisms.needs import step as needs_step
from sim.mechanisms.observer import step as observer_step
from sim.mechanisms.peers import publish as peers_publish
from sim.mechanisms.peers import step as peers_step
from sim.mechanisms.procurement import know as procurement_know
from sim.mechanisms.procurement import step as procurement_step
from sim.mechanisms.society import publish as society_publish
from sim.mechanisms.society import step as society_step
from sim.mechanisms.training import know as training_know
from sim.mechanisms.training import step as training_step
from sim.mechanisms.west import ration as west_ration
from sim.mechanisms.west import step as west_step
from sim.parameters import Record


def prepare(country: Record, past: Record, regime_past: Record, now: Record, p: Record) -> None:
    """Bring a country's circumstances up to date, and what is known of its leanings."""
    history_step(country, past, regime_past, now, p)
    needs_step(country, now, p)
    west_step(country, now, p)
    training_know(country, now, p)
    procurement_know(country, now, p)


def decide(country: Record, public: Record, now: Record, p: Record) -> None:
    """What a country does this quarter: each mechanism on what those before it left."""
    peers_step(country, public, now, p)
    training_step(country, public, now, p)
    procurement_step(country, public, now, p)
    contracts_step(country, public, now, p)
    society_step(country, public, now, p)
    market_step(country, public, now, p)
    observer_step(country, now, p)


def quarter(
    now: Record,
    countries: Record,
    pasts: Record,
    china: Record,
    west: Record,
    public: Record,
    ps: Record,
) -> None:
    """Move the world on by a quarter.

    Args:
        now: The moment: seed, counter, quarter, season, year, date.
        countries: The countries' records, in fixed order.
        pasts: Their observed histories, in the same order.
        china: China's record.
        west: The West's record.
        public: What all may know, as of the end of last quarter.
        ps: Parameters in force in this quarter: a record for the world and all states that no
            target of the scenario names, then one for each class of states that targets tell apart.
    """
    p = ps[0]
    history_deal_regimes(countries, now, p)
    china_plan(china, public, now, p)
    west_ration(west, countries, now, p)
    china_ration_seats(china, countries, now, ps)
    china_ration_credit(china, countries, now, p)
    for i in range(len(countries)):
        country = countries[i]
        own = ps[country.parameter_row]
        prepare(country, pasts[i], pasts[country.regime_row], now, own)
    needs_lean(public, countries, now, p)
    for i in range(len(countries)):
        country = countries[i]
        decide(country, public, now, ps[country.parameter_row])
    peers_publish(public, countries, ps)
    society_publish(public, countries)
    market_publish(public, china, countries, p)
