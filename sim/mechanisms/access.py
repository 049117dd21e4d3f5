"""Which doors stand open: the share of the usual supply that a state can have, by seller.

Not a mechanism: what ``procurement`` and ``contracts`` share, with the parameters of the former.
Relations with Beijing, war and a closed economy bear on any system. Alliance, rivalry, bans and
vendors of one's own bear on national platforms, which also need towns to cover; a city's cameras
pass, but for half of the bans. What a state cannot pay at once it buys on credit, and Chinese
credit for a system must fit into what China lends anyway.

Article: P4 (finance), P20 and P23 (alliances and bans).
"""

from __future__ import annotations

from sim.arithmetic import bounded_exp
from sim.mechanisms.tender import INTEGRATED, PILOT, SAFE_CITY
from sim.parameters import Record

PERCENT = 100.0
WAR = 2.0
"""Class of armed conflict from which on nobody builds as usual."""


def whole_cost(country: Record, stage: float, cities: float, p: Record) -> float:
    """Capital cost of a whole system, at Western prices, in million US$.

    Args:
        country: The state.
        stage: Its stage.
        cities: How many large cities it covers, from a safe city on at least 1.
        p: Parameters.
    """
    share = 0.0
    if stage >= PILOT:
        share += p.procurement.pilot_cost
    if stage >= SAFE_CITY:
        share += 1.0 + p.procurement.city_cost * (cities - 1.0)
    if stage >= INTEGRATED:
        share += p.procurement.integrated_cost
    return country.system_cost * share


def foreign_gates(country: Record, p: Record) -> float:
    """What a closed economy and war leave of the supply of any system from abroad."""
    share = bounded_exp(p.procurement.closed_log * country.closed)
    return share * p.procurement.war_access if country.conflict >= WAR else share


def town_share(country: Record, p: Record) -> float:
    """Share of the usual supply of platforms that so many townspeople leave, whoever sells."""
    towns = country.population_k * country.urban_share / PERCENT
    return towns / (towns + p.procurement.half_towns)


def platform_gates(country: Record, p: Record) -> float:
    """What alliance, rivalry and vendors of one's own leave of the supply of Chinese platforms."""
    share = bounded_exp(p.procurement.ally_log * country.ally)
    if country.rivalry > 0.0:
        share *= p.procurement.rival_access
    if country.home_vendor > 0.0:
        share *= p.procurement.home_vendor_access
    return share


def chinese_share(country: Record, stage: float, p: Record) -> float:
    """Share of the usual Chinese supply of a stage that politics leaves, 0 to 1."""
    share = country.foreign_access
    if country.relations <= 0.0:
        share *= p.procurement.no_relations_access
    if stage < SAFE_CITY:
        return share * p.procurement.ban_access_pilot if country.banned > 0.0 else share
    share *= country.platform_access
    return share * p.procurement.ban_access if country.banned > 0.0 else share


def credit_share(country: Record, price: float, p: Record) -> float:
    """Share of purchases on Chinese credit that go through: by price beside what China lends.

    Args:
        country: The state.
        price: The price, in million US$; above 0.
        p: Parameters.
    """
    floor = p.procurement.credit_floor
    economy = country.budget / p.procurement.budget_share
    lent = p.procurement.half_loan * economy * country.finance / PERCENT
    return floor + (1.0 - floor) * lent / (lent + price)


def open_doors(country: Record, stage: float, cost: float, price: float, p: Record) -> None:
    """Say how far Chinese and Western systems of a stage are within a state's reach.

    Args:
        country: The state.
        stage: The stage to be bought.
        cost: What it costs at Western prices, in million US$.
        price: The Chinese price, relative to the Western.
        p: Parameters.
    """
    country.chinese_access = chinese_share(country, stage, p)
    country.western_access = country.foreign_access
    if stage >= SAFE_CITY:
        country.chinese_access *= country.town_access
        country.western_access *= country.town_access
    limit = p.procurement.credit_above * country.budget
    if cost * price > limit:
        country.chinese_access *= credit_share(country, cost * price, p)
    if cost * (1.0 - p.west.subsidy) > limit:
        country.western_access *= p.procurement.western_credit
