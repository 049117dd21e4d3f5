"""What a page shows of one scenario: its runs, from memory or from a results folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.arrays import Flags, Floats, Singles
from sim.batch.ensemble import Request
from sim.engine import Ensemble, Keeping, chunks_of, prepare, run_chunks
from sim.engine.chunk import Chunk, Group, Layout, end_of, working_key, year_of
from sim.engine.outcomes import derive, groups_of
from sim.errors import InputError
from sim.parameters import Outcome
from sim.results.read import Results, open_results
from sim.results.targets import (
    COUNTERPARTS,
    TargetRow,
    compare_targets,
    counterparts_of_chunk,
    target_row,
)
from sim.scenario import Scenario
from sim.studies.groups import groups_by_kind
from sim.world.seeds import Seeds, shipped_seeds

SHOWN_KINDS = ("regime", "region")
"""Kinds of groups that a page shows beside the world and the vendors."""
KINDS = ("world", *SHOWN_KINDS, "vendor")
STATE = "state"
"""Kind of a group that is one state."""


@dataclass(frozen=True)
class Batch:
    """The runs of one scenario at the ends of years.

    Attributes:
        name: The scenario's name.
        manifest: What identifies the runs.
        outcomes: What was kept, by name.
        groups: Names of the groups of each kind that is shown.
        years: Years at whose ends values are.
        values: An outcome's values of a kind of groups: (runs, years, groups), as in
            `runs.parquet`.
        kept: What became of states, by field: (runs, states).
        evidence: Published figures beside what the runs recorded.
        by_state: Outcomes' means over runs: (states, years), where they were asked for.
    """

    name: str
    manifest: dict[str, Any]
    outcomes: dict[str, Outcome]
    groups: dict[str, list[str]]
    years: tuple[int, ...]
    values: dict[tuple[str, str], Singles]
    kept: dict[str, Floats]
    evidence: list[TargetRow]
    by_state: dict[str, Floats] = field(default_factory=dict)

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(next(iter(self.values.values())))


def page_ensemble(scenario: Scenario, seed: int) -> Ensemble:
    """Return an ensemble that keeps what a page shows."""
    return Keeping(SHOWN_KINDS, yearly=True).of(prepare(scenario, seed))


def state_ensemble(ensemble: Ensemble) -> Ensemble:
    """Return an ensemble of the same runs in which every state is a group of its own."""
    layout = ensemble.layout
    states = len(layout.countries)
    groups = (layout.groups[0], *(Group(STATE, c.iso3, 1) for c in layout.countries))
    spare = len(groups)
    own = np.arange(states)
    places = np.full((states, ensemble.cells.groups.shape[1]), spare)
    places[:, 0], places[:, 1] = 0, own + 1
    cells = replace(ensemble.cells, of_country=own, groups=places)
    return replace(ensemble, layout=replace(layout, groups=groups), cells=cells)


def run_batch(request: Request, states: Sequence[str] = ()) -> Batch:
    """Run a scenario in memory, on all cores.

    Args:
        request: Scenario, histories, seed and parameter sets.
        states: Outcomes to keep of every state too; the histories are run once more for them.
    """
    ensemble = Keeping(yearly=True).of(prepare(request.scenario, request.seed))
    whole = Chunk.joined(sorted(_chunks(ensemble, request), key=lambda chunk: chunk.first))
    layout, outcomes = ensemble.layout, ensemble.rules.register
    groups = groups_by_kind(layout)
    by_state = {}
    if states:
        own = state_ensemble(ensemble)
        sums: dict[str, list[tuple[int, Any]]] = {name: [] for name in states}
        for chunk in _chunks(own, request):
            for name in states:
                values = derive(outcomes[name], chunk, own.layout)[:, :, 1:]
                sums[name].append((chunk.first, values.sum(axis=0)))
        by_state = {
            name: sum(part for _, part in sorted(parts, key=lambda p: p[0])).T / request.runs
            for name, parts in sums.items()
        }
    return Batch(
        name=request.scenario.name,
        manifest=request.manifest(),
        outcomes=outcomes,
        groups={kind: groups[kind] for kind in KINDS},
        years=tuple(map(year_of, layout.quarters)),
        values={
            (name, kind): derive(outcome, whole, layout)[:, :, list(places)].astype(np.float32)
            for name, outcome in outcomes.items()
            for kind in KINDS
            if (places := groups_of(outcome, kind, layout)) is not None
        },
        kept={
            name: np.ascontiguousarray(whole.countries[:, :, at])
            for at, name in enumerate(layout.kept)
        },
        evidence=_evidence(whole, layout, request.scenario.seeds or shipped_seeds()),
        by_state=by_state,
    )


def read_batch(folder: Path) -> Batch:
    """Read the runs of a finished results folder.

    Raises:
        InputError: It is not one, is damaged, holds a sweep, or kept nothing of states.
    """
    results = open_results(folder)
    if results.is_sweep:
        raise InputError(f"{folder} holds a sweep; a page shows runs of scenarios")
    if not results.has_countries:
        raise InputError(f"{folder} kept nothing of states, which a page shows")
    years = tuple(sorted({year_of(q) for q in results.quarters if end_of(year_of(q)) == q}))
    values: dict[tuple[str, str], Singles] = {}
    for kind in (kind for kind in KINDS if kind in results.groups):
        names = results.groups[kind]
        frame = results.runs(None, kind, None, [end_of(year) for year in years])
        for name in results.outcomes:
            if name in frame and not frame[name].isna().all():
                column = frame[name].to_numpy(np.float32)
                values[name, kind] = column.reshape(results.runs_kept, len(years), len(names))
    return Batch(
        name=str(results.manifest["scenario"]["name"]),
        manifest=results.manifest,
        outcomes=results.outcomes,
        groups={kind: list(results.groups[kind]) for kind in KINDS if kind in results.groups},
        years=years,
        values=values,
        kept=_kept_of(results),
        evidence=compare_targets(results),
    )


def worked(batch: Batch) -> Flags:
    """Return in which runs and years each state's system worked: (runs, states, years)."""
    each = [batch.kept[working_key(year)] for year in batch.years]
    works: Flags = np.stack(each, axis=2) == 1.0
    return works


def _kept_of(results: Results) -> dict[str, Floats]:
    frame = results.country_runs()
    states = frame["iso3"].nunique()
    kept = {}
    for name in frame.columns.difference(["run", "iso3"], sort=False):
        column = frame[name].to_numpy(np.float64, na_value=-1.0)
        kept[str(name)] = np.nan_to_num(column, nan=-1.0).reshape(-1, states)
    return kept


def _chunks(ensemble: Ensemble, request: Request) -> Iterator[Chunk]:
    threads = os.cpu_count() or 1
    return run_chunks(ensemble, chunks_of(request.runs), threads, request.sets_of)


def _evidence(chunk: Chunk, layout: Layout, seeds: Seeds) -> list[TargetRow]:
    reached = {
        name
        for name, entry in COUNTERPARTS.items()
        if all(end_of(year) in layout.quarters for year in entry.years)
    }
    values: Mapping[str, Any] = counterparts_of_chunk(chunk, layout, sorted(reached))
    return [target_row(target, values.get(target.id)) for target in seeds.targets]
