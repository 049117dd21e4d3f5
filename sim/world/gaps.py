"""Gaps in the seed tables: the rules that fill them, and the command that applies the rules.

The shipped tables hold filled values, and a row's `filled` column names each with its rule (see
`GAP_RULES`). Whoever revises a figure empties the cell or writes the new one, takes it out of
`filled`, and runs `python -m sim.world.gaps [FOLDER]`: all filled cells are emptied and filled
anew, so that the tables never disagree with the rules.

Singular gaps, each with its reason, are listed in `seeds/gaps.csv`; everything else follows from
the rule of its column:

* voice: on the line between the years before and after (2001); else the nearest year's value plus
  the change in freedom since, each freedom rating standing for the median voice of all observed
  state-years that have it (2024);
* protests: the state's mean over the observed years;
* every other column of `history.csv`: the line between years before and after, else the nearest
  year's figure;
* crime: the upper median of the neighbours, else of the region;
* un_distance: the upper median of the region.
"""

import csv
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError
from sim.world.columns import (
    COUNTRY_NAMES,
    EARLIEST_YEAR,
    GAP_RULES,
    HISTORY_COLUMNS,
    HISTORY_NAMES,
    LATEST_YEAR,
    STATES,
    HistoryColumn,
)
from sim.world.locate import find_data_folder
from sim.world.tables import (
    FILLED,
    Problems,
    Row,
    number,
    one_of,
    parse_filled,
    read_table,
    state_code,
)

GAPS_TABLE = "gaps.csv"
GAPS_COLUMNS = ("column", "iso3", "first_year", "last_year", "rule", "value", "reason")
VOICE_ENDS = (-2.5, 2.5)
"""A value moved by the change in freedom stays on the WGI scale."""

Cells = dict[str, str]
Series = dict[int, float]
Rule = Callable[[Series, int, str], tuple[float, str] | None]


@dataclass(frozen=True, slots=True)
class ListedGap:
    """A singular gap of `gaps.csv`.

    Attributes:
        column: The column it is in.
        iso3: The state.
        years: First and last year; None for a column of `countries.csv`.
        rule: The rule, one of `GAP_RULES`.
        value: What to write, or the code of the state to copy from (rule `predecessor`).
    """

    column: str
    iso3: str
    years: tuple[int, int] | None
    rule: str
    value: str


def format_number(value: float, decimals: int) -> str:
    """Write a number with at most so many decimals and no trailing zeros."""
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def blank(rows: Sequence[Cells], flags: Sequence[Mapping[str, str]]) -> list[Cells]:
    """Return the rows with every flagged cell emptied and the `filled` column cleared."""
    return [
        {
            column: "" if column in flagged or column == FILLED else text
            for column, text in row.items()
        }
        for row, flagged in zip(rows, flags, strict=True)
    ]


def fill_history(rows: Sequence[Cells], listed: Sequence[ListedGap]) -> list[Cells]:
    """Fill the empty cells of `history.csv` and name them in the `filled` column.

    Args:
        rows: The rows, complete in states and years, `filled` empty.
        listed: The singular gaps.
    """
    return _HistoryFiller(rows, listed).run()


