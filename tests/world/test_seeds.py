"""The shipped seeds hold what they claim, and every broken table is refused with line and cause."""

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from sim.errors import InputError
from sim.model.units import REGIMES, REGIONS
from sim.world import find_data_folder
from sim.world.columns import NO_YEAR
from sim.world.seeds import Seeds, export, load_seeds
from sim.world.tables import SeedError

SEEDS = find_data_folder("seeds")


@pytest.fixture(scope="module")
def seeds() -> Seeds:
    return load_seeds()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tables that may be a user's, to break."""
    export(SEEDS, tmp_path / "seeds")
    return tmp_path / "seeds"


# --- The shipped tables ---------------------------------------------------------------------------


def test_there_are_195_states_in_iso_order(seeds: Seeds) -> None:
    codes = [country.iso3 for country in seeds.countries]
    assert len(codes) == 195
    assert codes == sorted(set(codes))
    assert "CHN" not in codes
    regions = Counter(country.region for country in seeds.countries)
    assert [regions[region] for region in REGIONS] == [48, 23, 24, 22, 5, 8, 11, 5, 14, 2, 33]
    rated = Counter(country.regime_2024 for country in seeds.countries if country.regime_rated)
    assert [rated[regime] for regime in REGIMES] == [25, 46, 35, 59]
    assert sum(country.figures["borders_china"] for country in seeds.countries) == 14
    assert seeds.history["population_k"][codes.index("AFG"), 2001 - 2000] == 20284
    assert sum(map(len, seeds.neighbours)) == 2 * 301


def test_memberships(seeds: Seeds) -> None:
    by_code = {country.iso3: country for country in seeds.countries}
    assert by_code["ITA"].figures["bri_exit_year"] == 2023
    assert by_code["AUT"].figures["bri_year"] == NO_YEAR
    assert by_code["RUS"].figures["bri_year"] == 2015
    members = {code for code, country in by_code.items() if country.figures["sco_year"] < NO_YEAR}
    assert members == {"BLR", "IND", "IRN", "KAZ", "KGZ", "PAK", "RUS", "TJK", "UZB"}


def test_figures_have_sources_and_those_that_are_fitted_an_error(seeds: Seeds) -> None:
    for target in seeds.targets:
        assert target.source
        if target.use == "calibrate":
            assert target.bound == "value" and (target.sigma or 0.0) > 0.0


# --- Broken tables --------------------------------------------------------------------------------


def _errors(folder: Path) -> list[str]:
    with pytest.raises(SeedError) as caught:
        load_seeds(folder)
    return caught.value.messages


def _set(folder: Path, table: str, line: int, column: str, text: str) -> None:
    """Put a text into a cell, found by line and column."""
    path = folder / table
    lines = path.read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index(column)
    cells = lines[line - 1].split(",")
    cells[place] = text
    lines[line - 1] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


BROKEN = [
    [
        ("history.csv", 2, "voice", '"0,2"', "write a point, not a comma"),
        ("history.csv", 5, "oda_gni", "nan", "oda_gni is 'nan', no number"),
        ("history.csv", 10, "iso3", "AFH", "did you mean 'AFG'?"),
        ("history.csv", 12, "year", "2034", "AFG has the year 2034; allowed: 2000 to 2024"),
        ("countries.csv", 3, "iso3", "CHN", "iso3 is 'CHN'; allowed: three capital letters"),
        ("countries.csv", 4, "crime", "4", "crime is '4'; allowed: 0, 1, 2, 3"),
        ("countries.csv", 5, "closed", "0.3", "closed is '0.3'; allowed: 0, 0.5, 1"),
        ("countries.csv", 2, "bri_exit_year", "2015", "a year from bri_year on (2016)"),
    ],
    [
        ("history.csv", 10, "year", "2007", "AFG 2007 is there twice, first in line 9"),
        ("spells.csv", 2, "last_year", "1990", "last_year is 1990; allowed: none, or from 1994"),
        ("borders.csv", 4, "iso3_b", "AFG", "AFG borders itself"),
        ("borders.csv", 3, "iso3_b", "IRN", "AFG IRN is there twice, first in line 2"),
    ],
]


@pytest.mark.parametrize("cells", BROKEN)
def test_broken_cells_are_named_with_line_and_remedy(
    folder: Path, cells: list[tuple[str, int, str, str, str]]
) -> None:
    for table, line, column, text, _ in cells:
        _set(folder, table, line, column, text)
    found = _errors(folder)
    for table, line, *_, says in cells:
        assert any(m.startswith(f"{table}:{line}: ") and says in m for m in found), (says, found)


def test_a_table_that_is_none_is_refused_and_all_errors_come_at_once(folder: Path) -> None:
    none = {"borders.csv": b"", "spells.csv": b"\x89PNG\xff\xfe", "history.csv": b"a,b\n1,2\n"}
    for table, content in none.items():
        (folder / table).write_bytes(content)
    _set(folder, "countries.csv", 5, "crime", "9")
    found = _errors(folder)
    places = [message.split(" ")[0] for message in found]
    assert places == sorted(places) and {*places} == {
        *(f"{t}:1:" for t in none),
        "countries.csv:5:",
    }
    for says in ("the file is empty", "not UTF-8 text (line 1)", "is missing"):
        assert any(says in message for message in found)
    with pytest.raises(InputError, match=f"{len(found)} errors in the seed tables"):
        load_seeds(folder)


def test_a_spreadsheet_s_copy_is_read_and_a_wrong_column_is_one_message(folder: Path) -> None:
    before = load_seeds(folder).countries
    copy = pd.read_csv(folder / "countries.csv")
    copy.to_csv(folder / "countries.csv", index=False)
    assert "0.0" in (folder / "countries.csv").read_text(encoding="utf-8")
    assert load_seeds(folder).countries == before
    copy.assign(closed=0.3).to_csv(folder / "countries.csv", index=False)
    (message,) = _errors(folder)
    assert message.endswith(f"allowed: 0, 0.5, 1 (also in {len(before) - 1} more lines)")
