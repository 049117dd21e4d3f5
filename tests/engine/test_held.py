"""Histories held to what is known: at its date, not before, the same on both ways of running."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from batch.small import run_ensemble
from invented import INCOME, folder_of, invented

from sim.engine import prepare, run_chunk
from sim.engine.chunk import Chunk, Layout
from sim.engine.model import EntrenchModel, run_replicates
from sim.errors import InputError
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import shipped_plausible
from sim.world.seeds import Seeds, own_seeds, seeds_from

TEN = """iso3,what,date,vendor
KEN,trained,2005,
KEN,adopted,2014.75,Huawei
SRB,trained,2011.25,
SRB,adopted,2019,Huawei
SRB,left,2027.5,
UGA,adopted,2018.5,Hikvision
DEU,adopted,2012,
DEU,left,2021,
BRA,trained,2030,
USA,adopted,2016,other Chinese
"""
"""Ten rows, some of them most unlikely."""
HELD = {
    ("KEN", "first_trained"): 2005.0,
    ("KEN", "first_adopted"): 2014.75,
    ("SRB", "first_trained"): 2011.25,
    ("SRB", "first_adopted"): 2019.0,
    ("UGA", "first_adopted"): 2018.5,
    ("DEU", "first_adopted"): 2012.0,
    ("BRA", "first_trained"): 2030.0,
    ("USA", "first_adopted"): 2016.0,
}
RUNS = 30


def known(tmp_path: Path, text: str = TEN) -> Seeds:
    (tmp_path / "known.csv").write_text(text, encoding="utf-8")
    seeds = seeds_from(None, tmp_path / "known.csv")
    assert seeds is not None
    return seeds


def column(layout: Layout, chunks: list[Chunk], iso3: str, field: str) -> np.ndarray:
    row = [country.iso3 for country in layout.countries].index(iso3)
    at = layout.kept.index(field)
    return np.concatenate([chunk.countries[:, row, at] for chunk in chunks])


def test_every_history_holds_ten_rows_at_their_dates(tmp_path: Path) -> None:
    seeds = known(tmp_path)
    base = load_scenario("baseline")
    sets = shipped_plausible()
    layout, held = run_ensemble(base.in_world(seeds), runs=RUNS, seed=1, plausible=sets)
    for (iso3, field), date in HELD.items():
        assert set(column(layout, held, iso3, field)) == {date}, (iso3, field)
    for iso3, first, last in (("SRB", 2019, 2026), ("DEU", 2012, 2020)):
        # Held systems may be dark for a while, but are left when it is known, and not before.
        assert set(column(layout, held, iso3, f"working_{last + 1}")) <= {0.0, 1.0}
        for year in range(first - 5, first):
            assert not column(layout, held, iso3, f"working_{year}").any()
    assert (column(layout, held, "DEU", "abandoned") >= 1).all()
    assert not column(layout, held, "DEU", "working_2021").all()
    # Elsewhere the bands are those of free histories, give or take what peers see.
    _, free = run_ensemble(base, runs=RUNS, seed=1, plausible=sets)
    touched = {iso3 for iso3, _ in HELD}
    at = layout.kept.index("first_adopted")
    rest = [row for row, c in enumerate(layout.countries) if c.iso3 not in touched]
    counts = [
        np.concatenate([(chunk.countries[:, rest, at] >= 0).sum(axis=1) for chunk in chunks])
        for chunks in (held, free)
    ]
    assert abs(counts[0].mean() - counts[1].mean()) < 0.5 * counts[1].std()
    assert abs(counts[0].std() - counts[1].std()) < 0.5 * counts[1].std()


@pytest.mark.parametrize(
    "name",
    [
        "offer-withdrawn-2030",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("baseline", "no-maintenance-contracts")
        ),
    ],
)
def test_both_ways_of_running_hold_it_alike(name: str, tmp_path: Path) -> None:
    own = own_seeds(folder_of(tmp_path / "mine", changes=INCOME))
    seeds = seeds_from(own, known(tmp_path) and tmp_path / "known.csv")
    ensemble = prepare(load_scenario(name).in_world(seeds), 7)
    mesa, engine = run_replicates(ensemble, [2]), run_chunk(ensemble, [2])
    for part in ("tallies", "vendor_tallies", "actors", "countries"):
        assert np.array_equal(getattr(mesa, part), getattr(engine, part)), part
    assert column(ensemble.layout, [engine], "USA", "first_adopted") == 2016.0


def test_a_state_that_leaves_stays_until_then(tmp_path: Path) -> None:
    model = EntrenchModel("baseline", seed=3, known=_written(tmp_path))
    germany = next(country for country in model.countries if country.code == "DEU")
    while model.now.date < 2025.0:
        model.step()
        within = 2012.0 <= model.now.date < 2021.0
        has = germany.installed > 0.0 and germany.vendor != 4
        if within:
            assert has
        elif model.now.date < 2012.0 or model.now.date == 2021.0:
            assert not has


def _written(tmp_path: Path) -> Path:
    known(tmp_path)
    return tmp_path / "known.csv"


def test_vendor_stage_credit_and_record_are_those_that_are_known(tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    path.write_text("iso3,what,date,vendor,stage\nKEN,adopted,2014.75,Dahua,safe city\n")
    model = EntrenchModel("baseline", seed=3, known=path)
    kenya = next(country for country in model.countries if country.code == "KEN")
    while model.now.date < 2014.75:
        model.step()
    assert (kenya.vendor, kenya.stack) == (2, 2.0)
    assert kenya.first_recorded_platform == 2014.75
    granted = model.china.credit_granted
    price, credit = kenya.sale_price, kenya.sale_credit
    assert price == credit > 0.0
    model.step()
    assert model.china.credit_granted >= granted + credit


def test_what_is_known_before_a_run_begins_cannot_be_held(tmp_path: Path) -> None:
    late = load_scenario("baseline", overrides={"horizon.start": 2010})
    with pytest.raises(InputError, match="begins in 2010, but what is known begins earlier: KEN"):
        late.in_world(known(tmp_path))


def test_an_impossible_course_comes_out_all_the_same(tmp_path: Path) -> None:
    seeds = known(tmp_path, "iso3,what,date\nKEN,trained,2020.5\n")
    closed = load_scenario("baseline", overrides={"china.offering": False})
    ensemble = prepare(closed.in_world(seeds), 1)
    chunk = run_chunk(ensemble, [0, 1])
    assert set(column(ensemble.layout, [chunk], "KEN", "first_trained")) == {2020.5}
    at = ensemble.layout.fields.index("trainings")
    assert chunk.tallies[:, -1, 0, at].tolist() == [1.0, 1.0]


def test_three_invented_states_on_mesa(tmp_path: Path) -> None:
    model = EntrenchModel("baseline", seed=1, seeds=invented(tmp_path / "three", 3))
    model.run()
    assert [country.code for country in model.countries] == ["XAA", "XAB", "XAC"]
    assert np.isfinite(model.outcome("working")).all()
    assert model.outcome("trained")[-1] > 0


@pytest.mark.slow
def test_a_thousand_states_cost_no_more_each(tmp_path: Path) -> None:
    import time

    base = load_scenario("baseline")
    worlds = {195: base, 1000: base.in_world(own_seeds(invented(tmp_path / "many", 1000)))}
    ensembles = {states: prepare(scenario, 1) for states, scenario in worlds.items()}
    least = dict.fromkeys(worlds, np.inf)
    for ensemble in ensembles.values():
        run_chunk(ensemble, ())
    for _ in range(5):
        for states, ensemble in ensembles.items():
            runs = 10 if states == 195 else 3
            started = time.process_time()
            run_chunk(ensemble, range(runs))
            each = (time.process_time() - started) / runs / states
            least[states] = min(least[states], each)
    assert least[1000] <= 1.3 * least[195]


@pytest.mark.slow
def test_three_states_are_the_same_compiled(tmp_path: Path) -> None:
    ensemble = prepare(
        load_scenario("baseline").in_world(own_seeds(invented(tmp_path / "t", 3))), 1
    )
    mesa, engine = run_replicates(ensemble, [0, 1]), run_chunk(ensemble, [0, 1])
    for part in ("tallies", "vendor_tallies", "actors", "countries"):
        assert np.array_equal(getattr(mesa, part), getattr(engine, part)), part
