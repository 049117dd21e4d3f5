"""Country codes for the names and codes that people write."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping

from sim.errors import nearest

OTHER_NAMES = {
    "britain": "GBR", "burma": "MMR", "cabo verde": "CPV", "congo-brazzaville": "COG",
    "congo-kinshasa": "COD", "cote d'ivoire": "CIV", "czech republic":
    "CZE", "democratic republic of the congo": "COD", "drc": "COD", "east timor": "TLS", "england":
    "GBR", "ger": "DEU", "great britain": "GBR", "holland": "NLD", "ksa": "SAU", "kyrgyz republic":
    "KGZ", "lao pdr": "LAO", "macedonia": "MKD", "ned": "NLD", "republic of korea": "KOR", "roc":
    "TWN", "rsa": "ZAF", "russian federation": "RUS", "slovak republic": "SVK", "sui": "CHE",
    "swaziland": "SWZ", "turkey": "TUR", "uae": "ARE", "uk": "GBR", "united states of america":
    "USA", "us": "USA", "viet nam": "VNM", "zar": "COD",
}  # fmt: skip
"""Codes by names missing from `countries.csv`, in lower case without accents."""
SHARED_NAMES = ("congo",)


def plain(text: str) -> str:
    """Return lower case without accents, typographic apostrophes or outer spaces."""
    parts = unicodedata.normalize("NFKD", text.strip().replace("’", "'"))
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()


def codes_by_word(names: Mapping[str, str]) -> dict[str, str]:
    """Return codes by the words, as of :func:`plain`, that mean one of the countries `names`."""
    words = {word: code for word, code in OTHER_NAMES.items() if code in names}
    return words | {plain(word): code for code, name in names.items() for word in (code, name)}


def code_hint(text: str, codes: Collection[str], otherwise: str | None = None) -> str:
    """Return a hint at the intended code; `otherwise` if none is near. `codes` may map to names."""
    names = codes if isinstance(codes, Mapping) else {code: code for code in codes}
    if code := codes_by_word(names).get(plain(text)):
        return f"; write {code!r}"
    # Similar letters come last, so that UK is GBR and not UKR.
    return nearest(text, anagrams(text, codes) or codes, otherwise)


def anagrams(text: str, codes: Iterable[str]) -> list[str]:
    """Return the codes with the letters of a text, in any order."""
    return [code for code in codes if sorted(plain(code)) == sorted(plain(text))]
