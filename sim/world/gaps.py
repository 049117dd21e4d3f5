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

from __future__ import annotations

import csv
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.errors import InputError
from sim.world.columns import COUNTRY_NAMES, GAP_RULES, HISTORY_COLUMNS, HISTORY_NAMES, STATES
from sim.world.countries import BORDER_COLUMNS, BORDERS_TABLE, COUNTRIES_TABLE
from sim.world.history import HISTORY_TABLE
from sim.world.locate import find_data_folder
from sim.world.tables import FILLED, Problems, Row, read_table

GAPS_TABLE = "gaps.csv"
GAPS_COLUMNS = ("column", "iso3", "first_year", "last_year", "rule", "value", "reason")
VOICE_ENDS = (-2.5, 2.5)
"""A value moved by the change in freedom stays on the WGI scale."""

type Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class ListedGap:
    """A singular gap of `gaps.csv`.

    Attributes:
        column: The column it is in.
        iso3: Code of the state.
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
        listed: Gaps of `gaps.csv`, each with a rule of its own.
    """
    filler = _Filler(rows)
    dated = [gap for gap in listed if gap.years is not None]
    # What is copied from another state is closed to the rules of the column, and comes last.
    copied = [(gap, filler.cells(gap)) for gap in dated if gap.value in STATES]
    for gap in dated:
        if gap.value not in STATES:
            filler.fill(gap.column, float(gap.value), gap.rule, gap)
    for gap, cells in copied:
        filler.closed[gap.column] |= cells
    filler.fill("voice", _between(filler.known["voice"]), "interpolated")
    for name in ("freedom", *(name for name in HISTORY_NAMES if name != "freedom")):
        known = filler.known[name]
        if name == "voice":
            filler.fill(name, filler.moved_voice(), "from_freedom")
        elif name == "protests":
            filler.fill(name, known.fillna(known.mean()), "mean")
        else:
            filler.fill(name, _between(known), "interpolated")
            filler.fill(name, _nearest(known), "carried")
    for gap, _ in copied:
        whole = filler.known[gap.column]
        source = pd.DataFrame({iso3: whole[gap.value] for iso3 in whole})
        filler.fill(gap.column, source, gap.rule, gap)
    return filler.rows()


class _Filler:
    """The history as tables of years by state, one a column; NaN where there is no figure."""

    def __init__(self, rows: Sequence[Cells]) -> None:
        self.texts = pd.DataFrame(rows)
        self.keys = pd.MultiIndex.from_frame(self.texts[["year", "iso3"]])
        self.known, self.rules, self.closed = {}, {}, {}
        for name in HISTORY_NAMES:
            figures = pd.to_numeric(self.texts[name]).astype(float).set_axis(self.keys)
            self.known[name] = table = figures.unstack()
            self.rules[name] = pd.DataFrame("", table.index, table.columns)
            self.closed[name] = pd.DataFrame(False, table.index, table.columns)

    def cells(self, gap: ListedGap) -> pd.DataFrame:
        """Return which of the cells of a listed gap have no figure."""
        table = self.known[gap.column]
        listed = pd.DataFrame(False, table.index, table.columns)
        first, last = gap.years or (0, 0)
        listed.loc[listed.index.astype(int).isin(range(first, last + 1)), gap.iso3] = True
        return table.isna() & listed

    def fill(
        self, name: str, figures: pd.DataFrame | float, rule: str, gap: ListedGap | None = None
    ) -> None:
        """Write figures, rounded as the column is, where it has none; in a listed gap alone."""
        table, decimals = self.known[name], _DECIMALS[name]
        where = self.cells(gap) if gap else table.isna() & ~self.closed[name]
        if isinstance(figures, pd.DataFrame):
            where &= figures.notna()
            figures = figures.map(lambda figure: float(format_number(figure, decimals)))
        self.known[name] = table.mask(where, figures)
        self.rules[name] = self.rules[name].mask(where, rule)

    def moved_voice(self) -> pd.DataFrame:
        """Return each state's nearest voice, moved by the change in freedom since.

        In a year without a new rating the two medians cancel: voice is held.
        """
        voice, freedom = self.known["voice"], self.known["freedom"]
        observed = (self.rules["voice"] == "") & (self.rules["freedom"] == "")
        pairs = pd.DataFrame(
            {"freedom": freedom[observed].stack(), "voice": voice[observed].stack()}
        )
        median = pairs.dropna().groupby("freedom")["voice"].median()
        level = freedom.replace(median.to_dict()) if len(median) else freedom * float("nan")
        change = _nearest(voice) - _nearest(level.where(voice.notna()))
        return (level + change.fillna(0.0)).clip(*VOICE_ENDS)

    def rows(self) -> list[Cells]:
        """Return the rows, with what was filled and by which rule."""
        flags = pd.Series("", self.texts.index)
        for name, table in self.known.items():
            rule = pd.Series(self.rules[name].stack().reindex(self.keys).to_numpy())
            figures = pd.Series(table.stack().reindex(self.keys).to_numpy())
            texts = figures.map(lambda figure, n=name: format_number(figure, _DECIMALS[n]))
            self.texts[name] = self.texts[name].where(rule == "", texts)
            flags += (f";{name}=" + rule).where(rule != "", "")
        self.texts[FILLED] = flags.str.removeprefix(";")
        return [{str(name): text for name, text in row.items()}
                for row in self.texts.to_dict("records")]  # fmt: skip


