"""Seeds of one's own: whole tables, single cells, invented worlds; and ways to get them wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from invented import folder_of, income, invented, shipped_rows, write

import sim
from sim.engine import user_world
from sim.world.seeds import load_seeds, shipped_seeds
from sim.world.tables import SeedError


def test_one_cell_changes_that_cell_alone(tmp_path: Path) -> None:
    own, shipped = load_seeds(folder_of(tmp_path / "mine", history=income("9000"))), shipped_seeds()
    row = [state.iso3 for state in own.countries].index("SRB")
    assert own.history["gdp_pc"][row, 14] == 9000
    for name, series in shipped.history.items():
        differ = np.argwhere(own.history[name] != series).tolist()
        assert differ == ([[row, 14]] if name == "gdp_pc" else []), name
    assert own.countries == shipped.countries
    assert own.overrides
    assert own.overrides["tables"] == ["history.csv"]
    assert not own.shipped


def test_results_have_the_countries_of_ones_own_world(tmp_path: Path) -> None:
    folder = invented(tmp_path / "three", 3)
    results = sim.make_runs("baseline", runs=2, data=folder, engine="mesa")
    codes = [country.iso3 for country in load_seeds(folder).countries]
    assert list(results.country_groups.index) == list(results.countries()["iso3"]) == codes
    assert results.panel("trained").shape == (1, 2, 3, 41)


def test_the_hash_tells_tables_apart_and_no_names(tmp_path: Path) -> None:
    one = load_seeds(folder_of(tmp_path / "one", history=income("9000")))
    same = load_seeds(folder_of(tmp_path / "two", history=income("9000")))
    other = load_seeds(folder_of(tmp_path / "three", history=income("9001")))
    assert user_world(one)["data"] == user_world(same)["data"] != user_world(other)["data"]
    assert user_world(shipped_seeds()) == user_world(None) == {}


def test_a_year_counts_before_all_years_in_any_order_of_rows(tmp_path: Path) -> None:
    rows = ["SRB,2010,5", "SRB,,3"]
    for lines in (rows, rows[::-1]):
        folder = tmp_path / lines[0]
        own = load_seeds(folder_of(folder, covariates="\n".join(["iso3,year,x", *lines])))
        place = [state.iso3 for state in own.countries].index("SRB")
        assert own.covariates["x"][place, [9, 10, 11]].tolist() == [3.0, 5.0, 3.0]


def test_tables_that_cannot_be_ones_own_are_reported(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "mine", history=income("9000"), targets="x\n", histroy="x\n")
    with pytest.raises(SeedError, match=r"histroy.csv:1: .*did you mean 'history.csv'") as error:
        load_seeds(folder)
    assert "targets.csv:1: is not a table that you can replace" in str(error.value)
    with pytest.raises(SeedError, match="contains no input tables"):
        load_seeds(folder_of(tmp_path / "empty"))
    with pytest.raises(SeedError, match="entrench new --data"):
        load_seeds(tmp_path / "nowhere")


def test_names_of_countries_are_their_own_and_harmless(tmp_path: Path) -> None:
    named = {
        '=HYPERLINK("http://x")': "at the beginning", "\ttab": "no control characters",
        "\u202eright": "no control characters", "ken": "which means KEN",
    }  # fmt: skip
    header, *rows = shipped_rows("countries.csv")
    for row, name in zip(rows, named, strict=False):
        row[header.index("name")] = name
    (tmp_path / "mine").mkdir()
    write(tmp_path / "mine" / "countries.csv", iter([header, *rows]))
    with pytest.raises(SeedError) as caught:
        load_seeds(tmp_path / "mine")
    for message, wrong in zip(caught.value.messages, named.values(), strict=True):
        assert wrong in message


def test_a_history_must_begin_in_2000_and_be_whole(tmp_path: Path) -> None:
    folder = invented(tmp_path / "three", 3)
    path = folder / "history.csv"
    rows = path.read_text().splitlines(keepends=True)
    path.write_text("".join(row for row in rows if ",2000," not in row))
    with pytest.raises(SeedError, match=r"3 of 3 countries .* lack the year 2000; needed"):
        load_seeds(folder)
    path.write_text("".join(row for row in rows if not row.startswith("XAB")))
    with pytest.raises(SeedError, match=r"1 of 3 countries .XAB. lack the year 2000 and others"):
        load_seeds(folder)
