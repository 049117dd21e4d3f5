"""The whole model a second time, in plain Python, as docs/odd.md tells it.

A program that passes its own tests may still not do what its page says. So the rules stand here
written anew from the page, to be read rather than to be fast: a method for each of its sections, in
its order, with the standard library alone. Where the two differ in a number, program, page or this
file is wrong. From the program come only the numbers that key the draws and the order in which a
state acts within a quarter.

A state is `s`, the parameters in force for it are `p`, those of the world are `self.p`.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from types import SimpleNamespace as Record
from typing import NamedTuple

from second.inputs import HISTORY, REGIMES, Settings, load, seeds, within

FULL, FLAWED, HYBRID, AUTHORITARIAN = range(len(REGIMES))
PILOT, SAFE_CITY, INTEGRATED = 1, 2, 3
CHINESE, WESTERN = ("huawei", "hikvision", "dahua", "other"), "western"
VENDORS = (*CHINESE, WESTERN)
LAST = HISTORY[-1]
ROUNDING = 1e-9  # by so much a mean of whole quarters may miss a whole one
WEIGHTS = {"huawei": 0.5, "hikvision": 0.2, "dahua": 0.12, "other": 0.18}

# What a draw is for: the numbers that keep apart what is drawn for a state in a quarter.
LEANING_TRAINING, LEANING_PURCHASE, WHOSE_REGIME = 1, 2, 4
UNREST, UNREST_LENGTH, WEST_SEAT, BAN, REPLACE = 20, 21, 30, 31, 32
SEAT, CREDIT, BUNDLE, APPLY, WISH_LAPSE, ASKING = 40, 41, 42, 50, 52, 53
PURCHASE, VENDOR, FRESH_TENDER, CREDIT_LAPSE, CITY, ENTRY, CAMERAS, CONSIDERATION = range(60, 68)
CAUSES = "course", "offer", "vendor", "peers", "unrest", "market"
ARREARS, RESTORATION, EXPIRY, SUSPENSION, HANDOVER, OUTAGE, OUTAGE_SHARE, REPAIR = range(70, 78)
UNSERVED, LEAK, TASTE, COURSE_SEEN = 78, 81, 82, 90
CONTRACT_SEEN, COVERED, CAMERAS_SEEN = 91, 92, 93
FATE_PRESS, FATE_ENTRY, FATE_REPORT, FATE_CLAIM, FATE_EXTENSION, FATE_END = range(94, 100)


@cache
def round_keys(seed: int) -> list[int]:
    return [(seed + number * 0x9E3779B9) & 0xFFFFFFFF for number in range(10)]


def uniform(seed: int, counter: int) -> float:
    """Philox2x32-10: the number between 0 and 1 of a seed and a counter of 64 bits."""
    low, high = counter & 0xFFFFFFFF, counter >> 32
    for key in round_keys(seed):
        product = low * 0xD256D193
        low, high = (product >> 32) ^ key ^ high, product & 0xFFFFFFFF
    return ((low << 20 | high >> 12) + 0.5) / 2**52


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def in_a_quarter(rate: float) -> float:
    """Chance that what comes at a rate a year comes in a quarter."""
    return 1 - math.exp(-rate / 4)


def left_of(half_life: float) -> float:
    """What a quarter leaves of something with a half-life in years."""
    return 0.5 ** (1 / (4 * half_life))


def grown(x: float, by: float) -> float:
    """What has grown towards 1."""
    return x + (1 - x) * within(by, 0.0, 1.0)


def deviation(known: list[float]) -> float:
    mean = sum(known) / len(known)
    return math.sqrt(sum((x - mean) ** 2 for x in known) / len(known))


def variate(draw: float) -> float:
    """A logistic variate with mean 0 and standard deviation 1."""
    return math.sqrt(3) / math.pi * math.log(draw / (1 - draw))


class State:
    """A state: its columns, and what becomes of it; what has not happened yet is 0."""

    def __init__(self, seed: Record) -> None:
        self.__dict__ |= vars(seed)
        a, b, c = (ord(letter) - ord("A") for letter in seed.iso3)
        self.key = ((a * 26 + b) * 26 + c) << 24
        self.scores = seed.years  # the years whose democracy scores it has
        self.vendor = self.sale = self.file = None
        self.chinese_access = self.western_access = 1.0
        self.first, self.worked = {}, {}  # when what happened first; whether its system worked

    def __getattr__(self, name: str) -> float:
        return 0.0


class Order(NamedTuple):
    """What a state buys: the system as it is to be, added to what it has or built anew."""

    vendor: str
    price: float
    stage: float
    cities: float
    anew: bool = False


class Group:
    """States that look at each other: their number, and sums over them."""

    def __init__(self) -> None:
        self.size = self.visibility = self.user = 0.0

    def mean_of_others(self, what: str, s: State) -> float:
        others = self.size - 1
        total = getattr(self, what) - getattr(s, what)
        return within(total / others, 0.0, 1.0) if others > 0 else 0.0


class Model:
    """A history: `step` moves it on by a quarter."""

    def __init__(self, path: str | Path, seed=1, run_number=0, point=False) -> None:
        scenario = load(path)
        self.settings = Settings(scenario, run_number, point)
        self.seed, self.run_number, self.start = seed, run_number, scenario.horizon["start"]
        self.quarter = (self.start - 2000) * 4 - 1
        self.states = [State(state) for state in seeds()]
        self.china = Record(open=1.0, carry=0.0, courses=0.0, credit=0.0, granted=0.0, funded=0.0)
        self.spent_up, self.donors_spent = False, 0.0
        self.west_carry = self.revenue = self.leaks = self.all_leaks = 0.0
        self.price = self.settings.at(self.start)[0].market.price
        self.groups = {key: Group() for s in self.states for key in (s.region, "world")}
        self.visible = [0.0] * len(self.states)
        self.sales, self.fees, self.users = (dict.fromkeys(VENDORS, 0.0) for _ in range(3))

    def draw(self, s: State, purpose: int, nth: int = 0) -> float:
        return uniform(self.seed, self.moment + s.key + (purpose << 6) + nth)

    def once(self, s: State, what: str) -> None:
        if not getattr(s, what):
            setattr(s, what, 1.0)
            s.first[what] = self.date

    def step(self) -> None:
        """3. Process overview and scheduling."""
        self.quarter += 1
        self.season, self.year = self.quarter % 4, 2000 + self.quarter // 4
        self.date, self.first = 2000 + self.quarter / 4, self.quarter == (self.start - 2000) * 4
        self.moment = (self.run_number << 39) + (self.quarter << 16)
        self.p, own = self.settings.at(self.date)
        everybody = list(zip(self.states, own, strict=True))
        self.permute_regimes()
        self.plan()
        self.share_western_courses(everybody)
        self.share_courses(everybody)
        self.share_credit()
        for s, p in everybody:
            for act in (self.history, self.needs, self.west, self.know):
                act(s, p)
        self.lean()
        for s, p in everybody:
            for act in (self.peers, self.training, self.procurement, self.cameras, self.contracts,
                        self.doctrine, self.society, self.market, self.observer, self.fates):
                act(s, p)
        self.close_books()
        self.publish(everybody)

    # --- 5. Initialisation ------------------------------------------------------------------------

    def lean(self) -> None:
        """How far leanings differ beyond what is known."""
        rho = self.p.needs.explained_share
        if self.year <= LAST:
            self.d_training = deviation([s.known_training for s in self.states])
            self.d_purchase = deviation([s.known_purchase for s in self.states])
        self.sigma_training = math.sqrt(
            self.d_training**2 * (1 - rho) / rho + self.p.training.lasting_spread**2)
        self.sigma_purchase = math.sqrt(
            self.d_purchase**2 * (1 - rho) / rho + self.p.training.lasting_spread**2)

    # --- 7.1 History and events -------------------------------------------------------------------

    def permute_regimes(self) -> None:
        if self.first and self.p.history.regimes_shuffled:
            by_lot = sorted(self.states, key=lambda s: self.draw(s, WHOSE_REGIME))
            for s, following in zip(by_lot, by_lot[1:] + by_lot[:1], strict=True):
                s.scores = following.years

    def history(self, s: State, p: Record) -> None:
        h = p.history
        if self.first or (h.active and self.year <= LAST):
            before = s.years[max(self.year - 1, HISTORY[0])].urban_share
            s.__dict__ |= vars(s.years[self.year])
            s.urban_change = s.urban_share - before
            s.seen, s.war_exposure = self.year, s.battle_deaths / s.population_k * 1000
            s.score = s.democracy = s.scores[self.year].democracy
            s.last_aid = s.oda_gni
        elif self.season == 0:
            if h.active:
                self.project(s, h)
            s.score = s.democracy
        if self.first or h.active:
            s.bri = float(s.bri_year <= self.year < s.bri_exit_year)
            s.strategic = 0.0 if s.rivalry else s.borders_china + (s.sco_year <= self.year)
        s.embargo = s.trade + h.arms_grade * within(s.arms - s.trade, 0.0, 1.0)
        s.embargo *= s.sanctions > 0
        cuts = (8.55, 5.92, 4.01)
        s.regime = next((i for i, cut in enumerate(cuts) if s.score >= cut), AUTHORITARIAN)
        s.ally = (
            s.pact * (h.hedging_grade if s.regime >= 2 else 1.0)
            + h.eea_grade * s.eea + h.five_eyes_grade * s.five_eyes)
        s.finance = within(self.received(s, h), 0.0, 10.0)
        s.size = math.log(s.population_k / 8000)
        s.wealth = math.log(s.gdp_pc / 5000)

    def received(self, s: State, h: Record) -> float:
        """Chinese finance of the last years that count, in percent of what was earned in them."""
        lent = earned = years = 0.0
        for back, year in enumerate(range(min(s.seen - 1, s.lent_to), HISTORY[0] - 1, -1)):
            then, part = s.years[year], within(h.finance_years - back, 0.0, 1.0)
            part *= then.relations
            lent += part * then.to_state
            earned += part * then.gdp_pc * then.population_k * 1e3
            years += part
        return 100 * lent / earned * min(years / 5, 1) if earned else 0.0

    def at_war(self, deaths: float, access: float, p: Record) -> float:
        """Share that war leaves."""
        if not deaths:
            return 1.0
        odds = math.exp(min(1.5 * math.log(deaths / p.history.war_deaths), 40.0))
        return (1 + access * odds) / (1 + odds)

    def project(self, s: State, h: Record) -> None:
        """The year's inputs after history."""
        s.democracy = within(s.democracy + h.democracy_trend, 0.0, 10.0)
        s.gdp_pc *= 1 + h.income_growth
        s.population_k *= 1 + h.population_growth
        urban = within(s.urban_share + h.urban_growth, 0.0, 100.0)
        s.urban_change, s.urban_share = urban - s.urban_share, urban

    # --- 7.2 Needs --------------------------------------------------------------------------------

    def needs(self, s: State, p: Record) -> None:
        n = p.needs
        if self.first:
            r, own = n.leaning_correlation, variate(self.draw(s, LEANING_PURCHASE))
            s.unscaled_training = variate(self.draw(s, LEANING_TRAINING))
            s.unscaled_purchase = r * s.unscaled_training + math.sqrt(1 - r * r) * own
        if not n.active:
            s.unrest = s.unrest_left = s.standing_need = s.need = 0.0
            return
        s.standing_need = (s.crime - 1) + (s.urban_share / 50 - 1)
        s.unrest_left -= s.unrest_left > 0
        if s.unrest_left <= 0:
            s.unrest = 0.0
            strain = s.conflict + s.protest_rate + within(s.urban_change, 0.0, 4.0)
            q = within(n.unrest_rate / 4 * (1 + n.strain_effect * strain), 0.0, 1.0)
            u = self.draw(s, UNREST)
            if u < q * (1 - s.control):
                s.unrest, length = 1.0, 0.5 + self.draw(s, UNREST_LENGTH)
                s.unrest_left = 4 * n.unrest_years * length
            elif u < q:
                s.dissent_deterred += 1
        s.need = s.standing_need + s.unrest

    # --- 7.3 The West -----------------------------------------------------------------------------

    def share_western_courses(self, everybody: list) -> None:
        w, asked, seats = self.p.west, {}, 0.0
        part = {s: within(1 - s.embargo, 0.0, 1.0) for s in self.states if s.oda_gni > 0}
        for s, p in everybody:
            s.west_sessions, asked[s] = 0.0, p.west.sessions_a_year / 4
        if w.active and not self.first:
            seats = w.sessions_a_year / 4
            if whole := sum(part.values()):
                seats += sum(part[s] * (asked[s] - w.sessions_a_year / 4) for s in part) / whole
        if seats > 0:
            carried, seats = self.west_carry, seats + self.west_carry
            self.west_carry = min(seats, 0.0)
        if seats > 0 and sum(part.values()) > 0:
            for s in part:
                expected = (asked[s] + carried) * part[s] / sum(part.values())
                s.west_sessions = self.granted(s, expected, WEST_SEAT)
            self.west_carry = seats - sum(s.west_sessions for s in part)

    def granted(self, s: State, expected: float, purpose: int) -> float:
        """The whole part of an expected number, and one more with the chance of its fraction."""
        expected = max(expected, 0.0)
        whole = math.floor(expected)
        return float(whole + (self.draw(s, purpose) < expected - whole))

    def west(self, s: State, p: Record) -> None:
        w = p.west
        if self.year > LAST and self.season == 0:
            s.aid_before = s.oda_gni
        if self.year > LAST and p.history.active:
            growth = w.aid_growth_africa if s.region == "Sub-Saharan Africa" else w.aid_growth
            s.oda_gni = max(s.aid_before * (1 + growth), w.aid_floor * s.last_aid)
        s.condition_weight = 0.0
        if w.active and w.conditions and s.oda_gni > 0:
            s.condition_weight = w.strictness * s.oda_gni / (s.oda_gni + w.half_dependence)
        s.west_trainings += s.west_sessions
        s.west_tie *= left_of(w.tie_half_life)
        s.west_tie = grown(s.west_tie, w.tie_per_session * s.west_sessions)
        if w.active and not s.banned:
            chance = in_a_quarter(w.ban_rate * s.ally)
            s.banned = float(s.ban or (chance > 0 and self.draw(s, BAN) < chance))

    # --- 7.4 China's offers -----------------------------------------------------------------------

    def plan(self) -> None:
        c, p = self.china, self.p.china
        if self.first:
            c.courses_a_year = p.courses_at_start
        c.open += (p.courses_open - c.open) * within(p.recovery / 4, 0.0, 1.0)
        c.open = min(c.open, p.courses_open)
        growth = (p.course_growth_early, p.course_growth_belt_and_road, p.course_growth_wave,
                  p.course_growth_security_initiative)[p.epoch]
        c.courses_a_year *= (1 + growth * c.open) ** 0.25
        self.technology = within((self.date - p.technology_from) / p.technology_ramp, 0.0, 1.0)

    def share_courses(self, everybody: list) -> None:
        c, p = self.china, self.p.china
        seats = (c.courses_a_year + c.funded) * c.open / 4
        seats *= p.offering and p.courses and not self.first
        c.courses += seats
        for s in self.states:
            s.sessions = 0.0
        if seats:
            seats += c.carry
            c.carry = min(seats, 0.0)
        if seats > 0:
            priority = {s: self.priority(s, own) for s, own in everybody if s.waiting}
            weight = sum(priority.values())
            for s in sorted(filter(priority.get, priority), key=priority.get, reverse=True):
                expected = min(seats * priority[s] / weight, 4)
                seats, weight = seats - expected, weight - priority[s]
                s.sessions = self.granted(s, expected, SEAT)
                c.carry += expected - s.sessions

    def priority(self, s: State, p: Record) -> float:
        c = p.china
        offered = c.offering and c.courses and p.training.active and s.relations
        if not offered or not c.active:
            return float(offered)
        return (
            (1 + c.bri_priority * s.bri) * (1 + c.strategic_priority * s.strategic)
            * within(1 + c.size_priority * s.size, 0.1, 4.0)
            * within(1 + c.friend_priority * s.alignment, 0.1, 4.0))

    def share_credit(self) -> None:
        c, p = self.china, self.p.china
        lends = self.credit_offered(self.p)
        c.credit = min(c.credit + p.credit_a_year / 4 * lends, p.credit_a_year)
        asked = sum(s.credit_wanted for s in self.states)
        share = c.credit / asked if asked and lends else 0.0
        for s in self.states:
            s.credit = float(s.credit_wanted > 0 and self.draw(s, CREDIT) < share)
            c.credit -= s.credit * s.credit_wanted
            c.granted += s.credit * s.credit_wanted

    # --- 7.5 Training -----------------------------------------------------------------------------

    def know(self, s: State, p: Record) -> None:
        """What is known of a state's leanings, what bars it, and what a system costs there."""
        t, r = p.training, p.procurement
        towns = s.population_k * s.urban_share / 100
        s.f = s.finance / (s.finance + 0.64)
        s.known_training = (
            t.need_weight * s.standing_need - t.wealth_weight * s.wealth
            + (0.0, t.regime_flawed, t.regime_hybrid, t.regime_authoritarian)[s.regime])
        if self.first:
            s.market_draw, s.finance_draw, s.politics_draw, s.war_draw = (
                self.draw(s, ENTRY, nth) for nth in (0, 1, 2, 3))
            s.asking_draw = self.draw(s, ASKING)
        asks = logistic(-3 * math.log(s.gdp_pc / t.asking_income))
        asks *= self.bound(r.gpa_access, p) if s.gpa else 1.0
        gates = self.at_war(s.war_exposure, r.war_access, p) * r.closed_access**s.closed
        gates *= r.rival_access**s.rivalry
        s.course_access = t.ally_access**s.ally * self.bound(gates, p) * (s.asking_draw < asks)
        s.known_purchase = (
            r.need_weight * s.standing_need
            + r.capacity_weight * (s.size + s.wealth)
            - r.wealth_weight * s.wealth
            + (0.0, r.regime_flawed, r.regime_hybrid, r.regime_authoritarian)[s.regime])
        s.safe_city = r.safe_city_cost * math.exp(r.size_elasticity * s.size)
        s.economy = s.gdp_pc * s.population_k / 1000
        s.budget = r.budget_share * math.exp(r.budget_income * s.wealth) * s.economy
        s.war_memory *= 5 / 6 if self.season == 0 else 1.0
        s.war_memory = max(s.war_memory, s.war_exposure)
        barred = s.war_draw >= self.at_war(s.war_memory, r.war_access, p)
        s.cash = within((self.year - r.cash_from) / r.cash_ramp, 0.0, 1.0)
        s.foreign = 0.0 if barred else r.closed_access**s.closed
        s.towns = towns / (towns + r.half_towns)
        s.politics = (
            r.ally_access**s.ally * r.rival_access**s.rivalry * r.home_vendor_access**s.home_vendor
            * (r.gpa_access if s.gpa else 1.0))

    def bound(self, gates: float, p: Record) -> float:
        """What procurement's gates leave of courses; one that is shut leaves nothing."""
        return gates**p.training.gate_strength if gates else 0.0

    def training(self, s: State, p: Record) -> None:
        t, floor = p.training, p.training.finance_trust * s.f
        s.trust = floor + max(s.trust - floor, 0.0) * left_of(t.trust_half_life)
        s.offer_left -= s.offer_left > 0
        for nth in range(int(s.sessions)):
            self.course(s, p, nth)
        if not t.active:
            s.waiting = 0.0
        elif s.waiting:
            s.waiting = float(self.draw(s, WISH_LAPSE) >= 1 / (4 * t.application_years))
        else:
            most, u = t.rate * s.course_access, self.draw(s, APPLY)
            s.waiting = float(u < most and u < most * logistic(self.wish(s, p)))

    def wish(self, s: State, p: Record) -> float:
        t = p.training
        return (
            t.base + s.known_training + s.unscaled_training * self.sigma_training
            + t.need_weight * (s.need - s.standing_need)
            + t.peer_weight * s.exposure
            + t.dependence_weight * s.dependence - t.condition_weight * s.condition_weight)

    def course(self, s: State, p: Record, nth: int) -> None:
        t = p.training
        s.trained_serving += t.officers * p.doctrine.active
        self.once(s, "trained")
        s.waiting, s.trust = 0.0, grown(s.trust, t.trust_gain)
        s.norm = within(s.norm + t.norm_gain * p.peers.norms, 0.0, 1.0)
        s.officers += t.officers
        s.trainings += 1
        bundled = p.china.bundle_chance * self.technology * (p.china.bundling and p.china.sales)
        if self.draw(s, BUNDLE, nth) < bundled:
            s.offer_left = 4 * p.china.bundle_years
            s.offers += 1

    # --- 7.6 Procurement --------------------------------------------------------------------------

    def cost(self, s: State, stage: float, cities: float, r: Record) -> float:
        """A whole system at Western prices."""
        share = r.pilot_cost * (stage >= PILOT) + r.integrated_cost * (stage >= INTEGRATED)
        return s.safe_city * (share + (1 + r.city_cost * (cities - 1)) * (stage >= SAFE_CITY))

    def dear(self, s: State, price: float, p: Record) -> bool:
        return price > p.procurement.credit_above * s.budget

    def lends(self, s: State, price: float, p: Record, share: float = 1.0) -> bool:
        """Whether a loan for a price fits into what China lends, to such a share of states."""
        if not self.credit_offered(p):
            return False
        lent = p.procurement.half_loan * s.economy * s.finance / 100
        odds = (lent / max(price, s.safe_city)) ** p.procurement.door_slope
        return s.finance_draw < share * odds / (odds + 1)

    def credit_offered(self, p: Record) -> bool:
        return p.china.offering and p.china.credit

    def on_credit(self, s: State, price: float, p: Record) -> bool:
        """Whether a state takes the loan: it cannot pay at once, or chooses not to."""
        r = p.procurement
        if self.dear(s, price, p):
            return self.lends(s, price, p)
        poor = logistic(-2 * math.log(s.gdp_pc / 4000))
        return self.lends(s, price, p, r.credit_choice * poor * s.relations)

    def market_share(self, s: State, p: Record) -> float:
        """Share of such markets that repay the cost of entering them."""
        own_budget = s.budget / (1 + s.oda_gni / 15)
        size, half = (x**p.procurement.door_slope for x in (own_budget, p.procurement.half_market))
        return size / (size + half)

    def set_market_access(self, s: State, stage: float, cost: float, p: Record) -> None:
        r, platform, price = p.procurement, stage >= SAFE_CITY, cost * self.price
        western = s.foreign * (s.towns if platform else 1.0)
        open_share = s.politics if platform else 1.0
        if s.banned:
            open_share *= r.ban_access if platform else r.ban_access_pilot
        if not s.relations:
            open_share *= r.no_relations_access
        chinese = western * (s.politics_draw < open_share)
        if self.dear(s, cost * (1 - self.helped(p.west.subsidy)), p):
            western *= r.western_credit
        if not self.credit_offered(p) and self.dear(s, price, p):
            chinese *= r.western_credit
        market = s.market_draw < self.market_share(s, p)
        western *= market or s.vendor == WESTERN
        served = s.vendor is not None and s.vendor != WESTERN
        chinese *= market or served or self.lends(s, price, p)
        if platform and not self.on_credit(s, price, p):
            chinese *= s.cash
        s.chinese_access, s.western_access = chinese, western

    def sells(self, vendor: str, p: Record) -> bool:
        return vendor == WESTERN or getattr(p.procurement, f"{vendor}_sells")

    def weights(self, p: Record) -> dict[str, float]:
        return {v: WEIGHTS[v] * self.sells(v, p) for v in CHINESE}

    def chinese_supply(self, s: State, p: Record) -> float:
        offered = s.iso3 != "TWN" and self.sales_offered(p)
        return self.technology * s.chinese_access * (offered and p.procurement.active)

    def sales_offered(self, p: Record) -> bool:
        return p.china.offering and p.china.sales and sum(self.weights(p).values()) > 0

    def western_supply(self, s: State, p: Record) -> float:
        r = p.procurement
        supply = r.western_supply * self.technology * s.western_access * r.active
        return supply * (1 - s.embargo)

    def own_supply(self, s: State, p: Record) -> float:
        """Supply by the vendor in place."""
        if s.vendor == WESTERN:
            return self.western_supply(s, p)
        return self.chinese_supply(s, p) * self.sells(s.vendor, p)

    def price_of(self, vendor: str | None) -> float:
        return 1.0 if vendor == WESTERN else self.price

    def own_price(self, vendor: str | None, p: Record) -> float:
        """What of a vendor's price the state pays itself."""
        return 1 - self.helped(p.west.subsidy) if vendor == WESTERN else self.price

    def leaning(self, s: State, price: float, p: Record) -> float:
        r, b = p.procurement, price / s.budget
        w = b / (b + 0.5)
        extra = p.market.ai_leap if s.stage and s.vendor != WESTERN else 0.0
        if s.offer_left > 0 and self.chinese_supply(s, p) > 0:
            w *= 1 - r.credit_relief * self.credit_offered(p)
        return (
            r.base + s.known_purchase + s.unscaled_purchase * self.sigma_purchase
            + r.need_weight * (s.need - s.standing_need) + r.trust_weight * s.trust
            + p.peers.norm_weight_purchase * s.norm - r.condition_weight * s.condition_weight
            - r.sovereignty_weight * s.sovereignty
            - r.cost_weight * w + extra)

    def procurement(self, s: State, p: Record) -> None:
        s.sale, s.sale_credit = None, 0.0
        self.consider(s, p)
        if s.pending:
            self.settle(s, p)
        elif p.procurement.active and self.technology > 0 and not self.bars_itself(s, p):
            if s.stage < INTEGRATED:
                self.decide(s, p)
            if not s.sale and not s.pending and s.stage >= SAFE_CITY and s.cities < s.large_cities:
                self.decide_city(s, p)

    def bars_itself(self, s: State, p: Record) -> bool:
        """Whether it considers nothing, its system is suspended, or it never buys."""
        share = p.procurement.never_share
        never = share > 0 and s.unscaled_purchase < variate(share)
        return not s.considering or self.suspended(s) or never

    def consider(self, s: State, p: Record) -> None:
        """What puts a system on the agenda, and how it goes."""
        c = p.consideration
        if not (c.active and p.procurement.active):
            s.considering, s.considered_for = float(p.procurement.active), 0.0
            return
        chances = {
            1: c.by_course * s.sessions, 4: c.by_peers / 4 * s.exposure,
            5: c.by_unrest / 4 * s.unrest, 6: c.by_market / 4}
        u, cause, upto = self.draw(s, CONSIDERATION), 0, 0.0
        for number, chance in chances.items():
            upto += chance * self.technology
            cause = cause or number * (u < upto)
        cause = 3 if s.contract and not s.unpaid else cause
        cause = 2 if s.offer_left > 0 else cause
        if cause and not s.considering:
            s.considering, s.considered_for = 1.0, cause
            name = f"considered_{CAUSES[cause - 1]}"
            setattr(s, name, getattr(s, name) + 1)
        elif not cause and u >= 1 - 1 / (4 * p.procurement.application_years) and not s.pending:
            s.considering = s.considered_for = 0.0

    def cameras(self, s: State, p: Record) -> None:
        """A city's own cameras, bought once."""
        c, s.cameras_bought = p.cameras, 0.0
        offered = self.sales_offered(p) and p.procurement.active
        if not c.active or s.cameras or s.iso3 == "TWN" or not offered:
            return
        share = s.large_cities / (s.large_cities + c.half_cities) * self.market_share(s, p)
        share *= s.foreign * (p.procurement.ban_access_pilot if s.banned else 1.0)
        if self.draw(s, CAMERAS) < in_a_quarter(c.rate) * self.technology * share:
            s.cameras_bought = s.cameras = 1.0
            self.once(s, "adopted")

    def owes_fees(self, s: State) -> bool:
        return s.unpaid > 0

    def suspended(self, s: State) -> bool:
        return self.owes_fees(s) or s.lapsed > 0

    def settle(self, s: State, p: Record) -> None:
        """What waits for credit is bought, given up, or waits on."""
        offered = self.chinese_supply(s, p) > 0 and self.sells(s.waits_for.vendor, p)
        offered = offered and self.credit_offered(p)
        if offered and s.credit:
            s.sale, s.sale_credit = s.waits_for, s.credit_wanted
        elif offered and self.draw(s, CREDIT_LAPSE) >= 1 / (4 * p.procurement.application_years):
            return
        s.pending = s.credit_wanted = 0.0

    def wait(self, s: State, order: Order) -> None:
        s.pending, s.credit_wanted, s.waits_for = 1.0, order.price, order

    def buy(self, s: State, order: Order, p: Record) -> None:
        if order.vendor != WESTERN and self.on_credit(s, order.price, p):
            self.wait(s, order)
        else:
            s.sale = order

    def decide(self, s: State, p: Record) -> None:
        """Whether to take the next stage, and from whom."""
        r, u, stage = p.procurement, self.draw(s, PURCHASE), s.stage + 1
        if u >= r.rate:
            return
        cities = 1.0 if stage == SAFE_CITY else s.cities
        whole = self.cost(s, stage, cities, r)
        added = whole - self.cost(s, s.stage, s.cities, r)
        self.set_market_access(s, stage, added, p)
        chinese, western = self.chinese_supply(s, p), self.western_supply(s, p)
        price = self.own_price(WESTERN if chinese <= 0 else s.vendor, p)
        step = (0.0, r.step_to_safe_city, r.step_to_integrated)[int(s.stage)]
        wish = r.rate * logistic(self.leaning(s, added * price, p) + step)
        if u >= wish * (1 - (1 - chinese) * (1 - western)):
            return
        u_tender = self.draw(s, FRESH_TENDER)
        same = whole - added
        if s.stage and not self.tenders_afresh(s, added * price, same * price, p, u_tender):
            if u < wish * self.own_supply(s, p):
                self.buy(s, Order(s.vendor, added * self.price_of(s.vendor), stage, cities), p)
            return
        if s.stage:
            self.set_market_access(s, stage, whole, p)
        winner = self.tender(s, self.draw(s, VENDOR), whole, p)
        if winner:
            price = whole * self.price_of(winner)
            self.buy(s, Order(winner, price, stage, cities, anew=s.stage > 0), p)

    def tenders_afresh(self, s: State, added: float, same: float, p: Record, u: float) -> bool:
        """A rival builds the old part again, or what leaving it costs if that is more."""
        dearer = max(s.exit_cost, same) / added if added else math.inf
        return u < logistic(-p.contracts.choice_precision * dearer)

    def decide_city(self, s: State, p: Record) -> None:
        r, u = p.procurement, self.draw(s, CITY)
        most, cost = r.rate * (1 - s.cities / s.large_cities), s.safe_city * r.city_cost
        if u < most:
            self.set_market_access(s, s.stage, cost, p)
            leaning = self.leaning(s, cost * self.own_price(s.vendor, p), p)
            if u < most * self.own_supply(s, p) * logistic(leaning + r.step_to_city):
                price = cost * self.price_of(s.vendor)
                self.buy(s, Order(s.vendor, price, s.stage, s.cities + 1), p)

    def tender(self, s: State, u: float, whole: float, p: Record) -> str | None:
        """The vendor that wins an open tender for a whole system, if anybody bids."""
        r, weights = p.procurement, self.weights(p)
        credit = self.on_credit(s, whole * self.price, p)
        chinese, western = self.chinese_supply(s, p), self.western_supply(s, p)
        if chinese <= 0 and western <= 0:
            return None
        chance = float(chinese > 0)
        if chinese > 0 and western > 0:
            western_price = 1 - self.helped(p.west.subsidy)
            advantage = r.price_weight * (western_price - self.price) - r.quality_gap
            advantage += r.trust_weight * s.trust + s.alignment + r.credit_advantage * credit
            chance = logistic(advantage + math.log(chinese / western))
        mark = u / chance * sum(weights.values()) if u < chance else math.inf
        for vendor, weight in weights.items():
            if mark < weight:
                return vendor
            mark -= weight
        return WESTERN

    # --- 7.7 Contracts and lock-in ----------------------------------------------------------------

    def contracts(self, s: State, p: Record) -> None:
        k = p.contracts
        s.paid_sale = s.paid_fee = s.signed = s.service = s.fell_through = s.paid_refresh = 0.0
        s.promised = 0.0
        if s.debt:
            self.serve_debt(s, k)
        if s.sale and not self.falls_through(s, s.sale, p):
            self.install(s, s.sale, s.sale_credit, p)
        if s.installed:
            s.age += 0.25
            s.in_service += 1
            s.remaining -= 1
            removable = s.vendor != WESTERN and s.banned and p.west.active
            if removable and self.draw(s, REPLACE) < in_a_quarter(p.west.replace_rate):
                whole = self.cost(s, s.stage, s.cities, p.procurement)
                self.pay_exit(s, k.switch_off_cost, whole, whole, p)
                s.replaced += s.contract + s.lapsed
                self.leave(s)
            elif (s.in_service <= 4 * k.early_years
                  and self.draw(s, HANDOVER) < in_a_quarter(k.early_loss)):
                self.switch_off(s)
            elif s.contract:
                self.serve(s, p)
            elif s.lapsed:
                waits = self.waits_for_new(s)
                self.stay_suspended(s, 0.0 if waits else in_a_quarter(k.restoration_rate), p)
            else:
                self.wear(s, p)
        if s.contract and s.vendor != WESTERN and k.propagation:
            s.dependence = grown(s.dependence, k.dependence_gain / 4)
        else:
            s.dependence *= left_of(k.dependence_half_life)
        works, chinese = s.installed * (s.out_of_service < 0.5), s.vendor != WESTERN
        s.working, s.working_western = works * chinese, works * (not chinese)
        s.cities_working, s.yearly_value = s.cities * s.working, self.worth(s, p)
        s.exit_cost = self.cost_of_exit(s, p) * s.contract
        s.contract_chinese, s.exit_cost_chinese = s.contract * chinese, s.exit_cost * chinese
        s.value_chinese = s.yearly_value * chinese
        if self.season == 3:
            s.worked[self.year] = s.working

    def falls_through(self, s: State, order: Order, p: Record) -> bool:
        """Whether a first platform is signed for, and listed, but never serves."""
        first = order.stage >= SAFE_CITY > s.stage
        if not first or self.draw(s, UNSERVED) >= p.procurement.falls_through:
            return False
        if order.vendor != WESTERN:
            s.unserved += 1
            s.agreements += 1
            s.fell_through, s.signed = order.stage, 1.0
        return True

    def serve_debt(self, s: State, k: Record) -> None:
        """Interest on all; of what is past its grace equal parts."""
        repaying = s.debt - s.debt_in_grace
        part = repaying / max(s.repay_left, 1.0)
        s.service = s.debt * k.interest / 4 + part
        self.pay(s, s.service)
        s.repay_left, repaying = max(s.repay_left - 1, 0.0), repaying - part
        s.grace_left -= 1
        if s.debt_in_grace and s.grace_left <= ROUNDING:
            time = repaying * s.repay_left + s.debt_in_grace * 4 * k.loan_years
            repaying, s.debt_in_grace = repaying + s.debt_in_grace, 0.0
            s.repay_left = time / repaying
        s.debt = repaying + s.debt_in_grace

    def install(self, s: State, order: Order, credit: float, p: Record) -> None:
        k, before = p.contracts, s.cities if s.vendor != WESTERN else 0.0
        vendor, price, stage, cities, anew = order
        if anew:
            owed = self.suspended(s)
            s.restored += owed
            if vendor == s.vendor:
                self.settle_arrears(s, k)
                self.resume(s)
                s.capital = s.out_of_service = s.fee = s.unpaid = s.premium = s.refresh_left = 0.0
                s.restored_same += owed and k.active
                s.renewed += s.contract * k.active * (not owed) * (stage == s.stage)
                s.expired += s.contract * (not k.active)
                s.contract *= k.active
        given = price * self.helped(p.west.subsidy) * (vendor == WESTERN)
        if s.installed and vendor != s.vendor:
            size = self.cost(s, s.stage, s.cities, p.procurement)
            size /= self.cost(s, stage, cities, p.procurement)
            self.pay_exit(s, 1.0, price * size, (price - given) * size, p)
            s.switched += s.contract + s.lapsed
            s.outgrown += (s.contract + s.lapsed) * (stage > s.stage)
            s.lapses_replaced, s.lapsed = s.lapses_replaced + s.lapsed, 0.0
            s.same_supplier *= s.vendor == WESTERN or s.stage < SAFE_CITY
            self.leave(s)
        s.paid_sale, s.paid_to = s.paid_sale + price, vendor
        self.pay(s, price, given, credit)
        s.capital += price
        new = price / s.capital
        if not s.unpaid:
            s.out_of_service *= 1 - new
        if credit:
            grace = s.grace_left * s.debt_in_grace + 4 * k.grace * credit
            s.debt_in_grace += credit
            s.debt += credit
            s.grace_left = grace / s.debt_in_grace
        if s.vendor != vendor:
            s.taste = variate(self.draw(s, TASTE))
        s.installed, s.vendor, s.stage, s.cities = 1.0, vendor, stage, cities
        s.age *= 1 - new
        term = 4 * (k.term if s.contract or k.active else k.life)
        if s.contract or not k.active:
            s.remaining = s.remaining * (1 - new) + term * new
            s.fee += price * k.fee * s.contract
            s.fee_rate = (s.fee_rate * (1 - new) + k.fee * new) * s.contract
        else:
            s.contract, s.premium, s.opened = 1.0, 0.0, s.opened + 1
            s.remaining, s.fee, s.fee_rate = term, s.capital * k.fee, k.fee
        if vendor == WESTERN:
            s.bought_western = 1.0
            return
        self.once(s, "adopted")
        if not s.adopted_national and s.considered_for:
            setattr(s, f"adopted_{CAUSES[int(s.considered_for) - 1]}", 1.0)
        s.adopted_national = 1.0
        if stage >= SAFE_CITY:
            s.same_supplier = 1.0 if not s.adopted_platform else s.same_supplier
            self.once(s, "adopted_platform")
        if cities > before:
            s.signed = 1.0
            s.agreements += 1

    def leave(self, s: State) -> None:
        """All that ends with a system."""
        s.contract = s.installed = s.stage = s.cities = s.capital = s.fee = s.arrears = 0.0
        s.lapses_gone += s.lapsed
        s.fee_rate = s.lapsed = 0.0
        s.out_of_service = s.age = s.remaining = s.pending = s.credit_wanted = 0.0
        s.unpaid = s.premium = s.in_service = s.refresh_left = 0.0
        s.vendor = None

    def switch_off(self, s: State) -> None:
        s.switched_off += s.contract + s.lapsed
        self.leave(s)

    def leap(self, s: State, p: Record) -> float:
        """Factor of the leap in artificial intelligence, for Chinese systems."""
        return 1.0 if s.vendor == WESTERN else 1 + p.market.ai_leap

    def cost_of_exit(self, s: State, p: Record) -> float:
        own = (1 - self.helped(p.west.subsidy)) * (1 - self.helped(p.west.exit_paid))
        return self.whole_exit(s, p) * (1.0 if s.vendor == WESTERN else own)

    def helped(self, share: float) -> float:
        """What donors pay of something: nothing once their money is spent."""
        return share * (not self.spent_up)

    def fee_share(self, s: State, p: Record) -> float:
        """What donors pay of a system's fees."""
        chinese = p.west.fees_paid_chinese * (s.vendor != WESTERN)
        return self.helped(max(p.west.fees_paid, chinese))

    def pay(self, s: State, price: float, given: float = 0.0, credit: float = 0.0) -> None:
        s.paid_own += price - given - credit
        s.donors_paid += given
        s.promised += given

    def pay_exit(self, s: State, part: float, price: float, own: float, p: Record) -> None:
        """Leaving, beyond a new system: what it costs, and what of it the state pays itself."""
        whole = part * max(self.whole_exit(s, p) - price, 0.0) * s.contract
        bears = part * max(self.cost_of_exit(s, p) - own, 0.0) * s.contract
        s.exits_paid += whole
        self.pay(s, whole, max(whole - bears, 0.0))

    def close_books(self) -> None:
        """Donors with a budget pay what is left of it; then no more is promised."""
        if self.p.west.budget >= 1e6:
            self.spent_up = False
            return
        left = self.p.west.budget - self.donors_spent
        asked = sum(s.promised for s in self.states)
        part = min(1.0, max(left, 0.0) / asked) if asked > 0 else 1.0
        self.spent_up = asked >= left
        self.donors_spent += asked * part
        for s in self.states:
            s.donors_paid -= s.promised * (1 - part)
            s.paid_own += s.promised * (1 - part)

    def whole_exit(self, s: State, p: Record) -> float:
        """What leaving costs, whoever pays."""
        k, staff = p.contracts, s.vendor_staff
        staff /= staff + 300 * max(s.cities, 1.0)
        return (
            s.capital * k.exit_cost * (1 + k.exit_cost_depth * (s.stage - 1)) * k.retention
            * (1 + k.exit_cost_staff * staff) * (1 + k.exit_cost_years * s.age / 10)
            * (1 - k.open_standards) * self.leap(s, p))

    def worth(self, s: State, p: Record) -> float:
        value = s.capital * p.contracts.annual_benefit * (1 - s.out_of_service)
        return value * self.leap(s, p)

    def serve(self, s: State, p: Record) -> None:
        """A quarter under contract."""
        k, fee = p.contracts, s.fee / 4 * (1 + s.premium)
        own, s.fee_to = fee * (1 - self.fee_share(s, p)), s.vendor
        s.fee *= (1 + k.escalation) ** 0.25
        if s.unpaid:
            s.arrears += own
            self.stay_suspended(s, in_a_quarter(k.restoration_rate) if own > 0 else 1.0, p)
            return
        if s.out_of_service and self.draw(s, REPAIR) < in_a_quarter(k.repair_rate):
            s.out_of_service = 0.0
        elif not s.out_of_service and self.draw(s, OUTAGE) < in_a_quarter(k.outage_rate):
            s.outages += 1
            s.out_of_service = self.share_out(self.draw(s, OUTAGE_SHARE), k)
        bill = s.refresh_bill * (s.refresh_left > 0)
        given = bill * self.helped(p.west.subsidy) * (s.vendor == WESTERN)
        x = own + bill - given + s.service
        x *= 4 / s.budget
        rate = k.missed_payment_rate * k.distress * x / (x + k.half_strain)
        missed = in_a_quarter(rate) * k.retention
        if own > 0 and self.draw(s, ARREARS) < missed:
            s.suspensions += 1
            s.ever_suspended = max(s.ever_suspended, float(s.vendor != WESTERN))
            s.arrears, s.unpaid = s.arrears + own, 1.0
            self.suspend(s, k)
            return
        s.paid_fee += fee
        self.pay(s, fee, fee - own)
        self.pay(s, bill, given)
        s.vendor_staff += k.operators / 4 * s.stage * max(s.cities, 1.0)
        s.paid_refresh, s.refresh_left = bill, max(s.refresh_left - 1, 0.0)
        if s.remaining <= ROUNDING and not self.waits_for_new(s):
            self.expire(s, p)
        elif s.age >= k.refresh_after and not (
            s.refresh_left or s.out_of_service or self.waits_for_new(s)
        ):
            self.refresh(s, p)

    def suspend(self, s: State, k: Record) -> None:
        s.pending = s.credit_wanted = 0.0
        s.out_of_service = max(self.share_out(self.draw(s, SUSPENSION), k), s.out_of_service)

    def share_out(self, u: float, k: Record) -> float:
        return within(k.outage_least + (k.outage_most - k.outage_least) * u, 0.0, 1.0)

    def stay_suspended(self, s: State, chance: float, p: Record) -> None:
        """A quarter of suspension, which ends with a chance."""
        k, u = p.contracts, self.draw(s, RESTORATION)
        s.out_of_service = within(s.out_of_service + k.decay / 4, 0.0, 1.0)
        if k.retention and self.sells(s.vendor, p) and u < chance * k.same_vendor:
            s.restored += 1
            s.restored_same += 1
            s.out_of_service = s.unpaid = 0.0
            self.settle_arrears(s, k)
            if s.lapsed:
                self.resume(s)
                self.begin(s, k)
        elif u < chance:
            if not self.retender(s, p):
                self.switch_off(s)
        elif s.out_of_service >= 0.9:
            self.switch_off(s)

    def resume(self, s: State) -> None:
        """The vendor of a system whose contract has lapsed is back."""
        if s.lapsed:
            s.lapsed, s.contract, s.taste = 0.0, 1.0, variate(self.draw(s, TASTE))
            s.lapses_restored += 1

    def begin(self, s: State, k: Record) -> None:
        """The terms of today, or wear without a contract."""
        s.expired += s.contract * (not k.active)
        s.contract *= k.active
        s.premium, s.remaining = 0.0, 4 * (k.term if k.active else k.life)
        s.fee, s.fee_rate = s.capital * k.fee * k.active, k.fee * k.active

    def refresh(self, s: State, p: Record) -> None:
        """New equipment from the vendor in place."""
        whole = self.cost(s, s.stage, s.cities, p.procurement)
        offered = s.vendor == WESTERN or (p.china.offering and p.china.sales)
        offered = offered and p.procurement.active and self.sells(s.vendor, p)
        if not offered:
            return
        s.refreshes += 1
        s.refresh_left, s.age = 4.0, s.age / 2
        s.refresh_bill = whole * self.price_of(s.vendor) / 8

    def settle_arrears(self, s: State, k: Record) -> None:
        s.paid_fee += s.arrears / 2
        self.pay(s, s.arrears / 2)
        s.arrears = 0.0

    def expire(self, s: State, p: Record) -> None:
        """Renew, re-tender or let lapse."""
        k, whole = p.contracts, self.cost(s, s.stage, s.cities, p.procurement)
        self.set_market_access(s, s.stage, whole, p)
        price = self.price
        if self.chinese_supply(s, p) <= 0:
            price = 1 - self.helped(p.west.subsidy)
        alone = (1 - self.chinese_supply(s, p)) * (1 - self.western_supply(s, p))
        s.premium = k.renewal_premium * alone * k.retention
        s.fee = s.fee * k.fee / s.fee_rate if s.fee_rate > 0 else s.capital * k.fee
        s.fee_rate = k.fee
        own, new = 1 - self.fee_share(s, p), whole * price / s.capital
        fees = s.fee * (1 + s.premium) * own / s.capital
        leave = self.cost_of_exit(s, p) / s.capital
        renew = (self.worth(s, p) / s.capital - fees) * k.planning_horizon
        if s.vendor != WESTERN:
            renew -= k.mistrust_cost * s.mistrust * s.civil_space
            renew -= k.sovereignty_cost * s.sovereignty
        sharp, lasts = k.choice_precision, k.choice_lasting
        renew += s.taste * lasts**0.5 * math.pi / math.sqrt(3) / sharp if sharp else 0.0
        sharp /= max(math.sqrt(1 - lasts), 0.001)
        later = 1 - self.helped(p.west.fees_paid)
        again = (k.annual_benefit - new * k.fee * later) * k.planning_horizon - max(leave, new)
        stop = -k.switch_off_cost * max(leave - new, 0.0)
        best = max(renew, again, stop)
        odds = [math.exp(max(sharp * (worth - best), -700)) for worth in (renew, again, stop)]
        mark = self.draw(s, EXPIRY) * sum(odds)
        if mark >= odds[0] + odds[1]:
            self.lapse(s, k)
        elif mark >= odds[0] or not self.sells(s.vendor, p):
            before = s.vendor
            if not self.retender(s, p):
                self.lapse(s, k)
                return
            winner = s.waits_for.vendor if self.waits_for_new(s) else s.vendor
            s.expiry_kept += winner == before
        elif k.active:
            s.expiry_kept += 1
            s.renewed += 1
            s.remaining = 4 * k.term
        else:
            self.begin(s, k)

    def lapse(self, s: State, k: Record) -> None:
        """Nobody follows: the contract is over, the system stays."""
        s.lapsed, s.contract, s.expiry_ended = s.contract, 0.0, s.expiry_ended + 1
        self.suspend(s, k)

    def waits_for_new(self, s: State) -> bool:
        return s.pending > 0 and s.waits_for.anew

    def retender(self, s: State, p: Record) -> bool:
        """A new system like the old one, by open tender; False where nobody bids."""
        whole = self.cost(s, s.stage, s.cities, p.procurement)
        self.set_market_access(s, s.stage, whole, p)
        winner = self.tender(s, self.draw(s, VENDOR, 1), whole, p)
        order = Order(winner, whole * self.price_of(winner), s.stage, s.cities, anew=True)
        if winner is None:
            return False
        if winner == WESTERN or not self.on_credit(s, order.price, p):
            self.install(s, order, 0.0, p)
        elif not self.owes_fees(s):
            self.wait(s, order)
        return True

    def wear(self, s: State, p: Record) -> None:
        """A quarter without a contract."""
        k = p.contracts
        s.out_of_service = within(s.out_of_service + 0.5 / (4 * k.life), 0.0, 1.0)
        if s.remaining <= ROUNDING and not self.waits_for_new(s):
            again = logistic(k.choice_precision * (k.annual_benefit * k.planning_horizon - 1))
            if self.draw(s, EXPIRY) >= again or not self.retender(s, p):
                self.switch_off(s)

    # --- 7.8 Peers and norms ----------------------------------------------------------------------

    def peers(self, s: State, p: Record) -> None:
        q, region, world = p.peers, self.groups[s.region], self.groups["world"]
        ring = region.mean_of_others("visibility", s)
        if s.neighbours:
            near = sum(self.visible[i] for i in s.neighbours) / len(s.neighbours)
            ring = (ring + near) / 2
        seen = ring + q.world_weight * (world.mean_of_others("visibility", s) - ring)
        s.exposure = seen * q.active
        users = region.mean_of_others("user", s)
        speed = within(q.norm_speed / 4, 0.0, 1.0)
        s.norm = grown(s.norm, speed) if users > q.threshold else s.norm * (1 - speed)
        s.norm *= q.norms

    # --- 7.8a Doctrine ----------------------------------------------------------------------------

    def doctrine(self, s: State, p: Record) -> None:
        o = p.doctrine
        if not o.active:
            s.leaders_china = s.prevention = s.added_use = 0.0
            return
        if self.season == 3:
            s.trained_before += (s.trained_serving - s.trained_before) / 8
            s.trained_serving *= 1 - 1 / 19
            self.weigh(s, p)

    def weigh(self, s: State, p: Record) -> None:
        """What the leadership has become, and what it does."""
        o = p.doctrine
        s.leaders_china = 1 - math.exp(-100 * s.trained_before / (o.candidates * s.population_k))
        use = o.untrained_use + (1 - o.untrained_use) * s.leaders_china
        s.prevention = use * s.stage / 3 * s.working
        s.added_use = use / o.untrained_use - 1

    # --- 7.9 Society ------------------------------------------------------------------------------

    def society(self, s: State, p: Record) -> None:
        o, s.civil_space = p.society, s.democracy / 10
        if not o.active:
            s.control = s.mistrust = s.sovereignty = 0.0
            return
        if s.installed and s.vendor != WESTERN:
            s.leaks += self.draw(s, LEAK) < in_a_quarter(o.leak_rate)
        concern = o.leak_concern * self.leaks + o.leak_now
        s.sovereignty = grown(s.sovereignty * left_of(o.sovereignty_half_life), concern)
        d = s.stage / 3 * s.working
        used = d * (1 + s.added_use * p.doctrine.feedback)
        s.control = within(o.unrest_cut * used, 0.0, 1.0)
        s.mistrust = grown(s.mistrust * left_of(o.mistrust_half_life), o.mistrust_gain * used / 4)

    # --- 7.10 Market and alignment ----------------------------------------------------------------

    def market(self, s: State, p: Record) -> None:
        m = p.market
        sales = {s.paid_to: s.paid_sale}
        sales[s.fee_to] = sales.get(s.fee_to, 0.0) + s.paid_refresh
        this_year = 1.0 if self.season else 0.0
        s.sold = s.sold * this_year + sum(sales.values())
        s.sold_chinese = s.sold_chinese * this_year + sum(
            paid for vendor, paid in sales.items() if vendor != WESTERN)
        if not s.bought and (s.adopted_national or s.bought_western):
            s.bought, s.bought_chinese_first = 1.0, s.adopted_national
        s.dependence_installed = s.dependence * s.installed
        if not m.active:
            return
        x = (
            m.dependence_pull * (s.dependence + s.trust)
            + m.autocracy_pull * (1 - s.civil_space / m.neutral_civil_space)
            - m.west_pull * (s.ally + s.condition_weight * s.west_tie))
        speed = 1.0 if self.first else within(m.alignment_speed / 4, 0.0, 1.0)
        s.alignment += (x / (1 + abs(x)) - s.alignment) * speed
        if self.first:
            votes = m.votes_weight * within(1 - s.un_distance, -1.0, 1.0)
            s.alignment = within(s.alignment + votes, -1.0, 1.0)

    # --- 7.11 The observer ------------------------------------------------------------------------

    def observer(self, s: State, p: Record) -> None:
        o, open_share = p.observer, 1 - p.observer.secrecy * (s.regime == AUTHORITARIAN)
        chance = o.training_seen_late if self.date >= 2020 else o.training_seen
        for nth in range(int(s.sessions)):
            if not o.active or self.draw(s, COURSE_SEEN, nth) < chance * open_share:
                s.recorded_trainings += 1
                self.once(s, "recorded_trained")
        if self.first:
            s.press_draw = self.draw(s, COVERED)
        covered = s.press_draw < s.economy / (s.economy + o.half_economy)

        def listed(purpose: int, chance: float = o.contract_seen) -> bool:
            seen = covered and self.draw(s, purpose) < chance * open_share
            return seen or not o.active

        sold = (s.paid_sale > 0 and s.paid_to != WESTERN) or s.fell_through > 0
        if sold and s.sale_credit and s.stage >= SAFE_CITY:
            s.recorded_financed = 1.0
        platform = max(s.stage, s.fell_through) >= SAFE_CITY
        sold = sold and listed(CONTRACT_SEEN, o.platform_seen if platform else o.contract_seen)
        if (sold or (s.cameras_bought and listed(CAMERAS_SEEN))) and not s.recorded_adopted:
            self.once(s, "recorded_adopted")
            s.recorded_adopted_bri = float(s.bri_year <= 2018)
            s.recorded_adopted_bri_strict = float(s.bri_year <= 2017)
        s.recorded_any_maker = max(s.recorded_adopted, s.bought_western)
        if not sold:
            return
        s.recorded_agreements += s.signed
        s.recorded_agreements_lower += s.signed * (1026 <= s.gdp_pc < 3996)
        s.recorded_agreements_upper += s.signed * (3996 <= s.gdp_pc < 12376)
        if platform:
            self.once(s, "recorded_platform")

    # --- 7.12 The record of fates -----------------------------------------------------------------

    def fates(self, s: State, p: Record) -> None:
        """Once a year what the press reports of the Chinese system that the record follows."""
        f, now = p.fates, s.in_service / 4
        if not f.active or self.season != 3 or not 2009 <= self.year <= 2026:
            return
        s.press = s.press or -math.log(self.draw(s, FATE_PRESS))
        rate, file = f.press_rate * s.press, s.file
        if file and s.installed and s.vendor == file.vendor and now > file.age:
            out, more = s.out_of_service >= 0.1, s.stage > file.stage or s.cities > file.cities
            if more and self.draw(s, FATE_EXTENSION) < 1 - math.exp(-rate * f.extension_news):
                self.cover(s, now)
                s.seen_added += 1
                s.seen_extended += not file.extended
                file.extended = True
            news = rate * (f.outage_news if out else 1.0)
            if self.draw(s, FATE_REPORT) < 1 - math.exp(-news):
                self.cover(s, now)
                if file.out_of_service and (not out or self.draw(s, FATE_CLAIM) < f.claims):
                    file.out_of_service, s.seen_restored = False, s.seen_restored + 1
                elif out and not file.out_of_service:
                    s.seen_outages += not file.once
                    file.out_of_service = file.once = True
        elif file:
            switched = s.switched > file.switched
            lost, s.file = s.switched_off > file.switched_off and not switched, None
            if self.draw(s, FATE_END) < (f.loss_seen if lost else f.switch_seen):
                age, s.file = file.age + 0.5, file
                self.cover(s, age)
                s.seen_lost_cameras += lost and file.stage < SAFE_CITY
                s.seen_lost_larger += lost and file.stage >= SAFE_CITY
                alike = switched and s.stage <= file.stage
                s.seen_switched_early += alike and age < 5
                s.seen_switched_late += alike and age >= 5
                s.seen_added_other += switched and not alike
                s.file = None
        new = s.installed and s.vendor != WESTERN and now <= 1 and self.year <= 2021
        large = s.stage >= SAFE_CITY
        if not s.file and new and (large or self.draw(s, FATE_ENTRY) < f.pilot_seen):
            s.file = Record(to=0.0, out_of_service=False, once=False, extended=False)
        if s.file:
            vars(s.file).update(vendor=s.vendor, age=now, stage=s.stage, cities=s.cities)
            vars(s.file).update(switched=s.switched, switched_off=s.switched_off)

    def cover(self, s: State, age: float) -> None:
        """What a report says of the years since the one before."""
        file, years = s.file, age - s.file.to
        early = min(age, 5.0) - min(file.to, 5.0)
        s.seen_years_early += early
        s.seen_years_late += years - early
        if file.stage < SAFE_CITY:
            s.seen_years_cameras += years
        else:
            s.seen_years_larger += years
        s.seen_years_out += years * file.out_of_service
        s.seen_years_lit += years * (not file.once)
        s.seen_years_unextended += years * (not file.extended)
        file.to = age

    # --- What all may know: systems, leaks, receipts, the price, alignment ------------------------

    def publish(self, everybody: list) -> None:
        self.groups = {key: Group() for key in self.groups}
        self.users = dict.fromkeys(VENDORS, 0.0)
        received = 0.0
        for s, p in everybody:
            spreads, faded = p.contracts.propagation, s.visibility * left_of(p.peers.memory)
            shown = s.working and (s.paid_sale or s.contract)
            s.visibility = (1.0 if shown else faded) * spreads
            s.user = s.working * spreads
            for group in (self.groups[s.region], self.groups["world"]):
                group.size += 1
                group.visibility += s.visibility
                group.user += s.user
            if s.vendor:
                self.users[s.vendor] += s.working + s.working_western
            if s.paid_sale:
                self.sales[s.paid_to] += s.paid_sale
                received += s.paid_sale * (s.paid_to != WESTERN)
            if s.paid_refresh:
                self.sales[s.fee_to] += s.paid_refresh
                received += s.paid_refresh * (s.fee_to != WESTERN)
            if s.paid_fee:
                self.fees[s.fee_to] += s.paid_fee
                received += s.paid_fee * (s.fee_to != WESTERN)
        self.visible = [s.visibility for s in self.states]
        leaks = sum(s.leaks for s in self.states)
        self.leaks, self.all_leaks = leaks - self.all_leaks, leaks
        m, sold = self.p.market, sum(self.sales[vendor] for vendor in CHINESE)
        self.revenue += received - self.revenue / 4
        if m.active:
            self.price = m.price * (1 + sold / 2000) ** math.log2(1 - m.learning)
        funds = m.active and self.p.contracts.propagation
        self.china.funded = m.reinvestment * self.revenue * funds
