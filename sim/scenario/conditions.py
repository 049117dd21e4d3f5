"""Conditions on the world under which an event begins."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sim.errors import nearest
from sim.parameters import Outcome
from sim.rules import Rules

CONDITION = re.compile(r"\s*(\w+)\s*([<>])\s*([-+]?(?:\d+\.?|\.\d)\d*(?:e[-+]?\d+)?)\s*")
EXAMPLE = 'an outcome of the world above or below a number, such as "adopters > 100"'


@dataclass(frozen=True)
class Condition:
    """A condition on the world, checked at the end of each quarter, under which an event begins.

    Attributes:
        sign: 1: above; -1: below.
    """

    outcome: str
    sign: float
    threshold: float

    def __str__(self) -> str:
        return f"{self.outcome} {'>' if self.sign > 0 else '<'} {self.threshold:.15g}"


def is_askable(outcome: Outcome) -> bool:
    """Whether every quarter has a value of the outcome."""
    return outcome.of in ("country", "actor") and outcome.form != "yearly"


def read_condition(text: str, rules: Rules) -> Condition:
    match = CONDITION.fullmatch(text)
    if match is None:
        raise ValueError(f"must be {EXAMPLE}, not {text!r}")
    known = [name for name, outcome in rules.register.items() if is_askable(outcome)]
    if match[1] not in known:
        reason = f"no outcome {match[1]!r}{nearest(match[1], known)}"
        if match[1] in rules.register:
            reason = f"{match[1]!r} counts a year, or one vendor; a level of the world is asked for"
        raise ValueError(reason)
    return Condition(match[1], 1.0 if match[2] == ">" else -1.0, float(match[3]))
