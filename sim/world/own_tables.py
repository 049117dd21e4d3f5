"""Warnings about a user's tables: input without effect, and figures in another unit."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from sim.world.columns import COUNTRIES, COVARIATES, HISTORY, HISTORY_COLUMNS
from sim.world.dates import year_of
from sim.world.seeds import Seeds, shipped_seeds

# Percent and shares differ by 100.
FAR = 30.0
"""Ratio of typical figures beyond which units differ."""


def without_effect(seeds: Seeds, covariates: Collection[str], end: int) -> Iterator[str]:
    """Yield a sentence for input of a user that changes no run which ends before a quarter."""
    if late := [fact for fact in seeds.known if fact.quarter >= end]:
        yield (
            f"decisions without effect, as runs end with {year_of(end) - 1}: {len(late)}, such as"
            f" {late[0].iso3} {late[0].what} {late[0].date:g}"
        )
    if idle := [name for name in seeds.covariates if name not in covariates]:
        yield f"no rule reads {', '.join(idle)} of {COVARIATES.name}"
    if seeds.overrides:
        yield from _oddities(seeds, seeds.overrides["tables"])


# Otherwise a table that changes no run would look like a finding of no effect.
def _oddities(seeds: Seeds, own: Collection[str]) -> Iterator[str]:
    shipped = shipped_seeds()
    classes = {country.iso3: country.regime_2024 for country in shipped.countries}
    both = [country for country in seeds.countries if country.iso3 in classes]
    if changed := [c.name for c in both if classes[c.iso3] != c.regime_2024]:
        yield (
            f"{COUNTRIES.name}: regime_2024 differs from the shipped table in {len(changed)}"
            f" countries ({', '.join(changed)}), and no rule reads it: groups and `where` follow"
            f" it, behaviour follows `voice` and `freedom` of {HISTORY.name}"
        )
    # Typical figures are compared for the same countries.
    codes = {country.iso3 for country in both}
    for column in HISTORY_COLUMNS if HISTORY.name in own and codes else ():
        sizes = []
        for tables in (seeds, shipped):
            rows = [country.iso3 in codes for country in tables.countries]
            figures = np.abs(tables.history[column.name][rows])
            sizes.append(float(np.median(figures[figures > 0])) if figures.any() else np.nan)
        if not 1.0 / FAR <= sizes[0] / sizes[1] <= FAR and not np.isnan(sizes).any():
            yield (
                f"{HISTORY.name}: {column.name} is typically {sizes[0]:.3g}, in the shipped table"
                f" {sizes[1]:.3g}; its unit is {column.unit}"
            )
