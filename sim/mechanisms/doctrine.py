"""Doctrine: officers trained by China rise in rank, and their leaders use systems more.

No study measures the effect of Chinese training, so it is small and may be nil.
"""

from __future__ import annotations

from sim.arithmetic import rate_to_probability
from sim.mechanisms.tender import INTEGRATED, WESTERN
from sim.parameters import Mechanism, Outcome, Record, Section, State, derived, parameter, switch
from sim.units import LAST_SEASON

JUNIOR, MIDDLE, SENIOR = range(3)


class Doctrine(Section):
    """Officers trained by China, and what their leaders do."""

    active: bool = switch(True, idle_while_off=("*",))
    """Trained officers are counted, rise and act; off: none of this."""
    feedback: bool = switch(True)
    """Deeper use acts on unrest and mistrust; off: doctrine is only counted."""
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
    operators_counted: float = parameter(
        0.2, unit="share", low=0.0, high=1.0, plausible=(0.05, 0.5),
        source="a judgement: many operators are civilians, or were trained before", evidence=1,
        yearly=True,
    )
    """Share of operators trained by a Chinese vendor who count as newly trained."""
    untrained_use: float = parameter(
        0.85, unit="share", low=0.5, high=1.0, plausible=(0.7, 1.0),
        source="Blair et al. 2021: none; AI-tocracy 2023, Xu 2021: much within China", evidence=1,
        yearly=True,
    )
    """Use of a system for prevention where no leader was trained abroad, relative to full use."""
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
    State("operators_before", "Operators trained up to the last year's end.", "officers"),
    State("leaders_china", "Share of its police leaders trained in China.", "share", panel=True),
    State("prevention", "Depth to which police use a system for prevention, 0 to 1.", "share",
          panel=True),
    State("added_use", "Use of a system for prevention that doctrine adds, as a share.", "share"),
)


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


def train_operators(country: Record, p: Record) -> None:
    if country.installed > 0.0 and country.vendor != WESTERN:
        new = country.vendor_staff - country.operators_before
        enter(country, new * p.doctrine.operators_counted, JUNIOR, p)
    country.operators_before = country.vendor_staff


def share_of_leaders(trained: float, country: Record, p: Record) -> float:
    # Below officers per post, as some were trained twice.
    return rate_to_probability(trained / (p.doctrine.leaders_per_thousand * country.population_k))


def act_on_doctrine(country: Record, p: Record) -> None:
    use = p.doctrine.untrained_use + (1.0 - p.doctrine.untrained_use) * country.leaders_china
    country.prevention = use * country.stack / INTEGRATED * country.working
    country.added_use = p.doctrine.use_gain * country.leaders_china


def step(country: Record, now: Record, p: Record) -> None:
    if not p.doctrine.active:
        country.leaders_china = 0.0
        country.prevention = 0.0
        country.added_use = 0.0
        country.operators_before = country.vendor_staff
        return
    if now.season != LAST_SEASON:
        return
    if country.vendor_staff > country.operators_before:
        train_operators(country, p)
    if country.trained_entered > 0.0:
        promote_trained(country, p)
        country.leaders_china = share_of_leaders(country.trained_senior, country, p)
    act_on_doctrine(country, p)


OUTCOMES = (
    Outcome("officers_in_service", "officers",
            "Officers trained in China, operators included, who are in service.", "trained_serving",
            "total", "Trained officers in service", colour="blue"),
    Outcome("leaders_china", "share", "Mean share of police leaders trained in China.",
            "leaders_china", "mean", "Leaders trained in China"),
    Outcome("preventive_policing", "index 0-1",
            "Mean depth to which police use a Chinese system for prevention.", "prevention", "mean",
            "Preventive policing"),
)

MECHANISM = Mechanism(
    name="doctrine",
    title="Doctrine",
    section=Doctrine,
    article="P2, P3, P11, P12, P13, P19",
    country=COUNTRY,
    outcomes=OUTCOMES,
)
