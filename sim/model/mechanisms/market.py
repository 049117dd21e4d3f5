"""Market and alignment: effects of success on vendors and on China's partners."""

from sim.model.arithmetic import LN2, clamp, log, power
from sim.model.mechanisms.tender import NO_VENDOR, VENDORS, WESTERN
from sim.model.parameters import (
    Mechanism, Outcome, Record, Section, State, derived, parameter, switch,
)
from sim.model.units import QUARTERS

FIRST_SALES = 2000.0
"""Million US$ sold before the model begins, from which doublings count: a judgement."""
NEUTRAL_DISTANCE = 1.0
"""Distance of votes from China's, in ideal points, that counts neither way: between the Group of 77
(about 0.4) and Western Europe (about 1.8)."""


class Market(Section):
    """Prices, reinvestment, the leap, and alignment."""

    active: bool = switch(True, of_world=True)
    """Revenue lowers prices and funds courses, and countries align; off: price and alignment stay
    constant, no courses are funded."""
    price: float = parameter(
        0.75, unit="ratio", low=0.05, high=3.0, plausible=(0.5, 0.9), of_world=True, evidence=1
    )
    """Chinese price at the start, relative to the Western.
    Source: no solid source; 'roughly half' is press."""
    learning: float = parameter(
        0.1, unit="share per doubling", low=0.0, high=0.5, plausible=(0.05, 0.15), of_world=True,
        evidence=2,
    )
    """Fall of the price per doubling of cumulative sales.
    Source: learning curves, order of magnitude."""
    reinvestment: float = parameter(
        0.004, unit="courses per million US$", low=0.0, high=10.0, plausible=(0.0, 0.02),
        of_world=True, evidence=1,
    )
    """Courses a year funded by a million US$ of yearly revenue.
    Source: article P10, P17."""
    ai_leap: float = parameter(0.0, unit="share", evidence=1)
    """Leap in artificial intelligence, set by dated events: the share by which it raises worth and
    exit cost of Chinese systems, and the propensity of their owners to take the next stage.
    Source: article P25."""
    alignment_speed: float = parameter(
        0.05, unit="share a year", low=0.0, high=4.0, plausible=(0.02, 0.1), evidence=2
    )
    """Speed at which a country's alignment follows its ties.
    Source: Xinjiang statements 2019-2023: the balance of signatures moves little."""
    dependence_pull: float = parameter(
        1.06, unit="weight", low=0.0, high=10.0, plausible=(0.3, 2.0), evidence=1
    )
    """Pull towards China of full dependence and trust.
    Source: article P17."""
    autocracy_pull: float = parameter(
        0.63, unit="weight", low=0.0, high=10.0, plausible=(0.3, 1.2), evidence=2
    )
    """Pull towards China of the least democratic regime; open civil space pulls away.
    Source: Xinjiang statements: 50-54 countries with China in 2019, 22-23 against."""
    neutral_civil_space: float = parameter(
        0.7, unit="share", low=0.05, plausible=(0.5, 0.8), evidence=1
    )
    """Openness of civil space at which a regime pulls neither way.
    Source: the Xinjiang statements leave a large middle."""
    west_pull: float = parameter(
        0.41, unit="weight", low=0.0, high=10.0, plausible=(0.3, 2.0), evidence=1
    )
    """Pull towards the West of an alliance, or of full conditions and training ties.
    Source: article P14, P23."""
    votes_weight: float = parameter(
        0.15, unit="index", low=0.0, high=2.0, plausible=(0.0, 0.6), evidence=2
    )
    """Alignment at the start added by votes like China's before 2013.
    Source: Bailey, Strezhnev & Voeten 2017."""

    @derived
    def learning_exponent(self) -> float:
        return -log(1.0 - self.learning) / LN2


COUNTRY = (
    State("alignment", "-1 with the West, +1 with China.",
          "index -1 to 1", low=-1.0, high=1.0, panel=True),
    State("dependence_installed", "Dependence of a country with an installed system.", "share"),
    State("sold", "Paid for systems and refreshes this year.", "million US$"),
    State("sold_chinese", "Of it, to Chinese vendors.", "million US$"),
    State("bought", "1 once it bought a system of any vendor.", "0 or 1", grows=True),
    State("bought_chinese_first", "1 if that was a Chinese one.", "0 or 1", grows=True),
)
CHINA = (
    State("sales", "Received by Chinese vendors for systems so far.", "million US$"),
    State("fees", "Received by Chinese vendors in fees so far.", "million US$"),
    State("funded_courses", "Courses a year that revenue pays for.", "courses a year"),
    State("revenue", "Yearly revenue of Chinese vendors, smoothed.", "million US$ a year"),
)
PUBLIC = (
    State("price", "Chinese price now, relative to the Western.", "ratio"),
    State("technology", "How far technology is ready for sale, by anybody, 0 to 1.", "share"),
    State("vendor_sales", "Received by each vendor for systems so far.",
          "million US$", length=len(VENDORS)),
    State("vendor_fees", "Received by each vendor in fees so far.",
          "million US$", length=len(VENDORS)),
    State("vendor_working", "Working systems of each vendor.", "systems", length=len(VENDORS)),
)


