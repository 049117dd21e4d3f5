"""Tables about countries: `countries.csv`, `borders.csv`; and published estimates."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic.dataclasses import dataclass as checked_dataclass

from sim.world.columns import (
    BORDERS,
    COUNTRIES,
    COUNTRY_COLUMNS,
    MOST_NEIGHBOURS,
    NO_YEAR,
    REGIME_ESTIMATED,
)
from sim.world.tables import HEADER_LINE, Problems, Row, values_of

FEWEST_STATES, MOST_STATES = 3, 2000
CODE = re.compile("[A-Z]{3}")
CHINA = "CHN"


@dataclass(frozen=True, slots=True)
class CountrySeed:
    """Fields of a country that are the same in every year.

    Attributes:
        iso3: ISO 3166 code.
        name: Short English name.
        region: One of `REGIONS`.
        regime_2024: One of `REGIMES`.
        regime_rated: Whether the EIU, or a source of a user's, rated it; else the class is
            estimated from Freedom House.
        figures: Each of `COUNTRY_COLUMNS` by name; a year is `NO_YEAR` if it has not come.
    """

    iso3: str
    name: str
    region: str
    regime_2024: str
    regime_rated: bool
    figures: Mapping[str, float]


type Bound = Literal["value", "lower", "upper"]


@checked_dataclass(frozen=True)
class PublishedFigure:
    """A published figure to compare the model with: a row of `targets.csv`.

    Attributes:
        id: Name of the target.
        use: `calibrate`, `hold-out` or `check`.
        quantity: What is counted.
        value: The published figure.
        sigma: One standard deviation of what we know of it; None for a bound or a rough check.
        bound: `value`, or `lower` / `upper` where the source gives a bound.
        unit: Unit of value and sigma.
        scope: Which countries are counted.
        period: Which years are counted.
        source: Where it is published.
        quality: How far to trust it.
    """

    id: str
    use: Literal["calibrate", "hold-out", "check"]
    quantity: str
    value: float
    sigma: float | None
    bound: Bound
    unit: str
    scope: str
    period: str
    source: str
    quality: str


def read_targets(path: Path) -> tuple[PublishedFigure, ...]:
    """Return the published figures, which are the project's own."""
    rows: Any = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return tuple(PublishedFigure(**{**row, "sigma": row["sigma"] or None}) for row in rows)


def target_label(target: str) -> str:
    """Return the name of a target in words, such as `trained sub-Saharan 2025`."""
    words = " ".join(_WORDS.get(word, word) for word in target.split("_"))
    return re.sub(r"(\d{4}) (\d\d)$", r"\1-\2", words)


_WORDS = {
    "africa": "Africa", "bri": "BRI", "camp": "bloc", "china": "China", "ssa": "sub-Saharan",
    "state": "country", "trainings": "courses", "west": "West", "western": "Western",
}  # fmt: skip
"""Words of targets' names that read better otherwise."""


def read_countries(
    rows: Sequence[Row], codes: Sequence[str], problems: Problems
) -> tuple[CountrySeed, ...]:
    """Read `countries.csv`, in ISO order; errors are noted.

    Args:
        rows: Its rows.
        codes: Their codes.
        problems: Where errors are noted.
    """
    countries = []
    for row, values in values_of(rows, codes):
        iso3 = values["iso3"]
        if not CODE.fullmatch(iso3) or iso3 == CHINA:
            reason = "China is the sender" if iso3 == CHINA else "such as SRB or XAA"
            row.wrong(f"iso3 is {iso3!r}; allowed: three capital letters ({reason})")
        if not row.right:
            continue
        figures = {column.name: values[column.name] for column in COUNTRY_COLUMNS}
        figures = {name: NO_YEAR if year is None else year for name, year in figures.items()}
        joined, left = figures["bri_year"], figures["bri_exit_year"]
        if left < NO_YEAR and (joined == NO_YEAR or left < joined):
            allowed = f"none, or a year from bri_year on ({row.cells['bri_year'] or 'none'})"
            row.wrong(f"bri_exit_year is {left:.0f}; allowed: {allowed}")
        texts = {name: values[name] for name in ("iso3", "name", "region", "regime_2024")}
        rated = values["regime_basis"] != REGIME_ESTIMATED
        countries.append(CountrySeed(**texts, regime_rated=rated, figures=figures))
    if rows and not FEWEST_STATES <= len(codes) <= MOST_STATES:
        text = f"there are {len(codes):,} countries; allowed: {FEWEST_STATES} to {MOST_STATES:,}"
        problems.append((COUNTRIES.name, HEADER_LINE, text))
    return tuple(sorted(countries, key=lambda country: country.iso3))


def read_neighbours(
    rows: Sequence[Row], codes: Sequence[str], problems: Problems
) -> tuple[tuple[int, ...], ...]:
    """Read `borders.csv`, each border once; errors are noted.

    Args:
        rows: Its rows.
        codes: State codes, in the order of states.
        problems: Where errors are noted.

    Returns:
        For each country the places of its neighbours, rising; borders hold both ways.
    """
    neighbours: dict[str, set[int]] = {code: set() for code in codes}
    place = {code: at for at, code in enumerate(codes)}
    for row, values in values_of(rows, place):
        first, second = values.values()
        if row.right and first == second:
            row.wrong(f"{first} borders itself; allowed: two countries")
        if row.right:
            neighbours[first].add(place[second])
            neighbours[second].add(place[first])
    for code, places in neighbours.items():
        if len(places) > MOST_NEIGHBOURS:
            text = f"{code} has {len(places)} neighbours; allowed: up to {MOST_NEIGHBOURS}"
            problems.append((BORDERS.name, HEADER_LINE, text))
    return tuple(tuple(sorted(places)) for places in neighbours.values())
