"""Rationing of courses and credit: by expected share and by lot.

Not a mechanism. The whole part of each country's expected number is granted; a keyed draw decides
on the fraction. So each country gets its share in the mean, and no draw depends on other countries
or on the order of rows. The rounding error is carried into the next quarter.
"""

from __future__ import annotations


def stochastic_round(expected: float, draw: float) -> float:
    """Round an expected number up with the chance of its fraction, otherwise down.

    Below 0, an earlier excess, it grants none.
    """
    if expected <= 0.0:
        return 0.0
    whole = float(int(expected))
    return whole + 1.0 if draw < expected - whole else whole
