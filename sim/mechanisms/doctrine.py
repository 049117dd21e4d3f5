"""Doctrine: effects of officers trained abroad, as they rise in rank and retire.

No study measures those of Chinese training, so each is small and may be nil.
"""

from __future__ import annotations

from sim.arithmetic import clamp, rate_to_probability
from sim.mechanisms.history import HYBRID
from sim.mechanisms.tender import INTEGRATED, WESTERN
from sim.parameters import Mechanism, Outcome, Record, Section, State, derived, parameter, switch
from sim.units import LAST_SEASON

JUNIOR, MIDDLE, SENIOR = range(3)


class Doctrine(Section):
    """Officers trained abroad, and the effects of their training."""

    active: bool = switch(True, idle_while_off=("*",))
    """Trained officers are counted, rise and act; off: none of this."""
    feedback: bool = switch(
        True,
        idle_while_off=("dissent_gain", "norm_gain", "format_*", "formats_*", "workshop_*"),
    )
    """Doctrine acts on unrest, mistrust and norms, and formats evolve; off: it is only counted."""
    police_rate: float = parameter(
        300.0, unit="per 100,000 people", low=50.0, high=1500.0, plausible=(200.0, 400.0),
        source="United Nations 2006: median of about 300, as cited on Wikipedia", evidence=2,
        yearly=True,
    )
    """Police officers per head."""
    middle_share: float = parameter(
        0.13, unit="share", low=0.05, high=0.3, plausible=(0.08, 0.2),
        source="a judgement", evidence=1,
        yearly=True,
    )
    """Share of a force in the middle ranks."""
    leadership_share: float = parameter(
        0.02, unit="share", low=0.001, high=0.05, plausible=(0.01, 0.04),
        source="from memory: chief inspectors and above in England and Wales", evidence=1,
        yearly=True,
    )
    """Share of a force in its senior ranks."""
    career: float = parameter(
        30.0, unit="years", low=10.0, high=60.0, plausible=(20.0, 40.0),
        source="entry at 18 to 22, retirement at 50 to 60 in a comparison of forces", evidence=2,
        yearly=True,
    )
    """Years that an officer who does not rise spends in the junior and middle ranks."""
    leader_years: float = parameter(
        8.0, unit="years", low=3.0, high=30.0, plausible=(5.0, 12.0),
        source="a judgement", evidence=1,
        yearly=True,
    )
    """Mean years in the senior ranks."""
    visits_counted: float = parameter(
        0.2, unit="share", low=0.0, high=1.0, plausible=(0.0, 0.5),
        source="a judgement: days of a delegation against weeks of a course", evidence=1,
    )
    """Share of officers in short formats who count as trained."""
    operators_counted: float = parameter(
        0.2, unit="share", low=0.0, high=1.0, plausible=(0.05, 0.5),
        source="a judgement: many operators are civilians, or were trained before", evidence=1,
        yearly=True,
    )
    """Share of operators trained by a Chinese vendor who count as newly trained."""
    west_officers: float = parameter(
        40.0, unit="officers", low=1.0, high=500.0, plausible=(30.0, 50.0),
        source="ILEA: 30-50 a course", evidence=3,
        yearly=True,
    )
    """Officers in a Western course."""
    west_offset: float = parameter(
        0.2, unit="ratio", low=-1.0, high=1.0, plausible=(-0.2, 0.8),
        source="Omelicheva et al. 2017 (+), Sandholtz 2016 (-): the sign is open", evidence=2,
        yearly=True,
    )
    """Doctrine that a leader trained by the West removes, relative to the addition by one trained
    in China."""
    untrained_use: float = parameter(
        0.85, unit="share", low=0.5, high=1.0, plausible=(0.7, 1.0),
        source="Blair et al. 2021: none; AI-tocracy 2023, Xu 2021: much within China", evidence=1,
        yearly=True,
    )
    """Use of a system for prevention where no leader was trained abroad, relative to full use."""
    dissent_gain: float = parameter(
        0.02, unit="share", low=-0.5, high=0.5, plausible=(-0.05, 0.1),
        source="Dube & Naidu 2015 (+); repression and dissent: no settled sign", evidence=1,
        yearly=True,
    )
    """Share of unrest outbreaks that a wholly China-trained leadership deters without systems,
    where there is no democracy. Below 0: provokes."""
    norm_gain: float = parameter(
        0.01, unit="share a year", low=0.0, high=1.0, plausible=(0.0, 0.03),
        source="Grewal 2022; Fabian & Boutton: trainees take on the trainer's norms", evidence=2,
        yearly=True,
    )
    """Growth a year of acceptance of surveillance under a wholly China-trained leadership."""
    format_shift: float = parameter(
        0.4, unit="share", low=0.0, high=1.0, plausible=(0.0, 0.8),
        source="article P2; Yunnan Police College: seminars from 2002, a degree from 2015",
        evidence=1,
    )
    """How far formats move: academies from below their share to above, visits the reverse."""
    formats_from: float = parameter(
        2005.0, unit="year", low=1990.0, high=2050.0, plausible=(2002.0, 2010.0),
        source="Yunnan Police College: courses since 2002", evidence=1,
        acts_until=("formats_from", "formats_years"),
    )
    """Year in which formats begin to move."""
    formats_years: float = parameter(
        20.0, unit="years", low=1.0, high=60.0, plausible=(15.0, 25.0),
        source="article P2", evidence=1,
        acts_from=("formats_from",), acts_until=("formats_from", "formats_years"),
    )
    """Years until formats have moved."""
    workshop_share: float = parameter(
        0.15, unit="share", low=0.0, high=1.0, plausible=(0.05, 0.3),
        source="article P2; Lianyungang forum, Shanghai Organisation", evidence=1,
    )
    """Share of usual courses that are regional workshops, once formats have moved."""
    workshop_officers: float = parameter(
        0.2, unit="ratio", low=0.0, high=10.0, plausible=(0.05, 0.5),
        source="Yunnan Police College 2016: 21 officials of nine countries", evidence=2,
    )
    """Officers sent to a workshop, relative to a usual course."""

    @derived
    def retirement(self) -> float:
        return 1.0 / self.career

    @derived
    def senior_retirement(self) -> float:
        return 1.0 / self.leader_years

    @derived
    def rise_to_senior(self) -> float:
        return self.leadership_share / (self.leader_years * self.middle_share)

    @derived
    def rise_to_middle(self) -> float:
        leaving = self.leadership_share / self.leader_years + self.middle_share / self.career
        return leaving / (1.0 - self.middle_share - self.leadership_share)

    @derived
    def leaders_per_thousand(self) -> float:
        return self.leadership_share * self.police_rate / 100.0

    @derived
    def use_gain(self) -> float:
        """Use for prevention added by a wholly China-trained leadership."""
        return (1.0 - self.untrained_use) / self.untrained_use


