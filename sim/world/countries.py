"""The tables about states rather than years: `countries.csv`, `borders.csv`, `targets.csv`."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from sim.world.columns import (
    COUNTRY_COLUMNS,
    COUNTRY_NAMES,
    MOST_NEIGHBOURS,
    NEVER,
    REGIME_ESTIMATED,
    REGIME_RATED,
    REGIMES,
    REGIONS,
    STATES,
    TARGET_BOUNDS,
    TARGET_USES,
    CountryColumn,
)
from sim.world.tables import (
    FILLED,
    HEADER_LINE,
    Problems,
    Row,
    Tables,
    number,
    one_of,
    parse_filled,
    read_table,
    state_code,
)

COUNTRIES_TABLE, BORDERS_TABLE, TARGETS_TABLE = "countries.csv", "borders.csv", "targets.csv"
BORDER_COLUMNS = ("iso3_a", "iso3_b")
TARGET_COLUMNS = (
    "id",
    "use",
    "quantity",
    "value",
    "sigma",
    "bound",
    "unit",
    "scope",
    "period",
    "source",
    "quality",
)
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
        figures: Each of `COUNTRY_COLUMNS` by name; a year is `NEVER` if it has not come.
    """

    iso3: str
    name: str
    region: str
    regime_2024: str
    regime_rated: bool
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Target:
    """A published figure to compare the model with.

    Attributes:
        id: Name of the target.
        use: `calibrate`, `hold-out` or `check`.
        quantity: What is counted.
        value: The figure.
        sigma: One standard deviation of what we know of it; None for a bound or a rough check.
        bound: `value`, or `lower` / `upper` where the source gives a bound.
        unit: Unit of value and sigma.
        scope: Which states.
        period: Which years.
        source: Who says so.
        quality: How far to trust it.
    """

    id: str
    use: str
    quantity: str
    value: float
    sigma: float | None
    bound: str
    unit: str
    scope: str
    period: str
    source: str
    quality: str


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
    before = len(problems.found)
    rows = read_table(folder, COUNTRIES_TABLE, (*COUNTRY_NAMES, FILLED), problems)
    if not rows and len(problems.found) > before:
        return ()
    seen: dict[str, int] = {}
    countries = []
    for row in rows:
        iso3 = state_code(row, "iso3", states, problems)
        if iso3 in seen:
            problems.add(row.table, row.line, f"{iso3} is there twice, first in line {seen[iso3]}")
        elif iso3 is not None:
            seen[iso3] = row.line
        country = _country(row, problems, own)
        if country is not None and iso3 is not None:
            countries.append(country)
    missing = sorted(states - seen.keys())
    if missing:
        problems.add(
            COUNTRIES_TABLE,
            HEADER_LINE,
            f"states without a row: {', '.join(missing)}; all {len(states)} are needed",
        )
    return tuple(sorted(countries, key=lambda country: country.iso3))


def _country(row: Row, problems: Problems, own: bool) -> CountrySeed | None:
    before = len(problems.found)
    if not row.cells["name"].strip():
        problems.add(row.table, row.line, "name is empty; allowed: the state's short name")
    one_of(row, "region", REGIONS, problems)
    one_of(row, "regime_2024", REGIMES, problems)
    if not own:
        one_of(row, "regime_basis", (REGIME_RATED, REGIME_ESTIMATED), problems)
    elif not row.cells["regime_basis"].strip():
        problems.add(row.table, row.line, "regime_basis is empty; allowed: who says so")
    found = {column.name: _figure(row, column, problems) for column in COUNTRY_COLUMNS}
    figures = {name: figure for name, figure in found.items() if figure is not None}
    joined, left = figures.get("bri_year", NEVER), figures.get("bri_exit_year", NEVER)
    if left < NEVER and (joined == NEVER or left < joined):
        problems.add(
            row.table,
            row.line,
            f"bri_exit_year is {left:.0f}; allowed: none, or a year from bri_year on"
            f" ({row.cells['bri_year'] or 'none'})",
        )
    parse_filled(row, COUNTRY_NAMES, problems)
    if len(problems.found) > before:
        return None
    return CountrySeed(
        iso3=row.cells["iso3"],
        name=row.cells["name"],
        region=row.cells["region"],
        regime_2024=row.cells["regime_2024"],
        regime_rated=row.cells["regime_basis"] != REGIME_ESTIMATED,
        figures=figures,
    )


def _figure(row: Row, column: CountryColumn, problems: Problems) -> float | None:
    """Return a cell's number; None if it is wrong (and a note)."""
    text = row.cells[column.name]
    if column.may_be_empty and not text:
        return NEVER
    if column.cells:
        return float(text) if one_of(row, column.name, column.cells, problems) else None
    return number(row, column.name, column.lowest, column.highest, problems, whole=column.whole)


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
        ends = [state_code(row, column, states, problems) for column in BORDER_COLUMNS]
        one, other = ends
        if one is None or other is None:
            continue
        pair = frozenset((one, other))
        if one == other:
            problems.add(row.table, row.line, f"{one} borders itself; allowed: two states")
        elif pair in seen:
            problems.add(
                row.table,
                row.line,
                f"the border {one}-{other} is there twice, first in line {seen[pair]};"
                " each is given once and holds both ways",
            )
        else:
            seen[pair] = row.line
            if one in row_of and other in row_of:
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


def read_targets(folder: Tables, problems: Problems) -> tuple[Target, ...]:
    """Read `targets.csv` in the order of the file; errors are noted."""
    targets: list[Target] = []
    seen: dict[str, int] = {}
    before = len(problems.found)
    for row in read_table(folder, TARGETS_TABLE, TARGET_COLUMNS, problems):
        name = row.cells["id"]
        if name in seen:
            problems.add(row.table, row.line, f"{name} is there twice, first in line {seen[name]}")
        seen.setdefault(name, row.line)
        right = bool(name)
        if not right:
            problems.add(row.table, row.line, "id is empty; allowed: a name of its own")
        right &= one_of(row, "use", TARGET_USES, problems)
        right &= one_of(row, "bound", TARGET_BOUNDS, problems)
        value = number(row, "value", -NO_LIMIT, NO_LIMIT, problems)
        sigma = None
        # A bound or a rough check may lack a spread; a figure to calibrate on may not.
        if row.cells["sigma"] or row.cells["use"] == "calibrate":
            sigma = number(row, "sigma", 0.0, NO_LIMIT, problems)
        if right and value is not None:
            texts = {c: row.cells[c] for c in TARGET_COLUMNS if c not in ("value", "sigma")}
            targets.append(Target(value=value, sigma=sigma, **texts))
    lacking = [use for use in TARGET_USES if use not in {target.use for target in targets}]
    if lacking and len(problems.found) == before:
        problems.add(
            TARGETS_TABLE,
            HEADER_LINE,
            f"no target has the use {' or '.join(lacking)}; there must be one at least of each of "
            f"{', '.join(TARGET_USES)}",
        )
    return tuple(targets)
