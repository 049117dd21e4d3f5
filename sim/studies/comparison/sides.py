"""The sides of a comparison: what is read of each run of a results folder.

Of the world every quarter is kept, of groups the ends of years: ten thousand runs of a side take
about 150 MB with the usual four outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq

from sim.arrays import Flags, Singles, Whole
from sim.engine.chunk import MOST_YEARS, CountryLabel, quarter_of_year, working_years, year_of
from sim.errors import InputError
from sim.parameters import Outcome
from sim.register import WORLD, choose
from sim.results.folder import COUNTRY_RUNS, RUNS
from sim.results.read import Results
from sim.results.writing.arrow import floats_of
from sim.units import FIRST_YEAR, QUARTERS

KINDS = ("regime", "region")
"""Kinds of groups whose differences are kept beside the world's."""
FIRST_ADOPTED = "first_adopted"


@dataclass(frozen=True)
class Content:
    """What is kept of every run: the same for all sides of a comparison.

    Attributes:
        outcomes: What was observed, by name.
        quarters: Absolute quarters since 2000 Q1 of the world.
        groups: Names of the groups of each kind beside the world.
        states: The states; empty if what happened to each was not kept.
    """

    outcomes: Mapping[str, Outcome]
    quarters: tuple[int, ...]
    groups: Mapping[str, tuple[str, ...]]
    states: tuple[CountryLabel, ...]

    @cached_property
    def group_places(self) -> tuple[int, ...]:
        """Places in `quarters` of those kept of groups: ends of years; else the last."""
        ends = tuple(at for at, q in enumerate(self.quarters) if quarter_of_year(q) == QUARTERS)
        return ends or (len(self.quarters) - 1,)

    @property
    def last_year(self) -> int:
        """The last year whose end is kept, or that in which the runs end."""
        return year_of(self.quarters[self.group_places[-1]])

    def groups_of(self, name: str) -> tuple[tuple[str, str], ...]:
        """Kind and name of the groups, beside the world, for which there is an outcome."""
        if self.outcomes[name].of != "country":
            return ()
        return tuple((kind, group) for kind, names in self.groups.items() for group in names)


@dataclass(frozen=True)
class Side:
    """The runs of one of the scenarios that are compared.

    Attributes:
        label: What it is called in tables and figures.
        content: What was kept.
        runs: The numbers of the runs, ascending; failed ones are absent.
        sets: The parameter set of each: errors are clustered by it.
        world: Each outcome of the world: (runs, quarters); in single precision, as in the folder.
        grouped: Each outcome that has groups: (runs, ends of years, groups).
        adopted: Start of the quarter of the first adoption, inf for never: (runs, states).
        working: Whether the state's system worked at the end of year 2000 + k: (runs, states, k).
    """

    label: str
    content: Content
    runs: Whole
    sets: Whole
    world: Mapping[str, Singles]
    grouped: Mapping[str, Singles]
    adopted: Singles
    working: Flags


def content_of_folder(results: Results, outcomes: Sequence[str]) -> Content:
    """What a finished results folder holds.

    Raises:
        InputError: The folder does not hold an outcome.
    """
    known = choose(results.outcomes, outcomes)
    groups = {kind: tuple(results.groups[kind]) for kind in KINDS if kind in results.groups}
    states: tuple[CountryLabel, ...] = ()
    if results.has_countries:
        kept = pq.read_schema(results.folder / COUNTRY_RUNS).names
        if FIRST_ADOPTED in kept and working_years(kept):
            states = read_states(results)
    in_order = {name: known[name] for name in outcomes}
    return Content(in_order, results.quarters, groups, states)


def shared_content(contents: Mapping[str, Content]) -> Content:
    """What several sides have in common.

    Where one keeps fewer quarters, such as the ends of years alone, those are compared; kinds of
    groups and states that one does not keep are left out.

    Args:
        contents: Of each side, by its label; all with the same outcomes.

    Raises:
        InputError: Neither of two sides' quarters are among the other's, or the states of the
            world are different ones.
    """
    fewest = min(contents, key=lambda label: len(contents[label].quarters))
    quarters = contents[fewest].quarters
    faults = [
        f"{fewest} keeps {_span(quarters)}, {label} keeps {_span(content.quarters)}:"
        " one must hold all quarters of the other"
        for label, content in contents.items()
        if not set(quarters) <= set(content.quarters)
    ]
    kinds = [kind for kind in KINDS if all(kind in content.groups for content in contents.values())]
    states = all(content.states for content in contents.values())
    for (one, first), (other, content) in pairwise(contents.items()):
        if states and first.states != content.states:
            faults.append(f"{other} has other states than {one}: seed tables differ")
        elif any(first.groups[kind] != content.groups[kind] for kind in kinds):
            faults.append(f"{other} has other groups of states than {one}: seed tables differ")
    if faults:
        raise InputError(faults)
    content = contents[fewest]
    return replace(
        content,
        groups={kind: content.groups[kind] for kind in kinds},
        states=content.states if states else (),
    )


