"""How China and the West share out what is scarce: by expected share and by lot.

Not a mechanism: the arithmetic that both use. Each state's expected number is given; its whole part
is granted, the fraction won by a keyed draw. Should more be won than there is, those who won most
narrowly go without. No state's draw depends on another's, nor on the order of the rows.
"""

from __future__ import annotations

from sim.parameters import Record

NOBODY = -1


def won(country: Record, expected: float, draw: float) -> float:
    """Whole number granted for an expected number; notes how narrowly the fraction was won."""
    whole = float(int(expected))
    margin = expected - whole - draw
    if margin > 0.0:
        country.luck = margin
        return whole + 1.0
    country.luck = 0.0
    return whole


def narrowest(countries: Record) -> int:
    """Row of the state that won most narrowly, its luck used up; NOBODY if none won by chance."""
    where = NOBODY
    least = 0.0
    for i in range(len(countries)):
        luck = countries[i].luck
        if luck > 0.0 and (where == NOBODY or luck < least):
            least = luck
            where = i
    if where != NOBODY:
        countries[where].luck = 0.0
    return where
