"""Rationing of courses and credit: by expected share and by lot."""


# A keyed draw decides on the fraction, so that no draw depends on other countries or on the order
# of rows. Callers carry the rounding error into the next quarter.
def stochastic_round(expected: float, draw: float) -> float:
    """Round an expected number up with the chance of its fraction, otherwise down."""
    # Below 0: an earlier excess.
    if expected <= 0.0:
        return 0.0
    whole = float(int(expected))
    # A number is chosen, not a path, which a processor would guess wrong for many countries.
    more = 1.0 if draw < expected - whole else 0.0
    return whole + more
