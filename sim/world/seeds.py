"""The seeds: all input tables, read strictly."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import nearest, printable
from sim.model.parameters import COVARIATE_YEARS
from sim.model.units import AID_CLASSES, AID_HIGH, AID_MIDDLE, FIRST_YEAR
from sim.world import find_data_folder
from sim.world.arrays import Floats
from sim.world.columns import BORDERS, COUNTRIES, COVARIATES, HISTORY, SPELLS
from sim.world.countries import CountrySeed, read_countries, read_neighbours
from sim.world.documented import DocumentedDecision, PublishedFigure, read_known, read_targets
from sim.world.fates import FateRecord, contracts_of, read_record, shipped_record
from sim.world.history import democracy_score, read_history, read_spells, yearly
from sim.world.tables import HEADER_LINE, Problems, Row, SeedError, raise_all, read_table, values_of

SHIPPED = (COUNTRIES, HISTORY, BORDERS, SPELLS)
# Targets are not among them: they judge all models.
ALLOWED = {table.name: table for table in (*SHIPPED, COVARIATES)}
"""Tables that a user may give."""
DOCUMENTED = "documented"
"""Name of the shipped contracts that are marked as imposed."""

type Rows = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Seeds:
    """All input data.

    Attributes:
        countries: The 195 countries in ISO order; a country's row is its place here.
        history: Observed figures by column, each of shape (195, years), read-only. Units of those
            from `history.csv` are in `sim/world/columns.py`. Derived: democracy (0 least to 10
            most), sanctions (0 to 3), arms_embargo and trade_embargo (share of the US and the EU),
            and the spells of `sim.world.history.COUNTED` (0 or 1).
        neighbours: Rows of each country's neighbours by land.
        overrides: Description of a user's tables for manifests; None: all are shipped.
        covariates: A user's data by column, each of shape (195, years from 2000 on); NaN: none.
        known: Documented decisions imposed on runs.
    """

    countries: tuple[CountrySeed, ...]
    first_year: int
    last_year: int
    history: Mapping[str, Floats]
    neighbours: tuple[tuple[int, ...], ...]
    targets: tuple[PublishedFigure, ...]
    overrides: Mapping[str, Any] | None = None
    covariates: Mapping[str, Floats] = field(default_factory=dict)
    known: tuple[DocumentedDecision, ...] = ()

    @property
    def aid_classes(self) -> list[str]:
        aid = self.history["oda_gni"][:, -1]
        levels = (aid > 0.0) * 1 + (aid >= AID_MIDDLE) + (aid >= AID_HIGH)
        return [AID_CLASSES[level] for level in levels]

    @property
    def shipped(self) -> bool:
        return not (self.overrides or self.known)

    def described(self) -> dict[str, object]:
        known = [fact.described() for fact in self.known]
        return {**(self.overrides or {}), "states": len(self.countries), "known": known}


def load_seeds(folder: Path | None = None) -> Seeds:
    """Read and check all seed tables; those of a user's folder replace shipped ones."""
    shipped = find_data_folder("seeds")
    problems: Problems = []
    rows = {table.name: read_table(shipped / table.name, table, problems) for table in SHIPPED}
    overrides = override(rows, folder, problems) if folder else None
    codes = sorted({row.cells["iso3"] for row in rows[COUNTRIES.name]})
    countries = read_countries(rows[COUNTRIES.name], codes, problems)
    years, series = read_history(rows[HISTORY.name], codes, problems)
    neighbours = read_neighbours(rows[BORDERS.name], codes, problems)
    spells = read_spells(rows[SPELLS.name], codes)
    covariates = read_covariates(rows.get(COVARIATES.name, []), codes)
    raise_all(problems, folder or shipped)
    series["democracy"] = democracy_score(series["voice"], series["freedom"])
    series |= yearly(spells, codes, years)
    for figures in series.values():
        figures.setflags(write=False)
    return Seeds(
        countries=countries,
        first_year=years[0],
        last_year=years[-1],
        history=series,
        neighbours=neighbours,
        targets=read_targets(shipped / "targets.csv"),
        overrides=overrides,
        covariates=covariates,
    )


