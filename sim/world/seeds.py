"""The seeds: the world as it is, read from the tables in `seeds/` and checked strictly."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from sim.arrays import Floats
from sim.world.columns import STATES
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
from sim.world.spells import Spell, read_spells, yearly
from sim.world.tables import Problems, SeedError, Tables, nearest
from sim.world.user_data import NO_TABLES, DataOverrides, read_own

DOCUMENTED = "documented"
"""What names the shipped table of what is known: contracts that sources document one by one."""
DOCUMENTED_TABLE = "documented.csv"


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
        own: What of it is one's own rather than shipped.
        known: What is known to have happened, to which histories are held.
    """

    countries: tuple[CountrySeed, ...]
    first_year: int
    last_year: int
    history: Mapping[str, Floats]
    neighbours: tuple[tuple[int, ...], ...]
    targets: tuple[PublishedFigure, ...]
    spells: tuple[Spell, ...]
    own: DataOverrides = NO_TABLES
    known: tuple[DocumentedDecision, ...] = ()

    @property
    def shipped(self) -> bool:
        """Whether they are the project's own, and histories are free."""
        return not (self.own.name or self.known)

    def described(self) -> dict[str, object]:
        """Return what a manifest says of them, beside the hash of all."""
        return {
            **self.own.described(),
            "states": len(self.countries),
            "known": [fact.described() for fact in self.known],
        }


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
    return _read(folder, folder, problems, STATES)


def _read(
    tables: Tables,
    folder: Path,
    problems: Problems,
    states: Set[str],
    own: DataOverrides = NO_TABLES,
) -> Seeds:
    """Read all tables, and raise all that is wrong with them."""
    countries = read_countries(tables, problems, states if own.name else None)
    history = read_history(tables, problems, states)
    neighbours = read_neighbours(tables, sorted(states), problems, own=bool(own.name))
    targets = read_targets(tables, problems)
    spells = read_spells(tables, problems, states)
    own.point_at_changes(problems)
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
        own=own,
    )


def own_seeds(folder: Path) -> Seeds:
    """Read seeds of one's own: any of the tables, whole, or single cells, over the shipped ones.

    A shipped table gives the rows of one's own states alone.

    Args:
        folder: Where one's own tables lie.

    Raises:
        SeedError: Something is wrong; every error found, with file and line.
    """
    problems = Problems()
    own, tables, states = read_own(folder, find_data_folder("seeds"), problems)
    return _read(tables, folder, problems, states, own)


def seeds_from(
    seeds: Seeds | Path | str | None = None, known: Path | str | None = None
) -> Seeds | None:
    """Return the seeds that are asked for; None: the shipped ones, with nothing known.

    Args:
        seeds: A folder of one's own, or seeds at hand.
        known: A table of what is known, or `documented`.

    Raises:
        SeedError: Something in them is wrong.
    """
    if seeds is None and known is None:
        return None
    chosen = seeds if isinstance(seeds, Seeds) else None
    if chosen is None:
        chosen = shipped_seeds() if seeds is None else own_seeds(Path(str(seeds)))
    if known is None:
        return chosen
    path = find_data_folder("seeds") / DOCUMENTED_TABLE if str(known) == DOCUMENTED else Path(known)
    if not path.exists():
        hint = nearest(str(known), [DOCUMENTED])
        raise SeedError(f"{known}: there is no such file{hint}; allowed: a CSV file, {DOCUMENTED}")
    codes = [country.iso3 for country in chosen.countries]
    years = range(chosen.first_year, chosen.last_year + 1)
    return replace(chosen, known=read_known(path, codes, years, chosen.history["relations"]))


@cache
def shipped_seeds() -> Seeds:
    """The project's own tables, read once a process; nothing in them can be changed."""
    return load_seeds()
