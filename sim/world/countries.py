"""The tables about states rather than years: `countries.csv`, `borders.csv`, `targets.csv`."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, fields

from sim.units import REGIMES, REGIONS
from sim.world.columns import (
    CALIBRATE,
    COUNTRY_COLUMNS,
    COUNTRY_NAMES,
    MOST_NEIGHBOURS,
    NO_YEAR,
    REGIME_ESTIMATED,
    REGIME_RATED,
    STATES,
    TARGET_BOUNDS,
    TARGET_USES,
    Bound,
)
from sim.world.tables import FILLED, HEADER_LINE, Problems, Row, Tables, read_table

COUNTRIES_TABLE, BORDERS_TABLE, TARGETS_TABLE = "countries.csv", "borders.csv", "targets.csv"
BORDER_COLUMNS = ("iso3_a", "iso3_b")
NO_LIMIT = 1e9
"""Beyond any figure a target may have."""

LEAST_BORDERING = 0.5
"""Share of states with a neighbour by land: three in four have one."""


@dataclass(frozen=True, slots=True)
class CountrySeed:
    """What the tables say of a state, the same in every year.

    Attributes:
        iso3: ISO 3166 code.
        name: Short English name.
        region: One of `REGIONS`.
        regime_2024: One of `REGIMES`.
        regime_rated: Whether the EIU, or a source of one's own, rated it; else the class is
            estimated from Freedom House.
        figures: Each of `COUNTRY_COLUMNS` by name; a year is `NO_YEAR` if it has not come.
    """

    iso3: str
    name: str
    region: str
    regime_2024: str
    regime_rated: bool
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """A published figure to compare the model with.

    Attributes:
        id: Name of the target.
        use: `calibrate`, `hold-out` or `check`.
        quantity: What is counted.
        value: The published figure.
        sigma: One standard deviation of what we know of it; None for a bound or a rough check.
        bound: `value`, or `lower` / `upper` where the source gives a bound.
        unit: Unit of value and sigma.
        scope: Which states are counted.
        period: Which years are counted.
        source: Where it is published.
        quality: How far to trust it.
    """

    id: str
    use: str
    quantity: str
    value: float
    sigma: float | None
    bound: Bound
    unit: str
    scope: str
    period: str
    source: str
    quality: str

    @property
    def label(self) -> str:
        """Its name in words."""
        return target_label(self.id)


def target_label(target: str) -> str:
    """Return the name of a target in words, such as `trained sub-Saharan 2025`."""
    words = " ".join(_WORDS.get(word, word) for word in target.split("_"))
    return re.sub(r"(\d{4}) (\d\d)$", r"\1-\2", words)


_WORDS = {
    "bri": "BRI", "ssa": "sub-Saharan", "per": "a", "china": "China", "west": "West",
    "africa": "Africa",
}  # fmt: skip
"""Words of targets' names that read better otherwise."""

TARGET_COLUMNS = tuple(field.name for field in fields(PublishedFigure))


def read_countries(
    folder: Tables, problems: Problems, states: Set[str] | None = None
) -> tuple[CountrySeed, ...]:
    """Read `countries.csv` in ISO order; errors, also missing states, are noted.

    Args:
        folder: Where the table lies.
        problems: Where errors are noted.
        states: One's own states, whose classes may have a source of one's own; None: the model's.
    """
    own, states = states is not None, STATES if states is None else states
    before = len(problems.errors)
    rows = read_table(folder, COUNTRIES_TABLE, (*COUNTRY_NAMES, FILLED), problems)
    if not rows and len(problems.errors) > before:
        return ()
    seen: dict[str, int] = {}
    countries = []
    for row in rows:
        iso3 = row.state("iso3", states)
        if iso3 is not None:
            row.once(seen, iso3, f"{iso3} is there twice")
        country = _country(row, own)
        if country is not None and iso3 is not None:
            countries.append(country)
    if missing := sorted(states - seen.keys()):
        text = f"states without a row: {', '.join(missing)}; all {len(states)} are needed"
        problems.add(COUNTRIES_TABLE, HEADER_LINE, text)
    return tuple(sorted(countries, key=lambda country: country.iso3))


