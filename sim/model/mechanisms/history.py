"""History and events: changes of each country that neither China nor the West decides.

No rule knows of dated events, as the engine gives it the parameters in force.
"""

from sim.model.arithmetic import clamp, log, logistic, power
from sim.model.draws import LASTING_REGIME, chance
from sim.model.parameters import Mechanism, Outcome, Record, Section, State, parameter, switch
from sim.model.units import FIRST_YEAR, PERCENT, REGIMES, THOUSAND
from sim.model.mechanisms.documented import take_up

FULL_DEMOCRACY, FLAWED_DEMOCRACY, HYBRID, AUTHORITARIAN = range(len(REGIMES))
FULL_DEMOCRACY_FROM, FLAWED_DEMOCRACY_FROM, HYBRID_FROM = 8.55, 5.92, 4.01
"""Least democracy scores; they best reproduce the EIU's classes of 2024 (seeds/SOURCES.md)."""
WAR_SLOPE = 1.5
"""How sharply deaths decide on access: no cliff between a small war and a large one."""
REFERENCE_POPULATION, REFERENCE_INCOME = 8000.0, 5000.0
"""Medians of the seed table: thousand people, and US$ of 2015 per head. They have size and wealth
0."""
REFERENCE_LOG = log(REFERENCE_INCOME)
# Of ships registered in the Marshall Islands, finance exceeds 10% of GDP: more counts no more.
MOST_FINANCE = 10.0
# Finance is spread over so many years at least: one loan is not yet a line of credit.
FEWEST_FINANCE_YEARS = 5.0
MOST_DEMOCRATIC = 10.0


class History(Section):
    """Inputs of countries, before and after observed history ends."""

    active: bool = switch(True)
    """Inputs follow observed history, then trends; off: they stay constant (from the start: as in
    the first year)."""
    regimes_shuffled: bool = switch(False, of_world=True)
    """A null model: observed democracy scores are shuffled among countries at the start of a run,
    as whole time series; off: each country has its observed scores."""
    democracy_trend: float = parameter(
        -0.01, unit="score a year", low=-1.0, high=1.0, plausible=(-0.04, 0.02), varied=False,
        yearly=True, evidence=2,
    )
    """Change of every country's democracy score after history.
    Source: EIU world score 5.52 (2006) to 5.17 (2024)."""
    income_growth: float = parameter(
        0.02, unit="share a year", low=-0.2, high=0.2, plausible=(0.0, 0.035), yearly=True,
        evidence=3,
    )
    """Growth of income per head after history.
    Source: World Bank, mean of 2000-2023."""
    population_growth: float = parameter(
        0.01, unit="share a year", low=-0.1, high=0.1, yearly=True, evidence=3
    )
    """Growth of every population after history.
    Source: World Bank, mean of 2010-2023."""
    urban_growth: float = parameter(
        0.4, unit="percentage points a year", low=-2.0, high=2.0, yearly=True, evidence=3
    )
    """Growth of the urban share after history.
    Source: World Bank, mean of 2000-2023."""
    arms_grade: float = parameter(0.5, unit="share", plausible=(0.2, 0.8), varied=False, evidence=2)
    """How far an embargo on arms alone forbids surveillance systems and police courses.
    Source: ITAR 126.1 lists munitions, the EU also equipment for internal repression."""
    hedging_grade: float = parameter(
        0.5, unit="share", plausible=(0.2, 1.0), varied=False, evidence=2
    )
    """Strength of a US defence pact with a hybrid or authoritarian regime, relative to one with a
    democracy.
    Source: Gaubatz 1996, Leeds 2003: democracies' alliances last longer."""
    eea_grade: float = parameter(0.65, unit="share", high=2.0, plausible=(0.3, 1.0), evidence=2)
    """Strength added by membership of the European Economic Area (EU, Norway, Iceland and
    Liechtenstein), relative to a US defence pact.
    Source: bans by 2023 (spells.csv), by membership; docs/which-states.md."""
    five_eyes_grade: float = parameter(
        0.5, unit="share", high=2.0, plausible=(0.2, 1.0), varied=False, evidence=2
    )
    """Strength added by an alliance that shares intelligence (the Five Eyes).
    Source: all five restricted Chinese vendors by 2022; docs/which-states.md."""
    war_deaths: float = parameter(
        100.0, unit="deaths per million", low=0.01, high=100000.0, plausible=(50.0, 300.0),
        varied=False, evidence=2,
    )
    """State-based deaths of a year at which war has half of its largest effect.
    Source: 1,000 deaths in a country of 10 million; docs/which-states.md."""
    finance_years: float = parameter(
        6.0, unit="years", low=1.0, high=40.0, plausible=(5.0, 7.0), varied=False, evidence=2
    )
    """Last years of Chinese finance that count. 40: all since 2000.
    Source: Dreher et al. 2021: projects take five to seven years from promise to end; Horn,
    Reinhart & Trebesch 2021: waves of lending."""

