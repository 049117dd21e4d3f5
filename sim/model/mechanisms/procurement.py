"""Procurement: from no system to a small one, a safe city, an integrated platform.

Each stage and each further city is a hazard.
"""

from sim.model.arithmetic import STEEPEST, bounded_exp, logistic, logistic_deviate
from sim.model.draws import CITY, PURCHASE, TENDER, VENDOR, chance
from sim.model.mechanisms.documented import sale_ahead, sale_due
from sim.model.mechanisms.market_access import (
    Access, cash_readiness, draw_doors, foreign_gates, platform_gates, remember_war,
    set_market_access, takes_credit, town_share, whole_cost,
)
from sim.model.mechanisms.purchase_utility import (
    Propensity, never_buys, purchase_known, purchase_utility, step_propensity,
)
from sim.model.mechanisms.purchases import buy, buy_as_documented, is_suspended, settle_pending
from sim.model.mechanisms.tender import (
    DAHUA_WEIGHT, HIKVISION_WEIGHT, HUAWEI_WEIGHT, INTEGRATED, NO_SYSTEM, NO_VENDOR, OTHER_WEIGHT,
    SAFE_CITY, WESTERN, chinese_supply, incumbent_loses, incumbent_supply, open_tender, price_ratio,
    western_supply,
)
from sim.model.parameters import Mechanism, Outcome, Record, State, derived, parameter, switch
from sim.model.units import QUARTERS, THOUSAND



class Procurement(Access, Propensity):
    """Purchases: their causes, vendors and prices."""

    active: bool = switch(True)
    """Countries buy; off: none does, waiting purchases are dropped, and tenders have no bidders."""
    application_years: float = parameter(
        2.0, unit="years", low=0.25, high=1000.0, plausible=(0.5, 5.0), evidence=1
    )
    """Mean time until a purchase that waits for credit is dropped, or a government without a cause
    ceases to consider one.
    Source: assumption: a budget year or an office-holder's term."""
    falls_through: float = parameter(0.15, unit="share", plausible=(0.05, 0.3), evidence=3)
    """Share of first platforms that are signed for and never serve. 0: all serve.
    Source: record of fates: 6 of 35 Chinese platforms signed for never served."""
    safe_city_cost: float = parameter(
        82.0, unit="million US$", low=1.0, high=5000.0, plausible=(45.0, 190.0), evidence=3
    )
    """Capital cost of a safe city in a country of reference size, at Western prices.
    Source: Kenya, Uganda, Ghana, Bolivia, Ecuador, Mauritius: 74-240, at 1 to 45 million people."""
    pilot_cost: float = parameter(0.25, unit="share", low=0.01, plausible=(0.1, 0.4), evidence=1)
    """Cost of a pilot, as a share of a safe city's.
    Source: assumption."""
    integrated_cost: float = parameter(
        1.0, unit="share", low=0.01, high=5.0, plausible=(0.5, 2.0), evidence=2
    )
    """Added cost of an integrated platform, as a share of a safe city's.
    Source: Ecuador's modernisation: several hundred million."""
    size_elasticity: float = parameter(
        0.6, unit="log per log", low=0.0, high=1.5, plausible=(0.4, 0.8), evidence=2
    )
    """How capital cost grows with population (elasticity).
    Source: documented prices: 10-25 million US$ below 5 million people, 74-240 at 1 to 45, 400-500
    at 100 to 180."""
    budget_share: float = parameter(
        0.015, unit="share", low=0.0001, high=0.2, plausible=(0.005, 0.02), evidence=2
    )
    """Security budget at the reference income, as a share of the economy.
    Source: public order spending, order of magnitude."""
    budget_income: float = parameter(
        0.15, unit="log per log", low=0.0, high=1.0, plausible=(0.0, 0.3), varied=False, evidence=2
    )
    """How the share of the security budget grows with income (elasticity).
    Source: Besley & Persson 2014: taxes of 10-20% in poor countries, 40% in rich ones."""
    credit_above: float = parameter(
        0.17, unit="yearly budgets", low=0.0, high=50.0, plausible=(0.02, 0.2), evidence=2
    )
    """Price, in yearly budgets, above which a country needs credit.
    Source: Exim and bank loans for Ghana, Uganda, Mauritius, Bolivia."""
    credit_relief: float = parameter(
        0.5, unit="share", plausible=(0.2, 0.8), varied=False, evidence=2
    )
    """Share of the price's weight that credit on offer removes.
    Source: 2%, 20 years, 5-7 years' grace."""
    western_supply: float = parameter(0.8, unit="share", plausible=(0.2, 1.0), evidence=2)
    """How far Western systems are on offer without an embargo.
    Source: Beraja et al. 2023: 57 countries import US-made, 83 Chinese systems."""
    price_weight: float = parameter(
        2.0, unit="logit", low=0.0, high=10.0, plausible=(0.5, 4.0), evidence=1
    )
    """Chinese advantage in a tender per unit of price below the Western.
    Source: article P6, P8."""
    quality_gap: float = parameter(
        0.3, unit="logit", low=-5.0, high=5.0, plausible=(0.0, 1.0), evidence=1
    )
    """Western advantage in a tender by quality.
    Source: assumption."""
    credit_advantage: float = parameter(
        1.0, unit="logit", low=0.0, high=5.0, plausible=(0.3, 2.0), varied=False, evidence=3
    )
    """Chinese advantage in a tender by credit, where the country needs it.
    Source: tied loans of C2-C5."""
    huawei_sells: bool = switch(True)
    """Huawei sells and serves; off: it wins, adds, restores and renews nothing."""
    hikvision_sells: bool = switch(True)
    """Hikvision sells and serves; off: it wins, adds, restores and renews nothing."""
    dahua_sells: bool = switch(True)
    """Dahua sells and serves; off: it wins, adds, restores and renews nothing."""
    other_sells: bool = switch(True)
    """Other Chinese vendors sell and serve; off: they win, add, restore, renew nothing."""

    @derived
    def never_below(self) -> float:
        """Lasting propensity, of deviation 1, below which a country never buys."""
        if self.never_share <= 0.0:
            return -STEEPEST
        return logistic_deviate(self.never_share, 1.0)

    @derived
    def sold_weight(self) -> float:
        if not self.active:
            return 0.0
        return (
            (HUAWEI_WEIGHT if self.huawei_sells else 0.0)
            + (HIKVISION_WEIGHT if self.hikvision_sells else 0.0)
            + (DAHUA_WEIGHT if self.dahua_sells else 0.0)
            + (OTHER_WEIGHT if self.other_sells else 0.0)
        )

    @derived
    def lapse_chance(self) -> float:
        return 1.0 / (QUARTERS * self.application_years)


