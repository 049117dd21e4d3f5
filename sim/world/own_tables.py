"""Warnings about a user's tables: columns that no rule reads, and figures in another unit."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from sim.world.columns import COUNTRIES, COVARIATES, HISTORY, HISTORY_COLUMNS, UNREAD
from sim.world.dates import year_of
from sim.world.seeds import Seeds, shipped_seeds

# Percent and shares differ by 100.
FAR = 30.0
MOST_NAMED = 8
"""Ratio of typical figures beyond which units differ."""


def without_effect(seeds: Seeds, covariates: Collection[str], end: int) -> Iterator[str]:
    """Yield a sentence for input of a user that changes no run which ends before a quarter."""
    late = [f"{fact.iso3} {fact.what} {fact.date:g}" for fact in seeds.known if fact.quarter >= end]
    if late:
        more = f" and {len(late) - MOST_NAMED} more" if len(late) > MOST_NAMED else ""
        named = f"{', '.join(late[:MOST_NAMED])}{more}"
        yield f"decisions without effect, as runs end with {year_of(end) - 1}: {named}"
    if idle := [name for name in seeds.covariates if name not in covariates]:
        yield f"no rule reads {', '.join(idle)} of {COVARIATES.name}"
    yield from find_oddities(seeds)


def unread(seeds: Seeds, covariates: Collection[str]) -> list[str]:
    own = (seeds.overrides or {}).get("tables", ())
    columns = {table.name: [c.name for c in table.columns] for table in (COUNTRIES, HISTORY)}
    idle = {name: [c for c in columns[name] if c in UNREAD] for name in own if name in columns}
    idle[COVARIATES.name] = [name for name in seeds.covariates if name not in covariates]
    return [
        f"no rule reads {', '.join(names)} of {table}" for table, names in idle.items() if names
    ]


# Otherwise a table that changes no run would look like a finding of no effect.
def find_oddities(seeds: Seeds) -> Iterator[str]:
    own, shipped = (seeds.overrides or {}).get("tables", ()), shipped_seeds()
    classes = {country.iso3: country.regime_2024 for country in shipped.countries}
    changed = [
        c.name for c in seeds.countries if classes.get(c.iso3, c.regime_2024) != c.regime_2024
    ]
    if changed:
        yield (
            f"{COUNTRIES.name}: regime_2024 differs from the shipped table in {len(changed)}"
            f" countries ({', '.join(changed)}), and no rule reads it: {UNREAD['regime_2024']}"
            f" of {HISTORY.name}"
        )
    codes, known = ([c.iso3 for c in tables.countries] for tables in (seeds, shipped))
    # Typical figures are compared for the same countries.
    both = [code for code in codes if code in known]
    places = [[names.index(code) for code in both] for names in (codes, known)] if both else None
    for column in HISTORY_COLUMNS if HISTORY.name in own else ():
        sizes = []
        for at, tables in enumerate((seeds, shipped)):
            figures = np.abs(tables.history[column.name])
            figures = figures[places[at]] if places else figures
            sizes.append(float(np.median(figures[figures > 0])) if figures.any() else np.nan)
        if (ratio := sizes[0] / sizes[1]) > FAR or ratio < 1.0 / FAR:
            times = f"{ratio:.3g} times" if ratio > 1.0 else f"1/{1.0 / ratio:.3g} of"
            yield (
                f"{HISTORY.name}: {column.name} is typically {times} the shipped table's"
                f" {sizes[1]:.3g}; its unit is {column.unit}"
            )
