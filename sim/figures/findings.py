"""Words for titles: lists, shares and numbers as sentences have them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from sim.units import PERCENT

FRACTIONS = {
    0.1: "a tenth",
    0.2: "a fifth",
    0.25: "a quarter",
    0.3: "three tenths",
    1 / 3: "a third",
    0.4: "two fifths",
    0.5: "half",
    0.6: "three fifths",
    2 / 3: "two thirds",
    0.7: "seven tenths",
    0.75: "three quarters",
    0.8: "four fifths",
    0.9: "nine tenths",
}
"""Shares and their words."""
HARDLY, NEARLY = 0.03, 0.97
"""Shares below the one are hardly any, above the other nearly all."""
NEAR = 0.015
"""How far a share may be from a fraction that is said of it; of others it is more or less."""
MOST_NAMED = 3
"""Names that a title lists."""

type Spread = Mapping[str, float]
"""Mean and quantiles over runs, by column name."""


def in_words(share: float) -> str:
    """A share in words: "four fifths", "more than four fifths"."""
    if share < HARDLY:
        return "hardly any"
    if share > NEARLY:
        return "nearly all"
    nearest = min(FRACTIONS, key=lambda fraction: abs(fraction - share))
    if abs(nearest - share) <= NEAR:
        return FRACTIONS[nearest]
    return f"{'more' if share > nearest else 'less'} than {FRACTIONS[nearest]}"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: A, B and C."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def capital(text: str) -> str:
    """A sentence's capital letter."""
    return text[:1].upper() + text[1:]


def in_sentence(title: str) -> str:
    """A title within a sentence; a name, or several capitals, stay."""
    proper = title.startswith(("China", "Western", "Chinese"))
    return title if proper or not title[1:2].islower() else title[:1].lower() + title[1:]


def year_of(date: float) -> int:
    """The year at whose end a date stands: 2020.0 is the end of 2019."""
    return math.ceil(date) - 1


def number(value: float) -> str:
    """A number as a title says it: two digits, or whole."""
    if abs(value) >= PERCENT / 10.0:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.2g}".replace("-", "−")