COUNTRY = (
    State("lasting_purchase", "Lasting propensity to buy.", "logit"),
    State("foreign_access", "Share of foreign supply that war and closure leave.", start=1.0),
    State("town_access", "Share of supply of platforms that so few townspeople leave.", start=1.0),
    State("platform_access", "Share of countries open to Chinese platforms.", start=1.0),
    State("chinese_access", "Share of Chinese supply in reach for the system sought.", start=1.0),
    State("western_access", "Share of Western supply in reach for the system sought.", start=1.0),
    State("market_draw", "Draw that decides on the market's door.", "share"),
    State("finance_draw", "Draw that decides on loans.", "share"),
    State("politics_draw", "Draw that decides on the door of politics.", "share"),
    State("war_draw", "Draw that decides on the door of war.", "share"),
    State("war_memory", "Deaths of war that sellers remember.", "per million"),
    State("cash_ready", "How far Chinese platforms are sold without Chinese credit.", start=1.0),
    State("withheld", "1 while its first documented Chinese contract is ahead.", "0 or 1"),
    State("bought_western", "1 once a Western system was bought.", "0 or 1"),
    State("system_cost", "What a safe city costs here, at Western prices.", "million US$"),
    State("economy", "Income of all, the economy's size.", "million US$ a year"),
    State("budget", "Yearly security budget.", "million US$"),
    State("stage", "0 none, 1 small system, 2 safe city, 3 integrated platform.",
          "stage", panel=True),
    State("cities", "Large cities that the safe city covers.", "cities"),
    State("pending", "1 while a decided purchase waits for credit.", "0 or 1"),
    State("pending_vendor", "Vendor of that purchase.", "vendor", NO_VENDOR, True),
    State("pending_stage", "Stage after that purchase.", "stage"),
    State("pending_cities", "Cities covered after that purchase.", "cities"),
    State("pending_anew", "1 if a new system replaces the installed one.", "0 or 1"),
    State("sale_vendor", "Vendor of this quarter's purchase; -1 if none.", "vendor", -1, True),
    State("sale_price", "Price of this quarter's purchase.", "million US$"),
    State("sale_credit", "Part of it on credit.", "million US$"),
    State("sale_stage", "Stage after this quarter's purchase.", "stage"),
    State("sale_cities", "Cities covered after this quarter's purchase.", "cities"),
    State("sale_anew", "1 if a new system replaces the installed one.", "0 or 1"),
)


def update(country: Record, now: Record, p: Record) -> None:
    if now.review == 0:
        return
    draw_doors(country, now)
    country.system_cost = p.procurement.safe_city_cost * bounded_exp(
        p.procurement.size_elasticity * country.size
    )
    country.economy = country.gdp_pc * country.population_k / THOUSAND
    country.budget = (
        p.procurement.budget_share
        * bounded_exp(p.procurement.budget_income * country.wealth)
        * country.economy
    )
    country.known_purchase = purchase_known(country, p)
    remember_war(country, now, p)
    country.foreign_access = foreign_gates(country, p)
    country.cash_ready = cash_readiness(now, p)
    country.town_access = town_share(country, p)
    country.platform_access = platform_gates(country, p)


