"""The shipped seeds hold what they claim, and every broken table is refused with line and cause."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.units import REGIMES, REGIONS
from sim.world.columns import HISTORY_COLUMNS, NO_YEAR, STATES
from sim.world.locate import find_data_folder
from sim.world.seeds import Seeds, load_seeds
from sim.world.spells import COUNTED
from sim.world.tables import SeedError

SEEDS = find_data_folder("seeds")


@pytest.fixture(scope="module")
def seeds() -> Seeds:
    return load_seeds()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tables, to break."""
    return Path(shutil.copytree(SEEDS, tmp_path / "seeds"))


# --- The shipped tables ---------------------------------------------------------------------------


def test_there_are_195_states_in_iso_order(seeds: Seeds) -> None:
    codes = [country.iso3 for country in seeds.countries]
    assert len(codes) == 195
    assert codes == sorted(STATES)
    assert "CHN" not in codes


def test_states_by_region(seeds: Seeds) -> None:
    count = Counter(country.region for country in seeds.countries)
    assert [count[region] for region in REGIONS] == [48, 23, 24, 22, 5, 8, 11, 5, 14, 2, 33]


def test_states_by_regime(seeds: Seeds) -> None:
    rated = Counter(country.regime_2024 for country in seeds.countries if country.regime_rated)
    every = Counter(country.regime_2024 for country in seeds.countries)
    assert [rated[regime] for regime in REGIMES] == [25, 46, 35, 59]
    assert [every[regime] for regime in REGIMES] == [36, 60, 36, 63]


def test_fourteen_states_border_china(seeds: Seeds) -> None:
    assert sum(country.figures["borders_china"] for country in seeds.countries) == 14


def test_history_is_complete_finite_and_in_range(seeds: Seeds) -> None:
    assert (seeds.first_year, seeds.last_year) == (2000, 2024)
    derived = {"democracy", "sanctions", "arms_embargo", "trade_embargo", *COUNTED}
    assert set(seeds.history) == {column.name for column in HISTORY_COLUMNS} | derived
    for column in HISTORY_COLUMNS:
        figures = seeds.history[column.name]
        assert figures.shape == (195, 25)
        assert figures.dtype == np.float64
        assert figures.min() >= column.lowest
        assert figures.max() <= column.highest


def test_history_cannot_be_changed_by_accident(seeds: Seeds) -> None:
    with pytest.raises(ValueError, match="read-only"):
        seeds.history["voice"][0, 0] = 0.0


def test_a_figure_is_where_it_belongs(seeds: Seeds) -> None:
    row = [country.iso3 for country in seeds.countries].index("AFG")
    assert seeds.history["population_k"][row, 2001 - 2000] == 20284
    assert seeds.history["conflict"][row, 2002 - 2000] == 1


def test_no_border_is_one_sided(seeds: Seeds) -> None:
    assert sum(map(len, seeds.neighbours)) == 2 * 301
    for place, neighbours in enumerate(seeds.neighbours):
        assert place not in neighbours
        for other in neighbours:
            assert place in seeds.neighbours[other]


def test_france_does_not_border_brazil(seeds: Seeds) -> None:
    row = {country.iso3: place for place, country in enumerate(seeds.countries)}
    assert row["FRA"] not in seeds.neighbours[row["BRA"]]
    assert row["NAM"] in seeds.neighbours[row["ZAF"]]


def test_memberships(seeds: Seeds) -> None:
    by_code = {country.iso3: country for country in seeds.countries}
    assert by_code["ITA"].figures["bri_exit_year"] == 2023
    assert by_code["AUT"].figures["bri_year"] == NO_YEAR
    assert by_code["RUS"].figures["bri_year"] == 2015
    members = {code for code, country in by_code.items() if country.figures["sco_year"] < NO_YEAR}
    assert members == {"BLR", "IND", "IRN", "KAZ", "KGZ", "PAK", "RUS", "TJK", "UZB"}


def test_nobody_joins_the_belt_and_road_before_it_exists(seeds: Seeds) -> None:
    joined = [country.figures["bri_year"] for country in seeds.countries]
    years = [year for year in joined if year < NO_YEAR]
    assert len(years) == 152
    assert min(years) == 2013


def test_targets(seeds: Seeds) -> None:
    assert Counter(target.use for target in seeds.targets) == {
        "calibrate": 13,
        "hold-out": 7,
        "check": 10,
    }
    assert len({target.id for target in seeds.targets}) == 30
    for target in seeds.targets:
        assert target.source
        if target.use == "calibrate":
            assert target.bound == "value"
            assert target.sigma is not None
            assert target.sigma > 0


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


