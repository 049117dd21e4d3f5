"""What data frames and files say of their columns: categories, units, provenance."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.model.units import AID, RATED, REGIME
from sim.runs.folder import Folder

# Names of these groups have an order.
ORDERED = (REGIME, RATED, AID)
COUNTED = (
    "agreements", "cities", "contracts", "count", "countries", "courses", "officers", "offers",
    "operators", "outbreaks", "systems",
)  # fmt: skip
UNITS = dict.fromkeys(COUNTED, "count") | {
    "million US$": "megaUSD", "system-years": "count * year", "years of benefit": "year",
    "% of GNI": "percent",
}  # fmt: skip
# Units of pure numbers begin with these.
NUMBERS = ("0 or 1", "class", "index", "ratio", "score", "share", "stage", "vendor")


def outcome_and_year(column: str) -> tuple[str, int]:
    name, _, year = column.rpartition("_")
    if not year.isdecimal():
        raise InputError(f"column {column!r}: allowed: OUTCOME_YEAR, such as working_2040")
    return name, int(year)


def parsable(unit: str) -> str:
    # As pint reads it.
    amount = unit.removesuffix(" a year")
    parsed = UNITS.get(amount, "dimensionless" if amount.startswith(NUMBERS) else amount)
    return parsed if amount == unit else f"{parsed} / year"


def ordered(kind: str, names: Sequence[str]) -> Any:
    return pd.CategoricalDtype(names, ordered=kind in ORDERED)


def categorised(frame: pd.DataFrame, **known: Any) -> pd.DataFrame:
    """Make columns of texts categories: those `known`, or as they first occur."""
    for name in frame:
        if name in known or pd.api.types.is_string_dtype(frame[name]):
            kind = known.get(name, pd.CategoricalDtype(frame[name].unique()))
            frame[name] = frame[name].astype(kind)
    return frame


def written(folders: Sequence[Folder]) -> dict[str, str]:
    """Return the hashes of rules and data of runs, and the writer of the file."""
    # CF conventions are not claimed: they have no unit of money.
    digests = {
        key: ", ".join(dict.fromkeys(str(folder.manifest.get(key, "")) for folder in folders))
        for key in ("rules", "data")
    }
    return {**digests, "created_by": f"entrench {version('entrench')}"}
