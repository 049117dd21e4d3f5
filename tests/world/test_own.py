"""Seeds of one's own: whole tables, single cells, invented worlds; and ways to get them wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from invented import CHANGES, INCOME, folder_of, invented, shipped_rows, write

from sim.engine import own_world
from sim.world.own import NO_TABLES
from sim.world.seeds import Seeds, own_seeds, shipped_seeds
from sim.world.tables import SeedError


def test_one_cell_changes_that_cell_alone(tmp_path: Path) -> None:
    own, shipped = own_seeds(folder_of(tmp_path / "mine", changes=INCOME)), shipped_seeds()
    row = [state.iso3 for state in own.countries].index("SRB")
    assert own.history["gdp_pc"][row, 14] == 9000
    for name, series in shipped.history.items():
        differ = np.argwhere(own.history[name] != series).tolist()
        assert differ == ([[row, 14]] if name == "gdp_pc" else []), name
    assert own.countries == shipped.countries
    assert own.own.changes[0]["before"] == "5717"
    assert not own.shipped


def test_the_hash_tells_tables_apart_and_no_names(tmp_path: Path) -> None:
    one = own_seeds(folder_of(tmp_path / "one", changes=INCOME))
    same = own_seeds(folder_of(tmp_path / "two", changes=INCOME))
    other = own_seeds(folder_of(tmp_path / "three", changes=INCOME.replace("9000", "9001")))
    assert own_world(one)["data"] == own_world(same)["data"] != own_world(other)["data"]
    assert own_world(shipped_seeds()) == own_world(None) == {}


def test_real_states_may_be_chosen_by_their_table_alone(tmp_path: Path) -> None:
    header, *rows = shipped_rows("countries.csv")
    chosen = [row for row in rows if row[0] in ("KEN", "TZA", "UGA", "SSD")]
    folder = folder_of(tmp_path / "east")
    write(folder / "countries.csv", iter([header, *chosen]))
    own = own_seeds(folder)
    assert [state.iso3 for state in own.countries] == ["KEN", "SSD", "TZA", "UGA"]
    assert own.neighbours == ((1, 2, 3), (0, 3), (0, 3), (0, 1, 2))
    assert own.history["gdp_pc"].shape == (4, 25)


def test_three_invented_states_with_sources_of_their_own(tmp_path: Path) -> None:
    folder = invented(tmp_path / "three", 3)
    path = folder / "countries.csv"
    path.write_text(path.read_text().replace("EIU 2024", "my coding"))
    own = own_seeds(folder)
    assert [state.iso3 for state in own.countries] == ["XAA", "XAB", "XAC"]
    assert all(state.regime_rated for state in own.countries)
    assert own_world(own)["places"]["XAA"] == [65.0, 33.0]


def test_the_column_of_filled_cells_may_be_left_out(tmp_path: Path) -> None:
    folder = invented(tmp_path / "three", 3)
    for name in ("countries.csv", "history.csv"):
        text = (folder / name).read_text().replace(",filled\n", "\n").replace(",\n", "\n")
        (folder / name).write_text(text)
    assert own_seeds(folder).history["gdp_pc"].shape == (3, 25)


def test_two_thousand_states_and_no_more(tmp_path: Path) -> None:
    assert len(own_seeds(invented(tmp_path / "most", 2000)).countries) == 2000
    with pytest.raises(SeedError, match=r"there are 2,001 states; allowed: 3 to 2,000"):
        own_seeds(invented(tmp_path / "more", 2001))


WRONG = {
    "SBR,2014,gdp_pc,9000,x": r"changes.csv:2: iso3 is 'SBR'; .*did you mean",
    "SRB,1914,gdp_pc,9000,x": r"changes.csv:2: year is '1914'; allowed for SRB .*2000 to 2024",
    "SRB,2014,gdp,9000,x": r"changes.csv:2: column is 'gdp'; .*did you mean 'gdp_pc'",
    "SRB,2014,gdp_pc,9 000,x": r"changes.csv:2: makes history.csv wrong: gdp_pc is '9 000'",
    "SRB,2014,gdp_pc,90,x": r"changes.csv:2: makes history.csv wrong: gdp_pc is 90; .*100 to",
    "SRB,2014,gdp_pc,9000,": r"changes.csv:2: source is empty",
    "SRB,2014,gdp_pc,9000,x\nhistory.csv,SRB,2014,gdp_pc,8000,x": r"csv:3: .*changed twice",
}


@pytest.mark.parametrize("row", WRONG)
def test_a_wrong_change_is_reported_with_its_line(row: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "mine", changes=f"{CHANGES}history.csv,{row}\n")
    with pytest.raises(SeedError, match=WRONG[row]):
        own_seeds(folder)


@pytest.mark.parametrize("name", ["=1+1", "@SUM(1)", "-2+3", "+cmd", " =1+1"])
def test_a_name_that_spreadsheets_compute_is_refused(name: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "mine", changes=f"{CHANGES}countries.csv,KEN,,name,{name},x\n")
    with pytest.raises(SeedError, match=r"changes.csv:2: .*name is '.*; spreadsheets compute"):
        own_seeds(folder)


def test_tables_that_cannot_be_ones_own_are_reported(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "mine", changes=INCOME, targets="x\n", histroy="x\n")
    with pytest.raises(SeedError, match=r"histroy.csv:1: .*did you mean 'history.csv'") as error:
        own_seeds(folder)
    assert "targets.csv:1: is no table that can be your own" in str(error.value)
    with pytest.raises(SeedError, match="holds no seed tables"):
        own_seeds(folder_of(tmp_path / "empty"))
    with pytest.raises(SeedError, match="entrench data export"):
        own_seeds(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("code", "message"),
    [("CHN", "China sends"), ("xaa", "three capital letters"), ("XAB", "there twice")],
)
def test_a_wrong_code_is_reported(code: str, message: str, tmp_path: Path) -> None:
    folder = invented(tmp_path / "five", 5)
    path = folder / "countries.csv"
    path.write_text(path.read_text().replace("\nXAA,", f"\n{code},"))
    with pytest.raises(SeedError, match=f"countries.csv:[23]: .*{message}"):
        own_seeds(folder)


def test_a_history_must_begin_in_2000_and_be_whole(tmp_path: Path) -> None:
    folder = invented(tmp_path / "three", 3)
    path = folder / "history.csv"
    rows = path.read_text().splitlines(keepends=True)
    path.write_text("".join(row for row in rows if ",2000," not in row))
    with pytest.raises(SeedError, match="the years begin with 2001; allowed: 2000"):
        own_seeds(folder)
    path.write_text("".join(row for row in rows if not row.startswith("XAB")))
    with pytest.raises(SeedError, match="XAB has no rows"):
        own_seeds(folder)


def test_more_neighbours_than_there_is_room_for(tmp_path: Path) -> None:
    folder = invented(tmp_path / "thirty", 30)
    codes = [state.iso3 for state in own_seeds(folder).countries]
    write(folder / "borders.csv", iter([["iso3_a", "iso3_b"], *([codes[0], c] for c in codes[1:])]))
    with pytest.raises(SeedError, match="XAA has 29 neighbours; allowed: up to 20"):
        own_seeds(folder)


def test_seeds_without_own_tables_are_shipped() -> None:
    seeds: Seeds = replace(shipped_seeds(), own=NO_TABLES)
    assert seeds.shipped