def alignment_target(country: Record, p: Record) -> float:
    """Alignment towards which a country's ties pull it, -1 to 1."""
    pull = (
        p.market.dependence_pull * (country.dependence + country.trust)
        + p.market.autocracy_pull * (1.0 - country.civil_space / p.market.neutral_civil_space)
        - p.market.west_pull * (country.ally + country.condition_weight * country.west_tie)
    )
    return pull / (1.0 + (pull if pull > 0.0 else -pull))


def chinese_price(sold: float, p: Record) -> float:
    """Chinese price relative to the Western, after `sold` million US$ of sales."""
    return p.market.price * power(1.0 + sold / FIRST_SALES, -p.market.learning_exponent)


def count_sales(country: Record, now: Record) -> None:
    if now.season == 0:
        country.sold = 0.0
        country.sold_chinese = 0.0
    country.sold += country.paid_sale + country.paid_refresh
    if country.sale_to != WESTERN:
        country.sold_chinese += country.paid_sale
    if country.fee_to != WESTERN:
        country.sold_chinese += country.paid_refresh
    if country.bought <= 0.0 and country.bought_western + country.adopted_national > 0.0:
        country.bought = 1.0
        country.bought_chinese_first = country.adopted_national


def step(country: Record, now: Record, p: Record) -> None:
    count_sales(country, now)
    country.dependence_installed = country.dependence * country.installed
    if not p.market.active:
        return
    # A run begins with countries where their ties have pulled them already.
    speed = clamp(p.market.alignment_speed / QUARTERS, 0.0, 1.0) if now.elapsed > 0 else 1.0
    gap = alignment_target(country, p) - country.alignment
    alignment = country.alignment + gap * speed
    if now.elapsed == 0:
        nearness = clamp(1.0 - country.un_distance / NEUTRAL_DISTANCE, -1.0, 1.0)
        alignment = clamp(alignment + p.market.votes_weight * nearness, -1.0, 1.0)
    country.alignment = alignment


def receive(received: Record, vendor: int, paid: float) -> float:
    """Add a payment to what its vendor received; return it if the vendor is Chinese."""
    if paid <= 0.0:
        return 0.0
    received[vendor] += paid
    return paid if vendor != WESTERN else 0.0


def publish(public: Record, china: Record, countries: Record, p: Record) -> None:
    for v in range(len(public.vendor_working)):
        public.vendor_working[v] = 0.0
    sales = 0.0
    fees = 0.0
    for i in range(len(countries)):
        country = countries[i]
        if country.vendor != NO_VENDOR:
            public.vendor_working[country.vendor] += country.working + country.working_western
        sales += receive(public.vendor_sales, country.sale_to, country.paid_sale)
        sales += receive(public.vendor_sales, country.fee_to, country.paid_refresh)
        fees += receive(public.vendor_fees, country.fee_to, country.paid_fee)
    china.sales += sales
    china.fees += fees
    china.revenue += ((sales + fees) * QUARTERS - china.revenue) / QUARTERS
    if p.market.active:
        public.price = chinese_price(china.sales, p)
    funded = p.market.active and p.contracts.propagation
    china.funded_courses = p.market.reinvestment * china.revenue if funded else 0.0


OUTCOMES = (
    Outcome("alignment", "index -1 to 1", "Mean alignment: -1 with the West, +1 with China.",
            "alignment", "mean", "Alignment"),
    Outcome("price", "ratio to Western price", "Chinese price relative to the Western.",
            "public.price", "total", "Chinese price", of="actor"),
    Outcome("china_sales_share", "share of sales",
            "Chinese vendors' share of the calendar year's sales, by value.",
            "sold_chinese", "ratio", "China's share of the market", over="sold"),
    Outcome("china_first_share", "share of first systems",
            "Share of buyers so far whose first system was Chinese.",
            "bought_chinese_first", "ratio", "China's share of first systems", over="bought"),
    Outcome("vendor_working", "systems", "Working systems of the vendor.", "working", "total",
            "Working systems by vendor", of="vendor"),
)

MECHANISM = Mechanism(
    name="market",
    title="Market and alignment",
    section=Market,
    article="P10, P12, P14, P17, P19, P23, P25",
    country=COUNTRY,
    china=CHINA,
    public=PUBLIC,
    outcomes=OUTCOMES,
)
