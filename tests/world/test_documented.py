"""What is known, read: its dates, and every contradiction with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from sim.world.documented import DocumentedDecision
from sim.world.seeds import seeds_from
from sim.world.tables import SeedError


def read(tmp_path: Path, *rows: str) -> tuple[DocumentedDecision, ...]:
    path = tmp_path / "known.csv"
    path.write_text("\n".join(["iso3,what,date,vendor", *rows, ""]), encoding="utf-8")
    seeds = seeds_from(None, path)
    assert seeds is not None
    return seeds.known


def test_dates_fall_into_quarters(tmp_path: Path) -> None:
    dates = {"2014": 2014.0, "2015-09": 2015.5, "2016-12": 2016.75, "2017-04-01": 2017.25}
    found = read(tmp_path, *(f"KEN,adopted,{text},Huawei" for text in dates))
    assert [(fact.date, fact.vendor) for fact in found] == [(d, "Huawei") for d in dates.values()]


WRONG = {
    "KEN,adopted,2015,\nKEN,adopted,2015-02,": r":3: KEN adopted again; allowed: 8 of",
    "KEN,trained,2015,\nKEN,trained,2016,": r":3: KEN trained again; allowed: 1 of",
    "KEN,exited,2027,": r":2: KEN exited at 2027, and no line has a contract before",
    "KNE,adopted,2015,": r":2: iso3 is 'KNE'; .*did you mean",
    "KEN,adpoted,2015,": r":2: what is 'adpoted'; allowed: trained, adopted, exited",
    "KEN,adopted,15,": r":2: date is '15'; allowed: a year, a month",
    "KEN,adopted,1999,": r":2: date is '1999'; allowed",
    "KEN,adopted,2015,Huwei": r":2: vendor is 'Huwei'; .*did you mean 'Huawei'",
    "KEN,trained,2015,Huawei": r":2: vendor is 'Huawei', .*; allowed with trained: nothing",
}


@pytest.mark.parametrize("rows", WRONG)
def test_a_contradiction_is_reported_with_its_line(rows: str, tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="known.csv" + WRONG[rows]):
        read(tmp_path, *rows.split("\n"))


def test_several_contracts_of_a_country_are_signed_in_every_run(tmp_path: Path) -> None:
    """A stage and a city of one vendor, then another vendor's system, and a third after an exit."""
    path = tmp_path / "known.csv"
    signed = {
        "2010-10": ("Huawei", "safe city"), "2011-10": ("Huawei", "platform"),
        "2012-10": ("Huawei", "safe city"), "2013-10": ("Hikvision", "safe city"),
        "2015-10": ("Dahua", "small system"),
    }  # fmt: skip
    rows = [f"KEN,adopted,{date},{vendor},{stage}" for date, (vendor, stage) in signed.items()]
    path.write_text("\n".join(["iso3,what,date,vendor,stage", *rows, "KEN,exited,2015,,"]))
    short = {"horizon.start": 2008, "horizon.end": 2015}
    panel = sim.make_runs("baseline", runs=3, known=path, set=short).panel
    years = [int(date[:4]) for date in signed]
    vendor, stage = (panel(name, years)[0].sel(country="KEN") for name in ("vendor", "stage"))
    assert (vendor == [vendor for vendor, _ in signed.values()]).all()
    assert (stage == [2, 3, 3, 2, 1]).all()
    assert (panel("vendor", [2014])[0].sel(country="KEN") == "Hikvision").all(), (
        "it stays till then"
    )


def test_the_documented_contracts_have_sources() -> None:
    seeds = seeds_from(None, "documented")
    assert seeds is not None
    assert len(seeds.known) == 8
    assert all(fact.source and fact.stage == "safe city" for fact in seeds.known)
