"""Seeds of one's own: whole tables, single cells, invented worlds; and ways to get them wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from invented import CHANGES, INCOME, folder_of, invented

from sim.engine import user_world
from sim.world.seeds import load_seeds, shipped_seeds
from sim.world.tables import SeedError


def test_one_cell_changes_that_cell_alone(tmp_path: Path) -> None:
    own, shipped = load_seeds(folder_of(tmp_path / "mine", changes=INCOME)), shipped_seeds()
    row = [state.iso3 for state in own.countries].index("SRB")
    assert own.history["gdp_pc"][row, 14] == 9000
    for name, series in shipped.history.items():
        differ = np.argwhere(own.history[name] != series).tolist()
        assert differ == ([[row, 14]] if name == "gdp_pc" else []), name
    assert own.countries == shipped.countries
    assert own.overrides
    assert own.overrides["changes"][0]["before"] == "5717"
    assert not own.shipped


def test_the_hash_tells_tables_apart_and_no_names(tmp_path: Path) -> None:
    one = load_seeds(folder_of(tmp_path / "one", changes=INCOME))
    same = load_seeds(folder_of(tmp_path / "two", changes=INCOME))
    other = load_seeds(folder_of(tmp_path / "three", changes=INCOME.replace("9000", "9001")))
    assert user_world(one)["data"] == user_world(same)["data"] != user_world(other)["data"]
    assert user_world(shipped_seeds()) == user_world(None) == {}


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
        load_seeds(folder)


def test_tables_that_cannot_be_ones_own_are_reported(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "mine", changes=INCOME, targets="x\n", histroy="x\n")
    with pytest.raises(SeedError, match=r"histroy.csv:1: .*did you mean 'history.csv'") as error:
        load_seeds(folder)
    assert "targets.csv:1: is no table that can be your own" in str(error.value)
    with pytest.raises(SeedError, match="holds no seed tables"):
        load_seeds(folder_of(tmp_path / "empty"))
    with pytest.raises(SeedError, match="entrench new --data"):
        load_seeds(tmp_path / "nowhere")


def test_a_history_must_begin_in_2000_and_be_whole(tmp_path: Path) -> None:
    folder = invented(tmp_path / "three", 3)
    path = folder / "history.csv"
    rows = path.read_text().splitlines(keepends=True)
    path.write_text("".join(row for row in rows if ",2000," not in row))
    with pytest.raises(SeedError, match="the years begin with 2001; allowed: 2000"):
        load_seeds(folder)
    path.write_text("".join(row for row in rows if not row.startswith("XAB")))
    with pytest.raises(SeedError, match="XAB lacks 2000"):
        load_seeds(folder)
