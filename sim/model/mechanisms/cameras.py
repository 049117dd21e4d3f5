"""Cities' cameras: small Chinese systems that cities buy by themselves."""

from sim.model.arithmetic import rate_to_probability
from sim.model.draws import CAMERAS, chance
from sim.model.mechanisms.market_access import market_share
from sim.model.parameters import (
    Mechanism, Outcome, Record, Section, State, derived, parameter, switch,
)
from sim.model.units import QUARTERS


class Cameras(Section):
    """Purchases of small Chinese systems by cities."""

    active: bool = switch(True)
    """Cities buy Chinese cameras; off: only national systems are bought."""
    rate: float = parameter(
        0.069, unit="a year", low=0.0, high=4.0, plausible=(0.01, 0.15), evidence=2
    )
    """Purchases a year by some city where cities and the market are large.
    Source: Feldstein 2019: 27 of 63 outside the Belt and Road, rich democracies among them."""
    half_cities: float = parameter(
        5.0, unit="cities", low=0.0, high=1000.0, plausible=(2.0, 15.0), evidence=1
    )
    """Large cities at which the chance is half of its maximum.
    Source: a judgement: more cities, more buyers."""

    @derived
    def most_chance(self) -> float:
        return rate_to_probability(self.rate / QUARTERS)


COUNTRY = (
    State("cameras", "1 once a city bought Chinese cameras by itself.",
          "0 or 1", grows=True, panel=True),
    State("cameras_bought", "1 in the quarter in which it did.", "0 or 1"),
)


def camera_supply(country: Record, p: Record) -> float:
    """Share of the usual chance after cities, market, imports and bans, 0 to 1."""
    if not (p.china.offering and p.china.sales) or p.procurement.sold_weight <= 0.0:
        return 0.0
    if country.claimed > 0.0:
        return 0.0
    cities = country.large_cities / (country.large_cities + p.cameras.half_cities)
    # Cities decide by themselves: alliance and rivalry do not count, binding bans do.
    share = cities * market_share(country, p) * country.foreign_access
    return share * p.procurement.ban_access_pilot if country.banned > 0.0 else share


def step(country: Record, public: Record, now: Record, p: Record) -> None:
    country.cameras_bought = 0.0
    if not p.cameras.active or country.cameras > 0.0 or country.withheld > 0.0:
        return
    most = p.cameras.most_chance * public.technology
    draw = chance(now, country, CAMERAS)
    # Cameras carry no national contract, affect no peer and are no step towards a platform. Lists
    # count the country as one with a Chinese system; the cost is too small to count.
    if draw < most and draw < most * camera_supply(country, p):
        country.cameras = 1.0
        country.cameras_bought = 1.0
        country.adopted = 1.0


OUTCOMES = (
    Outcome("cameras", "countries", "Countries in which a city ever bought Chinese cameras.",
            "cameras", "total", "Cities with Chinese cameras"),
)

MECHANISM = Mechanism(
    name="cameras",
    title="Cities' cameras",
    section=Cameras,
    article="P20",
    country=COUNTRY,
    outcomes=OUTCOMES,
)
