"""Countries: `countries.csv`, `borders.csv`, and finding a country by code or name."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sim.errors import InputError, check_text
from sim.world import columns
from sim.world.names import SHARED_NAMES, anagrams, codes_by_word, plain
from sim.world.tables import HEADER_LINE, Problems, Row, values_of

FEWEST_STATES, MOST_STATES = 3, 2000
CODE = re.compile("(?!CHN)[A-Z]{3}")
MOST_SUGGESTIONS = 3
NAMES_OF_CHINA = ("china", "chn", "cn", "prc")


@dataclass(frozen=True, slots=True)
class CountrySeed:
    """Fields of a country that do not change with the year.

    Attributes:
        regime_rated: Whether the EIU or a user's source rated it; else estimated from Freedom
            House.
        figures: `COUNTRY_COLUMNS` by name; `NO_YEAR` for an event that has not happened.
    """

    iso3: str
    name: str
    region: str
    regime_2024: str
    regime_rated: bool
    figures: Mapping[str, float]


def read_countries(
    rows: Sequence[Row], codes: Sequence[str], problems: Problems
) -> tuple[CountrySeed, ...]:
    countries = []
    named = {plain(code): code for code in codes}
    for row, values in values_of(rows, codes):
        iso3, name = values["iso3"], values["name"] or ""
        try:
            check_text(name, name=True)
        except ValueError as error:
            row.wrong(f"name is {error}")
        # `find_state` accepts names as well as codes, so a name must not mean two countries.
        if (other := named.setdefault(plain(name), iso3)) != iso3:
            row.wrong(f"name is {name!r}, which means {other}; allowed: another name")
        if not CODE.fullmatch(iso3):
            allowed = "three capital letters, such as SRB or XAA, but not CHN, the sender"
            row.wrong(f"iso3 is {iso3!r}; allowed: {allowed}")
        if not row.right:
            continue
        figures = {column.name: values[column.name] for column in columns.COUNTRY_COLUMNS}
        figures = {
            name: columns.NO_YEAR if year is None else year for name, year in figures.items()
        }
        joined, left = figures["bri_year"], figures["bri_exit_year"]
        if left < columns.NO_YEAR and (joined == columns.NO_YEAR or left < joined):
            allowed = f"none, or a year from bri_year on ({row.cells['bri_year'] or 'none'})"
            row.wrong(f"bri_exit_year is {left:.0f}; allowed: {allowed}")
        texts = {name: values[name] for name in ("iso3", "name", "region", "regime_2024")}
        rated = values["regime_basis"] != columns.REGIME_ESTIMATED
        countries.append(CountrySeed(**texts, regime_rated=rated, figures=figures))
    if rows and not FEWEST_STATES <= len(codes) <= MOST_STATES:
        text = f"there are {len(codes):,} countries; allowed: {FEWEST_STATES} to {MOST_STATES:,}"
        problems.append((columns.COUNTRIES.name, HEADER_LINE, text))
    return tuple(sorted(countries, key=lambda country: country.iso3))


def read_neighbours(
    rows: Sequence[Row], codes: Sequence[str], problems: Problems
) -> tuple[tuple[int, ...], ...]:
    """Return each country's neighbours, as rising places in `codes`; borders count both ways."""
    neighbours: dict[str, set[int]] = {code: set() for code in codes}
    place = {code: at for at, code in enumerate(codes)}
    for row, values in values_of(rows, codes):
        first, second = values.values()
        if row.right and first == second:
            row.wrong(f"{first} borders itself; allowed: two countries")
        if row.right:
            neighbours[first].add(place[second])
            neighbours[second].add(place[first])
    for code, places in neighbours.items():
        if len(places) > columns.MOST_NEIGHBOURS:
            text = f"{code} has {len(places)} neighbours; allowed: up to {columns.MOST_NEIGHBOURS}"
            problems.append((columns.BORDERS.name, HEADER_LINE, text))
    return tuple(tuple(sorted(places)) for places in neighbours.values())


def find_state(text: str, countries: Sequence[CountrySeed]) -> CountrySeed:
    """Return the country for a code, a name or the beginning of a single name."""
    states = {state.iso3: state for state in countries}
    # Case and accents do not matter.
    wanted, words = plain(text), codes_by_word({code: of.name for code, of in states.items()})
    if wanted in words and wanted not in SHARED_NAMES:
        return states[words[wanted]]
    if wanted in NAMES_OF_CHINA:
        why = f"China is the one that offers, not one of the {len(countries)} countries"
        raise InputError(f"no country {text!r}: {why}")
    # An empty text is the beginning of every name.
    begin = [code for word, code in words.items() if wanted and word.startswith(wanted)]
    near = [*dict.fromkeys(begin)]
    if len(near) == 1:
        return states[near[0]]
    similar = [words[word] for word in difflib.get_close_matches(wanted, words)]
    named = near or [*dict.fromkeys([*anagrams(text, states), *similar])]
    shown = " or ".join(f"{code} ({states[code].name})" for code in named[:MOST_SUGGESTIONS])
    hint = f"did you mean {shown}?" if shown else "give an ISO code such as SRB, or a name"
    raise InputError(f"no country {text!r}; {hint}")


def find_states(texts: Iterable[str], countries: Sequence[CountrySeed]) -> list[CountrySeed]:
    states, wrong = [], []
    for text in texts:
        try:
            states.append(find_state(text, countries))
        except InputError as error:
            wrong += error.messages
    if wrong:
        raise InputError(wrong)
    return states
