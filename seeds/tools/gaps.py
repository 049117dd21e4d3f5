"""Gaps in the seed tables: the rules that fill them, and the command that applies the rules.

The shipped tables hold filled values, and a row's `filled` column names each with its rule (see
`GAP_RULES`), as `voice=interpolated;gdp_pc=carried`. Whoever revises a figure empties the cell or
writes the new one, takes it out of `filled`, and runs `python seeds/tools/gaps.py [FOLDER]`: all
filled cells are emptied and filled anew, so that the tables never disagree with the rules.

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
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.errors import InputError
from sim.world import find_data_folder
from sim.world.columns import (
    BORDERS,
    COUNTRIES,
    FILLED,
    HISTORY,
    HISTORY_NAMES,
    STATE,
    Column,
    Table,
)
from sim.world.tables import Problems, Row, raise_all, read_table, values_of

GAP_RULES = {
    "interpolated": "on the line between the nearest years before and after",
    "carried": "the nearest year's figure",
    "from_freedom": "the nearest year's voice, moved by the change in freedom",
    "mean": "the state's mean over the observed years",
    "neighbours": "the upper median of the neighbours",
    "region": "the upper median of the region",
    "estimate": "a figure listed in gaps.csv with its source",
    "not_recipient": "zero: not on the list of aid recipients in that year",
    "predecessor": "the state to which the country then belonged",
    "none": "the source lists the state, the model does not count it",
    "modelled": "a modelled figure, for want of counts",
    "outside": "zero: outside the data set, or without a record in it",
}
"""What the `filled` column may say of a cell, and what it means."""
DECIMALS = {
    "voice": 2, "oda_gni": 2, "urban_share": 1, "protests": 3,
    "chinese_finance": 1, "state_finance": 1,
}  # fmt: skip
"""Digits after the point of a filled value; none elsewhere."""
COUNTRY_NAMES = tuple(column.name for column in COUNTRIES.columns if column is not FILLED)
NEVER_EMPTY = tuple(c.name for c in COUNTRIES.columns if c is not FILLED and not c.may_be_empty)
GAPS = Table(
    "gaps.csv",
    (
        Column("column", kind="word", words=HISTORY_NAMES + COUNTRY_NAMES),
        STATE,
        *(Column(name, kind="text", may_be_empty=True) for name in ("first_year", "last_year")),
        Column("rule", kind="word", words=tuple(GAP_RULES)),
        Column("value", kind="text", may_be_empty=True),
        Column("reason", kind="text", doc="why"),
    ),
)
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

    @property
    def source(self) -> bool:
        """Whether the value is the code of a state."""
        return self.value.isalpha()


def format_number(value: float, decimals: int) -> str:
    """Write a number with at most so many decimals and no trailing zeros."""
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def blank(row: Row) -> Cells:
    """Return a row with every flagged cell emptied and the `filled` column cleared."""
    flagged = {entry.partition("=")[0] for entry in row.cells[FILLED.name].split(";")}
    return {
        column: "" if column in flagged or column == FILLED.name else text
        for column, text in row.cells.items()
    }


def fill_history(rows: Sequence[Cells], listed: Sequence[ListedGap]) -> list[Cells]:
    """Fill the empty cells of `history.csv` and name them in the `filled` column.

    Args:
        rows: The rows, complete in states and years, `filled` empty.
        listed: Gaps of `gaps.csv`, each with a rule of its own.
    """
    filler = _Filler(rows)
    dated = [gap for gap in listed if gap.years is not None]
    # What is copied from another state is closed to the rules of the column, and comes last.
    copied = [(gap, filler.cells(gap)) for gap in dated if gap.source]
    for gap in dated:
        if not gap.source:
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
        table, decimals = self.known[name], DECIMALS.get(name, 0)
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
            texts = figures.map(lambda figure, n=name: format_number(figure, DECIMALS.get(n, 0)))
            self.texts[name] = self.texts[name].where(rule == "", texts)
            flags += (f";{name}=" + rule).where(rule != "", "")
        self.texts[FILLED.name] = flags.str.removeprefix(";")
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
        if empty := [name for name in NEVER_EMPTY if not row[name]]:
            raise InputError(f"{row['iso3']}: fill_countries has no rule for gaps of {empty}")
        flagged = flags[row["iso3"]]
        row[FILLED.name] = ";".join(f"{n}={flagged[n]}" for n in COUNTRY_NAMES if n in flagged)
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


def read_listed_gaps(folder: Path, states: Collection[str]) -> list[ListedGap]:
    """Read `gaps.csv`.

    Raises:
        SeedError: The table is missing or wrong; lists every error.
    """
    problems: Problems = []
    gaps = []
    for row, values in values_of(read_table(folder / GAPS.name, GAPS, problems), states):
        if row.right:
            years = (
                (int(values["first_year"]), int(values["last_year"]))
                if values["first_year"]
                else None
            )
            gaps.append(
                ListedGap(values["column"], values["iso3"], years, values["rule"], values["value"])
            )
    raise_all(problems, folder)
    return gaps


def refill(folder: Path) -> dict[str, list[Cells]]:
    """Empty every flagged cell of the tables in `folder` and apply the rules again.

    Returns:
        The rows of `countries.csv` and `history.csv` as they ought to be, by file name.

    Raises:
        SeedError: A table cannot be read.
    """
    problems: Problems = []
    countries, history, pairs = (
        read_table(folder / table.name, table, problems) for table in (COUNTRIES, HISTORY, BORDERS)
    )
    raise_all(problems, folder)
    listed = read_listed_gaps(folder, {row.cells["iso3"] for row in countries})
    borders = [(row.cells["iso3_a"], row.cells["iso3_b"]) for row in pairs]
    return {
        COUNTRIES.name: fill_countries([blank(row) for row in countries], borders, listed),
        HISTORY.name: fill_history([blank(row) for row in history], listed),
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