def fill_countries(
    rows: Sequence[Cells], borders: Sequence[tuple[str, str]], listed: Sequence[ListedGap]
) -> list[Cells]:
    """Fill the gaps of `countries.csv` and name them in the `filled` column.

    An empty year means "never" and is filled only where `gaps.csv` lists it.

    Args:
        rows: The rows, `filled` empty.
        borders: Pairs of neighbours.
        listed: Gaps of `gaps.csv`, each with a rule of its own.
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
        if not row.one_of("column", HISTORY_NAMES + COUNTRY_NAMES):
            continue
        gap = _listed_gap(row)
        if gap is not None:
            gaps.append(gap)
    problems.raise_if_any(folder)
    return gaps


def _listed_gap(row: Row) -> ListedGap | None:
    iso3, name, value = row.state("iso3", STATES), row.cells["column"], row.cells["value"]
    row.one_of("rule", tuple(GAP_RULES))
    years = None
    if name in HISTORY_NAMES:
        years = (row.year("first_year") or 0, row.year("last_year") or 0)
        if value not in STATES:
            column = HISTORY_COLUMNS[HISTORY_NAMES.index(name)]
            row.number("value", column.lowest, column.highest)
    if iso3 is None or not row.right:
        return None
    return ListedGap(name, iso3, years, row.cells["rule"], value)


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
        (COUNTRIES_TABLE, (), COUNTRY_NAMES),
        (HISTORY_TABLE, ("iso3", "year"), HISTORY_NAMES),
    ):
        rows = read_table(folder, table, (*key, *names, FILLED), problems)
        tables[table] = blank([row.cells for row in rows], [row.filled(names) for row in rows])
    pairs = read_table(folder, BORDERS_TABLE, BORDER_COLUMNS, problems)
    problems.raise_if_any(folder)
    borders = [(row.cells["iso3_a"], row.cells["iso3_b"]) for row in pairs]
    return {
        COUNTRIES_TABLE: fill_countries(tables[COUNTRIES_TABLE], borders, listed),
        HISTORY_TABLE: fill_history(tables[HISTORY_TABLE], listed),
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


_DECIMALS = {column.name: column.decimals for column in HISTORY_COLUMNS}


def _between(known: pd.DataFrame) -> pd.DataFrame:
    """Return the figures on the line between the nearest years before and after."""
    year = pd.DataFrame({iso3: known.index.astype(float) for iso3 in known}, index=known.index)
    dated = year.where(known.notna())
    before, after, first, last = known.ffill(), known.bfill(), dated.ffill(), dated.bfill()
    return before + (after - before) * ((year - first) / (last - first))


def _nearest(known: pd.DataFrame) -> pd.DataFrame:
    """Return the nearest year's figure, where it has years with figures on one side alone."""
    return known.ffill().bfill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
