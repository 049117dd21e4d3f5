"""A quarter: the order in which the mechanisms act, for every way of running.

docs/architecture.md lists the files that a new mechanism needs besides its line here.
"""

from __future__ import annotations

from sim.model import mechanisms
from sim.model.parameters import Record


def prepare(country: Record, past: Record, regime_past: Record, now: Record, p: Record) -> None:
    mechanisms.history.step(country, past, regime_past, now, p)
    mechanisms.needs.step(country, now, p)
    mechanisms.west.step(country, now, p)
    mechanisms.training.update(country, now, p)
    mechanisms.procurement.update(country, now, p)


# A country decides on last quarter's public state and writes only its own row, so the order of
# countries cannot matter. Each mechanism builds on earlier ones.
def decide(country: Record, public: Record, now: Record, p: Record) -> None:
    mechanisms.peers.step(country, public, p)
    mechanisms.training.step(country, public, now, p)
    mechanisms.consideration.step(country, public, now, p)
    mechanisms.procurement.step(country, public, now, p)
    mechanisms.cameras.step(country, public, now, p)
    mechanisms.contracts.step(country, public, now, p)
    mechanisms.doctrine.step(country, now, p)
    mechanisms.society.step(country, public, now, p)
    mechanisms.market.step(country, now, p)
    mechanisms.observer.step(country, now, p)
    mechanisms.fates.step(country, now, p)


def step_quarter(
    now: Record,
    countries: Record,
    pasts: Record,
    china: Record,
    west: Record,
    public: Record,
    ps: Record,
) -> None:
    """Move the world on by a quarter.

    `pasts` are the observed data of `countries`, in the same order. `public` is the public state as
    of the end of last quarter. `ps` are the parameters of this quarter: a record for the world and
    all countries outside every `where`, then one for each class of countries.
    """
    p = ps[0]
    mechanisms.history.permute_regimes(countries, now, p)
    mechanisms.china.plan(china, public, now, p)
    mechanisms.west.ration(west, countries, now, ps)
    mechanisms.china.allocate_courses(china, countries, now, ps)
    mechanisms.china.ration_credit(china, countries, now, p)
    for i in range(len(countries)):
        country = countries[i]
        parameters = ps[country.parameter_row]
        prepare(country, pasts[i], pasts[country.regime_row], now, parameters)
    mechanisms.needs.scale_unobserved_effects(public, countries, now, p)
    for i in range(len(countries)):
        country = countries[i]
        decide(country, public, now, ps[country.parameter_row])
    mechanisms.payments.settle(west, countries, p)
    mechanisms.peers.publish(public, countries, ps)
    mechanisms.society.publish(public, countries)
    mechanisms.market.publish(public, china, countries, p)


MECHANISMS = mechanisms.in_order(step_quarter)
"""In the order in which they first act: that of scenario files, columns and pages."""