def _rewrite(folder: Path, table: str, change: Callable[[list[str]], list[str]]) -> None:
    path = folder / table
    lines = change(path.read_text(encoding="utf-8").splitlines())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("table", "line", "column", "text", "says"),
    [
        (
            "history.csv",
            2,
            "voice",
            '"0,2"',
            "voice is '0,2', no number; allowed: a number from -3 to 3",
        ),
        ("history.csv", 2, "voice", '"0,2"', "write a point, not a comma"),
        ("history.csv", 3, "gdp_pc", "abc", "gdp_pc is 'abc', no number"),
        ("history.csv", 4, "gdp_pc", "inf", "gdp_pc is 'inf', no number"),
        ("history.csv", 5, "oda_gni", "nan", "oda_gni is 'nan', no number"),
        ("history.csv", 5, "oda_gni", "1e3", "oda_gni is '1e3', no number"),
        ("history.csv", 6, "population_k", "-5", "population_k is -5; allowed: a number from 1"),
        ("history.csv", 7, "freedom", "15", "allowed: a whole number from 2 to 14"),
        ("history.csv", 7, "freedom", "7.5", "freedom is 7.5; allowed: a whole number"),
        ("history.csv", 8, "conflict", "3", "conflict is 3; allowed: a whole number from 0 to 2"),
        ("history.csv", 9, "urban_share", "101", "urban_share is 101"),
        ("history.csv", 9, "conflict", "", "conflict is empty"),
        ("history.csv", 9, "conflict", "", "python -m sim.world.gaps"),
        ("history.csv", 10, "iso3", "AFH", "did you mean 'AFG'?"),
        ("history.csv", 10, "iso3", "afg", "did you mean 'AFG'?"),
        ("history.csv", 10, "iso3", "NA", "did you mean 'NAM'?"),
        ("history.csv", 10, "year", "2007", "AFG 2007 is there twice, first in line 9"),
        ("history.csv", 10, "year", "2034", "AFG has the year 2034; allowed: 2000 to 2024"),
        ("history.csv", 10, "year", "20008", "year is 20008; allowed: a whole number from 1,900"),
        ("history.csv", 10, "gdp_pc", "9999", "unless listed in jumps.csv"),
        ("history.csv", 10, "population_k", "100", "allowed: a factor of up to 3"),
        ("history.csv", 10, "filled", "voise=carried", "did you mean 'voice'?"),
        ("history.csv", 10, "filled", "voice=guess", "allowed after '=': interpolated, carried"),
        ("countries.csv", 2, "iso3", "CHN", "iso3 is 'CHN'; allowed: the ISO code of one of"),
        ("countries.csv", 3, "iso3", "AFG", "AFG is there twice, first in line 2"),
        ("countries.csv", 2, "region", "south asia", "did you mean 'South Asia'?"),
        ("countries.csv", 2, "regime_2024", "autoritarian", "did you mean 'authoritarian'?"),
        ("countries.csv", 2, "regime_basis", "EIU", "regime_basis is 'EIU'"),
        ("countries.csv", 2, "name", "", "name is empty"),
        ("countries.csv", 2, "latitude", "91", "latitude is 91; allowed: a number from -90 to 90"),
        ("countries.csv", 2, "longitude", "", "longitude is empty"),
        ("countries.csv", 2, "crime", "4", "crime is '4'; allowed: 0, 1, 2, 3"),
        ("countries.csv", 2, "borders_china", "yes", "borders_china is 'yes'; allowed: 0, 1"),
        ("countries.csv", 2, "bri_year", "x", "bri_year is 'x', no number"),
        ("countries.csv", 2, "bri_exit_year", "2015", "a year from bri_year on (2016)"),
        ("countries.csv", 2, "large_cities", "0", "allowed: a whole number from 1 to 500"),
        ("countries.csv", 2, "telecom_networks", "x", "telecom_networks is 'x', no number"),
        ("countries.csv", 2, "un_distance", "-1", "allowed: a number from 0 to 10"),
        ("countries.csv", 2, "closed", "2", "closed is '2'; allowed: 0, 0.5, 1"),
        ("spells.csv", 2, "iso3", "BFX", "did you mean"),
        ("spells.csv", 2, "what", "no_relation", "did you mean 'no_relations'?"),
        ("spells.csv", 2, "kind", "tapei", "did you mean 'taipei'?"),
        ("spells.csv", 2, "by", "us", "by is 'us'"),
        ("spells.csv", 2, "sure", "hihg", "did you mean 'high'?"),
        ("spells.csv", 2, "first_year", "19944", "first_year is 19944"),
        ("spells.csv", 2, "last_year", "1990", "last_year is 1990; allowed: none, or from 1994"),
        ("spells.csv", 2, "source", "", "source is empty"),
        ("countries.csv", 2, "sco_year", "1", "sco_year is 1; allowed: a whole number from 1,900"),
        ("borders.csv", 2, "iso3_b", "IRNN", "did you mean 'IRN'?"),
        ("borders.csv", 2, "iso3_b", "CHN", "iso3_b is 'CHN'"),
        ("borders.csv", 2, "iso3_b", "AFG", "AFG borders itself"),
        ("borders.csv", 3, "iso3_b", "IRN", "the border AFG-IRN is there twice, first in line 2"),
        ("targets.csv", 2, "use", "calibrat", "did you mean 'calibrate'?"),
        ("targets.csv", 2, "value", "many", "value is 'many', no number"),
        ("targets.csv", 2, "sigma", "", "sigma is empty"),
        ("targets.csv", 2, "bound", "least", "bound is 'least'; allowed: value, lower, upper"),
        ("targets.csv", 3, "id", "trained_countries_2025", "is there twice, first in line 2"),
        ("targets.csv", 3, "id", "", "id is empty"),
        ("jumps.csv", 1, "year", "yaer", "the column 'year' is missing; did you mean 'yaer'?"),
    ],
)
def test_a_broken_cell_is_named_with_line_and_remedy(
    folder: Path, table: str, line: int, column: str, text: str, says: str
) -> None:
    _set(folder, table, line, column, text)
    assert any(
        message.startswith(f"{table}:{line}: ") and says in message for message in _errors(folder)
    ), _errors(folder)


