"""The keyed random draw: the only randomness of the model.

The generator is Philox2x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy
as 1, 2, 3").
"""

from __future__ import annotations

from sim.model.parameters import Record

# Philox2x32's multiplier and Weyl increment (Salmon et al. 2011, table 2).
MULTIPLIER = 0xD256D193
WEYL = 0x9E3779B9
WORD = 0xFFFFFFFF
WORD_BITS = 32
ROUNDS = 10

# The counter's 64 bits, from the lowest: n-th draw, purpose, quarter, country, run.
PURPOSE_SHIFT = 6
QUARTER_SHIFT = 16
COUNTRY_SHIFT = 24
RUN_SHIFT = 39
MOST_RUNS = 1 << 25
MOST_QUARTERS = 1 << 8
MOST_SEED = WORD

# 52 bits of the result become the fraction, half a step off zero, so that 0 < u < 1.
FRACTION_STEP = 1.0 / (1 << 52)
FRACTION_HALF = 0.5 / (1 << 52)
FRACTION_HIGH_BITS = 20
FRACTION_DROPPED_BITS = 12

# Purposes. A number once given is never used for anything else, so that old draws stay in place.
LASTING_TRAINING = 1
LASTING_PURCHASE = 2
LASTING_REGIME = 4
UNREST_ONSET = 20
UNREST_LENGTH = 21
WEST_SEAT = 30
BAN = 31
REPLACE = 32
SEAT = 40
CREDIT = 41
BUNDLE = 42
APPLICATION = 50
WISH_LAPSE = 52
ASKING = 53
PURCHASE = 60
VENDOR = 61
TENDER = 62
CREDIT_LAPSE = 63
CITY = 64
ENTRY = 65
CAMERAS = 66
CONSIDERATION = 67
ARREARS = 70
RESTORATION = 71
EXPIRY = 72
SUSPENSION = 73
HANDOVER = 74
OUTAGE = 75
OUTAGE_SHARE = 76
REPAIR = 77
UNSERVED = 78
LEAK = 81
TASTE = 82
TRAINING_SEEN = 90
CONTRACT_SEEN = 91
COVERED = 92
CAMERAS_SEEN = 93
FATE_PRESS = 94
FATE_ENTRY = 95
FATE_REPORT = 96
FATE_CLAIM = 97
FATE_EXTENSION = 98
FATE_END = 99
# From 480 to 511: studies, which draw what is observed of a run that is over.
# From 512 to 1,023: users' files.
FIRST_PLUGIN_PURPOSE = 512


def philox(key: int, low: int, high: int) -> tuple[int, int]:
    """Two words from a key and a counter of two words (32 bits each)."""
    for _ in range(ROUNDS):
        product = low * MULTIPLIER
        low = ((product >> WORD_BITS) ^ key ^ high) & WORD
        high = product & WORD
        key = (key + WEYL) & WORD
    return low, high


def uniform(seed: int, counter: int) -> float:
    """The uniform number in (0, 1) for a seed and a 64-bit counter."""
    low, high = philox(seed, counter & WORD, (counter >> WORD_BITS) & WORD)
    return ((low << FRACTION_HIGH_BITS) | (high >> FRACTION_DROPPED_BITS)) * FRACTION_STEP + (
        FRACTION_HALF
    )


# Seed, run, quarter, country, purpose and number decide, so neither order, threads nor machines
# change a draw, and two scenarios share theirs when one switches a mechanism off (common random
# numbers).
def chance(now: Record, country: Record, purpose: int, nth: int = 0) -> float:
    """A country's draw for a purpose in the present quarter, uniform in (0, 1).

    `now` and `country` give their parts of the counter, `purpose` is a constant above, and `nth` (0
    to 63) counts draws for that purpose.
    """
    return uniform(now.seed, now.counter + country.counter + (purpose << PURPOSE_SHIFT) + nth)


def code_number(iso3: str) -> int:
    """A country's number in the counter: its three letters read in base 26."""
    number = 0
    for letter in iso3:
        # By code and not by row, so that another table of countries does not change a country's
        # draws.
        number = number * 26 + (ord(letter) - ord("A"))
    return number
