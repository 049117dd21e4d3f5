"""Market and alignment: effects of success on vendors and on China's partners."""

from __future__ import annotations

from sim.arithmetic import LN2, clamp, log, power
from sim.mechanisms.tender import NO_VENDOR, VENDORS, WESTERN
from sim.parameters import Mechanism, Outcome, Record, Section, State, derived, parameter, switch
from sim.units import QUARTERS, REGIONS

BLOC_FROM = 1.0 / 3.0


class Market(Section):
    """Prices, reinvestment, the leap, and alignment."""

    active: bool = switch(
        True, idle_while_off=(
            "price_floor", "learning", "first_sales", "reinvestment", "alignment_speed",
            "*_pull", "neutral_*", "votes_weight", "homophily",
        ),
        idle_if_never_on=("china.friend_priority",),
        of_world=True,
    )
    """Revenue lowers prices and funds courses, and countries align; off: price and alignment stay
    constant, no courses are funded."""
    price: float = parameter(
        0.75, unit="ratio", low=0.05, high=3.0, plausible=(0.5, 0.9),
        source="no solid source; 'roughly half' is press", evidence=1, of_world=True,
    )
    """Chinese price at the start, relative to the Western."""
    price_floor: float = parameter(
        0.4, unit="ratio", low=0.01, high=3.0, plausible=(0.3, 0.6),
        source="assumption", evidence=1, of_world=True,
    )
    """Lowest Chinese price."""
    learning: float = parameter(
        0.1, unit="share per doubling", low=0.0, high=0.5, plausible=(0.05, 0.15),
        source="learning curves, order of magnitude", evidence=2, of_world=True,
    )
    """Fall of the price per doubling of cumulative sales."""
    first_sales: float = parameter(
        2000.0, unit="million US$", low=1.0, high=1e6, plausible=(500.0, 5000.0),
        source="assumption", evidence=1, of_world=True,
    )
    """Sales before the model begins, from which doublings count."""
    reinvestment: float = parameter(
        0.004, unit="courses per million US$", low=0.0, high=10.0, plausible=(0.0, 0.02),
        source="article P10, P17", evidence=1, of_world=True,
    )
    """Courses a year funded by a million US$ of yearly revenue."""
    ai_leap: float = parameter(
        0.0, unit="share", low=0.0, high=1.0,
        source="article P25", evidence=1,
    )
    """Progress of the leap in artificial intelligence, 0 to 1 (set by dated events)."""
    leap_value: float = parameter(
        0.4, unit="share", low=0.0, high=5.0, plausible=(0.0, 1.0),
        source="article P12, P25", evidence=1, acts_if=("ai_leap > 0",),
    )
    """Added worth of a system, and of upgrades, at the full leap, as a share."""
    leap_fee: float = parameter(
        0.2, unit="share", low=0.0, high=5.0, plausible=(0.0, 0.5),
        source="article P25", evidence=1, acts_if=("ai_leap > 0",),
    )
    """Increase of fees at the full leap, as a share."""
    leap_exit_cost: float = parameter(
        0.4, unit="share", low=0.0, high=5.0, plausible=(0.0, 1.0),
        source="article P25", evidence=1, acts_if=("ai_leap > 0",),
    )
    """Increase of exit cost at the full leap, as a share."""
    alignment_speed: float = parameter(
        0.05, unit="share a year", low=0.0, high=4.0, plausible=(0.02, 0.1),
        source="Xinjiang statements 2019-2023, both blocs grow", evidence=2,
    )
    """Speed at which a country's alignment follows its ties."""
    dependence_pull: float = parameter(
        1.06, unit="weight", low=0.0, high=10.0, plausible=(0.3, 2.0),
        source="article P17", evidence=2,
    )
    """Pull towards China of full dependence and trust."""
    bri_pull: float = parameter(
        0.12, unit="weight", low=0.0, high=10.0, plausible=(0.0, 0.6),
        source="article P4", evidence=1,
    )
    """Pull towards China of membership of the Belt and Road."""
    autocracy_pull: float = parameter(
        0.63, unit="weight", low=0.0, high=10.0, plausible=(0.3, 1.2),
        source="Xinjiang statements: 50-54 countries with China in 2019, 22-23 against", evidence=2,
    )
    """Pull towards China of the least democratic regime; open civil space pulls away."""
    neutral_civil_space: float = parameter(
        0.7, unit="share", low=0.05, high=1.0, plausible=(0.5, 0.8),
        source="both blocs of the Xinjiang statements leave a large middle", evidence=1,
    )
    """Openness of civil space at which a regime pulls neither way."""
    west_pull: float = parameter(
        0.41, unit="weight", low=0.0, high=10.0, plausible=(0.3, 2.0),
        source="article P14, P23", evidence=2,
    )
    """Pull towards the West of an alliance, or of full conditions and training ties."""
    votes_weight: float = parameter(
        0.15, unit="index", low=0.0, high=2.0, plausible=(0.0, 0.6),
        source="Bailey, Strezhnev & Voeten 2017", evidence=2, at_start=True,
    )
    """Alignment at the start added by votes like China's before 2013."""
    neutral_distance: float = parameter(
        1.0, unit="ideal points", low=0.1, high=5.0,
        source="between the Group of 77 (about 0.4) and Western Europe (about 1.8)", evidence=2,
        at_start=True,
    )
    """Distance of votes from China's that counts neither way."""
    homophily: float = parameter(
        0.16, unit="weight", low=0.0, high=10.0, plausible=(0.0, 2.0),
        source="article P19, P23", evidence=1,
    )
    """Pull of the region's mean alignment."""

    @derived
    def learning_exponent(self) -> float:
        return -log(1.0 - self.learning) / LN2