COUNTRY = (
    State("democracy", "Democracy score from voice and freedom.", "score 0-10", high=10.0),
    State("score", "That of the year's begin, by which its regime is classed.", "score 0-10",
          high=10.0),
    State("regime", "0 full democracy, 1 flawed, 2 hybrid, 3 authoritarian.",
          "class", whole=True, panel=True),
    State("gdp_pc", "Income per head.", "US$ of 2015"),
    State("population_k", "Population.", "thousand people"),
    State("urban_share", "Share of the population in cities.", "percent", high=100.0),
    State("urban_change", "Change of the urban share in the last year.",
          "percentage points", low=-100.0, high=100.0),
    State("size", "Logarithm of population over the reference population.", "log"),
    State("wealth", "Logarithm of income over the reference income.", "log"),
    State("conflict", "0 peace, 1 minor conflict, 2 war.", "class", panel=True),
    State("war_exposure", "State-based deaths of the year, by place.", "per million"),
    State("sanctions", "How many of the US, the EU and the UN have sanctions.", "count"),
    State("embargo", "Share of Western supply that measures on arms or trade forbid.", "share"),
    State("oda_gni", "Net official development assistance received.", "% of GNI", panel=True),
    State("last_aid", "The last observed year's aid.", "% of GNI"),
    State("observed_year", "Year of history whose inputs were last taken; 0 is 2000.", "years",
          whole=True),
    State("bri", "1 while a member of the Belt and Road Initiative.", "0 or 1"),
    State("finance", "Chinese finance of the last years that count, of the economy.", "% of GDP"),
    State("gpa", "1 as a party to the procurement agreement outside the EEA.", "0 or 1"),
    State("ally", "Strength of the Western alliance: 1, a democracy's US defence pact.", "grade"),
    State("relations", "1 with relations with Beijing.", "0 or 1"),
    State("rivalry", "1 while a strategic rival of China.", "0 or 1"),
    State("home_vendor", "1 with its own vendors of such systems.", "0 or 1"),
    State("ban", "1 once a binding ban on Chinese vendors is on record.", "0 or 1"),
    State(
        "strategic",
        "Borders China (1) and sits in the Shanghai Organisation (1); 0 for a rival.",
        "0 to 2",
    ),
    State("regime_lot", "The draw by which regimes are shuffled.", "share"),
    State("regime_row", "Row of the country whose democracy score it has.", "row", whole=True),
)


def regime_of(score: float) -> int:
    if score >= FULL_DEMOCRACY_FROM:
        return FULL_DEMOCRACY
    if score >= FLAWED_DEMOCRACY_FROM:
        return FLAWED_DEMOCRACY
    if score >= HYBRID_FROM:
        return HYBRID
    return AUTHORITARIAN


def by_regime(regime: int, flawed: float, hybrid: float, authoritarian: float) -> float:
    """Return the term of a regime, relative to full democracies."""
    if regime == FLAWED_DEMOCRACY:
        return flawed
    if regime == HYBRID:
        return hybrid
    return authoritarian if regime == AUTHORITARIAN else 0.0


def next_lot(countries: Record, after: float) -> int:
    """Row of the country with the next larger draw; after the largest, the smallest."""
    first = 0
    following = -1
    for i in range(len(countries)):
        lot = countries[i].regime_lot
        if lot < countries[first].regime_lot:
            first = i
        if lot > after and (following < 0 or lot < countries[following].regime_lot):
            following = i
    return following if following >= 0 else first


def permute_regimes(countries: Record, now: Record, p: Record) -> None:
    """Assign democracy scores when a run begins: a country's observed ones, unless shuffled."""
    if now.elapsed != 0:
        return
    for i in range(len(countries)):
        countries[i].regime_row = i
    if not p.history.regimes_shuffled:
        return
    for i in range(len(countries)):
        countries[i].regime_lot = chance(now, countries[i], LASTING_REGIME)
    for i in range(len(countries)):
        # The score of the country with the next larger draw: nobody keeps its score, and the order
        # of countries does not matter.
        countries[i].regime_row = next_lot(countries, countries[i].regime_lot)


def alliance(
    defence_pact: float, five_eyes: float, eea: float, regime: int, p: Record
) -> float:
    pact = defence_pact * p.history.hedging_grade if regime >= HYBRID else defence_pact
    return pact + p.history.eea_grade * eea + p.history.five_eyes_grade * five_eyes


def share_below(country: Record, half_log: float, slope: float) -> float:
    """Share of countries of such an income that count as below a threshold."""
    return logistic(slope * (half_log - REFERENCE_LOG - country.wealth))


def share_at_war(deaths: float, access: float, p: Record) -> float:
    """Share that war leaves, by state-based deaths per million; `access` in the heaviest."""
    heavy = power(deaths / p.history.war_deaths, WAR_SLOPE)
    return access + (1.0 - access) / (1.0 + heavy)


