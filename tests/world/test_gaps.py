"""The shipped tables are what the gap rules make of the published figures."""

import csv
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from sim.world.columns import HISTORY_NAMES
from sim.world.locate import find_data_folder
from sim.world.seeds import shipped_seeds
from sim.world.tables import SeedError

SEEDS = find_data_folder("seeds")
specification = importlib.util.spec_from_file_location("gaps", SEEDS / "tools" / "gaps.py")
assert specification is not None
assert specification.loader is not None
gaps = importlib.util.module_from_spec(specification)
sys.modules["gaps"] = gaps
specification.loader.exec_module(gaps)
CODES = [state.iso3 for state in shipped_seeds().countries]


def _rows(table: str, folder: Path = SEEDS) -> list[dict[str, str]]:
    with (folder / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def refilled() -> dict[str, list[dict[str, str]]]:
    return gaps.refill(SEEDS)


@pytest.mark.parametrize("table", ["countries.csv", "history.csv"])
def test_emptied_and_filled_again_gives_the_shipped_table(
    table: str, refilled: dict[str, list[dict[str, str]]]
) -> None:
    for shipped, again in zip(_rows(table), refilled[table], strict=True):
        assert again == shipped


def test_every_listed_gap_is_used() -> None:
    flags = {
        (row["iso3"], flag)
        for table in ("countries.csv", "history.csv")
        for row in _rows(table)
        for flag in row["filled"].split(";")
    }
    for gap in gaps.read_listed_gaps(SEEDS, CODES):
        assert (gap.iso3, f"{gap.column}={gap.rule}") in flags, gap


def test_listed_gaps_are_checked(tmp_path: Path) -> None:
    (tmp_path / "gaps.csv").write_text(
        "column,iso3,first_year,last_year,rule,value,reason\n"
        "voic,AFG,2000,2001,estimate,1,x\n"
        "voice,AFH,2000,2001,guess,7,x\n"
    )
    with pytest.raises(SeedError) as caught:
        gaps.read_listed_gaps(tmp_path, CODES)
    first, *others = caught.value.messages
    assert first.startswith("gaps.csv:2: column is 'voic'")
    assert "did you mean 'voice'?" in first
    assert {text.split(" ")[1] for text in others} == {"iso3", "rule"}


FIRST = 2000


def _history(**series: list[str]) -> list[dict[str, str]]:
    """Rows of one state, Afghanistan, from texts by column; other columns hold 2."""
    years = range(FIRST, FIRST + len(next(iter(series.values()))))
    return [
        {"iso3": "AFG", "year": str(year), "filled": ""}
        | {name: series[name][year - FIRST] if name in series else "2" for name in HISTORY_NAMES}
        for year in years
    ]


def _filled(name: str, rows: list[dict[str, str]], *listed: Any) -> list[str]:
    return [f"{row[name]} {row['filled']}".strip() for row in gaps.fill_history(rows, listed)]


def test_between_two_years_lies_the_line() -> None:
    rows = _history(gdp_pc=["100", "", "", "400"])
    assert _filled("gdp_pc", rows) == [
        "100",
        "200 gdp_pc=interpolated",
        "300 gdp_pc=interpolated",
        "400",
    ]


def test_voice_moves_with_freedom_and_holds_without_a_new_rating() -> None:
    rows = _history(voice=["1", "-1", "", ""], freedom=["2", "8", "8", "2"])
    assert _filled("voice", rows) == [
        "1",
        "-1",
        "-1 voice=from_freedom",
        "1 voice=from_freedom",
    ]


def test_a_listed_gap_comes_first_and_touches_empty_cells_only() -> None:
    rows = _history(oda_gni=["", "", "4"])
    gap = gaps.ListedGap("oda_gni", "AFG", (2000, 2002), "not_recipient", "0")
    zero = "0 oda_gni=not_recipient"
    assert _filled("oda_gni", rows, gap) == [zero, zero, "4"]
