"""The shipped tables are what the gap rules make of the published figures."""

import csv
from pathlib import Path
from runpy import run_path

import pytest

from sim.errors import InputError
from sim.world import find_data_folder
from sim.world.seeds import shipped_seeds

SEEDS = find_data_folder("seeds")
GAPS = run_path(str(SEEDS / "tools" / "gaps.py"))
CODES = [state.iso3 for state in shipped_seeds().countries]


def _rows(table: str, folder: Path = SEEDS) -> list[dict[str, str]]:
    with (folder / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_emptied_and_filled_again_gives_the_shipped_tables() -> None:
    for table, refilled in GAPS["refill"](SEEDS).items():
        for shipped, again in zip(_rows(table), refilled, strict=True):
            assert again == shipped


def test_every_listed_gap_is_used() -> None:
    flags = {
        (row["iso3"], flag)
        for table in ("countries.csv", "history.csv")
        for row in _rows(table)
        for flag in row["filled"].split(";")
    }
    for gap in GAPS["read_listed_gaps"](SEEDS, CODES):
        assert (gap.iso3, f"{gap.column}={gap.rule}") in flags, gap


def test_a_gap_of_a_column_without_a_rule_is_named() -> None:
    first, *rest = _rows("countries.csv")
    with pytest.raises(InputError, match=f"{first['iso3']}: .* no rule for gaps of .*longitude"):
        GAPS["fill_countries"]([first | {"longitude": ""}, *rest], [], [])
