"""Doctrine: officers trained by China rise in rank, and their leaders use systems more.

No study measures the effect of Chinese training, so it is small and may be nil.
"""

from __future__ import annotations

from sim.arithmetic import rate_to_probability
from sim.mechanisms.tender import INTEGRATED
from sim.parameters import Mechanism, Outcome, Record, Section, State, derived, parameter, switch
from sim.units import LAST_SEASON

CAREER = 30.0
"""Years that an officer who does not rise serves: entry at 18 to 22, retirement at 50 to 60 in a
comparison of forces."""
LEADER_YEARS = 8.0
"""Mean years in the senior ranks: a judgement."""
RETIREMENT, SENIOR_RETIREMENT = 1.0 / CAREER, 1.0 / LEADER_YEARS


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
    untrained_use: float = parameter(
        0.85, unit="share", low=0.5, high=1.0, plausible=(0.7, 1.0),
        source="Blair et al. 2021: none; AI-tocracy 2023, Xu 2021: much within China", evidence=1,
        yearly=True,
    )
    """Use of a system for prevention where no leader was trained abroad, relative to full use."""

    @derived
    def rise_to_senior(self) -> float:
        return self.leadership_share / (LEADER_YEARS * self.middle_share)

    @derived
    def leaders_per_thousand(self) -> float:
        return self.leadership_share * self.police_rate / 100.0

    @derived
    def use_gain(self) -> float:
        """Use for prevention added by a wholly China-trained leadership."""
        return (1.0 - self.untrained_use) / self.untrained_use


COUNTRY = (
    State("trained_middle", "Officers trained in China in the middle ranks.", "officers"),
    State("trained_senior", "Those in the senior ranks.", "officers"),
    State("trained_entered", "Officers who counted as trained in China so far.", "officers",
          grows=True),
    State("trained_retired", "Those who have left the force.", "officers", grows=True),
    State("trained_serving", "Those in service at the last year's end.", "officers", panel=True),
    State("leaders_china", "Share of its police leaders trained in China.", "share", panel=True),
    State("prevention", "Depth to which police use a system for prevention, 0 to 1.", "share",
          panel=True),
    State("added_use", "Use of a system for prevention that doctrine adds, as a share.", "share"),
)


def enter(country: Record, officers: float, p: Record) -> None:
    """Count officers of a course, who are of the middle ranks."""
    if p.doctrine.active:
        country.trained_entered += officers
        country.trained_middle += officers


def promote_trained(country: Record, p: Record) -> None:
    middle, senior = country.trained_middle, country.trained_senior
    to_senior = middle * p.doctrine.rise_to_senior
    middle_leave = middle * RETIREMENT
    senior_leave = senior * SENIOR_RETIREMENT
    country.trained_middle = middle - to_senior - middle_leave
    country.trained_senior = senior + to_senior - senior_leave
    country.trained_retired += middle_leave + senior_leave
    country.trained_serving = middle + senior - middle_leave - senior_leave


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
        return
    if now.season != LAST_SEASON:
        return
    if country.trained_entered > 0.0:
        promote_trained(country, p)
        country.leaders_china = share_of_leaders(country.trained_senior, country, p)
    act_on_doctrine(country, p)


OUTCOMES = (
    Outcome("officers_in_service", "officers",
            "Officers trained in China who are in service.", "trained_serving",
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
