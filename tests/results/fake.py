"""A small layout, its outcomes and chunks of random runs, for the tests of results."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine.chunk import Chunk, CountryLabel, Group, Layout
from sim.parameters import Outcome
from sim.results.points import Points
from sim.results.writing.store import Store
from sim.units import NEVER

REGIMES = ("full democracy", "flawed democracy", "hybrid", "authoritarian")
COUNTRIES = 12
RUNS = 10
CHUNK_RUNS = 4
MANIFEST = {"scenario": {"name": "fake", "contracts": {"term": 10.0}}, "seed": 1, "runs": RUNS}

LAYOUT = Layout(
    fields=("trained", "trainings", "exit_cost", "yearly_value"),
    vendor_fields=("sales",),
    actor_fields=("china.seats",),
    kept=(
        "first_trained",
        "first_adopted",
        "first_recorded_trained",
        "first_recorded_adopted",
        "working_2040",
        "opened",
    ),
    groups=(
        Group("world", "world", COUNTRIES),
        *(Group("regime", name, 3) for name in REGIMES),
        *(Group("regime-rated", name, 2) for name in REGIMES),
        Group("region", "Middle East & North Africa", 5),
        Group("region", "Sub-Saharan Africa", 7),
    ),
    vendors=("Huawei", "Hikvision", "Western"),
    quarters=tuple(range(164)),
    countries=tuple(
        CountryLabel(f"C{at:02d}", f"State, no. {at}", "Sub-Saharan Africa", REGIMES[at % 4])
        for at in range(COUNTRIES)
    ),
)


def outcome(name: str, field: str, form: Any, over: str = "", of: Any = "country") -> Outcome:
    """Return an outcome without ado."""
    return Outcome(name, "unit", f"Doc of {name}.", field, form, name.title(), over, of)


OUTCOMES = {
    entry.name: entry
    for entry in (
        outcome("trained", "trained", "total"),
        outcome("trained_share", "trained", "share"),
        outcome("trainings_yearly", "trainings", "yearly"),
        outcome("value", "yearly_value", "mean"),
        outcome("lock_in", "exit_cost", "ratio", over="yearly_value"),
        outcome("revenue_sales_yearly", "sales", "yearly", of="vendor"),
        outcome("seats", "china.seats", "total", of="actor"),
    )
}


def members(layout: Layout) -> np.ndarray:
    """Return which states belong to which group: (groups, countries), 0 or 1."""
    found = np.zeros((len(layout.groups), COUNTRIES))
    regions = 0
    for at, group in enumerate(layout.groups):
        if group.kind == "world":
            found[at] = 1
        elif group.kind == "region":
            found[at, regions : regions + group.size] = 1
            regions += group.size
        else:
            found[at, REGIMES.index(group.name) :: len(REGIMES)] = 1
            # Of three states of a regime, two are rated.
            found[at, np.flatnonzero(found[at])[group.size :]] = 0
    return found


def one_run(replicate: int, layout: Layout = LAYOUT) -> Chunk:
    """Return a run's random results, which depend on its number alone; its books balance."""
    random = np.random.default_rng((20, replicate))
    quarters = len(layout.quarters)
    countries = np.empty((1, len(layout.countries), len(layout.kept)))
    for at, name in enumerate(layout.kept):
        luck = random.random(len(layout.countries))
        if name.startswith("first_"):
            # The first country never, the second always, the others as luck has it.
            luck[:2] = (0.0, 0.9)
            countries[0, :, at] = np.where(
                luck < 0.5, NEVER, 2000 + np.floor(luck * layout.quarters[-1]) / 4
            )
        elif name == "working_2040":
            countries[0, :, at] = luck < 0.5
        else:
            countries[0, :, at] = np.floor(luck * 5)
    states = random.random((quarters, COUNTRIES, len(layout.fields))).cumsum(axis=0)
    states[:2, :, -1] = 0.0  # nothing to divide by
    states[:, :, 0] = False
    if layout.kept:
        first = (countries[0, :, 0] - 2000) * 4
        trained = (first >= 0) & (first <= np.array(layout.quarters)[:, np.newaxis])
        states[:, :, 0] = trained
        states[:, :, 1] += trained
    tallies = (members(layout) @ states)[np.newaxis]
    vendors = random.random((1, quarters, len(layout.vendors), len(layout.vendor_fields)))
    actors = 1000.0 + random.random((1, quarters, len(layout.actor_fields)))
    return Chunk(
        replicate, 1, tallies, vendors.cumsum(axis=1), actors * COUNTRIES * quarters, countries
    )


def chunk_of(runs: range, layout: Layout = LAYOUT) -> Chunk:
    """Return the results of some runs."""
    return Chunk.joined(one_run(run, layout) for run in runs)


def cut(chunk: Chunk, layout: Layout, narrower: Layout) -> Chunk:
    """Return a chunk cut to a layout made with :meth:`Layout.narrowed`."""
    quarters = [layout.quarters.index(quarter) for quarter in narrower.quarters]
    groups = [layout.groups.index(group) for group in narrower.groups]
    kept = [layout.kept.index(field) for field in narrower.kept]
    return Chunk(
        chunk.first,
        chunk.runs,
        chunk.tallies[:, quarters][:, :, groups],
        chunk.vendor_tallies[:, quarters],
        chunk.actors[:, quarters],
        chunk.countries[:, :, kept],
    )


def open_store(
    folder: Path,
    manifest: Mapping[str, Any] = MANIFEST,
    layout: Layout = LAYOUT,
    runs: int = RUNS,
    chunk_runs: int = CHUNK_RUNS,
    outcomes: Mapping[str, Outcome] | None = None,
    points: Points | None = None,
) -> Store:
    """Open a store for the fake layout."""
    known = OUTCOMES if outcomes is None else outcomes
    return Store.open(
        folder, manifest, layout, known, runs=runs, chunk_runs=chunk_runs, points=points
    )


def fill(folder: Path, **options: Any) -> Store:
    """Run and finish a whole folder."""
    store = open_store(folder, **options)
    for runs in store.missing_chunks():
        store.write_chunk(chunk_of(runs, store.parts.layout))
    store.finish()
    return store


def data_of(folder: Path) -> dict[str, bytes]:
    """Return the files that make up the data, by name."""
    return dict(_files(folder))


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()):
        if path.name != "runtime.json":
            assert path.is_file(), f"{path} was left behind"
            yield path.name, path.read_bytes()
