"""Market access: the share of the usual supply that is available to a country.

Two doors lead in: a market that repays the cost of entry, and Chinese finance.
"""

from sim.model.arithmetic import bounded_exp, clamp, log, power
from sim.model.draws import ENTRY, chance
from sim.model.mechanisms.history import share_at_war, share_below
from sim.model.mechanisms.tender import INTEGRATED, PILOT, SAFE_CITY, WESTERN
from sim.model.parameters import Record, Section, derived, parameter
from sim.model.units import PERCENT

OWN_REVENUE = 15.0
"""Aid, in % of GNI, at which donors pay half of the security budget, a part without a market.
Gaspar, Jaramillo & Wingender 2016: taxes of 12.75 to 15% of GDP."""
AFTER_WAR = 5.0
"""Mean years for which sellers remember a war. Collier, Hoeffler & Soderbom 2008 and Glick & Taylor
2010: recovery takes a decade."""
WAR_RETENTION = AFTER_WAR / (AFTER_WAR + 1.0)
CHOICE_INCOME = 4000.0
"""US$ of 2015 per head: between the World Bank's limits of lower- and upper-middle income."""
CHOICE_SLOPE = 2.0
"""How sharply income decides on the choice of a loan; rare at twice `CHOICE_INCOME`."""
CHOICE_LOG = log(CHOICE_INCOME)


class Access(Section):
    """Barriers between a country and systems, or credit for them."""

    no_relations_access: float = parameter(
        0.05, unit="share", plausible=(0.02, 0.1), varied=False, evidence=1
    )
    """Share of countries open to Chinese systems without relations with Beijing.
    Source: article P4; docs/which-states.md."""
    closed_access: float = parameter(
        0.2, unit="share", low=0.001, plausible=(0.05, 0.5), evidence=1
    )
    """Share of any foreign supply available to a closed economy.
    Source: a judgement: few foreign sellers."""
    war_access: float = parameter(
        0.2, unit="share", plausible=(0.05, 0.5), varied=False, evidence=2
    )
    """Share of countries at war open to any foreign system.
    Source: China fetched its people home from most wars; docs/which-states.md."""
    gpa_access: float = parameter(
        0.15, unit="share", plausible=(0.05, 0.4), varied=False, evidence=2
    )
    """Share of countries in the procurement agreement, outside the EEA, that are open to Chinese
    platforms. 1: no effect.
    Source: WTO agreement: open tenders, nothing owed to bidders of China; a judgement of size;
    docs/which-states.md."""
    half_towns: float = parameter(
        300.0, unit="thousand people", low=0.001, high=100000.0, plausible=(100.0, 600.0),
        varied=False, evidence=2,
    )
    """Townspeople at which half of the usual supply of platforms is available.
    Source: CSIS 2019, article P20: safe cities are sold to cities."""
    ally_access: float = parameter(
        0.3, unit="share", low=0.001, plausible=(0.1, 0.6), varied=False, evidence=1
    )
    """Share of countries open to Chinese platforms under a US defence pact.
    Source: article P20, P23; docs/which-states.md."""
    rival_access: float = parameter(
        0.1, unit="share", plausible=(0.03, 0.3), varied=False, evidence=2
    )
    """Share of countries open to Chinese platforms under strategic rivalry with China.
    Source: Thompson, Sakuwa & Suhas 2021; docs/which-states.md."""
    home_vendor_access: float = parameter(
        0.4, unit="share", plausible=(0.15, 0.8), varied=False, evidence=2
    )
    """Share of countries with home vendors that are open to Chinese platforms.
    Source: Beraja et al. 2023: + where there is no domestic industry."""
    ban_access: float = parameter(
        0.05, unit="share", plausible=(0.0, 0.1), varied=False, evidence=3
    )
    """Share of countries open to Chinese platforms under a binding ban.
    Source: laws and directions, by year (spells.csv)."""
    ban_access_pilot: float = parameter(0.5, unit="share", plausible=(0.2, 1.0), evidence=2)
    """Share of the usual supply of small Chinese systems under a binding ban.
    Source: most bans concern networks and federal bodies."""
    half_market: float = parameter(
        150.0, unit="million US$ a year", low=0.0, high=1e6, plausible=(100.0, 1000.0), evidence=2
    )
    """Yearly security budget at which half of all markets repay the cost of entry.
    Source: Melitz 2003; Feldstein 2019: 40 of the 50 largest military spenders."""
    half_loan: float = parameter(
        0.33, unit="years", low=0.0, high=100.0, plausible=(0.3, 2.0), evidence=3
    )
    """Price, in years of Chinese finance received, at which half of loans go through.
    Source: documented contracts: 0.2 (Ecuador) to 1.2 years (Mauritius)."""
    door_slope: float = parameter(
        2.2, unit="log odds per log", low=0.1, high=20.0, plausible=(1.5, 3.0), varied=False,
        evidence=2,
    )
    """How sharply budget and finance decide on their doors. 1: gradually; 3: at once.
    Source: documented loans: 0.2 to 1.2 years of finance, a deviation of 0.75 logs."""
    credit_choice: float = parameter(
        0.7, unit="share", plausible=(0.3, 1.0), varied=False, evidence=2
    )
    """Share of the poorest countries that take a fitting loan though they could pay at once; half
    as many at `CHOICE_INCOME`. 0: none.
    Source: Gelpern et al. 2021, Dreher et al. 2021: tied to the seller, softer than markets."""
    cash_from: float = parameter(
        2012.0, unit="year", low=1990.0, high=2060.0, plausible=(2011.0, 2013.0), evidence=2,
    )
    """Year from which Chinese platforms are sold without Chinese credit.
    Source: vendors' launches of the packaged safe city; telecom on credit came first."""
    cash_ramp: float = parameter(
        4.0, unit="years", low=0.25, high=40.0, plausible=(3.0, 8.0), evidence=1,
    )
    """Years from first to full sale of Chinese platforms without Chinese credit.
    Source: a judgement: packaged about 2012, marketed from 2015."""
    western_credit: float = parameter(
        0.3, unit="share", plausible=(0.1, 0.6), varied=False, evidence=1
    )
    """Share of the usual Western supply available to a country that cannot pay at once, and of the
    Chinese where China does not lend.
    Source: export credit and banks: dearer and rarer than tied loans."""

    @derived
    def ally_log(self) -> float:
        return log(self.ally_access)

    @derived
    def closed_log(self) -> float:
        return log(self.closed_access)