def before(so_far: Record, year: int) -> float:
    return so_far[year - 1] if year > 0 else 0.0


def sum_of_last(so_far: Record, end: int, years: float) -> float:
    """Sum of a series over `years` before year `end`; the earliest counts in part."""
    first = end - int(years)
    start = before(so_far, first)
    part = years - int(years)
    return before(so_far, end) - start + part * (start - before(so_far, first - 1))


def finance_received(country: Record, past: Record, year: int, p: Record) -> float:
    """Chinese finance of the last years before a year (0 is 2000), % of the economy in them."""
    end = year if year <= country.finance_until else country.finance_until + 1
    last = p.history.finance_years
    earned = sum_of_last(past.earned, end, last)
    if earned <= 0.0:
        return 0.0
    lent = sum_of_last(past.lent_to_state, end, last)
    years = sum_of_last(past.related_years, end, last)
    # Years without relations do not count.
    return PERCENT * lent / earned * clamp(years / FEWEST_FINANCE_YEARS, 0.0, 1.0)


def embargo(arms: float, trade: float, p: Record) -> float:
    return trade + p.history.arms_grade * clamp(arms - trade, 0.0, 1.0)


def in_belt_and_road(country: Record, year: int) -> bool:
    return country.bri_year <= year < country.bri_exit_year


def observe(country: Record, past: Record, regime_past: Record, year: int) -> None:
    """Take a past year's inputs (0 is 2000); `regime_past` is another country's if shuffled."""
    before = year - 1 if year > 0 else 0
    country.observed_year = year
    country.democracy = regime_past.democracy[year]
    country.gdp_pc = past.gdp_pc[year]
    country.population_k = past.population_k[year]
    country.urban_share = past.urban_share[year]
    country.urban_change = past.urban_share[year] - past.urban_share[before]
    country.conflict = past.conflict[year]
    country.war_exposure = THOUSAND * past.battle_deaths[year] / past.population_k[year]
    country.sanctions = past.sanctions[year]
    country.oda_gni = clamp(past.oda_gni[year], 0.0, 100.0)
    country.last_aid = country.oda_gni
    country.relations = past.relations[year]
    country.rivalry = past.rivalry[year]
    country.home_vendor = past.home_vendor[year]
    country.ban = past.ban[year]


def project(country: Record, now: Record, p: Record) -> None:
    country.democracy = clamp(
        country.democracy + p.history.democracy_trend, 0.0, MOST_DEMOCRATIC
    )
    country.gdp_pc = country.gdp_pc * (1.0 + p.history.income_growth)
    country.population_k = country.population_k * (1.0 + p.history.population_growth)
    urban = clamp(country.urban_share + p.history.urban_growth, 0.0, 100.0)
    country.urban_change = urban - country.urban_share
    country.urban_share = urban


# Memberships have dates after history, too.
def join(country: Record, year: int) -> None:
    country.bri = 1.0 if in_belt_and_road(country, year) else 0.0
    member = 1.0 if country.sco_year <= year else 0.0
    country.strategic = (country.borders_china + member) * (1.0 - country.rivalry)


def grade(country: Record, past: Record, now: Record, p: Record) -> None:
    year = country.observed_year
    # Rows of powers without sanctions count no measure.
    barred = embargo(past.arms_embargo[year], past.trade_embargo[year], p)
    country.embargo = barred if country.sanctions > 0.0 else 0.0
    country.regime = regime_of(country.score)
    country.ally = alliance(
        past.defence_pact[year], past.five_eyes[year], past.eea[year], country.regime, p
    )
    if now.review > 1 or now.elapsed == 0 or now.year <= now.last_observed_year:
        # After history they stay, unless parameters change.
        country.finance = clamp(finance_received(country, past, year, p), 0.0, MOST_FINANCE)
        country.gpa = past.gpa[year] * (1.0 - past.eea[year])
    country.size = log(country.population_k / REFERENCE_POPULATION)
    country.wealth = log(country.gdp_pc / REFERENCE_INCOME)


def step(country: Record, past: Record, regime_past: Record, now: Record, p: Record) -> None:
    take_up(country, past, now)
    # A quarter in which only parameters change draws and grows nothing again.
    if now.review == 0:
        return
    history = now.year <= now.last_observed_year
    if now.elapsed == 0 or (p.history.active and history):
        observe(country, past, regime_past, now.year - FIRST_YEAR)
        country.score = country.democracy
    elif now.season == 0:
        if p.history.active:
            project(country, now, p)
        country.score = country.democracy
    if now.elapsed == 0 or p.history.active:
        join(country, now.year)
    grade(country, past, now, p)


OUTCOMES = (
    Outcome("democracy", "score 0-10", "Mean democracy score.", "democracy", "mean", "Democracy"),
)

MECHANISM = Mechanism(
    name="history",
    title="History and events",
    section=History,
    article="P6, P15, P20",
    country=COUNTRY,
    outcomes=OUTCOMES,
)
