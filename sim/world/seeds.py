"""The seeds: the world as it is, read from the tables in `seeds/` and checked strictly."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.world.columns import REGIMES, REGIONS, STATES
from sim.world.countries import (
    CountrySeed,
    Target,
    read_countries,
    read_neighbours,
    read_targets,
)
from sim.world.history import read_history
from sim.world.locate import find_data_folder
from sim.world.regime import democracy_score
from sim.world.spells import Spell, read_spells, yearly
from sim.world.tables import Problems, SeedError

__all__ = [
    "REGIMES",
    "REGIONS",
    "CountrySeed",
    "SeedError",
    "Seeds",
    "Target",
    "load_seeds",
    "shipped_seeds",
]


@dataclass(frozen=True, slots=True)
class Seeds:
    """All that the tables say.

    Attributes:
        countries: The 195 states in ISO order; a state's row is its place here.
        first_year: First observed year.
        last_year: Last observed year.
        history: Observed figures by column, each of shape (195, years), read-only: voice
            (WGI score), freedom (2 best to 14 worst), oda_gni (% of GNI), gdp_pc (constant 2015
            US$), population_k (thousands), urban_share (%), conflict (0, 1, 2), protests (episodes,
            a mean before 2017), chinese_finance (million US$ of 2021); derived from the first two:
            democracy (0 least to 10 most); from the spells: sanctions (0 to 3), and 0 or 1 each
            relations (with Beijing), defence_pact, five_eyes, eu, rivalry, home_vendor, ban;
            arms_embargo and trade_embargo (share of the US and the EU that forbid it).
        neighbours: For each state the rows of its neighbours by land.
        targets: Published figures to compare the model with.
        spells: What held of a state from one year to another.
    """

    countries: tuple[CountrySeed, ...]
    first_year: int
    last_year: int
    history: Mapping[str, NDArray[np.float64]]
    neighbours: tuple[tuple[int, ...], ...]
    targets: tuple[Target, ...]
    spells: tuple[Spell, ...]


def load_seeds(folder: Path | None = None) -> Seeds:
    """Read and check all seed tables.

    Args:
        folder: Where the tables lie; the project's own if None.

    Raises:
        SeedError: Something is wrong; every error found, with file and line.
        InputError: The project's own tables cannot be found.
    """
    folder = find_data_folder("seeds") if folder is None else folder
    if not folder.is_dir():
        raise SeedError(f"{folder} is no folder; allowed: a folder with the seed tables")
    problems = Problems()
    countries = read_countries(folder, problems)
    history = read_history(folder, problems)
    neighbours = read_neighbours(folder, sorted(STATES), problems)
    targets = read_targets(folder, problems)
    spells = read_spells(folder, problems)
    problems.raise_if_any(folder)
    # Without a problem there is a history: its reader notes why when it returns none.
    assert history is not None
    democracy = democracy_score(history.series["voice"], history.series["freedom"])
    democracy.setflags(write=False)
    codes = [country.iso3 for country in countries]
    held = yearly(spells, codes, range(history.first_year, history.last_year + 1))
    return Seeds(
        countries=countries,
        first_year=history.first_year,
        last_year=history.last_year,
        history={**history.series, "democracy": democracy, **held},
        neighbours=neighbours,
        targets=targets,
        spells=spells,
    )


@cache
def shipped_seeds() -> Seeds:
    """The project's own tables, read once a process; nothing in them can be changed."""
    return load_seeds()
