"""When an event begins: once an outcome of the world is above or below a number.

It is asked at the end of each quarter; the event is in force from the next quarter on, for good.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sim.parameters import Outcome
from sim.register import nearest
from sim.rules import Rules

MOST_CONDITIONS = 4
"""Different conditions of a scenario: parameters are kept for each combination of those met."""
FORM = re.compile(r"\s*(\w+)\s*([<>])\s*([-+]?(?:\d+\.?|\.\d)\d*(?:e[-+]?\d+)?)\s*")
EXAMPLE = 'an outcome of the world above or below a number, such as "adopters > 100"'


@dataclass(frozen=True)
class Condition:
    """What must be so of the world.

    Attributes:
        outcome: The outcome's name.
        sign: 1: above; -1: below.
        threshold: The number.
    """

    outcome: str
    sign: float
    threshold: float

    def __str__(self) -> str:
        """Return it as files have it."""
        return f"{self.outcome} {'>' if self.sign > 0 else '<'} {self.threshold:.15g}"


def is_askable(outcome: Outcome) -> bool:
    """Tell whether an outcome can be asked for in every quarter, from that quarter alone."""
    return outcome.of in ("country", "actor") and outcome.form != "yearly"


def read_condition(text: str, rules: Rules) -> Condition:
    """Return the condition that a text is.

    Raises:
        ValueError: It is none.
    """
    match = FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"must be {EXAMPLE}, not {text!r}")
    known = [name for name, outcome in rules.register.items() if is_askable(outcome)]
    if match[1] not in known:
        reason = f"no outcome {match[1]!r}{nearest(match[1], known)}"
        if match[1] in rules.register:
            reason = f"{match[1]!r} counts a year, or one vendor; a level of the world is asked for"
        raise ValueError(reason)
    return Condition(match[1], 1.0 if match[2] == ">" else -1.0, float(match[3]))