def evaluate_next_stage(
    country: Record, public: Record, stage: float, cities: float, p: Record
) -> tuple[float, float, float, float, float]:
    """Return costs, price, supply and wish of the next stage, and set access to it.

    Costs, of the whole system and of the addition, are in million US$ at Western prices. The price
    is relative to these; supply and wish are from 0 to 1.
    """
    whole = whole_cost(country, stage, cities, p)
    added = whole - whole_cost(country, country.stage, country.cities, p)
    set_market_access(country, stage, added, public.price, p)
    chinese = chinese_supply(country, public, p)
    supply = 1.0 - (1.0 - chinese) * (1.0 - western_supply(country, public, p))
    ratio = public.price
    if chinese <= 0.0 or country.vendor == WESTERN:
        ratio = 1.0 - p.west.subsidy * country.fund
    wish = 0.0
    if supply > 0.0:
        utility = purchase_utility(country, added * ratio, chinese, p)
        wish = logistic(utility + step_propensity(country, p))
    return whole, added, ratio, supply, wish


def decide(country: Record, public: Record, now: Record, p: Record) -> None:
    draw = chance(now, country, PURCHASE)
    # Most draws lie above the most that any propensity gives: they ask for none to be worked out.
    if draw >= p.procurement.rate:
        return
    stage = country.stage + 1.0
    cities = 1.0 if stage == SAFE_CITY else country.cities
    whole, added, ratio, supply, wish = evaluate_next_stage(country, public, stage, cities, p)
    wish *= p.procurement.rate
    if draw >= wish * supply:
        return
    if country.stage > NO_SYSTEM and not incumbent_loses(
        country, added * ratio, (whole - added) * ratio, chance(now, country, TENDER), p
    ):
        if draw < wish * incumbent_supply(country, public, p):
            price = added * price_ratio(country.vendor, public)
            buy(country, country.vendor, price, stage, cities, 0.0, p)
        return
    # Who wins a fresh tender builds the whole system anew; doors are opened for what that costs.
    anew = 1.0 if country.stage > NO_SYSTEM else 0.0
    if anew > 0.0:
        set_market_access(country, stage, whole, public.price, p)
    credit = takes_credit(country, whole * public.price, p)
    vendor = open_tender(country, public, chance(now, country, VENDOR), credit, p)
    if vendor != NO_VENDOR:
        buy(country, vendor, whole * price_ratio(vendor, public), stage, cities, anew, p)


def decide_city(country: Record, public: Record, now: Record, p: Record) -> None:
    """Decide whether the safe city's vendor covers one more large city."""
    # Fewer cities left, less demand. Exit is decided at expiry, for all cities together.
    left = 1.0 - country.cities / country.large_cities
    draw = chance(now, country, CITY)
    if draw >= p.procurement.rate * left:
        return
    cost = country.system_cost * p.procurement.city_cost
    set_market_access(country, country.stage, cost, public.price, p)
    supply = incumbent_supply(country, public, p)
    if supply <= 0.0:
        return
    ratio = public.price
    if country.vendor == WESTERN:
        ratio = 1.0 - p.west.subsidy * country.fund
    utility = purchase_utility(country, cost * ratio, chinese_supply(country, public, p), p)
    utility += p.procurement.step_to_city
    if draw < p.procurement.rate * left * supply * logistic(utility):
        price = cost * price_ratio(country.vendor, public)
        buy(country, country.vendor, price, country.stage, country.cities + 1.0, 0.0, p)


def step(country: Record, public: Record, now: Record, p: Record) -> None:
    country.lasting_purchase = country.unscaled_purchase * public.purchase_spread
    country.sale_vendor = NO_VENDOR
    country.sale_price = 0.0
    country.sale_credit = 0.0
    country.withheld = 1.0 if sale_ahead(country, now) else 0.0
    if sale_due(country, now):
        buy_as_documented(country, public, now, p)
        return
    if country.pending > 0.0:
        settle_pending(country, public, now, p)
        return
    if not p.procurement.active or public.technology <= 0.0:
        return
    if country.considering <= 0.0 or is_suspended(country) or never_buys(country, p):
        return
    if country.stage < INTEGRATED:
        decide(country, public, now, p)
    undecided = country.sale_vendor == NO_VENDOR and country.pending <= 0.0
    if undecided and country.stage >= SAFE_CITY and country.cities < country.large_cities:
        decide_city(country, public, now, p)


OUTCOMES = (
    Outcome("western_buyers", "countries", "Countries that ever bought a Western system.",
            "bought_western", "total", "Ever bought Western"),
)

MECHANISM = Mechanism(
    name="procurement",
    title="Procurement",
    section=Procurement,
    article="P4, P6, P8, P17, P18",
    country=COUNTRY,
    outcomes=OUTCOMES,
)