COUNTRY = (
    State("trained_junior", "Officers trained in China in the junior ranks.", "officers"),
    State("trained_middle", "Those in the middle ranks.", "officers"),
    State("trained_senior", "Those in the senior ranks.", "officers"),
    State("trained_entered", "Officers who counted as trained in China so far.", "officers",
          grows=True),
    State("trained_retired", "Those who have left the force.", "officers", grows=True),
    State("trained_serving", "Those in service at the last year's end.", "officers", panel=True),
    State("west_middle", "Officers trained by the West in the middle ranks.", "officers"),
    State("west_senior", "Those in the senior ranks.", "officers"),
    State("operators_before", "Operators trained up to the last year's end.", "officers"),
    State("west_before", "Western courses up to then.", "courses"),
    State("leaders_china", "Share of its police leaders trained in China.", "share", panel=True),
    State("leaders_west", "Share of them trained by the West.", "share", panel=True),
    State("prevention", "Depth to which police use a system for prevention, 0 to 1.", "share",
          panel=True),
    State("added_use", "Use of a system for prevention that doctrine adds, as a share.", "share",
          low=-1.0),
    State("pressure", "Share of outbreaks of unrest that trained police deter.", "share", low=-1.0),
)


def maturity_of_formats(now: Record, p: Record) -> float:
    """How far formats have moved, 0 to 1."""
    return clamp((now.date - p.doctrine.formats_from) / p.doctrine.formats_years, 0.0, 1.0)


def evolves(p: Record) -> bool:
    return bool(p.doctrine.active and p.doctrine.feedback)


def format_change(now: Record, p: Record) -> float:
    """Relative change of the share of academies; visits change inversely."""
    if not evolves(p):
        return 0.0
    return p.doctrine.format_shift * (2.0 * maturity_of_formats(now, p) - 1.0)


def workshops(now: Record, p: Record) -> float:
    if not evolves(p):
        return 0.0
    return p.doctrine.workshop_share * maturity_of_formats(now, p)


def enter(country: Record, officers: float, rank: int, p: Record) -> None:
    if not p.doctrine.active:
        return
    country.trained_entered += officers
    if rank == SENIOR:
        country.trained_senior += officers
    elif rank == MIDDLE:
        country.trained_middle += officers
    else:
        country.trained_junior += officers


