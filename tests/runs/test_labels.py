"""Labelled arrays: studies name dimensions, and failed runs change no number."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import sim
from sim.engine.records import country_states
from sim.estimates.costs import PAYERS, cost_table
from sim.estimates.effects import country_effects, effect_table
from sim.estimates.targets import COUNTERPARTS, target_table
from sim.measures.bands import QUANTILES, band, quantiles
from sim.model.register import SHIPPED
from sim.page import stored
from sim.runs.dataset import Results
from sim.studies import ask, country, retention
from sim.studies.designs import read_design
from sim.studies.sweep import sweep_report
from sim.world.countries import CountrySeed, find_state
from sim.world.fates import shipped_record
from sim.world.seeds import shipped_seeds
from tests.planted import COUNTRIES, GROUPS, YEARS, planted

RUNS, FAILED = 70, (2, 11, 29)
EVENTS = ("suspensions", "restored", "renewed", "switched", "switched_off", "replaced")


@cache
def given(runs: int) -> dict[tuple[str, str], Any]:
    """Return planted values of two points, and their panels, in which systems end at random."""
    good = np.delete(np.arange(RUNS), FAILED)

    def planted_runs(values: np.ndarray) -> np.ndarray:
        values[:, FAILED] = np.nan
        return values if runs == RUNS else values[:, good]

    random = np.random.default_rng(1)
    works = random.random((2, RUNS, len(COUNTRIES), 1)) * 60.0 > np.arange(len(YEARS))
    fields = [state.name for state in country_states(SHIPPED)]
    panels = planted_runs(works.astype(float))
    cells = {(f, "panel"): 1.0 - panels if f in EVENTS else panels for f in fields}
    columns = {column for of in COUNTERPARTS.values() for column in of.columns}
    for name in sorted({"working", *PAYERS, *columns}):
        for kind, groups in GROUPS.items():
            numbers = random.normal(50.0, 9.0, (2, RUNS, len(YEARS), len(groups)))
            cells[name, kind] = planted_runs(numbers)
    return cells


def paged(results: Results) -> pd.DataFrame:
    """Return all that a page stores of the runs of two scenarios."""
    one, two = (stored.Batch(name, results, at) for at, name in enumerate(results.labels))
    for batch in (one, two):
        cells = results.values("working").isel(point=batch.point).to_numpy()[..., np.newaxis]
        vars(batch)["values"] = {("working", "world"): cells}
    rises = stored.statistics(two, [("working", "world")], one), stored.country_shares(one)
    return pd.DataFrame([str([*rises, stored.spread_of(stored.surviving_shares(one, 2005))])])


def kenya() -> CountrySeed:
    return find_state("KEN", shipped_seeds().countries)


STUDIES: dict[str, Callable[[Results], pd.DataFrame]] = {
    "effects": lambda r: effect_table(r, ["working"], by=("world", "regime")),
    "effects by country": lambda r: country_effects(r, 2040),
    "figures": target_table,
    "persistence": lambda r: retention.report(r, 2029).tables["curves"],
    "country": lambda r: pd.DataFrame(country._shares(r, kenya())),
    "chain": lambda r: pd.DataFrame(country._chain(r, kenya(), shipped_record().of_country("KEN"))),
    "curve": lambda r: r.curve("working", by="regime"),
    "frame": lambda r: r.frame("working_2040")[["point", "working_2040"]],
    "ask": lambda r: ask.report(r, r.outcomes["working"], 2040, "regime").tables["effects"],
    "sweep": lambda r: sweep_report(r, "working").tables["effects"],
    "designs": lambda r: pd.concat(read_design(r, ["working"], 2040, 0).tables),
    "costs": lambda r: cost_table(r, 2040),
    "page": paged,
}


@pytest.mark.parametrize("study", STUDIES)
def test_failed_runs_change_no_number(study: str) -> None:
    """They are as if they had never been; a mean over NaN, or a set of another run, would show."""
    found = []
    terms = np.random.default_rng(2).random(RUNS)
    for runs in (RUNS, RUNS - len(FAILED)):
        results = planted(given(runs), "baseline", "two", runs=runs)
        own = terms if runs == RUNS else np.delete(terms, FAILED)
        vars(results.folders[0])["parameters"] = pd.DataFrame({"contracts.fee": own})
        found.append(STUDIES[study](results))
    assert_frame_equal(*found, check_like=False)
    assert found[0].notna().any(axis=None)


def test_a_run_keeps_its_parameter_set_whatever_is_left_out() -> None:
    results = planted(given(RUNS), "one", "two", runs=RUNS)
    values = results.values("working", years=2040).dropna("run")
    assert values["parameter_set"].to_numpy().tolist() == np.delete(range(RUNS), FAILED).tolist()


def test_the_band_is_that_of_numpy() -> None:
    values = planted(given(RUNS), "one", "two", runs=RUNS).values("working", "regime").to_numpy()
    found = quantiles(values, axis=1)
    for name, share in QUANTILES.items():
        assert np.allclose(found[name], np.nanquantile(values, share, axis=1))
    last = values[0, :, -1, 0]
    assert band(last) == pytest.approx((np.nanmean(last), *np.nanquantile(last, (0.05, 0.95))))


def test_data_has_a_node_per_kind_and_says_what_the_runs_are() -> None:
    results = planted(given(RUNS), "one", "two", runs=RUNS)
    tree = results.data
    working = tree["regime/working"].sel(regime="hybrid", year=2040)
    assert working.dims == ("point", "run") and working.attrs["units"] == "count"
    wanted = results.values("working", "regime", "hybrid", 2040).isel(year=0)
    assert np.allclose(working, wanted, equal_nan=True)
    world = tree["world"].to_dataset()
    for data in (tree, world, world["working"]):
        assert data.attrs["seed"] == 1 and data.attrs["version"] == "entrench planted"
    assert world["parameter_set"].dims == ("run",)


def test_a_point_is_a_scenario_again() -> None:
    short = {"horizon.end": 2003, "contracts.term": 5}
    results = sim.make_runs("offer-withdrawn-2030", runs=1, set={**short, "horizon.end": 2031})
    loaded = sim.load_scenario("offer-withdrawn-2030", overrides={**short, "horizon.end": 2031})
    assert results.scenario(0).to_dict() == loaded.to_dict()
    assert results.events(0) == results.scenario(0).events