def whole_cost(country: Record, stage: float, cities: float, p: Record) -> float:
    """Capital cost of a whole system, at Western prices, in million US$."""
    share = 0.0
    if stage >= PILOT:
        share += p.procurement.pilot_cost
    if stage >= SAFE_CITY:
        share += 1.0 + p.procurement.city_cost * (cities - 1.0)
    if stage >= INTEGRATED:
        share += p.procurement.integrated_cost
    return country.system_cost * share


def remember_war(country: Record, now: Record, p: Record) -> None:
    if now.season == 0:
        country.war_memory *= WAR_RETENTION
    if country.war_memory < country.war_exposure:
        country.war_memory = country.war_exposure


def foreign_gates(country: Record, p: Record) -> float:
    if country.war_draw >= share_at_war(country.war_memory, p.procurement.war_access, p):
        return 0.0
    return bounded_exp(p.procurement.closed_log * country.closed)


def cash_readiness(now: Record, p: Record) -> float:
    return clamp((now.year - p.procurement.cash_from) / p.procurement.cash_ramp, 0.0, 1.0)


def town_share(country: Record, p: Record) -> float:
    towns = country.population_k * country.urban_share / PERCENT
    return towns / (towns + p.procurement.half_towns)


def platform_gates(country: Record, p: Record) -> float:
    share = bounded_exp(p.procurement.ally_log * country.ally)
    if country.gpa > 0.0:
        share *= p.procurement.gpa_access
    if country.rivalry > 0.0:
        share *= p.procurement.rival_access
    if country.home_vendor > 0.0:
        share *= p.procurement.home_vendor_access
    return share


