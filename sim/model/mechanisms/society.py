"""Society: effects of working systems on publics, and of publics on systems."""

from sim.model.arithmetic import clamp, decay_factor, rate_to_probability
from sim.model.draws import LEAK, chance
from sim.model.mechanisms.history import MOST_DEMOCRATIC
from sim.model.mechanisms.tender import INTEGRATED, WESTERN
from sim.model.parameters import (
    Mechanism, Outcome, Record, Section, State, derived, parameter, switch,
)
from sim.model.units import QUARTERS


class Society(Section):
    """Publics, control and data."""

    active: bool = switch(True)
    """Publics and systems affect each other; off: no mistrust, control, concern or leaks."""
    unrest_cut: float = parameter(0.15, unit="share", plausible=(0.0, 0.5), evidence=2)
    """Share of outbreaks of unrest that an integrated system prevents.
    Source: AI-tocracy 2023: halved within China; IDS, CSIS: weak elsewhere."""
    mistrust_gain: float = parameter(
        0.05, unit="share a year", low=0.0, high=4.0, plausible=(0.01, 0.1), evidence=2
    )
    """Growth of mistrust a year, towards 1, under an integrated system.
    Source: Afrobarometer 7: 43% accept monitoring."""
    mistrust_half_life: float = parameter(
        8.0, unit="years", low=0.25, high=100.0, plausible=(4.0, 15.0), evidence=1
    )
    """Half-life of mistrust.
    Source: assumption."""
    leak_rate: float = parameter(
        0.012, unit="a year", low=0.0, high=4.0, plausible=(0.005, 0.03), evidence=2
    )
    """Leaks a year of an installed Chinese system.
    Source: African Union 2018; article P18."""
    leak_concern: float = parameter(0.05, unit="share", plausible=(0.0, 0.1), evidence=1)
    """Concern for sovereignty added in every country by a leak anywhere.
    Source: article P18."""
    sovereignty_half_life: float = parameter(
        2.5, unit="years", low=0.25, high=100.0, plausible=(1.0, 4.0), evidence=2
    )
    """Half-life of the concern for sovereignty.
    Source: African Union renewed a year after the allegations."""
    leak_now: float = parameter(0.0, unit="share a quarter", low=0.0, high=1.0, evidence=1)
    """Extra concern for sovereignty in every country each quarter (a dated leak in all).
    Source: a scenario's assumption."""

    @derived
    def leak_chance(self) -> float:
        return rate_to_probability(self.leak_rate / QUARTERS)

    @derived
    def mistrust_retention(self) -> float:
        return decay_factor(QUARTERS * self.mistrust_half_life)

    @derived
    def sovereignty_retention(self) -> float:
        return decay_factor(QUARTERS * self.sovereignty_half_life)


COUNTRY = (
    State("civil_space", "Openness of civil space, from the democracy score, 0 to 1.", "share"),
    State("control", "Share of outbreaks of unrest that the system prevents.", "share"),
    State("mistrust", "Public mistrust, 0 to 1.", "share", panel=True),
    State("sovereignty", "Concern for sovereignty over data, 0 to 1.", "share"),
    State("leaks", "Leaks so far.", "count", grows=True),
)
PUBLIC = (State("leaks", "Leaks anywhere in the last quarter.", "count"),)


def effective_stage(country: Record) -> float:
    """Depth of the working system: 1 for an integrated one."""
    return country.stage / INTEGRATED * country.working


def sovereignty_next(country: Record, leaks: float, p: Record) -> float:
    """Return concern for sovereignty after last quarter's leaks, at home or abroad."""
    added = p.society.leak_concern * leaks + p.society.leak_now
    remaining = country.sovereignty * p.society.sovereignty_retention
    return remaining + (1.0 - remaining) * clamp(added, 0.0, 1.0)


def step(country: Record, public: Record, now: Record, p: Record) -> None:
    country.civil_space = country.democracy / MOST_DEMOCRATIC
    if not p.society.active:
        country.control = 0.0
        country.mistrust = 0.0
        country.sovereignty = 0.0
        return
    if (
        country.installed > 0.0
        and country.vendor != WESTERN
        and chance(now, country, LEAK) < p.society.leak_chance
    ):
        country.leaks += 1.0
    country.sovereignty = sovereignty_next(country, public.leaks, p)
    depth = effective_stage(country)
    # Doctrine deepens the use of a system.
    used = depth * (1.0 + country.added_use) if p.doctrine.feedback else depth
    country.control = clamp(p.society.unrest_cut * used, 0.0, 1.0)
    mistrust = country.mistrust * p.society.mistrust_retention
    if depth > 0.0:
        gain = clamp(p.society.mistrust_gain * used / QUARTERS, 0.0, 1.0)
        mistrust += (1.0 - mistrust) * gain
    country.mistrust = mistrust


def publish(public: Record, countries: Record) -> None:
    total = 0.0
    for i in range(len(countries)):
        total += countries[i].leaks
    public.leaks = total - public.leaks_before
    public.leaks_before = total


OUTCOMES = (
    Outcome("mistrust", "index 0-1", "Mean public mistrust.", "mistrust", "mean",
            "Public mistrust"),
    Outcome("sovereignty", "index 0-1", "Mean concern for sovereignty over data.", "sovereignty",
            "mean", "Concern for sovereignty"),
)

MECHANISM = Mechanism(
    name="society",
    title="Society",
    section=Society,
    article="P11, P12, P18, P19, P24",
    country=COUNTRY,
    public=(*PUBLIC, State("leaks_before", "Leaks up to the last quarter.", "count")),
    outcomes=OUTCOMES,
)