class _HistoryFiller:
    """The history as series by column and state, and the rules in the order they apply."""

    def __init__(self, rows: Sequence[Cells], listed: Sequence[ListedGap]) -> None:
        self.rows = [dict(row) for row in rows]
        self.listed = [gap for gap in listed if gap.years is not None]
        self.years = sorted({int(row["year"]) for row in rows})
        self.states = sorted({row["iso3"] for row in rows})
        self.row_of = {(row["iso3"], int(row["year"])): row for row in self.rows}
        self.flags: dict[tuple[str, int], Cells] = {key: {} for key in self.row_of}
        # Cells that a later rule will fill, hence closed to the rules of the column.
        self.reserved: set[tuple[str, str, int]] = set()

    def run(self) -> list[Cells]:
        for gap in self.listed:
            self._apply(gap)
        self._fill("voice", _between)
        self._fill("freedom", _between, _hold)
        voice_of = self._voice_by_freedom()
        self._fill("voice", lambda known, year, iso3: self._moved(known, year, iso3, voice_of))
        self._fill("protests", _average)
        for name in HISTORY_NAMES:
            if name not in ("voice", "freedom", "protests"):
                self._fill(name, _between, _hold)
        self._copy_predecessors()
        for key, row in self.row_of.items():
            flags = self.flags[key]
            row[FILLED] = ";".join(
                f"{name}={flags[name]}" for name in HISTORY_NAMES if name in flags
            )
        return self.rows

    def _series(self, iso3: str, column: str) -> Series:
        cells = ((year, self.row_of[iso3, year][column]) for year in self.years)
        return {year: float(text) for year, text in cells if text}

    def _write(self, iso3: str, year: int, column: HistoryColumn, value: float, rule: str) -> None:
        self.row_of[iso3, year][column.name] = format_number(value, column.decimals)
        self.flags[iso3, year][column.name] = rule

    def _gap_cells(self, gap: ListedGap) -> list[int]:
        """Return the years of a listed gap whose cells are empty."""
        first, last = gap.years or (0, 0)
        return [
            year
            for year in self.years
            if first <= year <= last and not self.row_of[gap.iso3, year][gap.column]
        ]

    def _apply(self, gap: ListedGap) -> None:
        for year in self._gap_cells(gap):
            if gap.value in STATES:
                self.reserved.add((gap.iso3, gap.column, year))
            else:
                self._write(gap.iso3, year, _column(gap.column), float(gap.value), gap.rule)

    def _copy_predecessors(self) -> None:
        for gap in self.listed:
            if gap.value in STATES:
                for year in self._gap_cells(gap):
                    text = self.row_of[gap.value, year][gap.column]
                    self._write(gap.iso3, year, _column(gap.column), float(text), gap.rule)

    def _fill(self, name: str, *rules: Rule) -> None:
        """Try the rules in turn on every open gap of a column; what none fills stays empty."""
        column = _column(name)
        for iso3 in self.states:
            known = self._series(iso3, name)
            for year in self.years:
                if year in known or (iso3, name, year) in self.reserved:
                    continue
                filled = next((f for rule in rules if (f := rule(known, year, iso3))), None)
                if filled:
                    self._write(iso3, year, column, *filled)

    def _moved(
        self, known: Series, year: int, iso3: str, voice_of: Mapping[int, float]
    ) -> tuple[float, str] | None:
        freedom = self._series(iso3, "freedom")
        if year not in freedom:
            return None
        level = voice_of[int(freedom[year])]
        source = _nearest(known, year)
        if source in freedom:
            # In a year without a new rating the two medians cancel: voice is held.
            level += known[source] - voice_of[int(freedom[source])]
        return min(max(level, VOICE_ENDS[0]), VOICE_ENDS[1]), "from_freedom"

    def _voice_by_freedom(self) -> dict[int, float]:
        """Return the median voice of the observed state-years of each freedom rating."""
        groups: dict[int, list[float]] = {}
        for key, row in self.row_of.items():
            flags = self.flags[key]
            if row["voice"] and row["freedom"] and not {"voice", "freedom"} & flags.keys():
                groups.setdefault(int(row["freedom"]), []).append(float(row["voice"]))
        return {rating: statistics.median(group) for rating, group in groups.items()}


def fill_countries(
    rows: Sequence[Cells], borders: Sequence[tuple[str, str]], listed: Sequence[ListedGap]
) -> list[Cells]:
    """Fill the gaps of `countries.csv` and name them in the `filled` column.

    An empty year means "never" and is filled only where `gaps.csv` lists it.

    Args:
        rows: The rows, `filled` empty.
        borders: Pairs of neighbours.
        listed: The singular gaps.
    """
    result = [dict(row) for row in rows]
    by_code = {row["iso3"]: row for row in result}
    flags: dict[str, Cells] = {iso3: {} for iso3 in by_code}
    for gap in listed:
        if gap.years is None and not by_code[gap.iso3][gap.column]:
            by_code[gap.iso3][gap.column] = gap.value
            flags[gap.iso3][gap.column] = gap.rule
    _fill_like_others(result, "crime", borders, flags)
    _fill_like_others(result, "un_distance", (), flags)
    for row in result:
        flagged = flags[row["iso3"]]
        row[FILLED] = ";".join(f"{n}={flagged[n]}" for n in COUNTRY_NAMES if n in flagged)
    return result


