"""Training for democracy: courses for police in hybrid regimes and democracies that take aid."""

from sim.model.draws import chance
from sim.model.mechanisms.history import AUTHORITARIAN
from sim.model.parameters import Mechanism, Outcome, Record, Section, State, parameter, switch

COURSE = 512  # whether a country is given a course: a purpose of draws of this file's own


class Democracy(Section):
    """A Western programme of police training."""

    active: bool = switch(True, "The programme runs; off: no course is ever held.")
    start: int = parameter(
        2027, "First year of the programme.", unit="year", low=2000, high=2060,
        source="a scenario's assumption", evidence=1)  # fmt: skip
    course_chance: float = parameter(
        0.1, "Chance per quarter that a country is given a course.", unit="a quarter", low=0.0,
        high=1.0, plausible=(0.05, 0.25), source="ILEA: 110 a year", evidence=2)  # fmt: skip
    norm_loss: float = parameter(
        0.1, "Share of the acceptance of surveillance that a course takes away.", unit="share",
        low=0.0, high=1.0, plausible=(0.0, 0.2), source="assumption", evidence=1)  # fmt: skip


def step(country: Record, now: Record, p: Record) -> None:
    """Hold a course, perhaps: surveillance is accepted less, and the tie with the West grows."""
    if not p.democracy.active or now.year < p.democracy.start or country.oda_gni <= 0.0:
        return
    if country.regime < AUTHORITARIAN and chance(now, country, COURSE) < p.democracy.course_chance:
        country.norm *= 1.0 - p.democracy.norm_loss
        country.west_tie += (1.0 - country.west_tie) * p.west.tie_per_session
        country.democracy_courses += 1.0


MECHANISM = Mechanism("democracy", "Training for democracy", Democracy, after="peers",
    country=(State("democracy_courses", "Courses so far.", "courses"),),
    outcomes=(Outcome("democracy_courses", "courses", "Courses for democracy held so far.",
        "democracy_courses", "total", "Courses for democracy"),))  # fmt: skip
