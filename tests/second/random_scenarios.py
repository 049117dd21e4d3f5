"""Scenarios at random, each made of its number alone: values, events, states, vendors, years."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from second.inputs import REGIMES, VENDORS, meets, parameters, seeds
from second.model import uniform

BASES = ("baseline",) * 6 + (
    *("offer-withdrawn-2030", "regimes-shuffled", "common-cause", "bass", "ai-leap"),
    *("no-maintenance-contracts", "western-counter-offer", "maintenance-fund-in-africa"),
)


class Dice:
    """Throws that depend on a number alone."""

    def __init__(self, number: int) -> None:
        self.number, self.throws = number, 0

    def chance(self) -> float:
        self.throws += 1
        return uniform(self.number, self.throws)

    def one_of(self, *things: Any) -> Any:
        return things[int(self.chance() * len(things))]

    def some_of(self, things: Any, most: int) -> list:
        """Between one and so many things, each at most once."""
        count = 1 + int(self.chance() * min(most, len(things)))
        return sorted(things, key=lambda _: self.chance())[:count]

    def value(self, key: str, width: str) -> Any:
        """A value of a parameter: plausible, allowed, or mostly one of the bounds."""
        p = parameters()[key]
        if not p.allowed:
            return self.chance() < 0.5
        low, high = p.plausible if width == "plausible" and p.plausible else p.allowed
        if p.whole:
            return round(low + self.chance() * (high - low))
        if width == "bounds" and self.chance() < 0.6:
            return self.one_of(low, high)
        if low > 0 and high / low > 100:
            return low * math.exp(self.chance() * math.log(high / low))
        return low + self.chance() * (high - low)

    def where(self) -> dict[str, Any]:
        """Conditions that some state meets."""
        names = {
            "region": lambda: self.some_of(sorted({s.region for s in seeds()}), 4),
            "regime": lambda: self.some_of(REGIMES, 2),
            "iso3": lambda: self.some_of([s.iso3 for s in seeds()], 30),
            "bri": lambda: self.chance() < 0.5,
            "ally": lambda: self.chance() < 0.5,
            "sanctioned": lambda: self.chance() < 0.5,
            "income_below": lambda: self.one_of(1000.0, 4000.0, 12000.0),
            "income_from": lambda: self.one_of(1000.0, 4000.0, 12000.0),
            "aid_below": lambda: self.one_of(0.5, 1.0, 5.0),
            "aid_from": lambda: self.one_of(0.5, 1.0, 5.0),
        }
        found = {name: names[name]() for name in self.some_of(names, 2)}
        return found if any(meets(s, found) for s in seeds()) else self.where()


def text(value: Any) -> str:
    """A value as TOML has it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {text(part)}" for name, part in value.items()) + " }"
    return json.dumps(value)


def write_scenario(number: int, path: Path) -> dict[str, Any]:
    """Write a scenario's file; returns seed, run, and whether parameters are the defaults."""
    dice = Dice(number)
    start = dice.one_of(*[2000] * 9, 2005, 2010, 2015, 2020, 2024)
    end = dice.one_of(start + 2, 2026, 2030, 2030, 2035, 2040, 2040, 2060)
    width = dice.one_of("plausible", "allowed", "allowed", "bounds")
    local = [key for key, p in parameters().items() if not p.of_world]
    lines = [f'extends = "{dice.one_of(*BASES)}"', 'title = "At random"', 'question = "?"']

    def say(name: str, value: Any) -> None:
        lines.append(f"{name} = {text(value)}")

    def say_some(keys: list[str], most: int) -> None:
        for key in dice.some_of(keys, most):
            p = parameters()[key]
            if p.allowed and p.allowed[0] == 0 and not p.whole and dice.chance() < 0.2:
                say(key, {"times": dice.chance()})  # from 0 on, this stays allowed
            else:
                say(key, dice.value(key, width))

    if most := dice.one_of(0, 5, 15, 40, 120):
        say_some(list(parameters()), most)
    say("horizon", {"start": start, "end": end})
    for _ in range(dice.one_of(0, 0, 1, 2)):
        lines.append("[[values]]")
        say("where", dice.where())
        say_some(local, 5)
    for event in range(dice.one_of(0, 1, 2, 3, 5)):
        lines.append("[[events]]")
        say("name", f"event-{event}")
        quarterly = dice.chance() < 0.7
        steps = 4 if quarterly else 1
        date = start + int(dice.chance() * (end + 1 - start) * steps) / steps
        say("date", date)
        if dice.chance() < 0.4:
            lengths = (0.25, 0.75, 1, 3, 10) if quarterly else (1, 3, 10)
            say("until", min(date + dice.one_of(*lengths), end + 1))
        keys = [key for key, p in parameters().items() if not (quarterly and p.yearly)]
        for_some = dice.chance() < 0.4
        if for_some:
            say("where", dice.where())
        if dice.chance() < 0.2:
            say(f"procurement.{VENDORS[dice.one_of(*VENDORS)]}_sells", False)
        else:
            say_some([key for key in keys if key in local] if for_some else keys, 6)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {
        "seed": dice.one_of(0, 1, 2**32 - 1, int(dice.chance() * 2**32)),
        "run_number": int(dice.chance() * 5000),
        "point": dice.chance() < 0.2,
    }
