"""An aid tax on buyers: donors cut their aid to countries whose Chinese system works.

A rule of the model is replaced by name, and still called: to the file that replaces a rule, the
rule's name means the rule as it was.
"""

from sim.model.mechanisms.west import aid_next
from sim.model.parameters import Mechanism, Record, Section, parameter


class AidTax(Section):
    """What a working Chinese system costs in aid."""

    cut: float = parameter(
        0.2, unit="share", low=0.0, high=1.0, plausible=(0.0, 0.5),
        source="a scenario's assumption", evidence=1,
    )  # fmt: skip
    """Share of a year's aid that a country with a working Chinese system loses."""


def taxed_aid(country: Record, p: Record) -> float:
    """Next year's aid after history, less the tax."""
    return aid_next(country, p) * (1.0 - p.aid_tax.cut * country.working)


MECHANISM = Mechanism(
    "aid_tax", "An aid tax on buyers", AidTax, replaces={"west.aid_next": taxed_aid}
)
