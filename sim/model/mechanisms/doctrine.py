"""Doctrine: officers trained by China rise in rank, and their leaders use systems more.

No study measures the effect of Chinese training, so it is small and may be nil.
"""

from sim.model.arithmetic import rate_to_probability
from sim.model.mechanisms.tender import INTEGRATED
from sim.model.parameters import Mechanism, Outcome, Record, Section, State, parameter, switch
from sim.model.units import LAST_SEASON

CAREER = 19.0
"""Mean years that an officer serves after a course: entry at 18 to 22, retirement at 50 to 60 in a
comparison of forces, and a course in mid-career, which is a judgement."""
LEADER_YEARS = 8.0
"""Mean years of a leader, after which another is chosen: a judgement."""


class Doctrine(Section):
    """Officers trained by China, and what their leaders do."""

    active: bool = switch(True)
    """Trained officers are counted, rise and act; off: none of this."""
    feedback: bool = switch(True)
    """Deeper use acts on unrest and mistrust; off: doctrine is only counted."""
    candidates: float = parameter(
        45.0, unit="per 100,000 people", low=1.0, high=1000.0, plausible=(20.0, 100.0), yearly=True,
        evidence=1,
    )
    """Officers in the ranks from which leaders are chosen.
    Source: United Nations 2006: a median of about 300 police, as cited on Wikipedia; a judgement:
    15% of them."""
    untrained_use: float = parameter(
        0.85, unit="share", low=0.5, plausible=(0.7, 1.0), yearly=True, evidence=1
    )
    """Use of a system for prevention where China trained no leader, relative to full use.
    Source: Blair et al. 2021: none; AI-tocracy 2023, Xu 2021: much within China."""


COUNTRY = (
    State("trained_serving", "Officers trained by China who are in service.", "officers",
          panel=True),
    State("trained_before", "As many as when today's leaders were chosen.", "officers"),
    State("leaders_china", "Share of its police leaders trained in China.", "share", panel=True),
    State("prevention", "Depth to which police use a system for prevention, 0 to 1.", "share",
          panel=True),
    State("added_use", "Use of a system for prevention that doctrine adds, as a share.", "share"),
)


def enter(country: Record, officers: float, p: Record) -> None:
    if p.doctrine.active:
        country.trained_serving += officers


def serve_a_year(country: Record, p: Record) -> None:
    serving = country.trained_serving
    # Leaders are chosen one by one, so their training follows that of their candidates.
    country.trained_before += (serving - country.trained_before) / LEADER_YEARS
    country.trained_serving = serving - serving / CAREER


def share_of_leaders(country: Record, p: Record) -> float:
    # Below officers per candidate, as some were trained twice.
    candidates = p.doctrine.candidates / 100.0 * country.population_k
    return rate_to_probability(country.trained_before / candidates)


def act_on_doctrine(country: Record, p: Record) -> None:
    use = p.doctrine.untrained_use + (1.0 - p.doctrine.untrained_use) * country.leaders_china
    country.prevention = use * country.stage / INTEGRATED * country.working
    gain = (1.0 - p.doctrine.untrained_use) / p.doctrine.untrained_use
    country.added_use = gain * country.leaders_china


def step(country: Record, now: Record, p: Record) -> None:
    if not p.doctrine.active:
        country.leaders_china = 0.0
        country.prevention = 0.0
        country.added_use = 0.0
        return
    if now.season != LAST_SEASON:
        return
    if country.trained_serving > 0.0:
        serve_a_year(country, p)
        country.leaders_china = share_of_leaders(country, p)
    act_on_doctrine(country, p)


OUTCOMES = (
    Outcome("officers_in_service", "officers",
            "Officers trained by China who are in service.", "trained_serving",
            "total", "Trained officers in service"),
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
