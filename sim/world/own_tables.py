"""Warnings about a user's tables: input without effect."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sim.world.columns import COUNTRIES, COVARIATES, HISTORY
from sim.world.dates import year_of
from sim.world.seeds import Seeds, shipped_seeds


def without_effect(seeds: Seeds, covariates: Collection[str], end: int) -> Iterator[str]:
    """Yield a sentence for input of a user that changes no run which ends before a quarter."""
    if late := [fact for fact in seeds.known if fact.quarter >= end]:
        yield (
            f"decisions without effect, as runs end with {year_of(end) - 1}: {len(late)}, such as"
            f" {late[0].iso3} {late[0].what} {late[0].date:g}"
        )
    if idle := [name for name in seeds.covariates if name not in covariates]:
        yield f"no rule reads {', '.join(idle)} of {COVARIATES.name}"
    # Otherwise a table that changes no run would look like a finding of no effect.
    usual = {country.iso3: country.regime_2024 for country in shipped_seeds().countries}
    own = [c for c in seeds.countries if usual.get(c.iso3, c.regime_2024) != c.regime_2024]
    if own:
        yield (
            f"{COUNTRIES.name}: regime_2024 differs from the shipped table in {len(own)}"
            f" countries ({', '.join(country.name for country in own)}), and no rule reads it:"
            " groups and `where` follow it, behaviour follows `voice` and `freedom` of"
            f" {HISTORY.name}"
        )