def _fill_like_others(
    rows: Sequence[Cells],
    column: str,
    borders: Sequence[tuple[str, str]],
    flags: Mapping[str, Cells],
) -> None:
    """Fill a column's gaps by the upper median of the neighbours given, else of the region."""
    known = {row["iso3"]: float(row[column]) for row in rows if row[column]}
    region_of = {row["iso3"]: row["region"] for row in rows}
    for row in rows:
        if row[column]:
            continue
        iso3 = row["iso3"]
        neighbours = [b if a == iso3 else a for a, b in borders if iso3 in (a, b)]
        near = [known[code] for code in neighbours if code in known]
        region = [known[code] for code in known if region_of[code] == row["region"]]
        if near or region:
            row[column] = f"{statistics.median_high(near or region):g}"
            flags[iso3][column] = "neighbours" if near else "region"


def read_listed_gaps(folder: Path) -> list[ListedGap]:
    """Read `gaps.csv`.

    Raises:
        SeedError: The table is missing or wrong; lists every error.
    """
    problems = Problems()
    gaps = []
    for row in read_table(folder, GAPS_TABLE, GAPS_COLUMNS, problems):
        if not one_of(row, "column", HISTORY_NAMES + COUNTRY_NAMES, problems):
            continue
        of_history = row.cells["column"] in HISTORY_NAMES
        gap = _listed_gap(row, of_history, problems)
        if gap is not None:
            gaps.append(gap)
    problems.raise_if_any(folder)
    return gaps


def _listed_gap(row: Row, of_history: bool, problems: Problems) -> ListedGap | None:
    iso3 = state_code(row, "iso3", STATES, problems)
    right = one_of(row, "rule", tuple(GAP_RULES), problems)
    years = None
    if of_history:
        first = number(row, "first_year", EARLIEST_YEAR, LATEST_YEAR, problems, whole=True)
        last = number(row, "last_year", EARLIEST_YEAR, LATEST_YEAR, problems, whole=True)
        if row.cells["value"] not in STATES:
            column = _column(row.cells["column"])
            right &= number(row, "value", column.lowest, column.highest, problems) is not None
        if first is None or last is None:
            return None
        years = (int(first), int(last))
    if iso3 is None or not right:
        return None
    return ListedGap(row.cells["column"], iso3, years, row.cells["rule"], row.cells["value"])


def refill(folder: Path) -> dict[str, list[Cells]]:
    """Empty every flagged cell of the tables in `folder` and apply the rules again.

    Returns:
        The rows of `countries.csv` and `history.csv` as they ought to be, by file name.

    Raises:
        SeedError: A table cannot be read.
    """
    listed = read_listed_gaps(folder)
    problems = Problems()
    tables = {}
    for table, key, names in (
        ("countries.csv", (), COUNTRY_NAMES),
        ("history.csv", ("iso3", "year"), HISTORY_NAMES),
    ):
        rows = read_table(folder, table, (*key, *names, FILLED), problems)
        flags = [parse_filled(row, names, problems) for row in rows]
        tables[table] = blank([row.cells for row in rows], flags)
    pairs = read_table(folder, "borders.csv", ("iso3_a", "iso3_b"), problems)
    problems.raise_if_any(folder)
    borders = [(row.cells["iso3_a"], row.cells["iso3_b"]) for row in pairs]
    return {
        "countries.csv": fill_countries(tables["countries.csv"], borders, listed),
        "history.csv": fill_history(tables["history.csv"], listed),
    }


def main(arguments: Sequence[str]) -> int:
    """Refill the tables of a folder (default: the project's seeds) in place."""
    try:
        folder = Path(arguments[0]) if arguments else find_data_folder("seeds")
        for table, rows in refill(folder).items():
            with (folder / table).open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _column(name: str) -> HistoryColumn:
    return next(column for column in HISTORY_COLUMNS if column.name == name)


def _nearest(known: Series, year: int) -> int | None:
    """Return the nearest year with a figure; of two, the earlier."""
    return min(sorted(known), key=lambda other: abs(other - year), default=None)


def _between(known: Series, year: int, iso3: str) -> tuple[float, str] | None:
    before = max((other for other in known if other < year), default=None)
    after = min((other for other in known if other > year), default=None)
    if before is None or after is None:
        return None
    share = (year - before) / (after - before)
    return known[before] + (known[after] - known[before]) * share, "interpolated"


def _hold(known: Series, year: int, iso3: str) -> tuple[float, str] | None:
    source = _nearest(known, year)
    return None if source is None else (known[source], "carried")


def _average(known: Series, year: int, iso3: str) -> tuple[float, str] | None:
    return (statistics.fmean(known.values()), "mean") if known else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