def politics_share(country: Record, stage: float, p: Record) -> float:
    """Share of countries with such politics open to a stage of Chinese systems."""
    share = 1.0 if country.relations > 0.0 else p.procurement.no_relations_access
    if stage < SAFE_CITY:
        return share * p.procurement.ban_access_pilot if country.banned > 0.0 else share
    share *= country.platform_access
    return share * p.procurement.ban_access if country.banned > 0.0 else share


# A door leaves a share of countries, not of quarters: one draw per door and country decides for a
# whole run, so a closed country stays closed until its politics, budget or finance change.
def draw_doors(country: Record, now: Record) -> None:
    if now.elapsed == 0:
        country.market_draw = chance(now, country, ENTRY)
        country.finance_draw = chance(now, country, ENTRY, 1)
        country.politics_draw = chance(now, country, ENTRY, 2)
        country.war_draw = chance(now, country, ENTRY, 3)


def market_share(country: Record, p: Record) -> float:
    """Share of markets with such a security budget that repay the cost of entry."""
    own_budget = country.budget / (1.0 + country.oda_gni / OWN_REVENUE)
    if p.procurement.half_market <= 0.0:
        return 1.0
    size = power(own_budget / p.procurement.half_market, p.procurement.door_slope)
    return size / (size + 1.0)


def lends(p: Record) -> bool:
    return p.china.offering and p.china.credit


def finance_share(country: Record, price: float, p: Record) -> float:
    """Share of loans of a price, in million US$, that fit into China's lending to the country."""
    if not lends(p):
        return 0.0
    lent = p.procurement.half_loan * country.economy * country.finance / PERCENT
    loan = price if price > country.system_cost else country.system_cost
    fit = power(lent / loan, p.procurement.door_slope)
    return fit / (fit + 1.0)


def exceeds_budget(country: Record, price: float, p: Record) -> bool:
    return price > p.procurement.credit_above * country.budget


def chosen_credit(country: Record, p: Record) -> float:
    """Share of fitting loans that a country takes though it could pay at once."""
    if country.relations <= 0.0:
        return 0.0
    poor = share_below(country, CHOICE_LOG, CHOICE_SLOPE)
    return p.procurement.credit_choice * poor


def takes_credit(country: Record, price: float, p: Record) -> bool:
    share = 1.0 if exceeds_budget(country, price, p) else chosen_credit(country, p)
    return country.finance_draw < share * finance_share(country, price, p)


def set_market_access(country: Record, stage: float, cost: float, price: float, p: Record) -> None:
    """Set a country's access to Chinese and Western systems of a stage.

    `cost` is at Western prices, in million US$; `price` is relative to them.
    """
    country.western_access = country.foreign_access
    if stage >= SAFE_CITY:
        country.western_access *= country.town_access
    country.chinese_access = country.western_access
    if country.politics_draw >= politics_share(country, stage, p):
        country.chinese_access = 0.0
    if exceeds_budget(country, cost * (1.0 - p.west.subsidy * country.fund), p):
        country.western_access *= p.procurement.western_credit
    if not lends(p) and exceeds_budget(country, cost * price, p):
        country.chinese_access *= p.procurement.western_credit
    if country.market_draw >= market_share(country, p):
        # It is closed, but to vendors who are in it: their cost of entering is sunk.
        there = country.installed > 0.0
        if not there or country.vendor != WESTERN:
            country.western_access = 0.0
        if not there or country.vendor == WESTERN:
            if country.finance_draw >= finance_share(country, cost * price, p):
                country.chinese_access = 0.0
    if stage >= SAFE_CITY and country.cash_ready < 1.0:
        if not takes_credit(country, cost * price, p):
            country.chinese_access *= country.cash_ready