def _country(row: Row, own: bool) -> CountrySeed | None:
    row.has_text("name", "the state's short name")
    row.one_of("region", REGIONS)
    row.one_of("regime_2024", REGIMES)
    if own:
        row.has_text("regime_basis", "who says so")
    else:
        row.one_of("regime_basis", (REGIME_RATED, REGIME_ESTIMATED))
    cells = {column.name: row.figure(column) for column in COUNTRY_COLUMNS}
    figures = {name: figure for name, figure in cells.items() if figure is not None}
    joined, left = figures.get("bri_year", NO_YEAR), figures.get("bri_exit_year", NO_YEAR)
    if left < NO_YEAR and (joined == NO_YEAR or left < joined):
        allowed = f"none, or a year from bri_year on ({row.cells['bri_year'] or 'none'})"
        row.wrong(f"bri_exit_year is {left:.0f}; allowed: {allowed}")
    row.filled(COUNTRY_NAMES)
    if not row.right:
        return None
    texts = {name: row.cells[name] for name in ("iso3", "name", "region", "regime_2024")}
    rated = row.cells["regime_basis"] != REGIME_ESTIMATED
    return CountrySeed(**texts, regime_rated=rated, figures=figures)


def read_neighbours(
    folder: Tables, codes: Sequence[str], problems: Problems, *, own: bool = False
) -> tuple[tuple[int, ...], ...]:
    """Read `borders.csv`, each border once, and return every state's neighbours.

    Args:
        folder: Where the table lies.
        codes: State codes, in the order of the rows.
        problems: Where errors are noted.
        own: Whether they are one's own states, which may all be islands.

    Returns:
        For each state the row numbers of its neighbours, rising; borders hold both ways.
    """
    row_of = {code: place for place, code in enumerate(codes)}
    states = frozenset(codes) if own else STATES
    neighbours: list[set[int]] = [set() for _ in codes]
    seen: dict[frozenset[str], int] = {}
    for row in read_table(folder, BORDERS_TABLE, BORDER_COLUMNS, problems):
        one, other = (row.state(column, states) for column in BORDER_COLUMNS)
        if one is None or other is None:
            continue
        if one == other:
            row.wrong(f"{one} borders itself; allowed: two states")
            continue
        first = row.once(seen, frozenset((one, other)), f"the border {one}-{other} is there twice")
        if first and {one, other} <= row_of.keys():
            neighbours[row_of[one]].add(row_of[other])
            neighbours[row_of[other]].add(row_of[one])
    for code, places in zip(codes, neighbours, strict=True):
        if len(places) > MOST_NEIGHBOURS:
            text = f"{code} has {len(places)} neighbours; allowed: up to {MOST_NEIGHBOURS}"
            problems.add(BORDERS_TABLE, HEADER_LINE, text)
    bordering = sum(1 for places in neighbours if places)
    if not own and seen and bordering < LEAST_BORDERING * len(codes):
        text = (
            f"only {bordering} of {len(codes)} states have a neighbour; allowed: at least half of "
            "them, as fewer are what is left of a table that was cut off"
        )
        problems.add(BORDERS_TABLE, HEADER_LINE, text)
    return tuple(tuple(sorted(places)) for places in neighbours)


def read_targets(folder: Tables, problems: Problems) -> tuple[PublishedFigure, ...]:
    """Read `targets.csv` in the order of the file; errors are noted."""
    targets: list[PublishedFigure] = []
    seen: dict[str, int] = {}
    before = len(problems.errors)
    for row in read_table(folder, TARGETS_TABLE, TARGET_COLUMNS, problems):
        row.once(seen, row.cells["id"], f"{row.cells['id']} is there twice")
        row.has_text("id", "a name of its own")
        row.one_of("use", TARGET_USES)
        row.one_of("bound", TARGET_BOUNDS)
        value = row.number("value", -NO_LIMIT, NO_LIMIT)
        sigma = None
        # A bound or a rough check may lack a spread; a figure to calibrate on may not.
        if row.cells["sigma"] or row.cells["use"] == CALIBRATE:
            sigma = row.number("sigma", 0.0, NO_LIMIT)
        if row.right and value is not None:
            targets.append(PublishedFigure(**{**row.cells, "value": value, "sigma": sigma}))  # type: ignore[arg-type]
    lacking = [use for use in TARGET_USES if use not in {target.use for target in targets}]
    if lacking and len(problems.errors) == before:
        text = f"no target has the use {' or '.join(lacking)}; there must be one at least of each"
        problems.add(TARGETS_TABLE, HEADER_LINE, f"{text} of {', '.join(TARGET_USES)}")
    return tuple(targets)