def promote_trained(country: Record, p: Record) -> None:
    junior, middle, senior = country.trained_junior, country.trained_middle, country.trained_senior
    to_middle = junior * p.doctrine.rise_to_middle
    to_senior = middle * p.doctrine.rise_to_senior
    junior_leave = junior * p.doctrine.retirement
    middle_leave = middle * p.doctrine.retirement
    senior_leave = senior * p.doctrine.senior_retirement
    country.trained_junior = junior - to_middle - junior_leave
    country.trained_middle = middle + to_middle - to_senior - middle_leave
    country.trained_senior = senior + to_senior - senior_leave
    country.trained_retired += junior_leave + middle_leave + senior_leave
    country.trained_serving = junior + middle + senior - junior_leave - middle_leave - senior_leave


def promote_western(country: Record, p: Record) -> None:
    middle = country.west_middle
    to_senior = middle * p.doctrine.rise_to_senior
    country.west_senior += to_senior - country.west_senior * p.doctrine.senior_retirement
    courses = country.west_trainings - country.west_before
    country.west_middle = (
        middle - to_senior - middle * p.doctrine.retirement + courses * p.doctrine.west_officers
    )
    country.west_before = country.west_trainings


def train_operators(country: Record, p: Record) -> None:
    if country.installed > 0.0 and country.vendor != WESTERN:
        new = country.vendor_staff - country.operators_before
        enter(country, new * p.doctrine.operators_counted, JUNIOR, p)
    country.operators_before = country.vendor_staff


def share_of_leaders(trained: float, country: Record, p: Record) -> float:
    # Below officers per post, as some were trained twice.
    return rate_to_probability(trained / (p.doctrine.leaders_per_thousand * country.population_k))


def balance(country: Record, p: Record) -> float:
    """China's doctrine among leaders, less the effect of Western training; -1 to 1."""
    return clamp(
        country.leaders_china - p.doctrine.west_offset * country.leaders_west, -1.0, 1.0
    )


def act_on_doctrine(country: Record, p: Record) -> None:
    leaning = balance(country, p)
    use = p.doctrine.untrained_use + (1.0 - p.doctrine.untrained_use) * leaning
    country.prevention = use * country.stack / INTEGRATED * country.working
    country.added_use = p.doctrine.use_gain * leaning
    country.pressure = 0.0
    if not p.doctrine.feedback:
        return
    if country.regime >= HYBRID:
        country.pressure = p.doctrine.dissent_gain * leaning
    if p.peers.norms:
        change = p.doctrine.norm_gain * leaning
        country.norm += (1.0 - country.norm if change > 0.0 else country.norm) * change


def step(country: Record, now: Record, p: Record) -> None:
    if not p.doctrine.active:
        country.leaders_china = 0.0
        country.leaders_west = 0.0
        country.prevention = 0.0
        country.added_use = 0.0
        country.pressure = 0.0
        country.operators_before = country.vendor_staff
        country.west_before = country.west_trainings
        return
    if now.season != LAST_SEASON:
        return
    if country.vendor_staff > country.operators_before:
        train_operators(country, p)
    if country.trained_entered > 0.0:
        promote_trained(country, p)
        country.leaders_china = share_of_leaders(country.trained_senior, country, p)
    if country.west_trainings > 0.0:
        promote_western(country, p)
        country.leaders_west = share_of_leaders(country.west_senior, country, p)
    act_on_doctrine(country, p)


OUTCOMES = (
    Outcome("officers_in_service", "officers",
            "Officers trained in China, operators included, who are in service.", "trained_serving",
            "total", "Trained officers in service", colour="blue"),
    Outcome("leaders_china", "share", "Mean share of police leaders trained in China.",
            "leaders_china", "mean", "Leaders trained in China"),
    Outcome("leaders_west", "share", "Mean share of police leaders trained by the West.",
            "leaders_west", "mean", "Leaders trained by the West"),
    Outcome("preventive_policing", "index 0-1",
            "Mean depth to which police use a Chinese system for prevention.", "prevention", "mean",
            "Preventive policing"),
    Outcome("dissent_pressure", "share",
            "Mean share of outbreaks of unrest that trained police deter without a system.",
            "pressure", "mean", "Pressure on dissent"),
)

MECHANISM = Mechanism(
    name="doctrine",
    title="Doctrine",
    section=Doctrine,
    article="P2, P3, P11, P12, P13, P19, P22",
    country=COUNTRY,
    outcomes=OUTCOMES,
)
