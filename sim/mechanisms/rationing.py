"""Rationing of courses and credit: by expected share and by lot.

Not a mechanism: the arithmetic that both use. Each country's expected number is given; its whole
part is granted, the fraction won by a keyed draw. So each country gets in the mean exactly its
share, and no country's draw depends on another's, nor on the order of the rows. What the lot
grants too little is carried into the next quarter, what it grants too much is taken from it.
"""

from __future__ import annotations


def stochastic_round(expected: float, draw: float) -> float:
    """Whole number granted for an expected number: rounded up with the chance of its fraction.

    A number below 0 grants none: a share of what was granted too much before.
    """
    if expected <= 0.0:
        return 0.0
    whole = float(int(expected))
    return whole + 1.0 if draw < expected - whole else whole