@pytest.mark.parametrize(
    "table",
    ["countries.csv", "history.csv", "borders.csv", "targets.csv", "jumps.csv", "spells.csv"],
)
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "the file is missing"),
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"\x89PNG\xff\xfe", "not UTF-8 text (line 1)"),
        (b"iso3\0,name\n", "the file is binary, not comma-separated text"),
        (b"a,b\n1,2\n", "is missing"),
    ],
)
def test_a_table_that_is_none_is_refused(
    folder: Path, table: str, content: bytes | None, says: str
) -> None:
    (folder / table).unlink()
    if content is not None:
        (folder / table).write_bytes(content)
    messages = _errors(folder)
    assert all(message.startswith(f"{table}:1: ") for message in messages)
    assert any(says in message for message in messages)


def test_a_folder_in_place_of_a_table(folder: Path) -> None:
    (folder / "borders.csv").unlink()
    (folder / "borders.csv").mkdir()
    assert _errors(folder)[0].startswith("borders.csv:1: this is a folder")


def test_no_folder_at_all(tmp_path: Path) -> None:
    assert _errors(tmp_path / "nowhere") == [
        f"{tmp_path / 'nowhere'} is no folder; allowed: a folder with the seed tables"
    ]


def test_a_missing_country_is_named_in_both_tables(folder: Path) -> None:
    for table in ("countries.csv", "history.csv"):
        _rewrite(folder, table, lambda lines: [x for x in lines if not x.startswith("NAM,")])
    assert _errors(folder) == [
        "countries.csv:1: states without a row: NAM; all 195 are needed",
        "history.csv:1: NAM has no rows; 2000 to 2024 needed",
    ]


def test_a_missing_year_is_named(folder: Path) -> None:
    _rewrite(folder, "history.csv", lambda lines: lines[:5] + lines[7:])
    assert _errors(folder) == [
        "history.csv:24: AFG lacks 2004, 2005; every year from 2000 to 2024 is needed"
    ]


def test_a_missing_and_an_unknown_column(folder: Path) -> None:
    _rewrite(folder, "history.csv", lambda x: [x[0].replace("voice", "voices"), *x[1:]])
    assert _errors(folder)[0] == (
        "history.csv:1: the column 'voice' is missing; did you mean 'voices'?"
    )
    assert _errors(folder)[1].startswith("history.csv:1: unknown column 'voices'")


def test_a_row_with_a_cell_too_many(folder: Path) -> None:
    _rewrite(folder, "borders.csv", lambda lines: [*lines[:3], "ALB,GRC,x", *lines[3:]])
    assert "borders.csv:4: 3 cells; allowed: 2, as many as the header has" in _errors(folder)


def test_an_open_quote(folder: Path) -> None:
    _rewrite(folder, "borders.csv", lambda lines: [*lines, '"ALB,GRC'])
    assert any("no comma-separated table" in message for message in _errors(folder))


def test_a_listed_jump_is_allowed(folder: Path) -> None:
    _set(folder, "history.csv", 2, "gdp_pc", "2000")
    assert len(_errors(folder)) == 1
    _rewrite(folder, "jumps.csv", lambda lines: [*lines, "AFG,gdp_pc,2001,test"])
    assert load_seeds(folder).history["gdp_pc"][0, 0] == 2000


def test_all_errors_come_at_once_in_order(folder: Path) -> None:
    _set(folder, "history.csv", 12, "voice", "x")
    _set(folder, "history.csv", 3, "freedom", "y")
    _set(folder, "countries.csv", 5, "crime", "9")
    _set(folder, "borders.csv", 5, "iso3_a", "XXX")
    places = [message.split(" ")[0] for message in _errors(folder)]
    assert places == ["borders.csv:5:", "countries.csv:5:", "history.csv:3:", "history.csv:12:"]
    with pytest.raises(InputError, match="4 errors in the seed tables"):
        load_seeds(folder)


def test_a_byte_order_mark_and_windows_line_ends_are_harmless(folder: Path) -> None:
    for path in folder.glob("*.csv"):
        text = path.read_bytes().replace(b"\n", b"\r\n")
        path.write_bytes(b"\xef\xbb\xbf" + text)
    assert load_seeds(folder).countries == load_seeds().countries
