"""Lasting tastes: a country that likes to buy Chinese systems values the one that it has more.

The rival explanation of systems that stay: not what it costs to leave, but tastes that persist. A
country's lasting propensity to buy, which no column explains, multiplies the yearly worth of its
Chinese system. `analyses/identify.py` asks which dated shocks separate the two.
"""

from sim.model.arithmetic import bounded_exp
from sim.model.mechanisms.contract_exit import annual_value
from sim.model.mechanisms.tender import WESTERN
from sim.model.parameters import Mechanism, Record, Section, parameter


class LastingTastes(Section):
    """Worth of a Chinese system to those who like it, and to those who do not."""

    level: float = parameter(
        1.0, unit="factor", low=0.0, high=100.0,
        source="a scenario's assumption", evidence=1,
    )  # fmt: skip
    """Worth to a country of mean taste, as a multiple of the model's. 1: as in the model."""
    spread: float = parameter(
        0.0, unit="log", low=0.0, high=5.0,
        source="a scenario's assumption", evidence=1,
    )  # fmt: skip
    """Standard deviation of the logarithm of that worth between countries. 0: all alike."""


def value_by_taste(country: Record, p: Record) -> float:
    """Yearly worth of the installed system to its government, by its taste if it is Chinese."""
    value = annual_value(country, p)
    if country.vendor == WESTERN:
        return value
    taste = bounded_exp(p.lasting_tastes.spread * country.unscaled_purchase)
    return value * p.lasting_tastes.level * taste


MECHANISM = Mechanism(
    "lasting_tastes",
    "Lasting tastes",
    LastingTastes,
    replaces={"contract_exit.annual_value": value_by_taste},
)
