"""Books of chunks: balanced as the engine leaves them, and each rule found broken by hand."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from results.fake import cut
from sim.engine import Keeping, prepare, run_chunk
from sim.engine.chunk import Chunk, Layout, end_of
from sim.engine.records import SUMMED
from sim.results.balance import unbalanced
from sim.results.rules import FIELDS, RULES, STATES, Rule
from sim.scenario import load_scenario, shipped_names

RUNS = range(20, 24)
BROKEN = 3
"""Which run of the chunk is broken: number 23."""
REGION = "Latin America"
KEPT_RULES = [rule for rule in RULES if {*rule.less, *rule.more} <= {*SUMMED, STATES}]
"""Rules of the fields that shipped outcomes sum."""


@cache
def engine_runs(runs: range = RUNS) -> tuple[Layout, Chunk]:
    """Return runs of the baseline."""
    ensemble = prepare(load_scenario("baseline"), 1)
    return ensemble.layout, run_chunk(ensemble, runs)


def copied() -> tuple[Layout, Chunk]:
    """Return runs to spoil."""
    layout, chunk = engine_runs()
    arrays = {
        name: getattr(chunk, name).copy()
        for name in ("tallies", "vendor_tallies", "actors", "countries")
    }
    return layout, replace(chunk, **arrays)


def add(
    chunk: Chunk, layout: Layout, field: str, amount: float, quarters: slice = slice(None)
) -> None:
    """Add to a field of a region, of a regime and of the world: sums stay right."""
    names = [group.name for group in layout.groups]
    for group in (0, names.index("hybrid"), names.index(region(layout))):
        chunk.tallies[BROKEN, quarters, group, layout.fields.index(field)] += amount


def region(layout: Layout) -> str:
    """Return the name of the region that is spoiled."""
    return next(g.name for g in layout.groups if g.kind == "region" and "Latin" in g.name)


@pytest.mark.parametrize("name", shipped_names())
def test_books_of_every_scenario_balance(name: str) -> None:
    ensemble = prepare(load_scenario(name), 4)
    assert unbalanced(run_chunk(ensemble, range(3)), ensemble.layout) == {}
    kept = Keeping((), yearly=True, countries=False).of(ensemble)
    assert unbalanced(run_chunk(kept, range(3)), kept.layout) == {}


@pytest.mark.parametrize("kinds", [(), ("regime",), ("region", "regime-rated"), None])
def test_what_is_kept_of_a_run_is_part_of_the_whole(kinds: tuple[str, ...] | None) -> None:
    ensemble = prepare(load_scenario("baseline", overrides={"horizon.end": 2008}), 4)
    kept = Keeping(kinds, yearly=True, countries=kinds is None).of(ensemble)
    part = cut(run_chunk(ensemble, range(2)), ensemble.layout, kept.layout)
    for one, other in zip(part.arrays, run_chunk(kept, range(2)).arrays, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    "given",
    [
        {"contracts.term": 0.25, "contracts.lapse_rate": 4.0, "contracts.half_strain": 0.001},
        {"training.rate": 1.0, "training.base": 10.0, "china.seats_at_start": 1000.0},
        {"procurement.rate": 1.0, "procurement.base": 10.0, "china.technology_from": 1990.0},
        {"contracts.decay": 4.0, "contracts.lost_above": 1.0, "contracts.lapse_rate": 4.0},
        {"west.ban_rate": 4.0, "west.replace_rate": 4.0, "west.subsidy": 1.0},
        {"horizon.start": 2010, "horizon.end": 2060},
        {"observer.active": False},
    ],
    ids=str,
)
def test_books_at_extremes_balance(given: dict[str, object]) -> None:
    ensemble = prepare(load_scenario("baseline", overrides=given), 4)
    assert unbalanced(run_chunk(ensemble, range(3)), ensemble.layout) == {}


def test_books_balance_where_contracts_are_abolished_and_brought_back(tmp_path: Path) -> None:
    path = tmp_path / "abolished.toml"
    path.write_text(
        'extends = "baseline"\n[contracts]\nterm = 2.0\n[[events]]\nname = "abolished"\n'
        "date = 2020\nuntil = 2032\ncontracts.active = false\n"
    )
    ensemble = prepare(load_scenario(str(path)), 4)
    chunk = run_chunk(ensemble, range(3))
    fields = {name: chunk.tallies[:, -1, 0, k] for k, name in enumerate(ensemble.layout.fields)}
    ended = fields["switched"] + fields["abandoned"] + fields["replaced"]
    # Contracts ran out and were not renewed: that is no fault of the books.
    assert (fields["opened"] > fields["contract"] + ended).all()
    assert unbalanced(chunk, ensemble.layout) == {}


def test_contracts_opened_but_neither_alive_nor_ended_are_reported_with_when_and_where() -> None:
    layout, chunk = copied()
    quarter = end_of(2031) - 2
    add(chunk, layout, "contract", 5.0, slice(quarter, quarter + 1))
    add(chunk, layout, "installed", 5.0, slice(quarter, quarter + 1))
    add(chunk, layout, "stack", 5.0, slice(quarter, quarter + 1))
    found = unbalanced(chunk, layout)
    assert list(found) == [RUNS[BROKEN]]
    at = next(k for k, group in enumerate(layout.groups) if group.name == region(layout))
    row = dict(zip(layout.fields, chunk.tallies[BROKEN, quarter, at], strict=True))
    ended = row["switched"] + row["abandoned"] + row["replaced"]
    assert found[RUNS[BROKEN]] == (
        f"2031 Q2, {region(layout)}: {row['opened']:.0f} contracts opened but "
        f"{row['contract']:.0f} alive and {ended:.0f} ended"
    )


def test_where_the_contracts_that_ran_out_are_kept_too_the_books_must_be_even() -> None:
    layout, chunk = engine_runs()
    wider = replace(layout, fields=(*layout.fields, "expired"))
    none = np.zeros((*chunk.tallies.shape[:-1], 1))
    chunk = replace(chunk, tallies=np.concatenate([chunk.tallies, none], axis=-1))
    assert unbalanced(chunk, wider) == {}
    add(chunk, wider, "opened", 1.0)
    assert "contracts opened but" in unbalanced(chunk, wider)[RUNS[BROKEN]]


@pytest.mark.parametrize(
    "rule", KEPT_RULES, ids=lambda rule: f"{'+'.join(rule.less)} {rule.factor}"
)
@pytest.mark.parametrize("where", ["everywhere", "world"])
def test_every_rule_is_found_broken(rule: Rule, where: str) -> None:
    layout, chunk = copied()
    if where == "world":
        layout_of_world = layout.narrowed((), yearly=True, countries=False)
        chunk = cut(chunk, layout, layout_of_world)
        layout = layout_of_world
        sizes = np.array([group.size for group in layout.groups])
    else:
        sizes = np.array([group.size for group in layout.groups])
    at = {name: layout.fields.index(name) for name in (*rule.less, *rule.more) if name != STATES}
    more = sum(
        sizes if name == STATES else chunk.tallies[BROKEN, -1, :, at[name]] for name in rule.more
    )
    # One more than allowed, in the last quarter and in all groups alike, so that they add up.
    chunk.tallies[BROKEN, -1, :, at[rule.less[0]]] = np.asarray(more) * rule.factor + sizes
    found = unbalanced(chunk, layout)
    assert list(found) == [RUNS[BROKEN]]
    assert found[RUNS[BROKEN]].startswith("2040 Q4, ")


@pytest.mark.parametrize("name", [name for name in SUMMED if FIELDS[name].grows])
def test_totals_that_fall_are_found(name: str) -> None:
    layout, chunk = copied()
    # Too much for one quarter only, in proportion to groups' sizes, so that they add up.
    sizes = np.array([group.size for group in layout.groups])
    before = chunk.tallies[BROKEN, 40, :, layout.fields.index(name)]
    chunk.tallies[BROKEN, 40, :, layout.fields.index(name)] = before + sizes
    assert list(unbalanced(chunk, layout)) == [RUNS[BROKEN]]


def test_groups_that_do_not_add_up_are_found_in_any_field_group_and_year() -> None:
    layout, _ = engine_runs()
    random = np.random.default_rng(2)
    summed = [k for k, g in enumerate(layout.groups) if g.kind in ("world", "regime", "region")]
    for field in range(len(layout.fields)):
        _, chunk = copied()
        group = summed[random.integers(len(summed))]
        quarter = end_of(int(random.integers(2000, 2041)))
        chunk.tallies[BROKEN, quarter, group, field] += 1.0
        assert list(unbalanced(chunk, layout)) == [RUNS[BROKEN]], layout.fields[field]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_found(value: float) -> None:
    layout, _ = engine_runs()
    for field in range(len(layout.fields)):
        _, chunk = copied()
        chunk.tallies[BROKEN, 77, 0, field] = value
        assert list(unbalanced(chunk, layout)) == [RUNS[BROKEN]], layout.fields[field]


def fall(chunk: Chunk, layout: Layout) -> None:
    chunk.vendor_tallies[BROKEN, 150, 0, layout.vendor_fields.index("sales")] = 0.0


def work_more(chunk: Chunk, layout: Layout) -> None:
    chunk.vendor_tallies[BROKEN, 150, 1, layout.vendor_fields.index("working")] += 1.0


def offer_none(chunk: Chunk, layout: Layout) -> None:
    chunk.actors[BROKEN, :, layout.actor_fields.index("china.seats")] = 0.0


def revive(chunk: Chunk, layout: Layout) -> None:
    # One contract a state ran out in a quarter, and lives again in the next.
    opened = chunk.tallies[BROKEN, :, :, layout.fields.index("opened")]
    for group, _ in enumerate(layout.groups):
        opened[100, group] += layout.groups[group].size
    opened[101:] = np.maximum(opened[101:], opened[100])


def forget(chunk: Chunk, layout: Layout) -> None:
    chunk.countries[BROKEN, :, layout.kept.index("opened")] = 0.0


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (revive, "contracts live, or ended, that were never opened"),
        (fall, "a vendor's sales fell"),
        (work_more, "vendors' working systems are not those of states"),
        (offer_none, "more courses held than offered"),
        (forget, "opened of states add up to less than opened"),
    ],
)
def test_books_of_vendors_china_and_states(
    spoil: Callable[[Chunk, Layout], None], text: str
) -> None:
    layout, chunk = copied()
    spoil(chunk, layout)
    found = unbalanced(chunk, layout)
    assert list(found) == [RUNS[BROKEN]]
    assert text in found[RUNS[BROKEN]]


@pytest.mark.parametrize("name", [name for name in FIELDS if FIELDS[name].counted_by])
def test_dates_that_are_not_counted_are_found(name: str) -> None:
    layout, chunk = copied()
    dates = chunk.countries[BROKEN, :, layout.kept.index(name)]
    dates[np.flatnonzero(dates >= 0)[0]] = -1.0
    assert list(unbalanced(chunk, layout)) == [RUNS[BROKEN]]


@pytest.mark.slow
def test_the_check_takes_little_of_a_run() -> None:
    ensemble = prepare(load_scenario("baseline"), 1)
    runs = range(20, 30)
    layout, chunk = engine_runs(runs)
    engine, check = [], []
    for _ in range(15):
        started = time.perf_counter()
        run_chunk(ensemble, runs)
        between = time.perf_counter()
        unbalanced(chunk, layout)
        engine.append(between - started)
        check.append(time.perf_counter() - between)
    # About 3 %; all of a busy machine is not the check.
    assert min(check) < 0.06 * min(engine)