def seeds_from(
    seeds: Seeds | Path | str | None = None, known: Path | str | None = None
) -> Seeds | None:
    """Return the seeds for two options; None: the shipped ones, with no decision imposed.

    `known` is a folder with a record of fates or trainings, a table of decisions, or `documented`.
    """
    if seeds is None and known is None:
        return None
    if not isinstance(seeds, Seeds):
        seeds = load_seeds(Path(seeds)) if seeds else shipped_seeds()
    if known is None:
        return seeds
    codes = [country.iso3 for country in seeds.countries]
    if str(known) == DOCUMENTED:
        decisions = contracts_of(shipped_record())
    elif own := own_record(known, codes):
        # Trainings are shown, not imposed.
        if not (decisions := contracts_of(own)) and (len(own.systems) or not len(own.trainings)):
            raise SeedError(f"{known}: no Chinese system of cameras there has a date of contract")
    elif os.path.exists(known):
        names = {country.iso3: country.name for country in seeds.countries}
        decisions = read_known(Path(known), names)
    else:
        hint = nearest(str(known), [DOCUMENTED], "")
        allowed = f"a folder with a record, a CSV file, {DOCUMENTED}"
        raise SeedError(f"{known}: there is no such file{hint}; allowed: {allowed}")
    return replace(seeds, known=decisions)


def imposing(described: Sequence[Mapping[str, Any]], seeds: Seeds | Path | str | None) -> Seeds:
    """Return seeds with the imposed decisions of a manifest."""
    known = tuple(DocumentedDecision(**each) for each in described)
    return replace(seeds_from(seeds) or shipped_seeds(), known=known)


def own_record(known: Path | str | None, codes: Sequence[str] = ()) -> FateRecord | None:
    """Return the systems in a user's folder with all their events; None without a folder."""
    if known is None or not os.path.isdir(known):
        return None
    own = read_record(Path(known), codes, shipped_record())
    both = shipped_record().with_own(own).of({*own.systems["id"], *own.events["id"]})
    return replace(both, trainings=own.trainings)


@cache
def documented_decisions() -> tuple[DocumentedDecision, ...]:
    return contracts_of(shipped_record())


@cache
def shipped_seeds() -> Seeds:
    return load_seeds()


def override(rows: Rows, folder: Path, problems: Problems) -> dict[str, Any]:
    """Replace shipped tables, in `rows`, by those of a user's folder.

    Returns the description for manifests: the folder's name, its tables, and a hash of all tables.
    """
    present = sorted(path.name for path in folder.glob("*.csv"))
    if not present:
        text = f"{folder} contains no input tables; allowed: {', '.join(ALLOWED)}"
        raise SeedError(f"{text} (to start from: entrench new --data {folder})")
    for name in present:
        if name in ALLOWED:
            # As rows of text, so that both meet the same checks and messages.
            rows[name] = read_table(folder / name, ALLOWED[name], problems)
        else:
            text = f"is not a table that you can replace; allowed: {', '.join(ALLOWED)}"
            problems.append((name, HEADER_LINE, f"{text}{nearest(name, ALLOWED, '')}"))
    if COUNTRIES.name in present:
        if not rows[COUNTRIES.name]:
            raise_all(problems, folder)
        # Shipped tables then contain only the user's countries.
        states = {row.cells["iso3"] for row in rows[COUNTRIES.name]}
        for name in rows.keys() - {*present}:
            rows[name] = [row for row in rows[name] if _states(row) <= states]
    # The hash covers all tables as read, so shipped data that change also change the identity.
    cells = [[*row.cells.items()] for table_rows in rows.values() for row in table_rows]
    return {
        "name": printable(folder.resolve().name),
        "tables": [name for name in ALLOWED if name in present],
        "sha256": hashlib.sha256(json.dumps(cells).encode()).hexdigest(),
    }


def _states(row: Row) -> set[str]:
    return {row.cells[column.name] for column in row.table.columns if column.kind == "state"}


def read_covariates(rows: Sequence[Row], codes: Sequence[str]) -> dict[str, Floats]:
    """Return a user's data by column, each of shape (countries, years from 2000 on).

    A row without a year applies to all years. NaN where a country has no figure.
    """
    shape = len(codes), COVARIATE_YEARS
    names = [name for row in rows[:1] for name in row.cells if name not in COVARIATES.key]
    series = {name: np.full(shape, np.nan) for name in names}
    # Figures of a year count before those of all years, in any order of rows.
    for row, values in sorted(values_of(rows, codes), key=lambda of: of[1]["year"] is not None):
        at = slice(None) if values["year"] is None else int(values["year"]) - FIRST_YEAR
        for name in names if row.right else ():
            if values[name] is not None:
                series[name][codes.index(values["iso3"]), at] = values[name]
    # Gaps are filled forward, then back from the first year.
    return {
        name: pd.DataFrame(v).ffill(axis=1).bfill(axis=1).to_numpy() for name, v in series.items()
    }


def export(shipped: Path, folder: Path) -> list[Path]:
    """Write the shipped tables that a user may replace, and their sources, to an empty folder."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SeedError(f"{folder} is not empty; allowed: a new or empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    names = [*(table.name for table in SHIPPED), "SOURCES.md"]
    return [Path(shutil.copyfile(shipped / name, folder / name)) for name in names]
