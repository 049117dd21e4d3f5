"""The public records: what is read, each mistake with its line, and what a user's own changes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from record_tables import OF_FATES, OF_TRAININGS, shipped_table

from sim.checks import check
from sim.world.documented import quarter_of_text
from sim.world.fates import (
    contracts_of,
    decimal_year,
    read_record,
    shipped_expiries,
    shipped_record,
)
from sim.world.seeds import own_record, seeds_from, shipped_seeds
from sim.world.tables import SeedError

SEEDS = Path(__file__).parents[2] / "seeds"
CODES = [country.iso3 for country in shipped_seeds().countries]
SYSTEMS = "id,iso3,place,maker,vendor,stage,contracted,operational,group,evidence,confidence,url"
EVENTS = "id,date,event,share,evidence,confidence,url"


def folder(path: Path, systems: str = "", events: str = "", header: str = SYSTEMS) -> Path:
    path.mkdir()
    tables = {"systems.csv": (header, systems), "system_events.csv": (EVENTS, events)}
    for name, (head, rows) in tables.items():
        if rows:
            (path / name).write_text(f"{head}\n{rows}\n", encoding="utf-8")
    return path


KEN = "KEN-OWN,KEN,a town,a maker,Huawei,safe city,2013-05,2014,china,M,0.9,"


def test_no_shipped_cell_is_a_formula_to_a_spreadsheet() -> None:
    for path in SEEDS.glob("*.csv"):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        numbers = frame.apply(pd.to_numeric, errors="coerce").notna()
        signs = frame.map(lambda cell: cell != "" and cell[0] in "=+-@") & ~numbers
        assert not signs.to_numpy().any(), path.name


def test_the_shipped_tables_are_right() -> None:
    assert all(len(shipped_table(table)) for table in (*OF_FATES, *OF_TRAININGS))


def test_only_a_lapse_has_an_aftermath_and_no_training_is_there_twice() -> None:
    expiries, trainings = shipped_expiries(), shipped_record().trainings
    assert {*expiries.loc[expiries["became"] != "", "outcome"]} == {"lapsed"}
    columns = ["iso3", "month", "topic", "host"]
    known = trainings.assign(month=trainings["start"].str[:7])
    known = known[(known[columns] != "").all(axis=1) & (known["month"].str.len() == 7)]
    assert not known.duplicated(columns).any()


def test_dates_of_less_precision_are_their_middle() -> None:
    assert decimal_year("2014") == 2014.5
    assert decimal_year("2014-01") == pytest.approx(2014 + 0.5 / 12)
    assert 2014.5 < decimal_year("2014-07-02") < 2014.51
    quarters = [quarter_of_text(date, 7) for date in ("2000", "2014-03", "2014-12-31")]
    assert quarters == [2, 56, 59]


TRAINED = "id,iso3,start,format,topic,host,confidence,url"
OWN = "OWN,KEN UGA,2018-05,seminar,border,a college,0.9,"
WRONG_TRAININGS = {
    OWN.replace("UGA", "UGD"): r"trainings.csv:2: iso3 is 'UGD'; .*mean",
    OWN.replace("seminar", "seminary"): r"format is 'seminary'; .*did you mean 'seminar'",
    OWN.replace("2018", "1998"): r"start is '1998-05'; allowed: a year, .* from 2000",
    f"{OWN}\n{OWN}": r"trainings.csv:3: OWN is there twice, first in line 2",
}
WRONG = {
    ("KEN-OWN,KNE,a,b,,safe city,,,china,M,0.9,", ""): r"systems.csv:2: iso3 is 'KNE'; .*mean",
    (KEN.replace("Huawei", "Huwei"), ""): r"systems.csv:2: vendor is 'Huwei'; .*'Huawei'",
    (KEN.replace("2013-05", "2015"), ""): r"systems.csv:2: operational is 2014; allowed: 2015",
    (KEN.replace("2013-05", "20130501"), ""): r"contracted is '20130501'; allowed: a year, a month",
    (KEN.replace("china,M", "china,S"), ""): r"systems.csv:2: url is empty; .*evidence S",
    (f"{KEN}\n{KEN}", ""): r"systems.csv:3: KEN-OWN is there twice, first in line 2",
    (KEN, "KEN-ONW,2015,working,,M,1,"): r"events.csv:2: id is 'KEN-ONW'; .*mean 'KEN-OWN'",
    (KEN, "KEN-OWN,2015-13,working,,M,1,"): r"events.csv:2: date is '2015-13'; allowed",
    (KEN, "KEN-OWN,2015,partial_ot,,M,1,"): r"event is 'partial_ot'; .*did you mean 'partial_out'",
    (KEN, "KEN-OWN,2015,partial_out,50,M,1,"): r"share is 50; allowed: a number from 0 to 1",
}


@pytest.mark.parametrize("rows", WRONG)
def test_a_mistake_is_reported_with_its_line(rows: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(SeedError, match=WRONG[rows]):
        read_record(folder(tmp_path / "mine", *rows), CODES)


def test_ones_own_systems_replace_those_of_their_id_and_events_are_added(tmp_path: Path) -> None:
    belgrade = "SRB-BEG,SRB,elsewhere,a maker,,cameras,2020,,china,M,0.9,"
    events = "SRB-BEG,2021,working,,M,1,\nKEN-NAT,2026-06,abandoned,,M,1,"
    path = folder(tmp_path / "mine", belgrade, events)
    shipped, own = shipped_record(), own_record(path)
    assert own is not None and {*own.systems["id"]} == {"SRB-BEG", "KEN-NAT"}
    both = shipped.with_own(own)
    assert len(both.systems) == len(shipped.systems)
    assert both.of(["SRB-BEG"]).events["date"].tolist() == ["2021"], "its shipped events are gone"
    assert len(both.of(["KEN-NAT"]).events) == len(shipped.of(["KEN-NAT"]).events) + 1
    assert len(both.events.drop_duplicates()) == len(both.events)


def test_contracts_of_a_record_are_imposed(tmp_path: Path) -> None:
    rows = (
        KEN,
        "KEN-OLD,KEN,b,c,,cameras,2012,,china,M,0.9,",
        "UGA-TAP,UGA,b,c,,interception,2012,,china,M,0.9,",
        "UGA-GER,UGA,b,c,,cameras,2012,,compare,M,0.9,",
        "KEN-TWO,KEN,b,c,,cameras,2012-08,,china,M,0.9,",  # in the quarter of another
        "ZMB-OWN,ZMB,b,c,Dahua,national platform,2016-02-03,,china,M,0.9,",
    )
    seeds = seeds_from(None, folder(tmp_path / "mine", "\n".join(rows)))
    assert seeds is not None
    known = [(fact.iso3, fact.date, fact.vendor, fact.stage) for fact in seeds.known]
    assert known == [
        ("KEN", 2012.5, "", "small system"),
        ("KEN", 2013.25, "Huawei", "safe city"),
        ("ZMB", 2016.0, "Dahua", "safe city"),
    ]
    marked = folder(
        tmp_path / "marked", f"{rows[1]},\n{rows[0]},2013-05-31", header=f"{SYSTEMS},imposed"
    )
    (fact,) = contracts_of(read_record(marked, CODES))
    assert (fact.date, fact.vendor) == (2013.25, "Huawei")
    with pytest.raises(SeedError, match="no Chinese system of cameras there has a date"):
        seeds_from(None, folder(tmp_path / "none", rows[2]))


@pytest.mark.parametrize("rows", WRONG_TRAININGS)
def test_a_mistake_in_trainings_is_reported_with_its_line(rows: str, tmp_path: Path) -> None:
    (tmp_path / "trainings.csv").write_text(f"{TRAINED}\n{rows}\n", encoding="utf-8")
    for path in (tmp_path, tmp_path / "trainings.csv"):
        with pytest.raises(SeedError, match=WRONG_TRAININGS[rows]):
            check(path)


def test_ones_own_trainings_are_added_and_impose_nothing(tmp_path: Path) -> None:
    shipped = shipped_record()
    replaced = OWN.replace("OWN", shipped.trainings["id"].iloc[0]).replace("2018", "2019")
    (tmp_path / "trainings.csv").write_text(f"{TRAINED}\n{OWN}\n{replaced}\n", encoding="utf-8")
    assert check(tmp_path).content == "2 trainings"
    own = own_record(tmp_path)
    assert own is not None and len(own.trainings) == 2
    both = shipped.with_own(own)
    assert len(both.trainings) == len(shipped.trainings) + 1
    assert {"OWN"} < {*both.of_country("UGA").trainings["id"]}
    seeds = seeds_from(None, tmp_path)
    assert seeds is not None and seeds.known == ()


def test_each_shipped_training_has_an_address_and_searches_that_are_listed() -> None:
    trainings = shipped_record().trainings
    frame = pd.read_csv(SEEDS / "trainings_searched.csv", dtype=str, keep_default_na=False)
    assert trainings["url"].str.startswith("http").all()
    assert {each for ids in trainings["found_by"] for each in ids.split()} <= {*frame["id"]}
    assert not trainings["url"].str.contains("AidData").any(), "its terms are not stated"
