"""The shipped tables are what the gap rules make of the published figures."""

import csv
import importlib.util
import sys
from pathlib import Path

import pytest

from sim.world import find_data_folder
from sim.world.seeds import shipped_seeds

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


@pytest.mark.slow
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
