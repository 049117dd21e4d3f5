"""Finding a country by its code or name, as people write them."""

import difflib
import unicodedata
from collections.abc import Sequence

from sim.errors import InputError
from sim.world.countries import CountrySeed

MOST_SUGGESTIONS = 3
CHINA = ("china", "chn", "cn", "prc")
"""What people write who look for it among the countries, where it is not."""

OTHER_NAMES = {
    "burma": "MMR", "cabo verde": "CPV", "cote d'ivoire": "CIV", "czech republic": "CZE",
    "democratic republic of the congo": "COD", "drc": "COD", "east timor": "TLS", "great britain":
    "GBR", "lao pdr": "LAO", "macedonia": "MKD", "republic of korea": "KOR", "russian federation":
    "RUS", "swaziland": "SWZ", "turkey": "TUR", "uae": "ARE", "uk": "GBR",
    "united states of america": "USA", "us": "USA", "viet nam": "VNM",
}  # fmt: skip
"""Codes by names that the table of countries does not have, in small letters without accents."""


def find_state(text: str, countries: Sequence[CountrySeed]) -> CountrySeed:
    """Return the country that a code, a name or the beginning of one name means.

    Case and accents do not matter.

    Raises:
        InputError: No country is meant, or several; the message names the nearest.
    """
    wanted = _plain(text)
    by_word = {_plain(word): state for state in countries for word in (state.iso3, state.name)}
    wanted = _plain(OTHER_NAMES.get(wanted, wanted))
    if wanted in by_word:
        return by_word[wanted]
    if wanted in CHINA:
        why = f"China is the one that offers, not one of the {len(countries)} countries"
        raise InputError(f"no country {text!r}: {why}")
    beginning = [state for state in countries if wanted and _plain(state.name).startswith(wanted)]
    if len(beginning) == 1:
        return beginning[0]
    # A code's letters in other order come first.
    likely = [state for state in countries if sorted(_plain(state.iso3)) == sorted(wanted)]
    likely += [by_word[word] for word in difflib.get_close_matches(wanted, by_word)]
    near = beginning or list({state.iso3: state for state in likely}.values())
    shown = " or ".join(f"{state.iso3} ({state.name})" for state in near[:MOST_SUGGESTIONS])
    hint = f"did you mean {shown}?" if near else "give an ISO code such as SRB, or a name"
    raise InputError(f"no country {text!r}; {hint}")


def _plain(text: str) -> str:
    """Lower case without accents, apostrophes' forms or outer spaces."""
    parts = unicodedata.normalize("NFKD", text.strip().replace("’", "'"))
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()
