"""What nothing reads in own tables is named, and another unit is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.engine.no_effect import idle_settings
from sim.scenario import load_scenario
from sim.scenario.parameter_sets import shipped_plausible
from sim.world import find_data_folder
from sim.world.columns import COUNTRY_COLUMNS
from sim.world.seeds import load_seeds
from sim.world.tables import SeedError

UNREAD = ("name", "regime_2024", "regime_basis", "latitude", "longitude")
"""Columns of `countries.csv` that no rule reads: texts, maps and groups show them."""
OTHER = {
    "name": lambda text: f"{text} X",
    "regime_2024": lambda text: "hybrid" if text == "authoritarian" else "authoritarian",
    "regime_basis": lambda text: "mine",
    "latitude": lambda text: str(-float(text)),
    "longitude": lambda text: str(-float(text)),
    "crime": lambda text: "3" if text == "0" else "0",
}


def changed(folder: Path, table: str, cells: dict[str, Callable[[str], str]]) -> Path:
    """Write a shipped table with other cells in some columns."""
    folder.mkdir(exist_ok=True)
    frame = pd.read_csv(find_data_folder("seeds") / table, dtype=str, keep_default_na=False)
    frame.assign(**{name: frame[name].map(cell) for name, cell in cells.items()}).to_csv(
        folder / table, index=False
    )
    return folder


def test_columns_that_are_said_to_be_unread_change_no_run(tmp_path: Path) -> None:
    runs = {"runs": 2, "set": {"horizon.end": 2013}}
    cells = {name: OTHER[name] for name in UNREAD}
    folder = changed(tmp_path / "mine", "countries.csv", cells)
    shipped, own = sim.make_runs(**runs), sim.make_runs(data=folder, **runs)
    for name in ("working", "trained", "adopters", "alignment"):
        assert np.array_equal(shipped.values(name), own.values(name)), name
    crime = sim.make_runs(data=changed(folder, "countries.csv", {"crime": OTHER["crime"]}), **runs)
    assert not np.array_equal(shipped.values("adopters"), crime.values("adopters"))
    assert {column.name for column in COUNTRY_COLUMNS} & {*UNREAD} == {"latitude", "longitude"}


@pytest.mark.parametrize(("column", "factor"), [("urban_share", 0.01), ("population_k", 1e-3)])
def test_a_column_in_another_unit_is_refused_at_its_line(
    column: str, factor: float, tmp_path: Path
) -> None:
    folder = changed(
        tmp_path / "mine", "history.csv", {column: lambda shown: f"{float(shown) * factor:.6f}"}
    )
    with pytest.raises(
        SeedError, match=rf"history.csv:\d+: {column} is 0\.\d+; allowed: .*from 1 to"
    ):
        load_seeds(folder)


def test_input_without_effect_is_said_at_the_run(tmp_path: Path) -> None:
    tables, known = tmp_path / "tables", tmp_path / "known.csv"
    changed(tables, "countries.csv", {"regime_2024": OTHER["regime_2024"]})
    (tables / "covariates.csv").write_text("iso3,year,readiness\nKEN,2005,0.2\n")
    known.write_text("iso3,what,date\nKEN,adopted,2055\nSRB,adopted,2010\n")
    results = sim.make_runs(runs=1, set={"horizon.end": 2012}, data=tables, known=known)
    said = "\n".join(map(str, sim.summary(results).blocks))
    assert "no rule reads readiness of covariates.csv." in said
    assert "decisions without effect, as runs end with 2012: 1, such as KEN adopted 2055." in said
    assert "regime_2024 differs from the shipped table in 195 countries" in said
    assert "`voice` and `freedom` of history.csv" in said
    assert len(sim.check(tables).warnings) == 2
    assert "runs end with 2040: 1, such as KEN adopted 2055" in sim.check(known).warnings[0]


def test_a_setting_is_measured_in_the_tables_of_the_run(tmp_path: Path) -> None:
    """Though the same scenario was measured in the shipped tables before."""
    idle = {"horizon.end": 2003, "west.budget": 1.0}
    sets = shipped_plausible()
    assert idle_settings(load_scenario("baseline", overrides=idle), sets, shipped=False)
    lower = changed(tmp_path / "mine", "history.csv", {"population_k": lambda _: "50000"})
    scenario = load_scenario("baseline", overrides={**idle, "contracts.life": 2.0})
    found = idle_settings(scenario.in_world(load_seeds(lower)), sets, shipped=False)
    assert [problem.key for problem in found] == ["west.budget", "contracts.life"]
