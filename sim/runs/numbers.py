"""Numbers of runs, and levels of factors, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.model.units import PERCENT
from sim.scenario.keys import SCENARIO

# From here means and ranges of countries are whole: runs carry no more digits.
LEAST_WHOLE = 2.0


def shown(value: float, digits: int = 2) -> str:
    """Return a number for readers, with no more digits than some hundred runs justify."""
    rounded = float(f"{value:.{digits}g}")
    text = f"{value:,.0f}" if abs(rounded) >= 10 ** (digits - 1) else f"{rounded:g}"
    return text.replace("-", "−").removeprefix("−" if rounded == 0.0 else "")


def rounded(value: float) -> str:
    return shown(round(value) if abs(value) >= LEAST_WHOLE else value)


def level(cell: Any, factor: Mapping[str, Any]) -> str:
    """Return a level of a factor with its unit: `10 years`, `25%`, `2030`."""
    if isinstance(cell, str) or str(cell) in ("True", "False"):
        return {"true": "on", "false": "off"}.get(str(cell).lower(), str(cell))
    unit, _, rest = str(factor.get("unit", "")).partition(" ")
    if unit in ("share", "chance"):
        return f"{_digits(PERCENT * cell)}% {rest}".strip()
    unit = {"year": "", "multiple": "×", "factor": "×"}.get(unit, unit)
    rest = rest.removeprefix("of ") if unit == "×" else rest
    unit = "year" if unit == "years" and cell == 1 else unit
    return " ".join(filter(None, (_digits(cell), unit, rest)))


def _digits(number: float) -> str:
    return (f"{number:.3g}" if abs(number) < 1000.0 else f"{number:g}").replace("-", "−")


def named_level(cell: Any, factor: Mapping[str, Any]) -> str:
    """Return a level with the factor's title: `Term 10 years`."""
    title, words = factor.get("title", ""), level(cell, factor)
    if cell == "" or factor.get("name", SCENARIO) == SCENARIO:
        return words
    return f"{title}: {words}" if factor["kind"] == "label" else f"{title} {words}"
