"""Labelled arrays: studies name dimensions, and failed runs change no number."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import sim
from sim.engine.records import country_states
from sim.errors import RENAMED
from sim.figures.lasting import first_systems
from sim.results.bands import QUANTILES, band, spread
from sim.results.dataset import Results
from sim.results.effects import country_effects, effect_table
from sim.results.targets import target_table
from sim.rules import SHIPPED
from sim.studies import country, retention
from sim.world.countries import find_state
from sim.world.seeds import shipped_seeds
from tests.planted import COUNTRIES, YEARS, planted

ROOT = Path(__file__).parents[2]
LABELLED = {"values", "panel"}
BARE = {"to_numpy", "to_series", "to_pandas", "to_dataframe"}
"""Methods whose result has no labels."""


def faults(source: str) -> Iterator[tuple[int, str]]:
    """Yield lines that index a labelled array by position, or read a manifest."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    outside = [s for s in tree.body if not isinstance(s, ast.FunctionDef | ast.ClassDef)]
    for scope in [*functions, ast.Module(outside)]:
        names: set[str] = set()

        def labelled(node: ast.AST, names: set[str] = names) -> bool:
            match node:
                case ast.Call(func=ast.Attribute(attr=method, value=of), args=given):
                    asks = method in LABELLED and bool(given)
                    return method not in BARE and (asks or labelled(of))
                case ast.Name(id=name):
                    return name in names
                case ast.Compare(left=left, comparators=others):
                    return any(map(labelled, [left, *others]))
                case ast.BinOp(left=left, right=right):
                    return labelled(left) or labelled(right)
            return False

        for node in ast.walk(scope):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if labelled(value):
                    names.add(name)
        for node in ast.walk(scope):
            match node:
                case ast.Subscript(value=of, slice=key) if labelled(of):
                    named = isinstance(key, ast.Constant) and isinstance(key.value, str)
                    if not named and not (isinstance(key, ast.Name) and key.id.isupper()):
                        yield node.lineno, "a labelled array is indexed by position"
                case ast.Call(func=ast.Attribute(attr="nonzero"), args=[of]) if labelled(of):
                    yield node.lineno, "np.nonzero of a labelled array returns something else"
                case ast.Attribute(attr="manifest", value=ast.Name(id="results")):
                    yield node.lineno, "a study reads a manifest"


def test_what_reads_results_names_dimensions() -> None:
    wrong = {
        "a = r.panel('working', years)[0, :, :, 0]",
        "def f(r):\n    a = r.values('working') > 0\n    return a[good]",
        "np.nonzero(r.panel('working').any('year'))",
        "results.manifest['seed']",
    }
    right = "a = r.values('working').isel(point=0)\nb = a[PARAMETER_SET]\nc = a.to_numpy()[0]"
    assert all(list(faults(source)) for source in wrong) and not list(faults(right))
    files = [path for name in ("sim", "docs", "examples") for path in ROOT.glob(f"{name}/**/*.py")]
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in files
        for line, text in faults(path.read_text(encoding="utf-8"))
    ]
    assert not found


RUNS, FAILED = 30, [2, 11, 29]


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
    cells = dict.fromkeys([(name, "panel") for name in fields], planted_runs(works.astype(float)))
    for name in ("working", "recorded_platforms", "fates_reported_failures", "sales_yearly"):
        for kind, groups in {"world": 1, "regime": 4}.items():
            numbers = random.normal(50.0, 9.0, (2, RUNS, len(YEARS), groups))
            cells[name, kind] = planted_runs(numbers)
    return cells


def shares(results: Results) -> pd.DataFrame:
    kenya = find_state("KEN", shipped_seeds().countries)
    return pd.DataFrame(country._shares(results, kenya))


STUDIES: dict[str, Callable[[Results], pd.DataFrame]] = {
    "effects": lambda r: effect_table(r, ["working"], by=("world", "regime")),
    "effects by country": lambda r: country_effects(r, 2040),
    "figures": target_table,
    "persistence": lambda r: retention.report(r, 2029).tables["curves"],
    "country": shares,
    "dates": lambda r: pd.Series(
        country._dates(r, find_state("KEN", shipped_seeds().countries))
    ).to_frame(),
    "survival": lambda r: pd.DataFrame(first_systems(r)[0]),
    "curve": lambda r: r.curve("working", by="regime"),
    "frame": lambda r: r.frame("working_2040")[["point", "working_2040"]],
}


@pytest.mark.parametrize("study", STUDIES)
def test_failed_runs_change_no_number(study: str) -> None:
    """They are as if they had never been; a mean over NaN, or a set of another run, would show."""
    every, good = (planted(given(runs), "one", "two", runs=runs) for runs in (RUNS, RUNS - 3))
    found, wanted = (STUDIES[study](results) for results in (every, good))
    assert_frame_equal(found, wanted, check_like=False)
    assert found.notna().any(axis=None)


def test_a_run_keeps_its_parameter_set_whatever_is_left_out() -> None:
    results = planted(given(RUNS), "one", "two", runs=RUNS)
    values = results.values("working", years=2040).dropna("run")
    assert values["parameter_set"].to_numpy().tolist() == np.delete(range(RUNS), FAILED).tolist()


def test_the_band_is_that_of_numpy() -> None:
    values = planted(given(RUNS), "one", "two", runs=RUNS).values("working", "regime")
    found = spread(values)
    assert found.dims == ("point", "year", "group", "statistic")
    for name, share in QUANTILES.items():
        wanted = np.nanquantile(values.to_numpy(), share, axis=1)
        assert np.allclose(found.sel(statistic=name), wanted)
    last = values.isel(point=0, year=-1, group=0).to_numpy()
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


def test_columns_are_read_by_their_earlier_names_too() -> None:
    results = sim.make_runs("baseline", runs=1, set={"horizon.end": 2014})
    for before, now in (("contracts_abandoned_yearly", "contracts_switched_off_yearly"),
                        ("dark_share", "out_of_service_share")):  # fmt: skip
        assert np.array_equal(results.values(before), results.values(now), equal_nan=True)
    assert np.array_equal(results.panel("dark"), results.panel("out_of_service"))


def test_every_earlier_name_has_one_of_today() -> None:
    today = {*SHIPPED.register, *(state.name for state in country_states(SHIPPED))}
    today |= {key.rpartition(".")[2] for key in SHIPPED.parameters} | {"runs", "exited"}
    assert {*RENAMED.values()} <= today and not today & {*RENAMED}
