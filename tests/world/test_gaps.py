"""The shipped tables are what the gap rules make of the published figures."""

import csv
import shutil
from pathlib import Path

import pytest

from sim.world.columns import COUNTRY_NAMES, HISTORY_NAMES
from sim.world.gaps import (
    ListedGap,
    fill_countries,
    fill_history,
    format_number,
    main,
    read_listed_gaps,
    refill,
)
from sim.world.locate import find_data_folder
from sim.world.tables import SeedError

SEEDS = find_data_folder("seeds")


def _rows(table: str, folder: Path = SEEDS) -> list[dict[str, str]]:
    with (folder / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def refilled() -> dict[str, list[dict[str, str]]]:
    return refill(SEEDS)


@pytest.mark.parametrize("table", ["countries.csv", "history.csv"])
def test_emptied_and_filled_again_gives_the_shipped_table(
    table: str, refilled: dict[str, list[dict[str, str]]]
) -> None:
    for shipped, again in zip(_rows(table), refilled[table], strict=True):
        assert again == shipped


@pytest.mark.slow
def test_refilling_empties_first_so_that_a_tampered_value_is_mended(tmp_path: Path) -> None:
    folder = tmp_path / "seeds"
    shutil.copytree(SEEDS, folder)
    text = (folder / "history.csv").read_text(encoding="utf-8")
    right = next(line for line in text.splitlines() if line.startswith("AFG,2001,"))
    assert "voice=interpolated" in right
    tampered = right.replace("-1.73", "2.5")
    assert tampered != right
    (folder / "history.csv").write_text(text.replace(right, tampered), encoding="utf-8")
    assert main([str(folder)]) == 0
    assert (folder / "history.csv").read_bytes() == (SEEDS / "history.csv").read_bytes()
    assert (folder / "countries.csv").read_bytes() == (SEEDS / "countries.csv").read_bytes()


def test_command_reports_a_wrong_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "gaps.csv:1: the file is missing" in capsys.readouterr().err


def test_every_listed_gap_is_used() -> None:
    flags = {
        (row["iso3"], flag)
        for table in ("countries.csv", "history.csv")
        for row in _rows(table)
        for flag in row["filled"].split(";")
    }
    for gap in read_listed_gaps(SEEDS):
        assert (gap.iso3, f"{gap.column}={gap.rule}") in flags, gap


def test_listed_gaps_are_checked(tmp_path: Path) -> None:
    (tmp_path / "gaps.csv").write_text(
        "column,iso3,first_year,last_year,rule,value,reason\n"
        "voic,AFG,2000,2001,estimate,1,x\n"
        "voice,AFH,2000,2001,guess,7,x\n"
    )
    with pytest.raises(SeedError) as caught:
        read_listed_gaps(tmp_path)
    first, *others = caught.value.messages
    assert first.startswith("gaps.csv:2: column is 'voic'")
    assert "did you mean 'voice'?" in first
    assert {text.split(" ")[1] for text in others} == {"iso3", "rule", "value"}


FIRST = 2000


def _history(**series: list[str]) -> list[dict[str, str]]:
    """Rows of one state, Afghanistan, from texts by column; other columns hold 2."""
    years = range(FIRST, FIRST + len(next(iter(series.values()))))
    return [
        {"iso3": "AFG", "year": str(year), "filled": ""}
        | {name: series[name][year - FIRST] if name in series else "2" for name in HISTORY_NAMES}
        for year in years
    ]


def _filled(name: str, rows: list[dict[str, str]], *listed: ListedGap) -> list[str]:
    return [f"{row[name]} {row['filled']}".strip() for row in fill_history(rows, listed)]


def test_between_two_years_lies_the_line() -> None:
    rows = _history(gdp_pc=["100", "", "", "400"])
    assert _filled("gdp_pc", rows) == [
        "100",
        "200 gdp_pc=interpolated",
        "300 gdp_pc=interpolated",
        "400",
    ]


def test_at_the_ends_the_nearest_year_is_carried() -> None:
    rows = _history(conflict=["", "1", "2", ""])
    assert _filled("conflict", rows) == ["1 conflict=carried", "1", "2", "2 conflict=carried"]


def test_protests_are_the_mean_of_the_observed_years() -> None:
    rows = _history(protests=["", "1", "0"])
    assert _filled("protests", rows) == ["0.5 protests=mean", "1", "0"]


def test_voice_moves_with_freedom_and_holds_without_a_new_rating() -> None:
    rows = _history(voice=["1", "-1", "", ""], freedom=["2", "8", "8", "2"])
    assert _filled("voice", rows) == [
        "1",
        "-1",
        "-1 voice=from_freedom",
        "1 voice=from_freedom",
    ]


def test_a_state_without_voice_gets_the_median_of_its_rating() -> None:
    known = _history(voice=["1", "0.5", "-1"], freedom=["2", "2", "8"])
    unknown = [
        row | {"iso3": "ALB"} for row in _history(voice=["", "", ""], freedom=["2", "2", "8"])
    ]
    assert _filled("voice", known + unknown)[3:] == [
        "0.75 voice=from_freedom",
        "0.75 voice=from_freedom",
        "-1 voice=from_freedom",
    ]


def test_what_no_rule_fills_stays_empty() -> None:
    assert _filled("urban_share", _history(urban_share=["", ""])) == ["", ""]


def test_a_listed_gap_comes_first_and_touches_empty_cells_only() -> None:
    rows = _history(oda_gni=["", "", "4"])
    gap = ListedGap("oda_gni", "AFG", (2000, 2002), "not_recipient", "0")
    zero = "0 oda_gni=not_recipient"
    assert _filled("oda_gni", rows, gap) == [zero, zero, "4"]


def test_a_predecessor_is_copied_after_its_own_gaps_are_filled() -> None:
    old = _history(voice=["-2", "", "-1"])
    new = [row | {"iso3": "SSD"} for row in _history(voice=["", "", "1"])]
    gap = ListedGap("voice", "SSD", (2000, 2001), "predecessor", "AFG")
    assert _filled("voice", old + new, gap)[3:] == [
        "-2 voice=predecessor",
        "-1.5 voice=predecessor",
        "1",
    ]


def test_crime_comes_from_neighbours_else_from_the_region() -> None:
    empty = dict.fromkeys(COUNTRY_NAMES, "") | {"filled": "", "region": "Oceania"}
    rows = [
        empty | {"iso3": "AAA", "crime": "0"},
        empty | {"iso3": "BBB", "crime": "1"},
        empty | {"iso3": "CCC"},
        empty | {"iso3": "DDD"},
    ]
    filled = fill_countries(rows, [("AAA", "CCC")], [])
    assert [(row["crime"], row["filled"]) for row in filled] == [
        ("0", ""),
        ("1", ""),
        ("0", "crime=neighbours"),
        ("1", "crime=region"),
    ]


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(1.5, 2, "1.5"), (-0.001, 2, "0"), (100.0, 0, "100"), (100.4, 0, "100"), (0.125, 3, "0.125")],
)
def test_numbers_are_written_short(value: float, decimals: int, text: str) -> None:
    assert format_number(value, decimals) == text
