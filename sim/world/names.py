"""Finding a state by its code or name, as people write them."""

import difflib
import unicodedata
from collections.abc import Sequence

from sim.errors import InputError
from sim.world.countries import CountrySeed

CODE_LENGTH = 3
MOST_SUGGESTIONS = 3
LEAST_LIKENESS = 0.6
"""Least likeness of a suggestion, from 0 (nothing in common) to 1."""
CHINA = ("china", "chn", "cn", "prc")
"""What people write who look for it among the states, where it is not."""

OTHER_NAMES = {
    "burma": "MMR", "cabo verde": "CPV", "cote d'ivoire": "CIV", "czech republic": "CZE",
    "democratic republic of the congo": "COD", "drc": "COD", "east timor": "TLS", "great britain":
    "GBR", "lao pdr": "LAO", "macedonia": "MKD", "republic of korea": "KOR", "russian federation":
    "RUS", "swaziland": "SWZ", "turkey": "TUR", "uae": "ARE", "uk": "GBR",
    "united states of america": "USA", "us": "USA", "viet nam": "VNM",
}  # fmt: skip
"""Codes by names that the table of states does not have, in small letters without accents."""


def find_state(text: str, countries: Sequence[CountrySeed]) -> CountrySeed:
    """Return the state that a code, a name or the beginning of one name means.

    Case and accents do not matter.

    Raises:
        InputError: No state is meant, or several; the message names the nearest.
    """
    wanted = _plain(text)
    by_word = {_plain(word): state for state in countries for word in (state.iso3, state.name)}
    wanted = _plain(OTHER_NAMES.get(wanted, wanted))
    if wanted in by_word:
        return by_word[wanted]
    if wanted in CHINA:
        why = f"China is the one that offers, not one of the {len(countries)} states"
        raise InputError(f"no state {text!r}: {why}")
    beginning = [state for state in countries if wanted and _plain(state.name).startswith(wanted)]
    if len(beginning) == 1:
        return beginning[0]
    near = beginning or _nearest(wanted, countries)
    shown = " or ".join(f"{state.iso3} ({state.name})" for state in near[:MOST_SUGGESTIONS])
    hint = f"did you mean {shown}?" if near else "give an ISO code such as SRB, or a name"
    raise InputError(f"no state {text!r}; {hint}")


def _nearest(wanted: str, countries: Sequence[CountrySeed]) -> list[CountrySeed]:
    """The states most like `wanted`, the likeliest first: a code's own letters in other order."""
    swapped = [state for state in countries if sorted(_plain(state.iso3)) == sorted(wanted)]
    words = {_plain(state.name): state for state in countries}
    if len(wanted) <= CODE_LENGTH:
        words = {_plain(state.iso3): state for state in countries}
    close = difflib.get_close_matches(wanted, words, MOST_SUGGESTIONS, LEAST_LIKENESS)
    return list({state.iso3: state for state in (*swapped, *(words[w] for w in close))}.values())


def _plain(text: str) -> str:
    """Lower case without accents, apostrophes' forms or outer spaces."""
    parts = unicodedata.normalize("NFKD", text.strip().replace("’", "'"))
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()