COUNTRY = (
    State("alignment", "-1 with the West, +1 with China.",
          "index -1 to 1", low=-1.0, high=1.0, panel=True),
    State("alignment_squared", "Its square, from which polarisation follows.", "index", high=1.0),
    State("bloc_china", "1 if alignment is above a third.", "0 or 1"),
    State("bloc_west", "1 if alignment is below minus a third.", "0 or 1"),
    State("dependence_installed", "Dependence of a country with an installed system.", "share"),
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
    State("region_alignment", "Mean alignment in each region.",
          "index -1 to 1", length=len(REGIONS)),
    State("vendor_sales", "Received by each vendor for systems so far.",
          "million US$", length=len(VENDORS)),
    State("vendor_fees", "Received by each vendor in fees so far.",
          "million US$", length=len(VENDORS)),
    State("vendor_working", "Working systems of each vendor.", "systems", length=len(VENDORS)),
)


def alignment_target(country: Record, public: Record, p: Record) -> float:
    """Alignment towards which a country's ties pull it, -1 to 1."""
    pull = (
        p.market.dependence_pull * (country.dependence + country.trust)
        + p.market.bri_pull * country.bri
        + p.market.autocracy_pull * (1.0 - country.civil_space / p.market.neutral_civil_space)
        + p.market.homophily * public.region_alignment[country.region]
        - p.market.west_pull * (country.ally + country.condition_weight * country.west_tie)
    )
    return pull / (1.0 + (pull if pull > 0.0 else -pull))


def chinese_price(sold: float, p: Record) -> float:
    """Chinese price relative to the Western, after `sold` million US$ of sales."""
    fall = power(1.0 + sold / p.market.first_sales, -p.market.learning_exponent)
    price = p.market.price * fall
    if price < p.market.price_floor:
        price = p.market.price_floor
    return price if price < p.market.price else p.market.price


def step(country: Record, public: Record, now: Record, p: Record) -> None:
    country.dependence_installed = country.dependence * country.installed
    if not p.market.active:
        return
    # A run begins with countries where their ties have pulled them already.
    speed = clamp(p.market.alignment_speed / QUARTERS, 0.0, 1.0) if now.elapsed > 0 else 1.0
    gap = alignment_target(country, public, p) - country.alignment
    alignment = country.alignment + gap * speed
    if now.elapsed == 0:
        nearness = clamp(1.0 - country.un_distance / p.market.neutral_distance, -1.0, 1.0)
        alignment = clamp(alignment + p.market.votes_weight * nearness, -1.0, 1.0)
    country.alignment = alignment
    country.alignment_squared = alignment * alignment
    country.bloc_china = 1.0 if alignment > BLOC_FROM else 0.0
    country.bloc_west = 1.0 if alignment < -BLOC_FROM else 0.0


def publish(public: Record, china: Record, countries: Record, p: Record) -> None:
    for r in range(len(public.region_alignment)):
        public.region_alignment[r] = 0.0
    for v in range(len(public.vendor_working)):
        public.vendor_working[v] = 0.0
    sales = 0.0
    fees = 0.0
    for i in range(len(countries)):
        country = countries[i]
        public.region_alignment[country.region] += country.alignment
        if country.vendor != NO_VENDOR:
            public.vendor_working[country.vendor] += country.working + country.working_western
        if country.paid_sale > 0.0:
            public.vendor_sales[country.sale_to] += country.paid_sale
            if country.sale_to != WESTERN:
                sales += country.paid_sale
        if country.paid_refresh > 0.0:
            public.vendor_sales[country.fee_to] += country.paid_refresh
            if country.fee_to != WESTERN:
                sales += country.paid_refresh
        if country.paid_fee > 0.0:
            public.vendor_fees[country.fee_to] += country.paid_fee
            if country.fee_to != WESTERN:
                fees += country.paid_fee
    for r in range(len(public.region_alignment)):
        if public.region_size[r] > 0.0:
            public.region_alignment[r] /= public.region_size[r]
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
    Outcome("polarisation", "index 0-1", "Mean square of alignment.", "alignment_squared", "mean",
            "Polarisation"),
    Outcome("bloc_china", "countries", "Countries aligned with China (above a third).",
            "bloc_china", "total", "China's bloc", colour="vermillion"),
    Outcome("bloc_west", "countries", "Countries aligned with the West (below minus a third).",
            "bloc_west", "total", "Western bloc", colour="purple", dash="dashed"),
    Outcome("price", "ratio to Western price", "Chinese price relative to the Western.",
            "public.price", "total", "Chinese price", of="actor"),
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
