"""Seeds of a user's: tables in the place of the shipped ones.

What they say is read as rows of text; what reads the shipped tables then reads them, so that they
meet the same checks and messages.
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.arrays import Floats
from sim.parameters import COVARIATE_YEARS
from sim.register import nearest
from sim.units import FIRST_YEAR
from sim.world.columns import (
    BORDERS,
    COUNTRIES,
    COVARIATES,
    HISTORY,
    SPELLS,
    covariates_table,
)
from sim.world.tables import (
    HEADER_LINE,
    Problems,
    Row,
    SeedError,
    header_of,
    raise_all,
    read_table,
    values_of,
)

TABLES = {table.name: table for table in (COUNTRIES, HISTORY, BORDERS, SPELLS)}
"""Tables that may be a user's. Published figures are the project's: models are judged by them."""
ALLOWED = (*TABLES, COVARIATES)

type Rows = dict[str, list[Row]]
"""Rows by the name of their table."""


def override(rows: Rows, folder: Path, problems: Problems) -> dict[str, Any]:
    """Put a user's tables in the place of the shipped ones.

    A shipped table gives the rows of the user's countries alone.

    Args:
        rows: Rows of the shipped tables, which are changed.
        folder: Where the user's tables lie.
        problems: Where errors are noted.

    Returns:
        What a manifest says of them: name of the folder; its tables; hash of all tables as they
        were read.

    Raises:
        SeedError: There is no such folder, or a table that tells the countries is wrong.
    """
    if not folder.is_dir():
        raise SeedError(
            f"{folder} is not a folder; allowed: a folder with your input tables (to start from:"
            f" entrench new --data {folder})"
        )
    present = sorted(path.name for path in folder.glob("*.csv"))
    if not present:
        raise SeedError(f"{folder} contains no input tables; allowed: {', '.join(ALLOWED)}")
    for name in present:
        if name not in ALLOWED:
            text = f"is not a table that you can replace; allowed: {', '.join(ALLOWED)}"
            problems.append((name, HEADER_LINE, f"{text}{nearest(name, ALLOWED, '')}"))
        elif name in TABLES:
            rows[name] = read_table(folder / name, TABLES[name], problems)
    if COUNTRIES.name in present:
        if not rows[COUNTRIES.name]:
            raise_all(problems, folder)
        states = {row.cells["iso3"] for row in rows[COUNTRIES.name]}
        for name in TABLES.keys() - {*present}:
            rows[name] = [row for row in rows[name] if _states(row) <= states]
    if COVARIATES in present:
        table = covariates_table(header_of(folder / COVARIATES))
        rows[COVARIATES] = read_table(folder / COVARIATES, table, problems)
    cells = [[*row.cells.items()] for table_rows in rows.values() for row in table_rows]
    return {
        "name": folder.resolve().name,
        "tables": [name for name in ALLOWED if name in present],
        "sha256": hashlib.sha256(json.dumps(cells).encode()).hexdigest(),
    }


def _states(row: Row) -> set[str]:
    return {row.cells[column.name] for column in row.table.columns if column.kind == "state"}


def read_covariates(
    rows: Sequence[Row], codes: Sequence[str], problems: Problems
) -> dict[str, Floats]:
    """Read a user's own figures; errors are noted.

    A year that is left out has the figure of the year before, and one before the first that of the
    first. A row without a year is for all years.

    Args:
        rows: Rows of `covariates.csv`.
        codes: State codes, in order.
        problems: Where errors are noted.

    Returns:
        The figures by column, each of shape (countries, years from 2000 on); NaN where a country
        has none.
    """
    shape = len(codes), COVARIATE_YEARS
    names = [c.name for row in rows[:1] for c in row.table.columns if c.kind == "number"]
    series = {name: np.full(shape, np.nan) for name in names}
    last = FIRST_YEAR + COVARIATE_YEARS - 1
    for row, values in values_of(rows, codes):
        iso3, year = values["iso3"], values["year"]
        if row.right and year is not None and not FIRST_YEAR <= year <= last:
            row.wrong(f"year is {year:.0f}; allowed: {FIRST_YEAR} to {last}, or nothing")
        if not row.right:
            continue
        at = slice(None) if year is None else int(year) - FIRST_YEAR
        for name in names:
            if values[name] is not None:
                series[name][codes.index(iso3), at] = values[name]
    return {
        name: pd.DataFrame(v).ffill(axis=1).bfill(axis=1).to_numpy() for name, v in series.items()
    }


def export(shipped: Path, folder: Path) -> list[Path]:
    """Write the shipped tables that may be a user's, and where they come from.

    Args:
        shipped: Where the project's lie.
        folder: Where to; new or empty.

    Raises:
        SeedError: Something is there.
        OSError: It cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SeedError(f"{folder} is not empty; allowed: a new or empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    return [
        Path(shutil.copyfile(shipped / name, folder / name)) for name in (*TABLES, "SOURCES.md")
    ]