def _span(quarters: Sequence[int]) -> str:
    """Quarters as text, such as ``41 quarters from 2000 Q4 to 2040 Q4``."""
    ends = (f"{year_of(q)} Q{quarter_of_year(q)}" for q in (quarters[0], quarters[-1]))
    return f"{len(quarters)} quarters from {' to '.join(ends)}"


def read_side(label: str, results: Results, content: Content) -> Side:
    """Read the runs of a finished results folder.

    Args:
        label: What it is called.
        results: The folder.
        content: What to read, all of it among :func:`content_of_folder`.
    """
    at_quarters = [results.quarters.index(quarter) for quarter in content.quarters]
    at_ends = [at_quarters[place] for place in content.group_places]
    names, runs = list(content.outcomes), results.run_numbers
    with_groups = [name for name in names if content.groups_of(name)]
    world = _read(results, WORLD, names, at_quarters)
    kinds = [_read(results, kind, with_groups, at_ends) for kind in content.groups]
    adopted = np.empty((len(runs), 0), np.float32)
    working = np.empty((len(runs), 0, MOST_YEARS), np.bool_)
    if content.states:
        adopted, working = read_histories(results, len(content.states))
    return Side(
        label,
        content,
        runs,
        results.parameter_sets,
        world={name: values[:, :, 0] for name, values in world.items()},
        grouped={name: np.concatenate([k[name] for k in kinds], axis=-1) for name in with_groups},
        adopted=adopted,
        working=working,
    )


def read_states(results: Results) -> tuple[CountryLabel, ...]:
    """Read the states of a folder, in the order in which they stand below each other."""
    table = results.countries().drop_duplicates("iso3")[list(CountryLabel._fields)]
    return tuple(CountryLabel(*map(str, row)) for row in table.itertuples(index=False))


def read_histories(results: Results, states: int) -> tuple[Singles, Flags]:
    """Read when states first adopted, and whether their systems worked at the ends of years.

    Args:
        results: A finished folder that kept what happened to each state.
        states: How many states stand below each other for each run.

    Returns:
        Start of the quarter of the first adoption, inf for never: (runs, states); whether the
        system worked at the end of year 2000 + k: (runs, states, k).
    """
    path = results.folder / COUNTRY_RUNS
    years = working_years(pq.read_schema(path).names)
    columns = [FIRST_ADOPTED, *years.values()]
    table = pq.read_table(path, columns=columns, page_checksum_verification=True)
    dates = table.column(FIRST_ADOPTED).to_numpy().reshape(-1, states)
    works = np.zeros((table.num_rows, MOST_YEARS), np.bool_)
    for year, name in years.items():
        works[:, year - FIRST_YEAR] = table.column(name).to_numpy()
    adopted = np.where(np.isnan(dates), np.float32(np.inf), dates)
    return adopted, works.reshape(-1, states, MOST_YEARS)


def _read(
    results: Results, kind: str, names: Sequence[str], places: Sequence[int]
) -> dict[str, Singles]:
    """Read outcomes of a kind's groups at some quarters: (runs, quarters, groups)."""
    shape = (-1, len(results.quarters), len(results.groups[kind]))
    blocks: dict[str, list[Singles]] = {name: [] for name in names}
    with pq.ParquetFile(results.folder / RUNS, page_checksum_verification=True) as file:
        # One row group for each kind in turn, its rows ordered by run, quarter and group.
        first, step = list(results.groups).index(kind), len(results.groups)
        for at in range(first, file.num_row_groups, step):
            table = file.read_row_group(at, columns=list(names))
            for name in names:
                blocks[name].append(floats_of(table.column(name)).reshape(shape)[:, places])
    return {name: np.concatenate(parts) for name, parts in blocks.items()}
