"""What data frames and files say of their columns: categories, units, provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import metadata
from typing import Any

import pandas as pd

from sim import __version__
from sim.units import AID, RATED, REGIME

ORDERED = (REGIME, RATED, AID)
"""Kinds of groups whose names have an order."""
COUNTED = (
    "agreements", "cities", "contracts", "count", "countries", "courses", "officers", "offers",
    "operators", "outbreaks", "systems",
)  # fmt: skip
NUMBERS = ("index", "ratio", "score", "share", "stage")
"""How units of pure numbers begin."""
MEASURED = {"million US$": "megaUSD", "system-years": "count * year", "years of benefit": "year"}


def parsable(unit: str) -> str:
    """Return the unit of an outcome as pint reads it; one of the user's own as it is written.

    Pint knows US dollars after `registry.define("USD = [currency]")`.
    """
    amount = unit.removesuffix(" a year")
    if amount in COUNTED:
        parsed = "count"
    elif amount.startswith(NUMBERS):
        parsed = "dimensionless"
    else:
        parsed = "percent" if amount.startswith("%") else MEASURED.get(amount, amount)
    return parsed if amount == unit else f"{parsed} / year"


def ordered(kind: str, names: Sequence[str]) -> Any:
    """Return the categories of a kind of groups, with their order where they have one."""
    return pd.CategoricalDtype(names, ordered=kind in ORDERED)


def categorised(frame: pd.DataFrame, **known: Any) -> pd.DataFrame:
    """Make columns of texts categories: these, or as they first occur.

    Args:
        frame: Rows, which are changed.
        **known: Categories of a column.
    """
    for name in frame:
        if name in known or pd.api.types.is_string_dtype(frame[name]):
            kind = known.get(name, pd.CategoricalDtype(frame[name].unique()))
            frame[name] = frame[name].astype(kind)
    return frame


def written(manifests: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the hashes of rules and data of runs, their licence, and the writer of the file.

    CF conventions are not claimed: they have no unit of money.
    """
    digests = {
        key: ", ".join(dict.fromkeys(str(each.get(key, "")) for each in manifests))
        for key in ("rules", "data")
    }
    terms = metadata("entrench").get("License-Expression", "")
    return {
        **digests,
        "license": terms,
        "created_by": f"entrench {__version__}",
        "Conventions": "ACDD-1.3",
    }
