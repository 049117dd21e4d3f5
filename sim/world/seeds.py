"""The seeds: the world as it is, read from the tables in `seeds/` and checked strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from sim.arrays import Floats
from sim.register import nearest
from sim.units import AID_CLASSES, AID_HIGH, AID_MIDDLE
from sim.world.columns import BORDERS, COUNTRIES, COVARIATES, HISTORY, SPELLS
from sim.world.countries import (
    CountrySeed,
    PublishedFigure,
    read_countries,
    read_neighbours,
    read_targets,
)
from sim.world.documented import DocumentedDecision, read_known
from sim.world.history import read_history
from sim.world.locate import find_data_folder
from sim.world.regime import democracy_score
from sim.world.spells import read_spells, yearly
from sim.world.tables import Problems, SeedError, raise_all, read_table
from sim.world.user_data import TABLES, override, read_covariates

DOCUMENTED = "documented"
"""What names the shipped table of what is known: contracts that sources document one by one."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """All that the tables say.

    Attributes:
        countries: The 195 countries in ISO order; a country's row is its place here.
        first_year: First observed year.
        last_year: Last observed year.
        history: Observed figures by column, each of shape (195, years), read-only: voice
            (WGI score), freedom (2 best to 14 worst), oda_gni (% of GNI), gdp_pc (constant 2015
            US$), population_k (thousands), urban_share (%), conflict (0, 1, 2), protests (episodes,
            a mean before 2017), chinese_finance (million US$ of 2021); derived from the first two:
            democracy (0 least to 10 most); from the spells: sanctions (0 to 3), and 0 or 1 each
            relations (with Beijing), defence_pact, five_eyes, eea, rivalry, home_vendor, ban;
            arms_embargo and trade_embargo (share of the US and the EU that forbid it).
        neighbours: For each country the rows of its neighbours by land.
        targets: Published figures to compare the model with.
        overrides: What a manifest says of a user's tables; None: all are shipped.
        covariates: A user's own figures by column, each of shape (195, years from 2000 on); NaN
            where a country has none.
        known: What is known to have happened, to which histories are held.
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
        """Each country's class of dependence on Western aid, in the last observed year."""
        aid = self.history["oda_gni"][:, -1]
        levels = (aid > 0.0) * 1 + (aid >= AID_MIDDLE) + (aid >= AID_HIGH)
        return [AID_CLASSES[level] for level in levels]

    @property
    def shipped(self) -> bool:
        """Whether they are the project's own, and histories are free."""
        return not (self.overrides or self.known)

    def described(self) -> dict[str, object]:
        """Return what a manifest says of them, beside the hash of all."""
        return {
            **(self.overrides or {}),
            "states": len(self.countries),
            "known": [fact.described() for fact in self.known],
        }


def load_seeds(folder: Path | None = None) -> Seeds:
    """Read and check all seed tables.

    Args:
        folder: A user's tables, in the place of shipped ones; None: these alone.

    Raises:
        SeedError: Something is wrong; every error, with file and line.
        InputError: The project's own tables cannot be found.
    """
    shipped = find_data_folder("seeds")
    problems: Problems = []
    rows = {name: read_table(shipped / name, table, problems) for name, table in TABLES.items()}
    overrides = override(rows, folder, problems) if folder else None
    codes = sorted({row.cells["iso3"] for row in rows[COUNTRIES.name]})
    countries = read_countries(rows[COUNTRIES.name], codes, problems)
    years, series = read_history(rows[HISTORY.name], codes, problems)
    neighbours = read_neighbours(rows[BORDERS.name], codes, problems)
    spells = read_spells(rows[SPELLS.name], codes)
    covariates = read_covariates(rows.get(COVARIATES, []), codes, problems)
    raise_all(problems, folder or shipped)
    democracy = democracy_score(series["voice"], series["freedom"])
    democracy.setflags(write=False)
    return Seeds(
        countries=countries,
        first_year=years[0],
        last_year=years[-1],
        history={**series, "democracy": democracy, **yearly(spells, codes, years)},
        neighbours=neighbours,
        targets=read_targets(shipped / "targets.csv"),
        overrides=overrides,
        covariates=covariates,
    )


def seeds_from(
    seeds: Seeds | Path | str | None = None, known: Path | str | None = None
) -> Seeds | None:
    """Return the seeds that are asked for; None: the shipped ones, with nothing known.

    Args:
        seeds: A folder of a user's, or seeds at hand.
        known: A table of what is known, or `documented`.

    Raises:
        SeedError: Something in them is wrong.
    """
    if seeds is None and known is None:
        return None
    if not isinstance(seeds, Seeds):
        seeds = load_seeds(Path(seeds)) if seeds else shipped_seeds()
    if known is None:
        return seeds
    path = Path(known)
    if str(known) == DOCUMENTED:
        path = find_data_folder("seeds") / f"{DOCUMENTED}.csv"
    if not path.exists():
        hint = nearest(str(known), [DOCUMENTED], "")
        raise SeedError(f"{known}: there is no such file{hint}; allowed: a CSV file, {DOCUMENTED}")
    codes = [country.iso3 for country in seeds.countries]
    return replace(seeds, known=read_known(path, codes))


@cache
def documented_decisions() -> tuple[DocumentedDecision, ...]:
    """Return the shipped table of documented decisions, read once a process."""
    seeds = seeds_from(None, DOCUMENTED)
    return seeds.known if seeds else ()


@cache
def shipped_seeds() -> Seeds:
    """The project's own tables, read once a process; nothing in them can be changed."""
    return load_seeds()
